"""Which generators of ApplicationSets there are, and what is wrong in one whatever it gives."""

from __future__ import annotations

from collections.abc import Mapping

from bot.affected.fields import Fields, Wrong
from bot.affected.template import Engine

NO_KINDS = ("selector", "template")  # what stands beside the kind
KNOWN = ("list", "git", "clusters", "matrix", "merge")
UNKNOWN = {
    "clusterDecisionResource": "what a resource in the cluster decides",
    "scmProvider": "the repositories of a forge",
    "pullRequest": "open pull requests",
    "plugin": "what a plugin answers",
}
DEEPEST = 4


class NoGenerator(Wrong):
    """A generator that Argo CD does not have."""


def nested(generator: Fields) -> list[Fields]:
    """The generators in one of them. Raises WrongShape."""
    return [one for kind in ("matrix", "merge") for one in generator.child(kind).children("generators")]


def refuse(generator: Fields, engine: Engine, depth: int = 0, *, is_filled: bool = False) -> None:
    """Refuse what is wrong whatever a generator gives: kinds that there are not, and templates that nothing fills.
    ``is_filled``: all of it is filled with what the generator before it in a matrix gives. Raises Wrong, WrongShape,
    Unfillable."""
    for kind, options in generator.mapping().items():
        if kind in NO_KINDS:
            continue
        refuse_unknown(kind, generator.where)
        texts = _texts(options)
        if not is_filled:  # the values of a list are its own
            texts = {"values": texts.get("values")} if kind != "list" else {}
        engine.check(texts)
    for number, one in enumerate(nested(generator) if depth < DEEPEST else ()):
        refuse(one, engine, depth + 1, is_filled=is_filled or (number == 1 and generator.has("matrix")))


def refuse_unknown(kind: str, where: str) -> None:
    """Raises NoGenerator for one that Argo CD does not have: the definition of its sets knows no such field."""
    if kind in KNOWN or kind in UNKNOWN:
        return
    from difflib import get_close_matches

    near = get_close_matches(kind[:80], (*KNOWN, *UNKNOWN), 1)
    meant = f"is {near[0]} meant?" if near else f"there are {', '.join(sorted((*KNOWN, *UNKNOWN)))}"
    raise NoGenerator(f"{where} names the generator {kind[:80]}, which Argo CD does not have: {meant}")


def _texts(options: object) -> dict[object, object]:
    found = options if isinstance(options, Mapping) else {}
    return {key: value for key, value in found.items() if key != "template"}  # which is filled as the set's own
