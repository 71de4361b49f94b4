"""The table of objects that declare what is rendered: Argo CD's and Flux's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.affected.applicationset import read_application_set
from bot.affected.argocd import read_application
from bot.affected.flux import read_kustomization
from bot.affected.flux_helm import read_helm_release
from bot.affected.sources import Declared, Lookup, identity_of, refused
from bot.errors import UserError
from bot.model.unit import ObjectId

_Reader = Callable[[Mapping[str, object], Lookup], list[Declared]]

_READERS: dict[tuple[str, str], _Reader] = {
    ("argoproj.io", "Application"): lambda obj, lookup: [read_application(obj, lookup)],
    ("argoproj.io", "ApplicationSet"): read_application_set,
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): lambda obj, lookup: [read_kustomization(obj, lookup)],
    ("helm.toolkit.fluxcd.io", "HelmRelease"): lambda obj, lookup: [read_helm_release(obj, lookup)],
}


def is_declaration(api_version: str, kind: str) -> bool:
    """Whether objects of this kind tell Argo CD or Flux to render something (any version of the group)."""
    return (api_version.rpartition("/")[0], kind) in _READERS


def read_declared(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    """What one object declares: [] for other kinds, several for an ApplicationSet.

    Never fails on what the object says: a malformed one gives a Declared whose CannotRender names the field.
    """
    identity: ObjectId = identity_of(obj)
    reader = _READERS.get((identity.group, identity.kind))
    if reader is None:
        return []
    try:
        return reader(obj, lookup)
    except UserError as e:
        return [refused(identity, str(e))]
    except RecursionError:
        return [refused(identity, f"{identity} is nested too deeply to be read")]
