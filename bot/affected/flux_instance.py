"""What the Flux operator makes of ``spec.sync`` of a FluxInstance (fluxcd.controlplane.io): a source and the Kustomization
of the cluster's root, as ``flux bootstrap`` writes them to a file."""

from __future__ import annotations

from collections.abc import Mapping

from bot.affected.fields import Fields, WrongShape
from bot.affected.sources import identity_of

GROUP = "fluxcd.controlplane.io"
KIND = "FluxInstance"
_NAMESPACE = "flux-system"  # where the operator's documentation puts it
MADE = ("GitRepository", "OCIRepository")  # kinds of sources that are looked up by the instance that makes them
_REFS = (("refs/heads/", "branch"), ("refs/tags/", "tag"))


def is_instance(obj: Mapping[str, object]) -> bool:
    """Whether an object is a FluxInstance, of any version."""
    return obj.get("kind") == KIND and str(obj.get("apiVersion", "")).partition("/")[0] == GROUP


def sync_name(obj: Mapping[str, object]) -> str:
    """The name of the source that an instance makes, which is that of its namespace unless it says so; "" for none."""
    try:
        sync = _sync(obj)
        return _name(obj, sync) if sync is not None else ""
    except WrongShape:
        return ""


def sync_kind(obj: Mapping[str, object]) -> str:
    """The kind of the source that an instance makes; only where it has a name (``sync_name``)."""
    sync = _sync(obj)
    return _kind(sync) if sync is not None else ""


def source_made(obj: Mapping[str, object]) -> dict[str, object] | None:
    """The source that an instance makes; None for none, and where the instance is malformed."""
    try:
        sync = _sync(obj)
        if sync is None:
            return None
        ref = sync.text("ref")
        told = (
            _git_ref(ref) if _kind(sync) == "GitRepository" else {"digest" if ref.startswith("sha256:") else "tag": ref}
        )
        spec: dict[str, object] = {"url": sync.text("url"), **({"ref": told} if ref else {})}
        return {
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": _kind(sync), "metadata": _metadata(obj, sync),
            "spec": spec,
        }  # fmt: skip
    except WrongShape:
        return None


def _git_ref(ref: str) -> dict[str, str]:
    return next(({field: ref.removeprefix(start)} for start, field in _REFS if ref.startswith(start)), {"name": ref})


def artifact_url(obj: Mapping[str, object]) -> str:
    """The URL of the OCI artifact from which an instance takes the cluster's root; "" where it takes it from elsewhere.
    Raises WrongShape."""
    sync = _sync(obj)
    return sync.text("url") if sync is not None and _kind(sync) == "OCIRepository" else ""


def root(obj: Mapping[str, object]) -> dict[str, object] | None:
    """The Kustomization that an instance makes, None where it takes nothing from a source. Raises WrongShape."""
    sync = _sync(obj)
    if sync is None:
        return None
    reference = {"kind": _kind(sync), "name": _name(obj, sync)}
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": _metadata(obj, sync),
        "spec": {"path": sync.text("path"), "prune": True, "sourceRef": reference},
    }  # fmt: skip


def nameless_root(obj: Mapping[str, object]) -> dict[str, object]:
    """A malformed instance as the Kustomization that it makes, most likely under the default name."""
    namespace = identity_of(obj).namespace
    metadata = {"name": namespace or _NAMESPACE, **({"namespace": namespace} if namespace else {})}
    return {**obj, "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata}


def _sync(obj: Mapping[str, object]) -> Fields | None:
    """``spec.sync`` where it names a git repository, or an artifact that may be packed of one."""
    where = f"{identity_of(obj)}: spec"
    spec = Fields(obj.get("spec"), where)
    sync = spec.child("sync")
    return sync if spec.has("sync") and _kind(sync) in MADE else None


def _kind(sync: Fields) -> str:
    return sync.text("kind") or "GitRepository"


def _name(obj: Mapping[str, object], sync: Fields) -> str:
    return sync.text("name") or identity_of(obj).namespace or _NAMESPACE


def _metadata(obj: Mapping[str, object], sync: Fields) -> dict[str, object]:
    namespace = identity_of(obj).namespace
    return {"name": _name(obj, sync), **({"namespace": namespace} if namespace else {})}
