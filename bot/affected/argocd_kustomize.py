"""``spec.source.kustomize`` of an Argo CD Application as an Overlay."""

from __future__ import annotations

import json

from bot.affected.argocd_environment import BuildEnvironment
from bot.affected.fields import Fields, Wrong, inside, json_text
from bot.affected.sources import ARGOCD, Lookup, identity_of
from bot.model.unit import KustomizeRender, Overlay

_BUILD_OPTIONS = "kustomize.buildOptions"
_IGNORED = {"version": "the kustomize version of kustomize.version is not used: Gatehouse's own renders"}


def read_kustomize(
    source: Fields, path: str, environment: BuildEnvironment, lookup: Lookup, app_namespace: str
) -> KustomizeRender:
    """The build of ``path`` with the Application's options. Raises WrongShape, Unrenderable."""
    options = source.child("kustomize")
    found = environment.found
    for field, note in _IGNORED.items():
        if options.has(field):
            found.note(note)
    overlay = Overlay(
        namespace=options.text("namespace"),
        name_prefix=options.text("namePrefix"),
        name_suffix=options.text("nameSuffix"),
        labels=_sorted_pairs({k: environment.expand(v) for k, v in options.strings("commonLabels").items()}),
        label_selectors=options.has("commonLabels") and not options.flag("labelWithoutSelector"),
        label_templates=options.flag("labelIncludeTemplates"),
        annotations=_sorted_pairs(_annotations(options, environment)),
        patches=_patches(options, path, lookup, environment),
        images=json.dumps([parse_image(environment.expand(image)) for image in options.texts("images")]),
        replicas=json.dumps([_replica(replica) for replica in options.children("replicas")]),
        components=options.texts("components"),
        ignore_missing_components=options.flag("ignoreMissingComponents"),
    )
    build = _build_options(lookup, environment, app_namespace)
    found.more |= not overlay.is_empty() or bool(build)
    return KustomizeRender(
        path=path,
        restrict="LoadRestrictionsNone" not in build,
        enable_helm="--enable-helm" in build,
        overlay=overlay,
    )


def parse_image(written: str) -> dict[str, str]:
    """``name=new:tag@digest`` and its shorter forms as an entry of kustomize's ``images``.

    The rules are those of ``kustomize edit set image``. Raises Unrenderable for a bare name, which sets nothing.
    """
    name, separator, value = written.partition("=")
    if not separator:
        name, value = "", written
    new, tag, digest = split_image(value)
    if new == written:
        raise Wrong(f"the image override {written!r} sets nothing: write name=new, name:tag or name@digest")
    entry = {"name": name or new, "newName": new if name else "", "newTag": tag, "digest": digest}
    return {key: value for key, value in entry.items() if value and value != "*"}


def split_image(reference: str) -> tuple[str, str, str]:
    """Name, tag and digest of an image reference; a colon before the first slash belongs to the registry's port."""
    slash = max(reference.find("/"), 0)
    rest, _, digest = reference[slash:].partition("@")
    name, _, tag = rest.partition(":")
    return reference[:slash] + name, tag, digest


def _annotations(options: Fields, environment: BuildEnvironment) -> dict[str, str]:
    annotations = options.strings("commonAnnotations")
    if not options.flag("commonAnnotationsEnvsubst"):
        return annotations
    return {key: environment.expand(value) for key, value in annotations.items()}


def _patches(options: Fields, path: str, lookup: Lookup, environment: BuildEnvironment) -> str:
    patches: list[object] = []
    for patch in options.children("patches"):
        entry = {key: patch.raw(key) for key in ("patch", "target", "options") if patch.has(key)}
        if patch.has("path"):
            entry["patch"] = _patch_file(patch, path, lookup, environment)
        patches.append(entry)
    if patches:
        from bot.affected.deliveries import note_patched

        note_patched(patches, environment.found)
    return json_text(patches, f"{options.where}.patches")


def _patch_file(patch: Fields, path: str, lookup: Lookup, environment: BuildEnvironment) -> str:
    file = inside(path, patch.text("path"))
    if file is not None:
        environment.found.file(file)
    if file is None or not lookup.is_file(file):
        raise Wrong(f"{patch.where}.path is {patch.text('path')}, which does not exist in {path or '.'}")
    return lookup.read(file).decode("utf-8", "replace")


def _replica(replica: Fields) -> dict[str, object]:
    count = replica.raw("count")
    if isinstance(count, str) and count.isdecimal() and len(count) < 10:
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool):
        raise replica.wrong("count", count, "a whole number")
    return {"name": replica.text("name"), "count": count}


def _build_options(lookup: Lookup, environment: BuildEnvironment, app_namespace: str) -> list[str]:
    """kustomize's options in Argo CD's own settings, where the repository holds them: the ConfigMap, or what its operator
    writes it from (argocd-operator: ``kustomizeBuildOptions``, over it ``extraConfig``)."""
    environment.found.manifest("ConfigMap", app_namespace, "argocd-cm")
    settings = lookup.find("ConfigMap", app_namespace, "argocd-cm")
    if settings:
        options = Fields(settings.get("data"), "ConfigMap argocd-cm: data").text(_BUILD_OPTIONS)
    else:
        environment.found.manifest(ARGOCD, app_namespace, "")
        # an Application may lie in another namespace than its Argo CD
        resource = lookup.find(ARGOCD, app_namespace, "") or lookup.find(ARGOCD, "", "") or {}
        spec = Fields(resource.get("spec"), f"{identity_of(resource)}: spec")
        options = spec.child("extraConfig").text(_BUILD_OPTIONS) or spec.text("kustomizeBuildOptions")
    return options.replace("=", " ").split()


def _sorted_pairs(values: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(values.items()))
