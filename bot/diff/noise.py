"""Known noise: differences that follow from another change and say nothing of their own. Typed by resource path.

Each rule is folded out of the diff, listed in the object's ``noise``, and can be switched off by its name. The
configuration may name places of its own that are folded, and places that never are (``Folding``).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.config.resource_paths import ALWAYS_SHOWN, ResourcePath, parse
from bot.config.schema import Noise, PathRule
from bot.diff.align import ABSENT, Path, differences, inside, key_order, partners, path_text


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule may know besides the place: generated names old to new, every path that differs, the object's kind."""

    renames: Mapping[str, str]
    changed: frozenset[Path]
    kind: object = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of noise. ``matches`` gets the path, both values (ABSENT where a side has none) and the surroundings."""

    name: str
    reason: str
    matches: Callable[[Path, Any, Any, Surroundings], bool]


_HASH = re.compile(r"[0-9a-f]{32,128}\Z")
_CHART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*-v?[0-9]+\.[0-9]+(?:\.[0-9]+)?[A-Za-z0-9._+-]*\Z")
_TEMPLATES = (("spec", "template"), ("spec", "jobTemplate"), ("spec", "jobTemplate", "spec", "template"))


def _in_metadata(path: Path, field: str) -> bool:
    """Whether the path is one key of ``metadata.FIELD``, of the object or of its pod template. Never a selector, and
    never volumeClaimTemplates: a change there is refused by the API server."""
    return len(path) > 2 and path[-3:-1] == ("metadata", field) and path[:-3] in ((), *_TEMPLATES)


def _chart_label(path: Path, base: Any, head: Any, _: Surroundings) -> bool:
    if not _in_metadata(path, "labels") or path[-1] not in ("helm.sh/chart", "chart"):
        return False
    return all(isinstance(v, str) and _CHART.match(v) is not None for v in (base, head))


def _version_label(path: Path, base: Any, head: Any, around: Surroundings) -> bool:
    if not _in_metadata(path, "labels") or path[-1] != "app.kubernetes.io/version" or ABSENT in (base, head):
        return False
    return (*path[:-1], "helm.sh/chart") in around.changed


def _checksum(path: Path, base: Any, head: Any, _: Surroundings) -> bool:
    if not _in_metadata(path, "annotations") or not re.match(r"(?:[a-z0-9.-]*/)?checksum[/.-]|checksum\Z", path[-1]):
        return False
    return all(isinstance(v, str) and _HASH.match(v) is not None for v in (base, head))


def _rollme(path: Path, base: Any, head: Any, _: Surroundings) -> bool:
    return _in_metadata(path, "annotations") and path[-1] == "rollme" and ABSENT not in (base, head)


def _generated_name(_path: Path, base: Any, head: Any, around: Surroundings) -> bool:
    return isinstance(base, str) and isinstance(head, str) and around.renames.get(base) == head


def _sops(path: Path, _base: Any, _head: Any, around: Surroundings) -> bool:
    """Only within metadata that both sides have: what is encrypted from now on, or no more, is real."""
    return path[0] == "sops" and len(path) > 1 and around.kind != _APPLIED_WITH_SOPS


_APPLIED_WITH_SOPS = "SopsSecret"  # of sops-secrets-operator, which decrypts in the cluster

RULES = (
    Rule("helm-chart-label", "the chart's version stands in every object", _chart_label),
    Rule("checksum-annotation", "a hash of a ConfigMap or Secret that is shown as changed itself", _checksum),
    Rule("random-annotation", "Helm's documented `rollme` value is new in each rendering", _rollme),
    Rule(
        "generator-hash",
        "follows the new name of a generated object, which is shown",
        _generated_name,
    ),
    Rule("app-version-label", "moved with the chart beside it; the images are shown where they run", _version_label),
    Rule("sops-metadata", "what decrypts the file takes it away: it never reaches the cluster", _sops),
)
DEFAULT_FOLD = tuple(r.name for r in RULES)
_NAMED = "diff.noise.paths"  # the key of the configuration: whoever wonders finds it there


Named = tuple[tuple[str, ...], ResourcePath]  # the kinds whose objects are meant (none: all), and the place


@dataclass(frozen=True, slots=True)
class Folding:
    """What is folded: rules by name, and places. What ``show`` names is not."""

    rules: tuple[str, ...]
    paths: tuple[Named, ...]
    show: tuple[Named, ...]


def folding(noise: Noise) -> Folding:
    """What a configuration says, ready to be asked."""
    shown = (*noise.show, *map(PathRule, ALWAYS_SHOWN))
    paths, show = (tuple((rule.kinds, parse(rule.path)) for rule in rules) for rules in (noise.paths, shown))
    return Folding(tuple(map(str, noise.fold)), paths, show)


DEFAULT = folding(Noise())


def fold(base: Any, head: Any, *, by: Folding = DEFAULT, renames: Mapping[str, str]) -> tuple[Any, tuple[str, ...]]:
    """``base`` with every noisy place as in ``head``, and those places as ``path (why)``. Neither input is changed."""
    places = list(differences(base, head))
    around = Surroundings(renames, frozenset(path for path, _, _ in places), head.get("kind"))
    active = [r for r in RULES if r.name in by.rules]
    paths, show = (_for_kind(named, head.get("kind")) for named in (by.paths, by.show))
    found: list[tuple[Path, str]] = []
    for path, old, new in places:
        rule = next((r.name for r in active if r.matches(path, old, new, around)), "")
        why = rule or _named(path, old, new, paths)
        if why and not any(_reaches(path, side, show) for side in (old, new)):
            found.append((path, why))
    if not found:
        return base, ()
    folded = copy.copy(base)
    own = {id(folded)}
    for path, _ in found:
        _put(folded, base, head, path, own)
    return folded, tuple(f"{path_text(path)} ({why})" for path, why in found)


def _for_kind(named: tuple[Named, ...], kind: object) -> tuple[ResourcePath, ...]:
    return tuple(path for kinds, path in named if not kinds or kind in kinds)


def _named(path: Path, old: Any, new: Any, named: tuple[ResourcePath, ...]) -> str:
    """Why a place is folded by its path; "" when it is not. What only one side has counts, if all of it is named."""
    if old is ABSENT:
        return f"{_NAMED}, added" if _all_named(path, new, named) else ""
    if new is ABSENT:
        return f"{_NAMED}, removed" if _all_named(path, old, named) else ""
    return _NAMED if any(n.holds(path) for n in named) else ""


def _all_named(path: Path, value: Any, named: tuple[ResourcePath, ...]) -> bool:
    """Whether each part of the value stands at a place that is named."""
    if any(n.holds(path) for n in named):
        return True
    if not any(n.leads_through(path) for n in named):
        return False
    parts = list(inside(path, value))
    return bool(parts) and all(_all_named(place, part, named) for place, part in parts)


def _reaches(path: Path, value: Any, named: tuple[ResourcePath, ...]) -> bool:
    """Whether the place, or anything in its value, is named."""
    if any(n.holds(path) for n in named):
        return True
    if not any(n.leads_through(path) for n in named):
        return False
    return any(_reaches(place, part, named) for place, part in inside(path, value))


def _put(folded: Any, base: Any, head: Any, path: Path, own: set[int]) -> None:
    """Make the place that ``differences`` named as in ``head``, stepping through ``base`` and ``head`` as it did: items of
    ``folded`` may have other names by now. What is stepped through is copied first; ``own`` are the copies so far."""
    for step in path[:-1]:
        here, there = _keys(base, head, step)
        if id(folded[here]) not in own:
            folded[here] = copy.copy(folded[here])
            own.add(id(folded[here]))
        folded, base, head = folded[here], base[here], head[there]
    here, there = _keys(base, head, path[-1])
    if isinstance(head, dict) and there not in head:
        del folded[here]
    elif isinstance(folded, dict) and here not in folded:
        _insert(folded, head, here)
    else:
        folded[here] = head[there]


def _insert(folded: dict[str, Any], head: dict[str, Any], key: str) -> None:
    """A new key goes where ``head`` has it, or its neighbours would seem to move."""
    folded[key] = head[key]
    ordered = [(k, folded.pop(k)) for k in key_order(folded, head)]
    folded.update(ordered)


def _keys(base: Any, head: Any, step: str) -> tuple[Any, Any]:
    """The key or position that a step of a path means on each side."""
    if isinstance(base, dict):
        return step, step
    return next((i, j) for s, i, j in partners(base, head) if s == step)
