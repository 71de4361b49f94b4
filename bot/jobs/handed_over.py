"""Objects of Flux that go from one Kustomization to another one of the same cluster: each is one unit, and not one that goes
and one that comes.

For Flux it is the same object (kind, namespace, name). What it deploys goes on, as long as the one that lets go of it does
not prune it before the other one applies it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.affected.pairs import Pair

if TYPE_CHECKING:
    from bot.affected.takers import Takers
    from bot.affected.view import View
    from bot.jobs.ports import Result
    from bot.model.unit import Unit

_Hosts = Mapping[str, "Unit"]
_Identity = tuple[str, str, str, str]
_FLUX = ("kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")
_HOST = "Kustomization"


def with_handed_over(results: list[Result], hosts: tuple[_Hosts, _Hosts], before: View, after: View) -> list[Result]:
    """The results, where a unit that is gone and one that is new are one, with a note. ``hosts``: for base and head the
    units whose output shows others, by the keys of these. Where several could be meant they stay apart."""
    gone = _alone(results, 0, hosts[0])
    new = _alone(results, 1, hosts[1])
    both = sorted(gone.keys() & new.keys())
    if not both:
        return results
    from bot.affected.takers import Takers

    takers = Takers(before), Takers(after)
    possible = [
        (old, head)
        for identity in both
        for old in gone[identity]
        for head in new[identity]
        if _of_one_cluster(hosts[0][_key(results, old)], hosts[1][_key(results, head)], takers, (before, after))
    ]
    often = Counter(at for match in possible for at in match)
    clear = {head: old for old, head in possible if often[old] == often[head] == 1}
    dropped = set(clear.values())
    return [
        _joined(results[clear[at]], result, hosts, (before, after)) if at in clear else result
        for at, result in enumerate(results)
        if at not in dropped
    ]


def _alone(results: list[Result], side: int, hosts: _Hosts) -> dict[_Identity, list[int]]:
    """Where the units of one side only are that a Kustomization of Flux shows, by their objects."""
    found: dict[_Identity, list[int]] = {}
    for at, (pair, *_) in enumerate(results):
        unit = pair[side]
        if unit is None or unit.source is None or pair[1 - side] is not None or unit.source.group not in _FLUX:
            continue
        host = hosts.get(unit.key)
        if host is not None and host.source is not None and (host.source.group, host.source.kind) == (_FLUX[0], _HOST):
            source = unit.source
            found.setdefault((source.group, source.kind, source.namespace, source.name), []).append(at)
    return found


def _key(results: list[Result], at: int) -> str:
    return results[at][0].unit.key


def _of_one_cluster(old: Unit, head: Unit, takers: tuple[Takers, Takers], views: tuple[View, View]) -> bool:
    """Whether the same topmost declaration takes both Kustomizations, or one file holds them, and they deploy to the same
    cluster: the one where they are, or one for which they name the access."""
    from bot.affected.moved import are_apart

    if not (old.declared_in and head.declared_in) or are_apart(old, head):
        return False
    if _spec(old, views[0]).get("kubeConfig") != _spec(head, views[1]).get("kubeConfig"):
        return False
    tops = [side.tops(unit.declared_in) for side, unit in zip(takers, (old, head), strict=True)]
    return tops[0] == tops[1] and (bool(tops[0]) or old.declared_in == head.declared_in)


def _joined(old: Result, new: Result, hosts: tuple[_Hosts, _Hosts], views: tuple[View, View]) -> Result:
    base, head = old[0].base, new[0].head
    assert base is not None and head is not None
    note = _note(head, hosts[0][base.key], hosts[1][head.key], views)
    return Pair(base, replace(head, notes=(*head.notes, note)) if note else head), old[1], new[2]


def _note(unit: Unit, old: Unit, head: Unit, views: tuple[View, View]) -> str:
    """What is said of the hand-over; "" where the Kustomization itself is the one that went to another file or host."""
    if old.source == head.source:
        return ""
    start = f"It is deployed by {head.source} instead of {old.source} from this change on"
    if not _prunes(old, views):
        return f"{start}."
    what = "it is uninstalled" if unit.source and unit.source.kind == "HelmRelease" else "what it deploys is deleted"
    return f"{start}: if that one prunes before this one applies, {what} in between."


def _prunes(host: Unit, views: tuple[View, View]) -> bool:
    """Whether a Kustomization deletes what it lets go of, by its file at head, or at base where that has it no more."""
    from bot.affected.undelivered import deletes

    spec = _spec(host, views[1]) or _spec(host, views[0])
    return deletes(spec) if spec else True


def _spec(host: Unit, view: View) -> dict[str, Any]:
    """What the file of a Kustomization says of it; {} where it is not there."""
    from bot.affected.sources import identity_of

    entry = view.entry(host.declared_in)
    if entry is None or entry.is_symlink or entry.is_submodule:
        return {}
    found = (value.get("spec") for value in view.whole(entry).declared if identity_of(value) == host.source)
    return next((spec for spec in found if isinstance(spec, dict)), {})
