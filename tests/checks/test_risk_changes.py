"""What the risk check says of objects that go or change, and where it is silent: nothing is lost, or nothing is refused."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from made_evidence import Made, evidence, new, rules

from bot.checks.risk import Risk
from bot.kubernetes.quantity import quantity
from bot.model.evidence import Move, Statement
from bot.model.result import Severity
from bot.model.unit import HelmRender, ObjectId, Render

FLUX = ObjectId("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "shop")
RELEASE = ObjectId("helm.toolkit.fluxcd.io/v2", "HelmRelease", "flux-system", "shop")
ARGO = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "shop")
CHART: tuple[Render, ...] = (HelmRender("charts/shop", "shop"),)
FILE = "clusters/prod/shop.yaml"


def thing(kind: str, version: str, spec: Any = None, *, name: str = "x", namespace: str = "shop", **more: Any) -> str:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {}) | more.pop("metadata", {})
    fields = {"apiVersion": version, "kind": kind, "metadata": metadata, **more}
    return json.dumps(fields if spec is None else fields | {"spec": spec}) + "\n---\n"


def said(base: str | None, head: str | None, **made: Any) -> list[Statement]:
    before, after = ({FILE: text} if (text := made.pop(f"{side}_file", "")) else {} for side in ("base", "head"))
    return new(Risk().run(evidence(Made(base, head, **made), base=before, head=after)))


def test_an_object_that_begins_to_say_the_namespace_in_which_it_lies() -> None:
    """`namespace:` in a kustomization, or `{{ .Release.Namespace }}` in a chart, where the release puts it anyway."""
    spec = {"serviceName": "db"}
    role = thing("ClusterRole", "rbac.authorization.k8s.io/v1", namespace="")
    silent, named, other = (
        thing("StatefulSet", "apps/v1", spec, namespace=name) + role for name in ("", "shop", "other")
    )
    parts = (HelmRender("charts/db", release="db", namespace="shop"),)
    assert said(silent, named, parts=parts) == said(named, silent, parts=parts) == []
    assert rules(said(silent, other, parts=parts)) == rules(said(other, silent, parts=parts)) == ["risk/deletion"]
    assert rules(said(silent, named)) == ["risk/deletion"], "nobody knows where it lies"
    twice = thing("StatefulSet", "apps/v1", spec, namespace="") + named
    assert rules(said(twice, named, parts=parts)) == ["risk/deletion"], "told as it stands where both were there"


# -- Jobs that are made anew


def job(image: str, **annotations: str) -> str:
    spec = {"template": {"spec": {"containers": [{"name": "a", "image": image}]}}}
    return thing("Job", "batch/v1", spec, metadata={"annotations": annotations})


def refused(annotations: dict[str, str], source: ObjectId | None = None, parts: tuple[Render, ...] = ()) -> bool:
    found = rules(said(job("a:1", **annotations), job("a:2", **annotations), source=source, parts=parts))
    assert found in ([], ["risk/immutable"])
    return bool(found)


HELM_HOOK, HELM_POLICY = "helm.sh/hook", "helm.sh/hook-delete-policy"
HOOK, POLICY, OPTIONS = (f"argocd.argoproj.io/{k}" for k in ("hook", "hook-delete-policy", "sync-options"))
FORCE, SSA = "kustomize.toolkit.fluxcd.io/force", "kustomize.toolkit.fluxcd.io/ssa"


@pytest.mark.parametrize(
    ("source", "annotations"),
    [
        (None, {HELM_HOOK: "pre-upgrade,pre-install", HELM_POLICY: "before-hook-creation"}),
        (RELEASE, {HELM_HOOK: "pre-upgrade"}),  # before-hook-creation where nothing is said
        (ARGO, {HELM_HOOK: "pre-upgrade", HELM_POLICY: "hook-succeeded, hook-failed"}),
        (ARGO, {HOOK: "PreSync", POLICY: "BeforeHookCreation"}),
        (ARGO, {HOOK: "PostSync", POLICY: "HookSucceeded"}),
        (ARGO, {HOOK: "Sync"}),
        (ARGO, {OPTIONS: "Force=true,Replace=true"}),
        (None, {OPTIONS: "Validate=false, Force=true"}),
        (FLUX, {FORCE: "enabled"}),
        (FLUX, {SSA: "IfNotPresent"}),
        (None, {FORCE: "Enabled"}),
    ],
)
def test_a_job_that_is_deleted_and_made_again_can_change(source: ObjectId | None, annotations: dict[str, str]) -> None:
    assert not refused(annotations, source)


# -- Flux that forces


def forced(kind: str, version: str, force: object, source: ObjectId = FLUX) -> list[Severity]:
    """An immutable field changes below a Kustomization that says ``force``, as its file declares it at head."""
    declared = {"apiVersion": source.api_version, "kind": source.kind, "metadata": {"name": "shop"}}
    specs: dict[str, Any] = {
        "Job": {"template": {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}},
        "Deployment": {"selector": {"matchLabels": {"app": "a"}}},
        "PersistentVolumeClaim": {"storageClassName": "fast"},
    }
    base = thing(kind, version, specs[kind])
    head = base.replace("a:1", "a:2").replace('"app": "a"', '"app": "b"').replace("fast", "slow")
    found = said(
        base, head, source=source, declared_in=FILE,
        base_file=json.dumps(declared), head_file=json.dumps(declared | {"spec": {"force": force}}),
    )  # fmt: skip
    assert rules(found) == ["risk/immutable"]
    assert all(("makes it anew" in each.message) is (force is True and source is FLUX) for each in found)
    return [each.severity for each in found]


def test_what_flux_makes_anew_by_force_arrives_at_a_price() -> None:
    assert forced("Deployment", "apps/v1", force=True) == [Severity.WARNING]
    assert forced("Job", "batch/v1", force=True) == [Severity.INFO]
    assert forced("PersistentVolumeClaim", "v1", force=True) == [Severity.ERROR]


def test_force_of_nobody_who_forces_changes_nothing() -> None:
    assert forced("Deployment", "apps/v1", force=False) == [Severity.ERROR]
    assert forced("Deployment", "apps/v1", force="true") == [Severity.ERROR]
    assert forced("Deployment", "apps/v1", force=True, source=ARGO) == [Severity.ERROR]


@pytest.mark.parametrize(
    ("source", "annotations"),
    [
        (None, {}),
        (ARGO, {OPTIONS: "Replace=true"}),  # replaces in place, and is refused
        (ARGO, {OPTIONS: "Force=true,ServerSideApply=true"}),
        (ARGO, {HOOK: "PreSync", POLICY: "HookFailed"}),  # one that succeeded is still there
        (ARGO, {POLICY: "BeforeHookCreation"}),  # no hook
        (ARGO, {FORCE: "enabled"}),  # Flux does not apply it
        (FLUX, {OPTIONS: "Force=true,Replace=true"}),
        (FLUX, {HELM_HOOK: "pre-upgrade"}),
        (RELEASE, {HOOK: "PreSync"}),
        (FLUX, {FORCE: "disabled"}),
        (FLUX, {SSA: "Merge"}),
    ],
)
def test_a_job_that_stays_cannot(source: ObjectId | None, annotations: dict[str, str]) -> None:
    assert refused(annotations, source)


def test_a_chart_by_itself_is_applied_by_helm() -> None:
    assert not refused({HELM_HOOK: "pre-upgrade"}, parts=CHART)
    assert refused({HOOK: "PreSync"}, parts=CHART)


# -- what pruning deletes


def claim(kind: str = "annotations", **metadata: str) -> str:
    return thing("PersistentVolumeClaim", "v1", {"accessModes": ["ReadWriteOnce"]}, metadata={kind: metadata})


PRUNE, KEEP = "kustomize.toolkit.fluxcd.io/prune", "helm.sh/resource-policy"


@pytest.mark.parametrize(
    ("source", "metadata", "stays", "stays_with_all"),
    [
        (None, {}, False, False),
        (None, {OPTIONS: "Prune=false"}, True, False),
        (ARGO, {OPTIONS: "Prune=false,Delete=false"}, True, True),
        (ARGO, {OPTIONS: "Prune=confirm"}, True, False),
        (ARGO, {OPTIONS: "Delete=false"}, False, True),
        (ARGO, {OPTIONS: "Prune=true"}, False, False),
        (FLUX, {OPTIONS: "Prune=false"}, False, False),
        (None, {PRUNE: "disabled"}, True, True),
        (FLUX, {PRUNE: "Disabled"}, True, True),
        (FLUX, {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}, True, True),
        (FLUX, {PRUNE: "enabled"}, False, False),
        (ARGO, {PRUNE: "disabled"}, False, False),
        (RELEASE, {KEEP: "keep"}, True, True),
        (ARGO, {KEEP: "keep"}, False, True),
        (FLUX, {KEEP: "keep"}, False, False),
        (RELEASE, {PRUNE: "disabled"}, False, False),
    ],
)
def test_what_is_not_pruned_is_no_deletion(
    source: ObjectId | None, metadata: dict[str, str], *, stays: bool, stays_with_all: bool
) -> None:
    base = claim(**metadata)
    assert rules(said(base, "", source=source)) == ([] if stays else ["risk/deletion"])
    found = {s.rule: s.severity for s in said(base, None, source=source)}
    assert ("risk/deletion" in found) is not stays_with_all
    assert found["risk/unit-removed"] is (Severity.WARNING if stays_with_all else Severity.ERROR)


@pytest.mark.parametrize(("source", "stays"), [(ARGO, True), (FLUX, False), (None, False)])
def test_definitions_stay_where_their_application_goes(source: ObjectId | None, *, stays: bool) -> None:
    """Argo CD deletes the other objects of an Application with it, and prunes definitions like anything else."""
    crd = thing("CustomResourceDefinition", "apiextensions.k8s.io/v1", {"versions": []}, namespace="")
    assert rules(said(crd, "", source=source)) == ["risk/deletion"]
    found = {s.rule: s.severity for s in said(crd, None, source=source)}
    assert ("risk/deletion" in found) is not stays
    assert found["risk/unit-removed"] is (Severity.WARNING if stays else Severity.ERROR)


def test_labels_of_flux_count_as_annotations_do() -> None:
    assert said(claim("labels", **{PRUNE: "disabled"}), "", source=FLUX) == []
    assert rules(said(claim("labels", **{OPTIONS: "Prune=false"}), "")) == ["risk/deletion"]


def test_the_annotation_has_to_be_there_before() -> None:
    """What counts is the object in the cluster: that of base."""
    assert rules(said(claim(), "")) == ["risk/deletion"]
    assert said(claim(**{PRUNE: "disabled"}), claim()) == []


def flux(**spec: Any) -> str:
    return thing(
        FLUX.kind, FLUX.api_version, spec, name="shop", namespace="flux-system", metadata=spec.pop("metadata", {})
    )


def lost(base: dict[str, Any], head: dict[str, Any] | None) -> list[str]:
    objects = None if head is None else ""
    found = said(
        claim(), objects, source=FLUX, declared_in=FILE,
        base_file=flux(**base), head_file="" if head is None else flux(**head),
    )  # fmt: skip
    return [s.rule for s in found if s.rule == "risk/deletion"]


def test_a_kustomization_that_does_not_prune() -> None:
    off, on = {"prune": False}, {"prune": True}
    assert lost(off, off) == lost(off, None) == []
    assert lost(on, on) == lost(off, on) == lost(on, off) == lost(on, None) == ["risk/deletion"]
    assert lost({}, {}) == ["risk/deletion"]  # nobody says so


def test_what_a_kustomization_does_when_it_goes() -> None:
    assert lost({"prune": True, "deletionPolicy": "Orphan"}, None) == []
    assert lost({"prune": False, "deletionPolicy": "MirrorPrune"}, None) == []
    assert lost({"prune": False, "deletionPolicy": "Delete"}, None) == ["risk/deletion"]
    assert lost({"prune": True, "deletionPolicy": "Orphan"}, {"prune": True}) == [
        "risk/deletion"
    ]  # it stays, and prunes
    assert lost({"prune": True, "metadata": {"annotations": {PRUNE: "disabled"}}}, None) == []  # it stays itself


CASCADE = "resources-finalizer.argocd.argoproj.io"
SET = replace(ARGO, kind="ApplicationSet")


def unseen(source: ObjectId | None, spec: dict[str, Any], *, production: bool = True, **metadata: Any) -> Statement:
    """What is said of a unit that goes and that nobody could render, by its declaration."""
    found = source or ARGO
    text = thing(found.kind, found.api_version, spec, name="shop", namespace=found.namespace, metadata=metadata)
    made = Made("", None, source=source, declared_in=FILE if source else "", production=production)
    there = evidence(made, base={FILE: text} if source else {})
    (unit,) = there.units
    assert unit.base
    (statement,) = new(Risk().run(replace(there, units=(replace(unit, base=None, gone=unit.base.unit),))))
    assert statement.rule == "risk/unit-removed" and "Nobody here knows" in statement.message
    assert (statement.file, statement.line > 0) == ((FILE, True) if source else ("", False))
    return statement


@pytest.mark.parametrize(
    ("source", "spec", "finalizers", "goes"),
    [
        (ARGO, {}, [CASCADE], True), (ARGO, {}, [], False), (RELEASE, {}, [], True), (None, {}, [], True),
        (FLUX, {"prune": True}, [], True), (FLUX, {"prune": False}, [], False),
        (SET, {}, [], True), (SET, {"syncPolicy": {"preserveResourcesOnDeletion": True}}, [], False),
        (SET, {"template": {"metadata": {"finalizers": ["other.example/x"]}}}, [], False),
    ],
)  # fmt: skip
def test_a_unit_that_goes_weighs_the_same_where_nobody_knows_what_it_holds(
    source: ObjectId | None, spec: dict[str, Any], finalizers: list[str], *, goes: bool
) -> None:
    found = unseen(source, spec, finalizers=finalizers)
    assert ("stays in the cluster" in found.message) is not goes
    assert found.severity is (Severity.ERROR if goes else Severity.WARNING)
    assert unseen(source, spec, finalizers=finalizers, production=False).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("finalizers", "automated", "goes"),
    [
        ([], {"prune": True}, False), ([], {}, False), (["other.example/x"], {"prune": True}, False),
        ([CASCADE], {}, True), ([f"{CASCADE}/background"], {}, True), ([f"{CASCADE}/foreground"], {"prune": True}, True),
    ],
)  # fmt: skip
def test_what_goes_with_an_application(finalizers: list[str], automated: dict[str, Any], *, goes: bool) -> None:
    """Argo CD deletes what an Application has deployed only where the finalizer says so, whatever its sync prunes."""
    sync = {"syncPolicy": {"automated": automated}}
    text = thing(
        ARGO.kind, ARGO.api_version, sync, name="shop", namespace="argocd", metadata={"finalizers": finalizers}
    )
    found = said(claim(), None, source=ARGO, declared_in=FILE, base_file=text)
    assert rules(found) == (["risk/deletion", "risk/unit-removed"] if goes else ["risk/unit-removed"])
    assert ("stays in the cluster" in found[-1].message) is not goes
    assert found[-1].severity is (Severity.ERROR if goes else Severity.WARNING)
    stays = said(claim(), "", source=ARGO, declared_in=FILE, base_file=text, head_file=text)
    assert rules(stays) == ["risk/deletion"]  # one that stays prunes, or whoever syncs it may


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        ({"automated": {"prune": True}}, False), ({"automated": {"prune": False}}, True), ({"automated": {}}, True),
        ({"automated": {"prune": True}, "syncOptions": ["CreateNamespace=true", "Prune=false"]}, True),
        ({"automated": {"prune": True}, "syncOptions": ["PruneLast=true"]}, False),
        ({"automated": {"enabled": False}}, False), ({"automated": None}, False), ({}, False),
    ],
)  # fmt: skip
def test_an_application_that_syncs_and_does_not_prune(policy: dict[str, Any], *, waits: bool) -> None:
    """Nothing is deleted by the merge. Where nobody automates it, whoever syncs may prune with the same command."""

    def file(policy: dict[str, Any]) -> str:
        return thing(ARGO.kind, ARGO.api_version, {"syncPolicy": policy}, name="shop", namespace="argocd")

    def found(base: str, head: str) -> Statement:
        (statement,) = said(claim(), "", source=ARGO, declared_in=FILE, base_file=base, head_file=head)
        return statement

    statement = found(file(policy), file(policy))
    assert (statement.rule, statement.severity) == ("risk/deletion", Severity.WARNING if waits else Severity.ERROR)
    assert ("until somebody syncs with pruning" in statement.message) is waits
    for other in (
        (file(policy), file({"automated": {"prune": True}})),
        (file({"automated": {"prune": True}}), file(policy)),
    ):
        assert found(*other).severity is Severity.ERROR  # as it is now, or will be


@pytest.mark.parametrize(("finalizers", "goes"), [([], True), ([CASCADE], True), (["other.example/x"], False)])
def test_what_goes_with_an_application_of_a_set(finalizers: list[str], *, goes: bool) -> None:
    """The set adds the finalizer where its template names none."""
    text = thing(ARGO.kind, ARGO.api_version, {}, name="shop", namespace="argocd", metadata={"finalizers": finalizers})
    found = said(claim(), None, source=ARGO, generated=text.removesuffix("\n---\n"))
    assert ("risk/deletion" in rules(found)) is goes


def test_a_declaration_that_another_unit_renders_says_more_than_its_file() -> None:
    rendered = Made(flux(prune=True), flux(prune=True), path="clusters/prod")
    unit = Made(claim(), "", source=FLUX, declared_in=FILE)
    files = {FILE: flux(prune=False)}
    found = new(Risk().run(evidence(unit, rendered, base=files, head=files)))
    assert "risk/deletion" in rules(found)


def test_a_unit_that_leaves_its_objects_behind_says_so() -> None:
    (found,) = said(claim(), None, source=FLUX, declared_in=FILE, base_file=flux(prune=False))
    assert found.message.endswith("1 object (1 PersistentVolumeClaim) stays in the cluster, and nobody owns it.")
    (_, found) = said(claim(), None, source=FLUX, declared_in=FILE, base_file=flux(prune=True))
    assert found.message.endswith("1 object (1 PersistentVolumeClaim) is deleted.")


# -- fields that cannot be changed


def immutable(kind: str, version: str, base: dict[str, Any], head: dict[str, Any]) -> str:
    """The field that is told, "" when none is."""
    found = said(thing(kind, version, **base), thing(kind, version, **head))
    told = [s.message.split(" of a ")[0] for s in found if s.rule == "risk/immutable"]
    return told[0] if told else ""


def spec(**fields: Any) -> dict[str, Any]:
    return {"spec": fields}


def claimed(storage: Any = "1Gi", **fields: Any) -> dict[str, Any]:
    return spec(accessModes=["ReadWriteOnce"], resources={"requests": {"storage": storage}}, **fields)


NFS = {"capacity": {"storage": "1Gi"}, "nfs": {"server": "a", "path": "/a"}}
_CSI = {"driver": "d", "volumeHandle": "1"}
BINDING, CLASS = "rbac.authorization.k8s.io/v1", "storage.k8s.io/v1"
REF = {"kind": "Role", "name": "a"}
DATA: dict[str, Any] = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}


@pytest.mark.parametrize(
    ("kind", "version", "base", "head", "field"),
    [
        ("Service", "v1", spec(ports=[]), spec(ports=[], clusterIP="None"), "spec.clusterIP"),
        ("Service", "v1", spec(clusterIP="None"), spec(clusterIP="10.0.0.1"), "spec.clusterIP"),
        ("PersistentVolumeClaim", "v1", claimed(storageClassName="slow"), claimed(storageClassName=""),
         "spec.storageClassName"),
        ("PersistentVolumeClaim", "v1", claimed("2Gi"), claimed("1Gi"), "spec.resources.requests.storage"),
        ("PersistentVolumeClaim", "v1", claimed("1Gi"), claimed("1G"), "spec.resources.requests.storage"),
        ("PersistentVolumeClaim", "v1", claimed(), claimed(volumeMode="Block"), "spec.volumeMode"),
        ("Job", "batch/v1", spec(completions=1), spec(completions=2), "spec.completions"),
        ("Job", "batch/v1", spec(), spec(completions=2), "spec.completions"),
        ("PersistentVolume", "v1", spec(**NFS), spec(**NFS | {"nfs": {"server": "b", "path": "/a"}}), "spec.nfs"),
        ("PersistentVolume", "v1", spec(csi=_CSI), spec(**NFS), "spec.csi"),
        ("PersistentVolume", "v1", spec(nodeAffinity={"required": {}}), spec(), "spec.nodeAffinity"),
        ("Secret", "v1", {}, {"type": "kubernetes.io/tls"}, "type"),
        ("StorageClass", CLASS, {"reclaimPolicy": "Retain"}, {}, "reclaimPolicy"),
        ("StorageClass", CLASS, {}, {"volumeBindingMode": "WaitForFirstConsumer"}, "volumeBindingMode"),
        ("StatefulSet", "apps/v1", spec(), spec(podManagementPolicy="Parallel"), "spec.podManagementPolicy"),
        ("StatefulSet", "apps/v1", spec(volumeClaimTemplates=[DATA]), spec(), "spec.volumeClaimTemplates"),
        ("RoleBinding", BINDING, {"roleRef": REF}, {"roleRef": REF | {"name": "b"}}, "roleRef"),
    ],
)  # fmt: skip
def test_what_the_api_server_refuses(
    kind: str, version: str, base: dict[str, Any], head: dict[str, Any], field: str
) -> None:
    assert immutable(kind, version, base, head) == field


@pytest.mark.parametrize(
    ("kind", "version", "base", "head"),
    [
        ("Service", "v1", spec(clusterIP="None"), spec(ports=[])),  # it keeps what it has
        ("Service", "v1", spec(), spec(clusterIP="10.0.0.1")),  # perhaps the one that it got
        ("Service", "v1", spec(type="ExternalName"), spec(clusterIP="None")),
        ("PersistentVolumeClaim", "v1", claimed(), claimed(storageClassName="slow")),  # perhaps the cluster's default
        ("PersistentVolumeClaim", "v1", claimed("1Gi"), claimed("1024Mi")),
        ("PersistentVolumeClaim", "v1", claimed("1Gi"), claimed("2Gi")),
        ("PersistentVolumeClaim", "v1", claimed("1Gi"), claimed("${SIZE}")),
        ("PersistentVolumeClaim", "v1", claimed(), claimed(volumeMode="Filesystem")),
        ("Job", "batch/v1", spec(), spec(completions=1)),
        ("Job", "batch/v1", spec(completions=1), spec(completions=1, parallelism=1)),
        ("Job", "batch/v1", spec(completions=2, parallelism=2, completionMode="Indexed"),
         spec(completions=3, parallelism=3, completionMode="Indexed")),
        ("PersistentVolume", "v1", spec(**NFS), spec(**NFS | {"capacity": {"storage": "2Gi"}})),
        ("PersistentVolume", "v1", spec(csi=_CSI), spec(csi=_CSI | {"nodeExpandSecretRef": {"name": "a"}})),
        ("PersistentVolume", "v1", spec(), spec(nodeAffinity={"required": {}})),
        ("Secret", "v1", {}, {"type": "Opaque"}),
        ("StorageClass", CLASS, {"reclaimPolicy": "Delete"}, {}),
        ("StorageClass", CLASS, {}, {"volumeBindingMode": "Immediate", "parameters": {}, "allowVolumeExpansion": True}),
        ("StatefulSet", "apps/v1", spec(), spec(podManagementPolicy="OrderedReady", serviceName="")),
        ("StatefulSet", "apps/v1", spec(volumeClaimTemplates=[DATA]), spec(volumeClaimTemplates=[
            DATA | {"kind": "PersistentVolumeClaim", "spec": DATA["spec"] | {"volumeMode": "Filesystem"}}])),
        ("RoleBinding", BINDING, {"roleRef": REF}, {"roleRef": REF | {"apiGroup": "rbac.authorization.k8s.io"}}),
        ("PriorityClass", "scheduling.k8s.io/v1", {"value": 1}, {"value": 1, "preemptionPolicy": "PreemptLowerPriority"}),
    ],
)  # fmt: skip
def test_what_it_takes(kind: str, version: str, base: dict[str, Any], head: dict[str, Any]) -> None:
    assert immutable(kind, version, base, head) == ""


def test_the_way_out_of_what_cannot_be_changed() -> None:
    def found(kind: str, version: str, base: dict[str, Any], head: dict[str, Any]) -> Statement:
        made = said(*(thing(kind, version, **deepcopy(each)) for each in (base, head)))
        return next(statement for statement in made if statement.rule == "risk/immutable")

    grown = DATA | {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    disks = found("StatefulSet", "apps/v1", spec(volumeClaimTemplates=[DATA]), spec(volumeClaimTemplates=[grown]))
    assert "`--cascade=orphan`" in disks.fix
    less = found("PersistentVolumeClaim", "v1", claimed("2Gi"), claimed("1Gi"))
    assert "cannot shrink" in less.message and "Keep the size" in less.fix
    other = found("RoleBinding", BINDING, {"roleRef": REF}, {"roleRef": REF | {"name": "b"}})
    assert "be changed in place" in other.message and "a new name" in other.fix


def test_where_the_pods_of_a_suspended_job_run() -> None:
    """What a queue sets before it starts a Job; what runs in them stays as it is."""

    def made(image: str = "a:1", labels: dict[str, str] | None = None, **pod: Any) -> dict[str, Any]:
        return {"metadata": {"labels": labels or {}}, "spec": {"containers": [{"image": image}]} | pod}

    moved = made(labels={"a": "b"}, nodeSelector={"pool": "spot"}, tolerations=[{"key": "spot"}])
    node = made(affinity={"nodeAffinity": {"required": 1}})
    for head in (moved, node):
        assert immutable("Job", "batch/v1", spec(suspend=True, template=made()), spec(template=head)) == ""
        assert immutable("Job", "batch/v1", spec(template=made()), spec(suspend=True, template=head)) == "spec.template"
    for head in (made("a:2"), made(affinity={"podAffinity": {"required": 1}})):
        suspended = spec(suspend=True, template=made())
        assert immutable("Job", "batch/v1", suspended, spec(suspend=True, template=head)) == "spec.template"


@pytest.mark.parametrize("odd", [None, 3, "x", [], [1], {"a": 1}])
def test_odd_fields_crash_nothing(odd: Any) -> None:
    for kind, version in [
        ("Service", "v1"),
        ("PersistentVolumeClaim", "v1"),
        ("PersistentVolume", "v1"),
        ("Job", "batch/v1"),
    ]:
        for fields in ({"resources": odd, "nfs": odd, "clusterIP": odd, "completions": odd}, odd):
            immutable(kind, version, {"spec": fields}, {"spec": {}})
            immutable(kind, version, {"spec": {}}, {"spec": fields})
    immutable("StatefulSet", "apps/v1", spec(volumeClaimTemplates=odd), spec(volumeClaimTemplates=[odd]))


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1", 1), (5, 5), ("1.5Gi", 3 * 2**29), ("1e3", 1000), ("100m", Fraction(1, 10)), ("1E", 10**18), (".5k", 500)],
)
def test_quantities(text: str | int, amount: int | Fraction) -> None:
    assert quantity(text) == amount


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1gi", "1e", "1e999", "9" * 100, True, None, [], 10**100])
def test_no_quantity(text: object) -> None:
    assert quantity(text) is None


# -- what moves to another unit


@pytest.mark.parametrize(
    ("kind", "version", "declared", "severity"),
    [
        ("PersistentVolumeClaim", "v1", False, Severity.ERROR),  # whoever prunes first takes the data
        ("PersistentVolumeClaim", "v1", True, Severity.ERROR),
        ("StatefulSet", "apps/v1", True, Severity.ERROR),
        ("StatefulSet", "apps/v1", False, Severity.WARNING),
        ("Deployment", "apps/v1", True, Severity.WARNING),
        ("Deployment", "apps/v1", False, Severity.WARNING),
    ],
)
def test_an_object_that_comes_in_another_unit_is_not_called_gone(
    kind: str, version: str, declared: bool, severity: Severity
) -> None:
    text = thing(kind, version, {})
    which = ObjectId(version, kind, "shop", "x")
    (found,) = said(text, "", moves={which: Move("apps/more", declared)})
    assert (found.rule, found.severity) == ("risk/deletion", severity)
    assert found.message.startswith("It comes in `apps/more` with this change") and "Pruning" in found.message
    (gone,) = said(text, "", moves={ObjectId(version, kind, "shop", "y"): Move("apps/more", declared)})
    assert gone.message.startswith("Pruning")


def test_a_unit_that_goes_says_where_its_objects_come() -> None:
    text = thing("ConfigMap", "v1") + thing("ConfigMap", "v1", name="y")
    x, y = (ObjectId("v1", "ConfigMap", "shop", name) for name in "xy")
    to, declared = (Move("apps/more", declared=each) for each in (False, True))
    for moves, words, severity in (
        (
            {x: to, y: to},
            "All of them come in",
            Severity.WARNING,
        ),  # another name of the directory, and nobody here deploys it
        ({x: to, y: declared}, "All of them come in", Severity.ERROR),
        ({x: to}, "1 of them come in", Severity.ERROR),
    ):
        (found,) = said(text, None, moves=moves)
        assert (found.rule, found.severity) == ("risk/unit-removed", severity)
        assert f"{words} `apps/more` with this change." in found.message
        assert ("to the new one" in found.fix) is (severity is Severity.WARNING)


@pytest.mark.parametrize("kind", ["ClusterRole", "ValidatingWebhookConfiguration", "StorageClass"])
def test_what_only_changes_its_unit_is_not_new(kind: str) -> None:
    """Another directory, or another overlay of the environment: who may do what is as it was."""
    group = {"ClusterRole": BINDING, "StorageClass": "storage.k8s.io/v1"}.get(kind, "admissionregistration.k8s.io/v1")
    rules_of = [{"apiGroups": ["*"], "resources": ["pods"], "verbs": ["get"]}]
    text = thing(kind, group, namespace="", rules=rules_of)
    which = ObjectId(group, kind, "", "x")

    def newcomers(head: str, environment: str = "production", moves: dict[ObjectId, Move] | None = None) -> list[str]:
        moves = {which: Move("apps/new", declared=False)} if moves is None else moves
        made = (Made(text, None, moves=moves), Made(None, head, path="apps/new", environment=environment))
        return [s.rule for s in new(Risk().run(evidence(*made))) if s.unit == "apps/new"]

    assert newcomers(text) == []
    assert newcomers(text, "staging") and newcomers(text.replace("pods", "nodes")) and newcomers(text, moves={})


@pytest.mark.parametrize(
    ("kind", "group"),
    [("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"), ("ClusterIssuer", "cert-manager.io/v1")],
)
def test_labels_of_a_release_change_nothing(kind: str, group: str) -> None:
    def made(version: str, name: str = "labels", **more: Any) -> str:
        return thing(kind, group, namespace="", metadata={name: {"app.kubernetes.io/version": version}}, **more)

    assert not said(made("1"), made("2"))
    assert not said(made("1"), thing(kind, group, namespace=""))
    assert said(made("1"), made("2", webhooks=[])) and said(made("1", "annotations"), made("2", "annotations"))


# -- deletions and newcomers that reach far


@pytest.mark.parametrize(
    ("kind", "version", "rule"),
    [
        ("StorageClass", "storage.k8s.io/v1", "risk/cluster-scoped"),
        ("ClusterRoleBinding", BINDING, "risk/rbac"),
        ("Role", BINDING, "risk/rbac"),
        ("AppProject", "argoproj.io/v1alpha1", "risk/generator"),
        ("CiliumNetworkPolicy", "cilium.io/v2", "risk/network-policy"),
        ("NetworkPolicy", "networking.k8s.io/v1", "risk/network-policy"),
        ("ConfigMap", "v1", ""),
        ("AppProject", "other.example/v1", ""),
        ("Role", "keycloak.example/v1", ""),
        ("ReplicaSet", "apps/v1", ""),
    ],
)
def test_what_goes_and_others_rely_on(kind: str, version: str, rule: str) -> None:
    assert rules(said(thing(kind, version), "")) == ([rule] if rule else [])
    assert said(thing(kind, version), thing(kind, version)) == []
    assert said(thing(kind, version, metadata={"annotations": {PRUNE: "disabled"}}), "") == []


@pytest.mark.parametrize(
    ("kind", "version", "production", "told"),
    [
        ("Deployment", "apps/v1", True, True), ("DaemonSet", "apps/v1", True, True), ("Deployment", "apps/v1", False, False),
        ("Rollout", "argoproj.io/v1alpha1", True, True), ("Job", "batch/v1", True, False),
        ("Deployment", "other.example/v1", True, False),
    ],
)  # fmt: skip
def test_a_workload_that_goes(kind: str, version: str, *, production: bool, told: bool) -> None:
    """A warning in production: it serves nobody any more. Of a unit that goes one finding is enough."""
    found = said(thing(kind, version), "", production=production)
    assert [(s.rule, s.severity) for s in found] == ([("risk/deletion", Severity.WARNING)] if told else [])
    assert rules(said(thing(kind, version), None, production=production)) == ["risk/unit-removed"]
    assert said(thing(kind, version, metadata={"annotations": {PRUNE: "disabled"}}), "", production=production) == []


def test_a_cilium_policy_that_differs() -> None:
    base, head = (thing("CiliumNetworkPolicy", "cilium.io/v2", {"ingress": [n]}) for n in (1, 2))
    assert rules(said(base, head)) == ["risk/network-policy"]


def test_a_new_generator() -> None:
    new_set = thing("ApplicationSet", ARGO.api_version, {"generators": []})
    assert rules(said("", new_set)) == rules(said(None, new_set)) == ["risk/generator"]
    assert said("", thing("Application", ARGO.api_version, {"project": "a"})) == []  # the report lists what it deploys


def test_a_declaration_is_a_generator_only_where_it_makes_others() -> None:
    """One that deploys a workload moves that workload, and nothing else."""
    base, head = (
        thing(ARGO.kind, ARGO.api_version, {"destination": {"name": n}}, name="shop", namespace="argocd") for n in "ab"
    )
    others = [thing(ARGO.kind, ARGO.api_version, {}, name=name) for name in "xy"]
    host = Made(base, head, path="clusters/prod")
    for deployed, told in ((others, True), (others[:1], False), ([claim()], False), ([], False)):
        leaf = Made("".join(deployed), "".join(deployed), source=ARGO, declared_in=FILE)
        found = new(Risk().run(evidence(host, leaf)))
        assert rules(found) == (["risk/generator"] if told else [])


def test_a_project_that_differs_creates_and_deletes_nothing() -> None:
    base, head = (thing("AppProject", ARGO.api_version, {"sourceRepos": [n]}) for n in "ab")
    (found,) = said(base, head)
    assert found.rule == "risk/generator" and "create or delete" not in found.message


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"description": "x"}, []),
        ({"orphanedResources": {"warn": True}}, []),
        ({"sourceRepos": ["https://a", "https://b"]}, []),  # boundaries/project-opens
        ({"sourceRepos": ["https://b"]}, ["may do less (`sourceRepos`)"]),
        ({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, []),
        (
            {"namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}]},
            ["may do less (`namespaceResourceBlacklist`)"],
        ),
        ({"destinations": []}, ["may do less (`destinations`)"]),
        ({"roles": [{"name": "dev"}]}, ["Who may see"]),
        ({"syncWindows": [{"kind": "deny"}]}, ["When the applications"]),
        ({"signatureKeys": [{"keyID": "A"}]}, ["`signatureKeys` differs"]),
        ({"roles": [], "destinations": [], "description": ""}, ["may do less", "Who may see"]),
    ],
)
def test_what_a_project_changes_for_its_applications(more: dict[str, Any], told: list[str]) -> None:
    spec: dict[str, Any] = {"sourceRepos": ["https://a"], "destinations": [{"server": "*", "namespace": "*"}]}
    found = said(thing("AppProject", ARGO.api_version, spec), thing("AppProject", ARGO.api_version, spec | more))
    assert rules(found) == ["risk/generator"] * len(told)
    assert all(words in one.message for words, one in zip(told, found, strict=True))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([], ["resources-finalizer.argocd.argoproj.io"], True),
        ([], ["resources-finalizer.argocd.argoproj.io/background"], True),
        (["resources-finalizer.argocd.argoproj.io"], ["resources-finalizer.argocd.argoproj.io/foreground"], False),
        (["resources-finalizer.argocd.argoproj.io"], [], False),
        ([], ["other.example/finalizer"], False),
    ],
)
def test_a_finalizer_that_deletes_what_is_deployed(before: list[str], after: list[str], *, told: bool) -> None:
    base, head = (thing("Application", ARGO.api_version, {}, metadata={"finalizers": f}) for f in (before, after))
    assert rules(said(base, head)) == (["risk/generator"] if told else [])


# -- data that an operator keeps

POSTGRES, CLOUD = "postgresql.cnpg.io/v1", "rds.aws.upbound.io/v1beta1"


@pytest.mark.parametrize(
    ("kind", "version", "more", "told"),
    [
        ("Cluster", POSTGRES, {}, True),
        ("ScheduledBackup", POSTGRES, {}, False),
        ("Cluster", "example.org/v1", {}, False),
        ("KafkaTopic", "kafka.strimzi.io/v1beta2", {}, True),
        ("Instance", CLOUD, {}, True),
        ("Instance", CLOUD, {"spec": {"deletionPolicy": "Orphan"}}, False),
        ("Instance", CLOUD, {"spec": {"managementPolicies": ["Observe", "Create"]}}, False),
        ("Instance", CLOUD, {"spec": {"managementPolicies": ["*"]}}, True),
        ("ParameterGroup", CLOUD, {}, False),
        ("Provider", "pkg.crossplane.io/v1", {}, False),
        ("SQLInstance", "sql.cnrm.cloud.google.com/v1beta1", {}, True),
        ("RouteTable", "ec2.aws.upbound.io/v1beta1", {}, False),
        ("DBInstance", "rds.services.k8s.aws/v1alpha1", {"metadata": {"annotations": {PRUNE: "disabled"}}}, False),
        ("Bucket", "s3.services.k8s.aws/v1alpha1",
            {"metadata": {"annotations": {"services.k8s.aws/deletion-policy": "retain"}}}, False),
        ("ServiceMonitor", "monitoring.coreos.com/v1", {}, False),
    ],
)  # fmt: skip
def test_what_an_operator_deletes(kind: str, version: str, more: dict[str, Any], *, told: bool) -> None:
    base = thing(kind, version, more.pop("spec", None), **more)
    assert [(s.rule, s.severity) for s in said(base, "")] == ([("risk/deletion", Severity.ERROR)] if told else [])


def test_claims_that_go_with_their_stateful_set() -> None:
    def stateful(replicas: int, **policy: str) -> str:
        return thing("StatefulSet", "apps/v1", {"replicas": replicas, "persistentVolumeClaimRetentionPolicy": policy})

    (kept,), (lost,) = (said(stateful(2, whenDeleted=way), "") for way in ("Retain", "Delete"))
    assert "stay behind" in kept.message
    assert "deletes their volume claims" in lost.message
    (fewer,) = said(stateful(3, whenScaled="Delete"), stateful(2, whenScaled="Delete"))
    assert (fewer.rule, fewer.severity, fewer.at) == ("risk/deletion", Severity.WARNING, ("spec", "replicas"))
    assert said(stateful(2, whenScaled="Delete"), stateful(3, whenScaled="Delete")) == []
    assert said(stateful(3, whenScaled="Retain"), stateful(2, whenScaled="Retain")) == []
