"""Who deploys a unit, and what happens to its objects once they, or it, are gone from Git."""

from __future__ import annotations

import json
from typing import Any

from bot.checks.declared_objects import Declared, mapping
from bot.kubernetes.applying import Applier, is_kept
from bot.model.evidence import Evidence, Side, UnitEvidence, UnitSide, objects
from bot.model.resource import Resource
from bot.model.snapshot import Snapshot
from bot.model.unit import HelmRender, ObjectId, Unit

_FLUX = "kustomize.toolkit.fluxcd.io"
_ARGO = "argoproj.io"
_CASCADE = "resources-finalizer.argocd.argoproj.io"
_IN_CLUSTER = "https://kubernetes.default.svc"  # what Argo CD calls in-cluster
_DEPLOYING = ("Application", "ApplicationSet", "Kustomization", "HelmRelease")
_APPLIERS = {_FLUX: Applier.FLUX, "helm.toolkit.fluxcd.io": Applier.HELM, _ARGO: Applier.ARGO_CD}


def applier(unit: UnitEvidence) -> Applier:
    """Who applies the objects of a unit, as far as its declaration tells."""
    side = unit.head or unit.base
    source = side.unit.source if side else None
    if side is None or source is None:
        alone = side is not None and side.unit.parts and all(isinstance(p, HelmRender) for p in side.unit.parts)
        return Applier.HELM if alone else Applier.UNKNOWN
    return _APPLIERS.get(source.group, Applier.UNKNOWN)


def is_generated(side: UnitSide, found: ObjectId) -> bool:
    """Whether an object among those of a unit is its own Application, made by an ApplicationSet: the controller creates it,
    and no project or team has a say in where."""
    return bool(side.unit.generated) and found == side.unit.source


def made_by_set(unit: Unit, declared: Declared | None) -> Declared | None:
    """The Application that a set makes for a unit, said at the set's template; else ``declared``, the object as found."""
    fields = _generated(unit)
    if fields is None or unit.source is None or (declared and declared.id.kind == "Application"):
        return declared
    written = declared.written if declared else None
    within = written._replace(at=(*written.at, "spec", "template")) if written else None
    line = declared.line if declared else 0
    return Declared(unit.source, fields, "", unit.declared_in, line, within)


