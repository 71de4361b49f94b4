"""Flux Kustomizations as render specs (kustomize.toolkit.fluxcd.io, any version).

Follows Flux' kustomize-controller: a directory without a kustomization gets one, files outside of it may be
loaded (inside the source), and what the object says is added to the kustomization before it is built.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.affected.encrypted import ENCRYPTED
from bot.affected.fields import Fields, Unrenderable, Wrong, inside, json_text
from bot.affected.flux_refuses import refused_kustomization
from bot.affected.flux_sources import Place, locate, read_reference
from bot.affected.secret_keys import digest_of, keys_of
from bot.affected.sources import Declared, Gathering, Lookup, identity_of, kustomization_file, spec_of
from bot.envsubst import NAME
from bot.model.unit import CannotRender, KustomizeRender, Overlay, Render, Substitution

_MISSING: dict[str, str | None] = {}


def read_kustomization(obj: Mapping[str, object], lookup: Lookup) -> Declared:
    """The render spec of a Flux Kustomization. Raises WrongShape where the object itself is malformed."""
    identity = identity_of(obj)
    spec = spec_of(obj)
    found = Gathering()
    if spec.flag("suspend"):
        found.note(f"{identity} is suspended: Flux does not apply it now")
    if spec.has("decryption"):
        found.note(ENCRYPTED)
        found.decrypts = True
    part: Render
    try:
        place = locate(read_reference(spec.child("sourceRef"), identity.namespace), spec.text("path"), lookup, found)
        part = _render(spec, place, identity.namespace, lookup, found)
        if patches := read_patches(spec):
            from bot.affected.deliveries import note_patched

            note_patched(patches, found)
    except Unrenderable as e:
        part = CannotRender(f"{identity}: {e}", wrong=e.wrong, absent=e.absent, missing=e.missing)
        _note_reads(spec, identity.namespace, lookup, found)
    if reason := refused_kustomization(spec):
        part = CannotRender(f"{identity}: {reason}", wrong=True)
    return found.declared(identity, [part], namespace=spec.text("targetNamespace"))


def _note_reads(spec: Fields, namespace: str, lookup: Lookup, found: Gathering) -> None:
    """What the Kustomization takes from here although it is not rendered: its directory, components and variables."""
    for path in found.paths:
        found.tree(path)
        for component in spec.texts("components"):
            if target := inside(path, component):
                found.file(target)
    for source in spec.child("postBuild").children("substituteFrom"):
        found.values(source, namespace, lookup)


def _render(spec: Fields, place: Place, namespace: str, lookup: Lookup, found: Gathering) -> KustomizeRender:
    overlay = _overlay(spec)
    substitution = read_substitution(spec.child("postBuild"), namespace, lookup, found)
    if place.real is None or not kustomization_file(lookup, place.real):
        found.tree(place.path if place.real is None else place.real)
    found.more = not overlay.is_empty() or substitution is not None or bool(place.mounts)
    return KustomizeRender(
        path=place.path,
        restrict=False,
        generate=True,
        overlay=overlay,
        substitution=substitution,
        mounts=place.mounts,
        copied=place.copied,
        source_ignore=place.ignore,
    )


def _overlay(spec: Fields) -> Overlay:
    metadata = spec.child("commonMetadata")
    return Overlay(
        namespace=spec.text("targetNamespace"),
        name_prefix=spec.text("namePrefix"),
        name_suffix=spec.text("nameSuffix"),
        labels=tuple(sorted(metadata.strings("labels").items())),
        annotations=tuple(sorted(metadata.strings("annotations").items())),
        patches=json_text(read_patches(spec), f"{spec.where}.patches"),
        images=json_text(read_images(spec), f"{spec.where}.images"),
        components=_components(spec),
        ignore_missing_components=spec.flag("ignoreMissingComponents"),
    )


def _components(spec: Fields) -> tuple[str, ...]:
    components = spec.texts("components")
    for component in components:
        if component.startswith(("/", "git@", "github.com/", "git::")) or "://" in component:
            raise Wrong(f"the component {component} must be a relative path: Flux takes no other")
    return components


def read_patches(holder: Fields) -> list[object]:
    """``patches``, and the older ``patchesStrategicMerge`` and ``patchesJson6902``, in kustomize's one form."""
    patches: list[object] = []
    for patch in holder.children("patches"):
        patches.append({"patch": patch.text("patch"), **_target(patch)})
    for merge in holder.children("patchesStrategicMerge"):
        patches.append({"patch": json_text(merge.mapping(), merge.where)})
    for patch in holder.children("patchesJson6902"):
        operations = [operation.mapping() for operation in patch.children("patch")]
        patches.append({"patch": json_text(operations, patch.where), **_target(patch)})
    return patches


def _target(patch: Fields) -> dict[str, object]:
    target = {key: patch.child("target").text(key) for key in patch.child("target").mapping()}
    return {"target": {key: value for key, value in target.items() if value}} if target else {}


def read_images(holder: Fields) -> list[object]:
    """``images`` as kustomize has them, fields without a value left out."""
    fields = ("name", "newName", "newTag", "digest")
    return [{key: image.text(key) for key in fields if image.text(key)} for image in holder.children("images")]


def read_substitution(post_build: Fields, namespace: str, lookup: Lookup, found: Gathering) -> Substitution | None:
    """``postBuild``: later sources win over earlier ones, inline variables over all; None when nothing is substituted.

    Raises Unrenderable for a variable name that Flux refuses.
    """
    variables: dict[str, str | None] = {}  # None: set to what is not read
    unknown: list[str] = []
    secrets: list[tuple[str, str]] = []
    absent: list[str] = []
    for source in post_build.children("substituteFrom"):
        values = _variables(source, namespace, lookup, found, secrets)
        named = f"{source.text('kind')} {source.text('name')}"
        if values is None:
            unknown.append(named)
        elif values is _MISSING:
            absent.append(named)
        variables.update(values or {})
    variables.update(post_build.strings("substitute"))
    for name in variables:
        if not NAME.match(name):
            raise Wrong(f"the variable {name!r} of postBuild is no valid name: letters, digits and _ only")
    if not variables and not unknown and not secrets:
        return None
    pairs = tuple((name, value.replace("\n", "")) for name, value in sorted(variables.items()) if value is not None)
    hidden = tuple(sorted(name for name, value in variables.items() if value is None))
    return Substitution(pairs, tuple(unknown), hidden, tuple(secrets), tuple(absent))


def _variables(
    source: Fields, namespace: str, lookup: Lookup, found: Gathering, secrets: list[tuple[str, str]]
) -> Mapping[str, str | None] | None:
    """The data of one ConfigMap, the keys of one Secret; _MISSING for an optional one that is not here, None where only the
    cluster knows. ``secrets`` gets the Secret."""
    kind, name = source.text("kind"), source.text("name")
    manifest = found.values(source, namespace, lookup)
    if manifest is not None and kind == "ConfigMap":
        return Fields(manifest, f"ConfigMap {name}").strings("data")
    if manifest is not None and kind == "Secret":
        secrets.append((name, digest_of(manifest)))
        return dict.fromkeys(keys_of(manifest))
    if manifest is None and source.flag("optional"):
        found.note(f"{kind} {name} is optional and not in this repository: taken as missing")
        return _MISSING
    return None
