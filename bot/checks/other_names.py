"""What was there before under another name: a finding of head that is the same as one which base alone has.

The names of objects, of their namespaces, kinds and containers, and of Applications move without anybody touching what a
finding is about. Two findings are one where all else is the same: rule, weight, environment, field, value and what is said,
but for names that move with this change. What runs tells containers and workloads apart, so that one which comes is not
taken for another one that goes.
"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from bot.checks.delta import unsuffixed
from bot.checks.release_images import all_images
from bot.kubernetes.images import reference
from bot.model.evidence import Evidence, Side, Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.resource import at as value_at
from bot.model.result import UnitState
from bot.model.unit import ObjectId
from bot.redaction import signs_in

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-._]+[A-Za-z0-9]+)*")
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_NAMES = (("metadata", "name"), ("metadata", "namespace"), ("kind",))
_A_NAME = "\N{WHITE SQUARE}"
# Who must agree is asked of every change anew.
_OF_CHANGES = ("owners/",)
# Where a namespace is what matters: another one is another matter.
_OF_NAMESPACES = ("boundaries/",)
_SECRETS = "secrets/"

_Identity = tuple[str, str, str, str]
_Runs = tuple[str, str]  # a container's name, and that of its image without tag and digest
_Keys = tuple[Hashable | None, ...]


class OtherNames:
    """The names that move within one change. Looks at objects only once it is asked for a pair."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        # By the objects' ids, which live as long as the evidence: each object is looked through once.
        self._runs: dict[int, frozenset[_Runs]] = {}
        self._says: dict[int, str] = {}
        self._signs: dict[int, frozenset[str]] = {}

    def pairs(self, gone: Sequence[Statement], new: Sequence[Statement]) -> dict[int, int]:
        """For positions in ``new`` the position in ``gone`` of what it is the same as, one to one. The surest go first: the
        same unit and the same object, then other names of either."""
        known = {statement.rule for statement in gone} & {statement.rule for statement in new}
        left = {i: self._keys(each, Side.BASE) for i, each in enumerate(gone) if each.rule in known}
        coming = {i: self._keys(each, Side.HEAD) for i, each in enumerate(new) if each.rule in known}
        found: dict[int, int] = {}
        for tier in range(max(map(len, left.values()), default=0)):
            homes: dict[Hashable, deque[int]] = {}
            for i, keys in left.items():
                if keys[tier] is not None:
                    homes.setdefault(keys[tier], deque()).append(i)
            for i, keys in coming.items():
                if i not in found and (free := homes.get(keys[tier])):
                    found[i] = free.popleft()
                    del left[found[i]]
        return found

    def _keys(self, statement: Statement, side: Side) -> _Keys:
        """What a statement is known by, the surest first; all of one length. None: not by this."""
        unit = self._units.get(statement.unit)
        if unit is None or statement.rule.startswith(_OF_CHANGES) or self._is_twice(unit, statement.object):
            return (None,) * 5
        resource = self._resource(unit, statement.object, side)
        names = (*self._objects(unit, statement.object, resource), None)[:2]
        what = self._substance(unit, statement, resource, side)
        whole = unit.state is (UnitState.REMOVED if side is Side.BASE else UnitState.ADDED)
        scopes = (("unit", unit.key), ("path", unit.path) if whole else None)
        keys = [(scope, name, *what) if scope and name else None for scope in scopes for name in names]
        return (*keys, self._moved(unit, statement.object, what, side))

    def _moved(
        self, unit: UnitEvidence, found: ObjectId | None, what: tuple[Hashable, ...], side: Side
    ) -> Hashable | None:
        """The key of an object that comes in another unit of the environment under the same name."""
        if found is None or not unit.environment or (side is Side.BASE and found not in unit.moves):
            return None
        return ("moved", _identity(found), *what) if not self._is_on(unit, found, _other(side)) else None

    # -- what it is about

    def _substance(
        self, unit: UnitEvidence, statement: Statement, resource: Resource | None, side: Side
    ) -> tuple[Hashable, ...]:
        found = statement.object
        return (
            statement.rule,
            statement.severity,
            unit.environment,
            tuple("*" if isinstance(step, int) else step for step in statement.at),
            _value(resource, statement.at),
            self._container(unit, resource, statement.at, side),
            self._unnamed(statement.message),
            found.namespace if found and statement.rule.startswith(_OF_NAMESPACES) else "",
            self._masks(resource) if resource and statement.rule.startswith(_SECRETS) else frozenset(),
        )

    def _objects(self, unit: UnitEvidence, found: ObjectId | None, resource: Resource | None) -> Iterator[Hashable]:
        """What an object is known by: itself where both sides have it, else its name, then what it runs or says."""
        if found is None:
            yield "the unit"
        elif all(self._is_on(unit, found, side) for side in Side):
            yield ("same", _identity(found))
        else:
            yield ("named", found.group, found.kind, unsuffixed(found.name))
            if resource is not None:
                runs = frozenset(image for _, image in self._run_by(resource))
                yield ("runs", runs) if runs else ("says", found.group, found.kind, self._said(resource))

    def _container(
        self, unit: UnitEvidence, resource: Resource | None, at: Sequence[str | int], side: Side
    ) -> Hashable:
        """The container that a field belongs to: by its name where both sides have one of that name, else by its image."""
        end = next((i + 2 for i, step in enumerate(at[:-1]) if step in _CONTAINERS and isinstance(at[i + 1], int)), 0)
        container = value_at(resource.fields, at[:end]) if resource and end else None
        if resource is None or not isinstance(container, dict):
            return None
        other = self._resource(unit, resource.id, _other(side))
        name = str(container.get("name"))
        if other is not None and name in {known for known, _ in self._run_by(other)}:
            return ("container", name)
        return ("image", _without_version(str(container.get("image"))))

    def _said(self, resource: Resource) -> str:
        if id(resource) not in self._says:
            rest = {key: value for key, value in resource.fields.items() if key not in ("metadata", "status")}
            self._says[id(resource)] = self._unnamed(json.dumps(rest, sort_keys=True, default=str))
        return self._says[id(resource)]

    def _masks(self, resource: Resource) -> frozenset[str]:
        if id(resource) not in self._signs:
            self._signs[id(resource)] = signs_in(resource.document.text)
        return self._signs[id(resource)]

    def _unnamed(self, text: str) -> str:
        """A text with what each name that moves stands for in its place, the same for both sides."""
        moving = self._moving
        return _TOKEN.sub(lambda found: moving.get(found[0], found[0]), text)

    # -- what moves

    @cached_property
    def _moving(self) -> Mapping[str, str]:
        """Names that only one side has where they stand: a container's is its image, any other one no more than a name."""
        names: dict[str, str] = {}
        images: dict[str, set[str]] = {}
        for key in self._units:
            base, head = (self._by_identity[key, side] for side in Side)
            alone = [
                [there[each] for each in there if each not in other] for there, other in ((base, head), (head, base))
            ]
            for resource in (*alone[0], *alone[1]):
                found = resource.id
                names |= dict.fromkeys((found.name, unsuffixed(found.name), found.namespace, found.kind), _A_NAME)
            changed = [(base[each], head[each]) for each in base if each in head]
            both = [self._run_by_all(resources) for resources in alone]
            sides = [(self._run_by(old), self._run_by(new)) for old, new in changed if old.document != new.document]
            for one, other in ((both[0], both[1]), *sides):
                for name, image in one ^ other:
                    images.setdefault(name, set()).add(image)
        return names | {name: f"{_A_NAME} {' '.join(sorted(of))}" for name, of in images.items()}

    def _run_by_all(self, resources: Iterable[Resource]) -> frozenset[_Runs]:
        return frozenset(each for resource in resources for each in self._run_by(resource))

    def _run_by(self, resource: Resource) -> frozenset[_Runs]:
        """The containers of an object."""
        if id(resource) not in self._runs:
            fields = all_images(resource.fields)
            self._runs[id(resource)] = frozenset((each.container, _without_version(each.image)) for each in fields)
        return self._runs[id(resource)]

    @cached_property
    def _units(self) -> Mapping[str, UnitEvidence]:
        return {unit.key: unit for unit in self._evidence.units}

    @cached_property
    def _by_identity(self) -> Mapping[tuple[str, Side], Mapping[_Identity, Resource]]:
        sides = ((unit.key, side, unit.side(side)) for unit in self._evidence.units for side in Side)
        return {
            (key, side): {_identity(r.id): r for r in (there.objects if there else ())} for key, side, there in sides
        }

    @cached_property
    def _twice(self) -> frozenset[tuple[str, _Identity]]:
        """Objects that stand several times on one side of a unit: nobody can tell which one is meant."""
        sides = ((unit.key, there) for unit in self._evidence.units for side in Side if (there := unit.side(side)))
        counts = (Counter((key, _identity(r.id)) for r in there.objects) for key, there in sides)
        return frozenset(each for count in counts for each, times in count.items() if times > 1)

    def _is_twice(self, unit: UnitEvidence, found: ObjectId | None) -> bool:
        return found is not None and (unit.key, _identity(found)) in self._twice

    def _resource(self, unit: UnitEvidence, found: ObjectId | None, side: Side) -> Resource | None:
        return self._by_identity[unit.key, side].get(_identity(found)) if found else None

    def _is_on(self, unit: UnitEvidence, found: ObjectId, side: Side) -> bool:
        return self._resource(unit, found, side) is not None


def _identity(found: ObjectId) -> _Identity:
    return (found.group, found.kind, found.namespace, unsuffixed(found.name))


def _other(side: Side) -> Side:
    return Side.HEAD if side is Side.BASE else Side.BASE


def _without_version(image: str) -> str:
    parsed = reference(image)
    return parsed.name if parsed else image


def _value(resource: Resource | None, at: Sequence[str | int]) -> Hashable:
    """The value that a finding is about, where it is one by itself and not the object's own name."""
    value = None if resource is None or tuple(at) in _NAMES else value_at(resource.fields, at)
    return (type(value).__name__, value) if isinstance(value, str | int | float) else None