class Deployers:
    """The declarations behind the units of a change, each looked for when it is asked for, and once."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._rendered: dict[Side, dict[ObjectId, dict[str, Any]]] = {}
        self._makes: dict[ObjectId, int] | None = None
        self._told: dict[str, bool | None] = {}
        self._destinations: dict[tuple[str, Side], tuple[str, str]] = {}

    def prunes(self, unit: UnitEvidence) -> bool | None:
        """Whether objects that leave the unit, or all of them when it goes, are deleted; None when nobody can tell.

        Flux: ``spec.prune``, and when the Kustomization goes ``spec.deletionPolicy`` (MirrorPrune, Delete,
        WaitForTermination, Orphan), unless the Kustomization itself stays. A unit that stays has to say so on both sides:
        until its own declaration is applied the old one holds. Argo CD: ``automated.prune`` of an Application that stays,
        and the finalizer that cascades of one that goes (Argo CD, "App Deletion").
        """
        if unit.key not in self._told:
            told = [self._of_side(unit, side) for side in Side if unit.side(side)]
            self._told[unit.key] = True if True in told else None if not told or None in told else False
        return self._told[unit.key]

    def keeps(self, unit: UnitEvidence, base: Resource) -> bool:
        """Whether an object of base that head lacks is left in the cluster: it says so itself, or whoever deploys it."""
        return is_kept(applier(unit), base.fields, with_all=unit.head is None) or self.prunes(unit) is False

    def waits(self, unit: UnitEvidence) -> bool:
        """Whether an Application that stays leaves what goes to a person: it syncs by itself and prunes nothing, or says
        ``Prune=false`` for all of its objects, on both sides (Argo CD, "Automated Sync Policy" and "Sync Options")."""
        if unit.base is None or unit.head is None:
            return False
        declared = [self._of_argo(there.unit, side) for side in Side if (there := unit.side(side))]
        return all(found is not None and _asks_before_pruning(found) for found in declared)

    def forces(self, unit: UnitEvidence) -> bool:
        """Whether Flux deletes and makes anew what it cannot change: ``spec.force`` of the Kustomization, as it is at head
        (documentation of Flux, "Kustomization": Force)."""
        declared = self._declaration(unit.head.unit, Side.HEAD) if unit.head else None
        return (
            declared is not None
            and applier(unit) is Applier.FLUX
            and mapping(declared.get("spec")).get("force") is True
        )

    def makes(self, found: ObjectId) -> int:
        """How many other declarations (Applications, Kustomizations, releases) the unit holds that an object deploys, on the
        side that has more of them; 0 where it deploys none, or no unit of the change."""
        if self._makes is None:
            self._makes = {}
            for unit in self._evidence.units:
                for there in (unit.base, unit.head):
                    if there and there.unit.source:
                        count = sum(r.id.group in _APPLIERS and r.id.kind in _DEPLOYING for r in there.objects
                                    if r.id != there.unit.source)  # fmt: skip
                        self._makes[there.unit.source] = max(count, self._makes.get(there.unit.source, 0))
        return self._makes.get(found, 0)

    def destination(self, unit: Unit, side: Side) -> tuple[str, str]:
        """Cluster and namespace of the Application that deploys a unit; "" for what is not said, or by no Application."""
        key = (unit.key, side)
        if key not in self._destinations:
            declared = self._of_argo(unit, side)
            self._destinations[key] = _destination(mapping(mapping(declared).get("spec")).get("destination"))
        return self._destinations[key]

    def _of_argo(self, unit: Unit, side: Side) -> dict[str, Any] | None:
        """The Application that deploys a unit."""
        of_argo = unit.source is not None and unit.source.group == _ARGO
        return (_generated(unit) or self._declaration(unit, side)) if of_argo else None

    def _of_side(self, unit: UnitEvidence, side: Side) -> bool | None:
        there, goes = unit.side(side), unit.head is None
        if there is None or there.unit.source is None:
            return None
        generated = _generated(there.unit)
        if generated and goes:
            return not there.unit.stays and _cascades(generated, by_itself=True)
        declared = generated or self._declaration(there.unit, side)
        group = there.unit.source.group
        if declared is None or group not in (_FLUX, _ARGO):
            return None
        if goes and there.unit.source.kind == "ApplicationSet":
            return _set_cascades(declared)
        return _flux(declared, goes=goes) if group == _FLUX else _cascades(declared) if goes else _argo(declared)

    def _declaration(self, unit: Unit, side: Side) -> dict[str, Any] | None:
        """The object that deploys the unit: as another unit renders it, else as its file says it."""
        if unit.source is None:
            return None
        if side not in self._rendered:
            every = objects(self._evidence, side)
            self._rendered[side] = {r.id: r.fields for _, r in every if r.id.group in _APPLIERS}
        return self._rendered[side].get(unit.source) or _in_file(
            unit.source, unit.declared_in, self._evidence.files(side)
        )


def _generated(unit: Unit) -> dict[str, Any] | None:
    """The Application that an ApplicationSet makes, which no file holds."""
    return mapping(json.loads(unit.generated)) if unit.generated else None


def _destination(value: Any) -> tuple[str, str]:
    said = mapping(value)
    server, name, namespace = (
        text if isinstance(text := said.get(k), str) else "" for k in ("server", "name", "namespace")
    )
    return (_IN_CLUSTER if name == "in-cluster" else name or server.rstrip("/")), namespace


def _argo(declared: dict[str, Any]) -> bool | None:
    """An Application that stays; without automation whoever syncs it says whether to prune."""
    automated = mapping(mapping(mapping(declared.get("spec")).get("syncPolicy")).get("automated"))
    return True if automated.get("prune") is True and automated.get("enabled") is not False else None


def _asks_before_pruning(declared: dict[str, Any]) -> bool:
    """Older versions of Argo CD know ``Prune=false`` of single objects alone: so nothing is taken for kept by it."""
    policy = mapping(mapping(declared.get("spec")).get("syncPolicy"))
    options, automated = policy.get("syncOptions"), policy.get("automated")
    if isinstance(options, list) and {str(o).lower() for o in options} & {"prune=false", "prune=confirm"}:
        return True
    return isinstance(automated, dict) and automated.get("enabled") is not False and automated.get("prune") is not True


def _cascades(declared: dict[str, Any], *, by_itself: bool = False) -> bool:
    """Whether the objects of an Application go with it: the finalizer says so, with or without a way of propagation. A set
    gives it to Applications that name none (Argo CD, "Application Pruning & Resource Deletion" of ApplicationSets)."""
    finalizers = mapping(declared.get("metadata")).get("finalizers")
    listed = finalizers if isinstance(finalizers, list) else []
    return any(str(f).partition("/")[0] == _CASCADE for f in listed) or (by_itself and not listed)


def _set_cascades(declared: dict[str, Any]) -> bool:
    """Whether what the Applications of a set deployed goes with the set, which owns them, whoever they are."""
    spec = mapping(declared.get("spec"))
    keeps = mapping(spec.get("syncPolicy")).get("preserveResourcesOnDeletion") is True
    return not keeps and _cascades(mapping(spec.get("template")), by_itself=True)


def _flux(declared: dict[str, Any], *, goes: bool) -> bool | None:
    spec = mapping(declared.get("spec"))
    prune = spec.get("prune")
    if goes and is_kept(Applier.FLUX, declared, with_all=False):
        return False  # the Kustomization stays in the cluster, and goes on
    policy = spec.get("deletionPolicy")
    if goes and policy in ("Orphan", "Delete", "WaitForTermination"):
        return bool(policy != "Orphan")
    return prune if isinstance(prune, bool) else None


def _in_file(source: ObjectId, path: str, files: Snapshot) -> dict[str, Any] | None:
    from bot.documents import load_all
    from bot.errors import UserError

    entry = files.entry(path) if path else None
    if entry is None:
        return None
    try:
        found = [mapping(d.value) for d in load_all(files.read(entry), name=path)]
    except UserError:
        return None
    wanted = (source.kind, source.name)
    return next((v for v in found if (v.get("kind"), mapping(v.get("metadata")).get("name")) == wanted), None)
