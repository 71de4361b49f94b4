"""What is to be said of objects apart from their fields: identity, API versions, kinds without a schema, broken CRDs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.kubernetes_schemas import lifecycle, sentences
from bot.kubernetes_schemas.bundled import Bundle
from bot.kubernetes_schemas.definitions import Definition, Served
from bot.kubernetes_schemas.places import written
from bot.kubernetes_schemas.problem import Place, Problem
from bot.kubernetes_schemas.versions import Version
from bot.model.resource import Resource
from bot.model.result import Severity
from bot.model.unit import ObjectId

_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")


@dataclass(frozen=True, slots=True)
class Item:
    """An object to judge: a rendered one, or one inside of a rendered ``kind: List``, which is at ``place``."""

    id: ObjectId
    fields: dict[str, Any]
    resource: Resource
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """A statement without its unit and object. ``whole_kind``: it is about a kind in a unit, and said once."""

    rule: str
    severity: Severity
    message: str
    fix: str
    place: Place = ()
    mark: str = ""
    whole_kind: bool = False


def expanded(resource: Resource) -> Iterator[Item]:
    """The object, or the items of a list (which may be lists again)."""
    yield from _items(Item(resource.id, resource.fields, resource))


def _items(item: Item) -> Iterator[Item]:
    held = item.fields.get("items")
    if not isinstance(held, list) or not item.id.kind.endswith("List") or "spec" in item.fields:
        yield item
        return
    for index, fields in enumerate(held):
        if not isinstance(fields, dict):
            continue
        inherited = {"apiVersion": item.id.api_version, "kind": item.id.kind.removesuffix("List")}
        given = fields if fields.get("kind") or not inherited["kind"] else {**inherited, **fields}
        metadata_of = given.get("metadata")
        of: dict[str, Any] = metadata_of if isinstance(metadata_of, dict) else {}
        found = ObjectId(
            *(str(v or "") for v in (given.get("apiVersion"), given.get("kind"), of.get("namespace"), of.get("name")))
        )
        yield from _items(Item(found, given, item.resource, (*item.place, "items", index)))


def decrypted(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what SOPS adds to a file; whoever applies it takes it away."""
    sops = fields.get("sops")
    if isinstance(sops, dict) and "mac" in sops:
        return {key: value for key, value in fields.items() if key != "sops"}
    return fields


def of_identity(fields: dict[str, Any], item: Item, *, foreign: bool = False) -> Iterator[Remark]:
    """``foreign``: it may be no manifest."""
    missing = [word for word in ("apiVersion", "kind") if not isinstance(fields.get(word), str) or not fields[word]]
    if missing:
        message = f"It has no {' and no '.join(missing)}, so that nothing can apply it."
        yield Remark(
            "no-kind", Severity.ERROR, message, f"Write {' and '.join(missing)}.", item.place, written(item.place)
        )
        return
    held = fields.get("metadata")
    named: dict[str, Any] = held if isinstance(held, dict) else {}
    if named.get("name"):
        return
    place = (*item.place, "metadata", "name")
    if not named.get("generateName"):
        severity, said, fix = Severity.ERROR, "It has no name.", "Set metadata.name."
        if foreign:
            severity = Severity.INFO
            said = (
                "It has no name and no metadata, and its kind is unknown: it may be no manifest, but a tool's own file."
            )
            fix = "If nothing applies it, name it under ignore in .gatehouse.yaml; else set metadata.name."
        yield Remark("no-name", severity, said, fix, place, written(place))
    elif not any(hook in (named.get("annotations") or {}) for hook in _HOOKS):
        message = (
            "It has generateName and no name: kubectl apply and Flux refuse it, Argo CD makes a new one each time."
        )
        yield Remark(
            "generate-name", Severity.WARNING, message, "Give it a name, or make it a hook.", place, written(place)
        )


def of_lifecycle(item: Item, version: Version) -> Iterator[Remark]:
    found = lifecycle.change(item.id.api_version, item.id.kind)
    if found is None or version < found.deprecated:
        return
    kind = f"{item.id.kind} of {item.id.api_version}"
    place, mark = (*item.place, "apiVersion"), f"{item.id.api_version} {written(item.place)}".strip()
    fix = f"Use {found.replacement}" + (", and adapt the fields that moved." if "/" in found.replacement else ".")
    if found.removed is not None and version >= found.removed:
        message = f"{kind} was removed in Kubernetes {found.removed}; this environment runs {version} and refuses it."
        yield Remark("removed-api", Severity.ERROR, message, fix, place, mark)
        return
    until = f"goes with {found.removed}" if found.removed else "is not to be used any more"
    message = f"{kind} is deprecated since Kubernetes {found.deprecated} and {until}; this environment runs {version}."
    yield Remark("deprecated-api", Severity.WARNING, message, fix, place, mark)


