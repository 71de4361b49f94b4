"""Images in the values that a Flux HelmRelease or an Argo CD Application gives to its chart, written as most charts read
them.

What the chart makes of them is seen where it is rendered. A chart of a registry is not, so that these are all that tells
which version runs. Less is read than may be there, as of custom resources: what says no version is the chart's own business,
and so is what values switch off (``enabled: false``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.kubernetes.custom_images import CustomImage, Path, images_below

_FLUX = "helm.toolkit.fluxcd.io"


def release_images(fields: dict[str, Any]) -> Iterator[CustomImage]:
    """The images that the values of a release name; none of other objects."""
    kind, group = fields.get("kind"), str(fields.get("apiVersion", "")).rpartition("/")[0]
    spec = fields.get("spec")
    if not isinstance(spec, dict):
        return
    if kind == "HelmRelease" and group == _FLUX:
        yield from _below(spec, ("spec",), ("values",))
    elif kind == "Application" and group == "argoproj.io":
        yield from _below(spec, ("spec",), ("source", "helm", "valuesObject"))
        sources = spec.get("sources")
        for i, source in enumerate(sources if isinstance(sources, list) else ()):
            yield from _below(source, ("spec", "sources", i), ("helm", "valuesObject"))


def is_release(kind: str, group: str) -> bool:
    """Whether an object is one of those that ``release_images`` reads."""
    return (group, kind) in ((_FLUX, "HelmRelease"), ("argoproj.io", "Application"))


def _below(value: Any, at: Path, way: tuple[str, ...]) -> Iterator[CustomImage]:
    for key in way:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict):
        path = (*at, *way)
        yield from images_below(_switched_on(value), path, ".".join(map(str, path)))


def _switched_on(value: Any) -> Any:
    if isinstance(value, dict):
        return {} if value.get("enabled") is False else {key: _switched_on(item) for key, item in value.items()}
    return [_switched_on(item) for item in value] if isinstance(value, list) else value
