"""Flux HelmReleases as render specs (helm.toolkit.fluxcd.io, any version)."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import replace

from bot.affected.fields import Fields, Unrenderable, json_text
from bot.affected.flux import read_images, read_patches
from bot.affected.flux_refuses import refused_release
from bot.affected.flux_sources import Place, Reference, confined, locate, read_reference, source_of
from bot.affected.flux_values import KeptInSecret, note_sources, read_values
from bot.affected.sources import Declared, Gathering, Lookup, identity_of, spec_of
from bot.model.unit import CannotRender, HelmRender, ObjectId, Render

_ANY_RELEASE = "release-name"  # of a chart that is only read: so it is the same one for all releases of it
_LONGEST_RELEASE = 53  # Helm's own limit


def read_helm_release(obj: Mapping[str, object], lookup: Lookup) -> Declared:
    """The render spec of a HelmRelease. Raises WrongShape where the object itself is malformed."""
    identity = identity_of(obj)
    spec = spec_of(obj)
    found = Gathering(more=True)
    if spec.flag("suspend"):
        found.note(f"{identity} is suspended: Flux does not apply it now")
    namespace = spec.text("targetNamespace") or identity.namespace
    part: Render
    try:
        part = _render(spec, identity, namespace or "default", lookup, found)
    except Unrenderable as e:
        note_sources(spec, identity.namespace, lookup, found)  # the chart may lie elsewhere, its values need not
        part = CannotRender(f"{identity}: {e}", wrong=e.wrong, absent=e.absent, missing=e.missing)
    if reason := refused_release(spec):
        part = CannotRender(f"{identity}: {reason}", wrong=True)
    return found.declared(identity, [part], namespace=namespace)


def _render(
    spec: Fields, identity: ObjectId, namespace: str, lookup: Lookup, found: Gathering
) -> HelmRender | CannotRender:
    chart, place = _chart(spec, identity, lookup, found)
    if place.real is not None:
        found.tree(place.real)
        if not lookup.is_file(f"{place.real}/Chart.yaml".lstrip("/")):
            raise Unrenderable(f"{place.real or '.'} is named as a chart, but has no Chart.yaml", wrong=place.seen)
    here = HelmRender(
        chart=place.path,
        release=_ANY_RELEASE,
        default_files=_default_files(chart, place, found),
        ignore_missing_value_files=chart.flag("ignoreMissingValuesFiles"),
        mounts=place.mounts,
        source_ignore=place.ignore,
    )
    try:
        values = read_values(spec, identity.namespace, lookup, found)
    except Unrenderable as e:
        return CannotRender(f"{identity}: {e}", here=here, of_secret=isinstance(e, KeptInSecret))
    return replace(
        here,
        release=spec.text("releaseName") or _release_name(spec.text("targetNamespace"), identity.name),
        namespace=namespace,
        values=values,
        include_crds=spec.child("install").text("crds") != "Skip",
        post_patches=json_text(_post_patches(spec), f"{spec.where}.postRenderers"),
    )


def _chart(spec: Fields, identity: ObjectId, lookup: Lookup, found: Gathering) -> tuple[Fields, Place]:
    """The chart's description and where its directory is."""
    if spec.has("chartRef"):
        reference = read_reference(spec.child("chartRef"), identity.namespace)
        if reference.kind != "HelmChart":
            if reference.kind == "ExternalArtifact":
                return Fields({}, f"{spec.where}.chartRef"), locate(reference, "", lookup, found)
            raise Unrenderable(_not_here(reference, "", "", lookup, found))
        manifest = source_of(reference, lookup, found)
        if manifest is None:
            raise Unrenderable(f"{reference} is not in this repository, so its chart is not known")
        chart, namespace = Fields(manifest.get("spec"), f"{reference}: spec"), reference.namespace
    else:
        chart, namespace = spec.child("chart").child("spec"), identity.namespace
        if spec.child("chart").text("kind") == "OCIRepository":
            raise Unrenderable(_advice("", _version(chart.child("ref")), chart.text("url")))
    source = read_reference(chart.child("sourceRef"), namespace)
    if source.kind not in ("", "GitRepository", "ExternalArtifact"):
        raise Unrenderable(_not_here(source, chart.text("chart"), chart.text("version"), lookup, found))
    found.packed_by_version = source.kind == "GitRepository" and chart.text("reconcileStrategy") != "Revision"
    return chart, locate(source, chart.text("chart"), lookup, found)


def _not_here(source: Reference, chart: str, version: str, lookup: Lookup, found: Gathering) -> str:
    manifest = source_of(source, lookup, found)
    if manifest is None and source.name:
        found.note(f"No file here has {source}: unless something else makes it in the cluster, Flux finds no chart.")
    spec = Fields((manifest or {}).get("spec"), f"{source}: spec")
    return _advice(chart, version or _version(spec.child("ref")), spec.text("url") or str(source))


def _advice(chart: str, version: str, url: str) -> str:
    words = " ".join(word for word in ("the chart", chart, version) if word)
    return f"{words} of {url} is not in this repository: vendor it here, or render it in CI"


def _version(ref: Fields) -> str:
    return ref.text("digest") or ref.text("semver") or ref.text("tag")


def _release_name(target_namespace: str, name: str) -> str:
    """Flux' default: ``[TARGET-]NAME``, beyond 53 characters cut to 40 and a hash."""
    full = f"{target_namespace}-{name}" if target_namespace else name
    if len(full) <= _LONGEST_RELEASE:
        return full
    return f"{full[:40]}-{hashlib.sha256(full.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _default_files(chart: Fields, place: Place, found: Gathering) -> tuple[str, ...]:
    """``valuesFiles``, relative to the root of the source and never outside of it: source-controller merges them and packs
    the result as the chart's values.yaml. With mounts they are paths in the artifact."""
    written = list(chart.texts("valuesFiles"))
    if chart.text("valuesFile"):  # v2beta1
        written.append(chart.text("valuesFile"))
    files = [posixpath.join(place.root, confined(name)) for name in written]
    for file in files if not place.mounts else ():
        found.file(file)
    return tuple(files)


def _post_patches(spec: Fields) -> list[object]:
    found: list[object] = []
    for renderer in spec.children("postRenderers"):
        kustomize = renderer.child("kustomize")
        found.append({"patches": read_patches(kustomize), "images": read_images(kustomize)})
    metadata = spec.child("commonMetadata")
    marks = {key: metadata.strings(key) for key in ("labels", "annotations") if metadata.strings(key)}
    if marks:
        patch = {"apiVersion": "v1", "kind": "Any", "metadata": {"name": "any", **marks}}
        everything = {"patch": json_text(patch, metadata.where), "target": {"kind": ".*"}}
        found.append({"patches": [everything], "images": []})
    return found
