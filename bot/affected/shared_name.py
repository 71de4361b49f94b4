"""The name that an application has in all environments, where each of them calls it after itself too.

Argo CD keeps all Applications in one namespace, so that those of several environments have names of their own:
``orders-prod`` beside ``orders-staging``, ``prod-orders`` beside ``dev-orders``. Reports show what is written; only who
looks for the same application elsewhere asks for this.

Where nothing names an application (``overlays/prod``, ``clusters/eks-prod-1``), what is deployed from paths that differ in
the name of their environment alone is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.environment_words import MOST_WORDS, WORD, is_place, means_environment, plain, rank_of

if TYPE_CHECKING:
    from bot.affected.naming import Namer

_LONGEST = 253  # of a name in Kubernetes
_LONGEST_PATH = 1000


def shared_name(app: str, environment: str, namer: Namer, path: str = "") -> str:
    """The name of an application in all environments, or what stands for it where it has none: its path, as ``/path``."""
    return _of_app(app, environment, namer) if app else _of_path(path, environment, namer)


def _of_path(path: str, environment: str, namer: Namer) -> str:
    """``path`` without the name of the environment; "" where it does not hold it once."""
    words = path.split("/") if environment and len(path) <= _LONGEST_PATH else []
    shared = [("" if _is_place_of(word, environment, namer) else _of_app(word, environment, namer)) for word in words]
    named = sum(old != new for old, new in zip(words, shared, strict=True))
    return "/" + "/".join(shared) if named == 1 else ""


def _is_place_of(word: str, environment: str, namer: Namer) -> bool:
    """Whether a directory is called after the environment, with at most places behind it (``prod-eu-1``)."""
    parts = list(WORD.finditer(word))
    return any(
        _is_named(word[: parts[end - 1].end()], environment, namer) and all(is_place(rest[0]) for rest in parts[end:])
        for end in range(1, min(len(parts), MOST_WORDS) + 1)
    )


def _of_app(app: str, environment: str, namer: Namer) -> str:
    """``app`` without the name of its own environment (or another usual or configured name of the same), which stands at the
    beginning, or at the end with at most places behind it (``orders-prod-eu-1``). Any other is as it is, and so is one that
    has nothing else in its name."""
    if not environment or len(app) > _LONGEST or namer.is_environment(app):
        return app
    words = list(WORD.finditer(app))
    for at in range(1, len(words)):
        for end in range(min(at + MOST_WORDS, len(words)), at, -1):
            named = _is_named(app[words[at].start() : words[end - 1].end()], environment, namer)
            if named and all(is_place(word[0]) for word in words[end:]):
                return app[: words[at - 1].end()]
    for end in range(min(MOST_WORDS, len(words) - 1), 0, -1):
        if _is_named(app[: words[end - 1].end()], environment, namer):
            return app[words[end].start() :]
    return app


def _is_named(text: str, environment: str, namer: Namer) -> bool:
    """Whether a part of a name is a name of the environment."""
    word = plain(text)
    if word == plain(environment) or plain(namer.environment(text)) == plain(environment):
        return True
    return means_environment(word) and rank_of(word) == rank_of(environment)