def in_other_versions(item: Item, version: Version, served: tuple[Version, ...], bundle: Bundle) -> Remark:
    kind = f"{item.id.kind} of {item.id.api_version}"
    place, mark = (*item.place, "apiVersion"), f"{item.id.api_version} {written(item.place)}".strip()
    others = [each for each in bundle.groups_of(item.id.kind) if each.rpartition("/")[0] == item.id.group]
    fix = f"Use {others[-1]}." if others else f"Deploy it to clusters of {served[0]} to {served[-1]} only."
    if served[-1] < version:
        message = f"{kind} was last served by Kubernetes {served[-1]}; this environment runs {version} and refuses it."
        return Remark("removed-api", Severity.ERROR, message, fix, place, mark)
    message = f"{kind} comes with Kubernetes {served[0]}; this environment runs {version} and refuses it."
    return Remark("not-served", Severity.ERROR, message, fix, place, mark)


def no_such_kind(item: Item, bundle: Bundle, mark: str) -> Remark:
    """The group is Kubernetes' own, so that no CRD can bring the kind."""
    group, _, name = item.id.api_version.rpartition("/")
    elsewhere = bundle.groups_of(item.id.kind)
    close = sentences.nearest(item.id.kind, bundle.kinds_of(group, name), cutoff=0.75)
    fix = f"Did you mean {close}?" if close else "Correct apiVersion or kind."
    if elsewhere:
        fix = f"Use {' or '.join(elsewhere)}."
    message = f"Kubernetes {bundle.version} has no kind {item.id.kind} in {item.id.api_version}, and refuses it."
    return Remark(
        "unknown-kind", Severity.ERROR, message, fix, (*item.place, "kind"), f"{mark} {written(item.place)}".strip()
    )


def not_served(item: Item, found: tuple[Definition, ...]) -> Remark:
    served = sorted({v.name for each in found for v in each.versions.values() if v.served})
    message = f"The CRD of {item.id.kind} does not serve {item.id.api_version}; the API server refuses it."
    fix = (
        f"Use {' or '.join(f'{item.id.group}/{name}' for name in served)}."
        if served
        else "Let the CRD serve a version."
    )
    place, mark = (*item.place, "apiVersion"), f"{item.id.api_version} {written(item.place)}".strip()
    return Remark("not-served", Severity.ERROR, message, fix, place, mark)


def of_deprecated_version(item: Item, version: Served) -> list[Remark]:
    if not version.deprecated:
        return []
    said = " ".join(version.warning.split())[:200] or "its CRD says so"
    message = f"{item.id.kind} of {item.id.api_version} is deprecated: {said}."
    place, mark = (*item.place, "apiVersion"), f"{item.id.api_version} {written(item.place)}".strip()
    return [Remark("deprecated-api", Severity.WARNING, message, "Use a version that is not deprecated.", place, mark)]


def of_definition(found: Definition, mark: str) -> Iterator[Remark]:
    for place, sentence in found.problems:
        message = f"{sentence}. The API server refuses it, or it cannot be used to judge objects."
        yield Remark(
            "bad-definition",
            Severity.ERROR,
            message,
            "Correct the schema of the CRD.",
            place,
            f"{mark} {written(place)}".strip(),
        )


def of_problems(found: list[Problem], place: Place) -> Iterator[Remark]:
    for each in found:
        severity = Severity.ERROR if each.certain else Severity.WARNING
        mark = f"{written(place)} {each.mark}".strip()
        yield Remark(each.rule, severity, each.message, each.fix, (*place, *each.place), mark)


def first_line(value: Any) -> Place:
    """The way to the first plain value below a mapping or list: that has a line, and a mapping has none of its own."""
    steps: list[str | int] = []
    while isinstance(value, dict | list) and value:
        step = next(iter(value)) if isinstance(value, dict) else 0
        steps.append(step)
        value = value[step]
    return tuple(steps)


def refused(item: Item, place: Place, why: str, fix: str, *, pods: bool = False) -> Remark:
    """What no schema says. ``why`` is the end of a sentence; ``pods``: the object is taken, and each of its pods refused."""
    who = "each of its pods" if pods else f"this {item.id.kind}"
    at = (*item.place, *place)
    return Remark("refused", Severity.ERROR, f"The API server refuses {who}: {why}.", fix, at, ".".join(map(str, at)))
