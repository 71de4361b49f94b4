"""Names of sources, ConfigMaps and Secrets that nothing here has, and that are a slip away from those of a moment
ago. What is named otherwise may be in the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.flux_sources import BOOTSTRAP
from bot.affected.meant import is_one_slip
from bot.jobs.made_otherwise import is_made
from bot.model.unit import KEY, PLACE, TEXT

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.unit import Unit

HASH = re.compile(r"-[a-z0-9]{10}")  # kustomize's api/hasher: ten characters
_VALUES = ("ConfigMap", "Secret")
_BOOTSTRAPPED = f"GitRepository {BOOTSTRAP}"  # may be in no file
_SEPARATORS = re.compile(r"[-_.]")
_LONGEST_MARK = 3  # letters: `a`, `eu` or `dev` in a name tell things of one sort apart


def misnamed(base: Unit, head: Unit, after: View) -> str:
    """A sentence where the unit names something that is nowhere, and that is written nearly like what it named a moment ago,
    which is still there; "" otherwise."""
    for lacking in head.lacks:
        kind, _, name = lacking.partition(" ")
        if lacking in base.lacks or lacking.startswith((KEY, TEXT, PLACE)):
            continue
        for was in _named_before(base, head, kind):
            is_here = bool(after.named(kind, was))
            is_known = is_here or f"{kind} {was}" == _BOOTSTRAPPED
            if is_known and _is_slip(was, name, kind) and not is_made(after, kind, name, head):
                where = "here" if is_here else "what `flux bootstrap` makes"
                return f"No file has {lacking}, and {kind} {was} is {where}: is it meant? {_effect(head, kind)}"
    return ""


def _named_before(base: Unit, head: Unit, kind: str) -> Iterator[str]:
    """What the unit named and does not any more; what a kustomization generates also without the hash."""
    for was in (*base.takes, _BOOTSTRAPPED):
        if was.startswith(f"{kind} ") and was not in head.takes:
            name = was.partition(" ")[2]
            yield name
            if kind in _VALUES and HASH.fullmatch(name[-11:]):
                yield name[:-11]


def _is_slip(was: str, name: str, kind: str) -> bool:
    """Whether one name is meant with the other. Names that differ in numbers are versions of something; those of ConfigMaps
    and Secrets that differ in a letter of a short word are of things of one sort, of which some are in the cluster alone."""
    if not is_one_slip(was, name) or _numbers(was) != _numbers(name):
        return False
    old, new = _SEPARATORS.split(was), _SEPARATORS.split(name)
    if kind not in _VALUES or len(old) != len(new):
        return True
    return not any(one != other and _may_be_marks(one, other) for one, other in zip(old, new, strict=True))


def _may_be_marks(one: str, other: str) -> bool:
    return max(len(one), len(other)) <= _LONGEST_MARK and (len(one) == len(other) or min(len(one), len(other)) < 2)


def _numbers(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def _effect(unit: Unit, kind: str) -> str:
    if kind not in _VALUES:
        return "Flux finds no source under this name."
    what = f"{unit.source.kind} {unit.source.name}" if unit.source is not None else "what takes values from it"
    return f"Flux will not apply {what} without it; `optional: true` says that it may be missing."
