"""Which declarations in the output of a host a change may concern: the others are the same on both sides, and are not read.

The edges of the files say it, as they say which hosts are asked at all: what a change reaches are declarations in files, or
whatever an output makes of them ("x:" nodes). Only the latter can hide behind any name. What names a source that the output
shows otherwise is concerned as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.affected.hosts import may_host
from bot.affected.outputs import may_declare, source_names
from bot.model.resource import Rendered

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.reach import Reach
    from bot.affected.view import View
    from bot.model.resource import Document, Outcome
    from bot.model.unit import Unit

_MOST = 100  # names that are looked for in each document


class Concerned:
    """Asked for each host. ``through`` are keys of declarations whose completed versions are asked in any case."""

    def __init__(self, views: tuple[View, View], found: tuple[Reach, Reach], through: Iterable[str]) -> None:
        names = set[str]()
        for view, reached in zip(views, found, strict=True):
            keys = {*through, *(node[2:] for node in reached.hops if node[0] in "ut")}
            names |= {name for key in keys for name in _names(view.unit(key))}
            for scope in views[1].replaced:
                if scope[0] == "f":
                    names |= {name for unit in view.units_of(scope) for name in _names(unit)}
        is_open = any(node[0] == "x" for reached in found for node in reached.hops)
        self._names = None if is_open or not names or len(names) > _MOST else frozenset(names)

    def passed_over(self, above: Iterable[Pair], old: Outcome | None, new: Outcome | None) -> frozenset[str]:
        """Digests of documents that a host shows on both sides, and that need not be read. ``above`` are the host and what
        declares it."""
        pairs = list(above)
        if self._names is None or not all(map(_stays, pairs)):
            return frozenset()
        if not (isinstance(old, Rendered) and isinstance(new, Rendered)):
            return frozenset()
        before, after = (_declaring(outcome) for outcome in (old, new))
        texts = [document.text for document in (*before, *after)]
        if not all(any(name in text for text in texts) for name in self._names):
            return frozenset()  # under which name it is there nobody knows
        shown, kept = ({document.digest for document in side} for side in (before, after))
        fresh = [each for each in (*before, *after) if (each.digest in shown) != (each.digest in kept)]
        names = self._names.union(*map(source_names, fresh))
        if len(names) > _MOST:
            return frozenset()
        itself = re.compile("|".join(f"path:.*{re.escape(pair.unit.path)}" for pair in pairs))  # a build may declare it
        same = (each for each in before if each.digest in kept and not itself.search(each.text))
        return frozenset(each.digest for each in same if not any(name in each.text for name in names))


def _names(unit: Unit | None) -> Iterator[str]:
    if unit is not None and unit.source is not None:
        yield unit.source.name
        if unit.application_set:
            yield unit.application_set


def _declaring(outcome: Rendered) -> list[Document]:
    return [document for document in outcome.documents if may_declare(document)]


def _stays(pair: Pair) -> bool:
    """Whether a host is the same one on both sides, so that it says the same of what it shows."""
    base, head = pair
    if base is None or head is None or not (may_host(base) and may_host(head)):
        return False
    return all(
        getattr(base, field) == getattr(head, field)
        for field in ("key", "path", "declared_in", "environment", "source")
    )
