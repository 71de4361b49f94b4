"""The table of objects that declare what is rendered: Argo CD's and Flux's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.affected.fields import WrongShape
from bot.affected.mistyped import Mistake, mistake
from bot.affected.sources import Declared, Lookup, identity_of, refused
from bot.affected.unfilled import UNFILLED
from bot.errors import UserError
from bot.model.unit import CannotRender, ObjectId


def _application(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    from bot.affected.argocd import read_application

    return [read_application(obj, lookup)]


def _application_set(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    from bot.affected.applicationset import read_application_set

    return read_application_set(obj, lookup)


def _kustomization(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    from bot.affected.flux import read_kustomization

    return [read_kustomization(obj, lookup)]


def _helm_release(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    from bot.affected.flux_helm import read_helm_release

    return [read_helm_release(obj, lookup)]


def _flux_instance(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    from bot.affected.flux_instance import artifact_url, nameless_root, root

    try:
        url = artifact_url(obj)
        made = root(obj) if not url or lookup.is_packed_here(url) else None
    except WrongShape as e:
        from bot.affected.malformed import malformed

        return [malformed(nameless_root(obj), str(e), lookup)]
    return _kustomization(made, lookup) if made else []


# Each reader is loaded when there is something to read: most repositories need one or two of them.
_READERS: dict[tuple[str, str], Callable[[Mapping[str, object], Lookup], list[Declared]]] = {
    ("argoproj.io", "Application"): _application,
    ("argoproj.io", "ApplicationSet"): _application_set,
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): _kustomization,
    ("helm.toolkit.fluxcd.io", "HelmRelease"): _helm_release,
    ("fluxcd.controlplane.io", "FluxInstance"): _flux_instance,
}


def is_declaration(api_version: str, kind: str) -> bool:
    """Whether objects of this kind tell Argo CD or Flux to render something (any version of the group)."""
    return (api_version.rpartition("/")[0], kind) in _READERS


def read_declared(obj: Mapping[str, object], lookup: Lookup) -> list[Declared]:
    """What one object declares: [] for other kinds, several for an ApplicationSet.

    Never fails on what the object says: a malformed one gives a Declared whose CannotRender names the field. It is not
    called wrong where the object has placeholders, which something fills in before it counts, but for those in texts that
    have no say in it.
    """
    identity: ObjectId = identity_of(obj)
    if wrong := mistake(identity.api_version, identity.kind):
        return _mistyped(obj, wrong, lookup)
    reader = _READERS.get((identity.group, identity.kind))
    if reader is None:
        return []
    try:
        found = reader(obj, lookup)
    except UserError as e:
        from bot.affected.malformed import malformed

        found = [malformed(obj, str(e), lookup)]
    except RecursionError:
        return [refused(identity, f"{identity} is nested too deeply to be read")]
    if any(_may_be_wrong(declared) for declared in found) and _is_filled_in_later(obj, identity):
        return [_excused(declared) for declared in found]
    return found


def _mistyped(obj: Mapping[str, object], wrong: Mistake, lookup: Lookup) -> list[Declared]:
    """The declaration under the kind that was meant: it is the same object as the one that was there, or will be."""
    from bot.affected.malformed import malformed

    named = identity_of(obj)
    name = f"{named.namespace}/{named.name}" if named.namespace else named.name
    reason = f"{wrong.reason}; the cluster refuses {wrong.kind} {name} as it is"
    return [malformed({**obj, "kind": wrong.kind}, reason, lookup)]


def _may_be_wrong(declared: Declared) -> bool:
    unknown = (part for part in declared.parts if isinstance(part, CannotRender))
    if any(part.wrong or part.values or part.values_like or part.paths_like for part in unknown):
        return True
    return any(map(_is_unfilled, declared.notes))


def _is_unfilled(note: str) -> bool:
    return note.startswith(UNFILLED)


def _excused(declared: Declared) -> Declared:
    parts = (_excused_part(part) if isinstance(part, CannotRender) else part for part in declared.parts)
    notes = tuple(note for note in declared.notes if not _is_unfilled(note))
    return replace(declared, parts=tuple(parts), notes=notes)


def _excused_part(part: CannotRender) -> CannotRender:
    paths = tuple((repository, path, False) for repository, path, _ in part.paths_like)
    return replace(part, wrong=False, values=(), values_like=(), paths_like=paths)


# Texts that say nothing about what is read and from where, by the field and the one around it, and what they stand in.
_FREE: dict[tuple[str, str], type] = {
    ("helm", "values"): str,
    ("helm", "valuesObject"): dict,
    ("parameters", "value"): str,
    ("kustomize", "commonAnnotations"): dict,
    ("kustomize", "commonLabels"): dict,
    ("metadata", "annotations"): dict,
    ("metadata", "labels"): dict,
    ("spec", "info"): list,
    ("spec", "values"): dict,  # of a HelmRelease
}
# Argo CD fills these in itself, when it renders (user-guide/build-environment).
_BUILD_ENVIRONMENT = re.compile(r"\$\{(?:ARGOCD_(?:APP|ENV)_[A-Z0-9_]*|KUBE_VERSION|KUBE_API_VERSIONS)\}")


def _is_filled_in_later(obj: Mapping[str, object], identity: ObjectId) -> bool:
    """Whether a text of the object has a placeholder: of Flux' substitution, of a shell, or of a templating tool (which in
    an ApplicationSet are its own). Values, labels and the like are no reason for what is wrong elsewhere."""
    marks = ("${", "$(") if identity.kind == "ApplicationSet" else ("${", "$(", "{{")
    stack: list[tuple[str, object]] = [("", obj)]
    while stack:
        around, value = stack.pop()
        if isinstance(value, str):
            text = _BUILD_ENVIRONMENT.sub("", value) if identity.group == "argoproj.io" else value
            if any(mark in text for mark in marks):
                return True
        elif isinstance(value, Mapping):
            stack += [(str(field), each) for field, each in value.items() if not _is_free(around, str(field), each)]
        elif isinstance(value, list):
            stack += [(around, each) for each in value]
    return False


def _is_free(around: str, field: str, value: object) -> bool:
    kind = _FREE.get((around, field))
    return kind is not None and isinstance(value, kind)
