"""What the API server refuses in Kustomizations and HelmReleases by Flux' definitions: a kind that a reference cannot have,
and fields that exclude each other. It then takes nothing of the object, and what applies it fails as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.affected.fields import Fields

_SOURCES = ("GitRepository", "OCIRepository", "Bucket", "ExternalArtifact")
_CHART_SOURCES = ("HelmRepository", "GitRepository", "Bucket")
_CHARTS = ("OCIRepository", "HelmChart", "ExternalArtifact")
_VALUES = ("ConfigMap", "Secret")
_ALSO = frozenset(("ExternalArtifact",))  # read there as well, though no version of Flux is known to take it


def refused_kustomization(spec: Fields) -> str:
    """Why the API server refuses a Flux Kustomization, "" where nothing speaks against it. Raises WrongShape."""
    return next(_kustomization(spec), "")


def refused_release(spec: Fields) -> str:
    """The same for a HelmRelease."""
    return next(_release(spec), "")


def _kustomization(spec: Fields) -> Iterator[str]:
    yield from _kind(spec.child("sourceRef"), _SOURCES)
    for source in spec.child("postBuild").children("substituteFrom"):
        yield from _kind(source, _VALUES)
    yield from _nameless(spec)


def _release(spec: Fields) -> Iterator[str]:
    if spec.has("chart") and spec.has("chartRef"):
        yield "spec.chart and spec.chartRef each name a chart, and Flux takes one of the two: take the other one out"
    yield from _kind(spec.child("chartRef"), _CHARTS)
    source = spec.child("chart").child("spec").child("sourceRef")
    if source.text("kind") == "OCIRepository":
        yield (
            f"{_field(source)}.kind is OCIRepository, which Flux takes in spec.chartRef alone: name it there, in place of "
            f"spec.chart"
        )
    elif source.text("kind") not in _ALSO:
        yield from _kind(source, _CHART_SOURCES)
    for values in spec.children("valuesFrom"):
        yield from _kind(values, _VALUES)
    yield from _nameless(spec)


def _kind(reference: Fields, allowed: tuple[str, ...]) -> Iterator[str]:
    """A kind that is there and none of those that are allowed."""
    kind = reference.text("kind")
    if kind and kind not in allowed:
        yield f"{_field(reference)}.kind is {kind}, and Flux takes {', '.join(allowed[:-1])} or {allowed[-1]} there"


def _nameless(spec: Fields) -> Iterator[str]:
    for other in spec.children("dependsOn"):
        if not other.text("name"):
            yield f"{_field(other)} names nothing: Flux needs the name of what is waited for"


def _field(fields: Fields) -> str:
    """The field's own path, without the object that holds it: the sentence begins with that one."""
    return fields.where.rpartition(": ")[2]
