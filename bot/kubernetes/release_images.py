"""Images in the values of a release whose chart comes from a registry, so that no object here shows what will run: of a Flux
HelmRelease and of an Argo CD Application, where the object itself holds them.

Where the chart lies in a Git repository, this one perhaps, what it renders says more. A mapping without tag and digest is
left alone, because the chart has a version of its own for it, and so is what values switch off (``enabled: false``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.kubernetes.custom_images import CustomImage, Path, images_inside


def release_images(fields: dict[str, Any]) -> Iterator[CustomImage]:
    """The images of such a release; none of other objects."""
    group, kind = str(fields.get("apiVersion", "")).rpartition("/")[0], fields.get("kind")
    spec = _mapping(fields.get("spec"))
    if (group, kind) == ("helm.toolkit.fluxcd.io", "HelmRelease"):
        if _is_of_registry(spec):
            yield from images_inside(_switched_on(_mapping(spec.get("values"))), ("spec", "values"), "values")
    elif (group, kind) == ("argoproj.io", "Application"):
        for at, source in _sources(spec):
            if source.get("chart"):
                values = _switched_on(_mapping(_mapping(source.get("helm")).get("valuesObject")))
                yield from images_inside(values, (*at, "helm", "valuesObject"), "values")


def _switched_on(value: Any) -> Any:
    if isinstance(value, dict):
        return {} if value.get("enabled") is False else {key: _switched_on(item) for key, item in value.items()}
    return [_switched_on(item) for item in value] if isinstance(value, list) else value


def _is_of_registry(spec: dict[str, Any]) -> bool:
    if isinstance(spec.get("chartRef"), dict):
        return bool(spec["chartRef"].get("kind") == "OCIRepository")
    source = _mapping(_mapping(_mapping(spec.get("chart")).get("spec")).get("sourceRef"))
    return bool(source.get("kind") == "HelmRepository")


def _sources(spec: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    several = spec.get("sources")
    if isinstance(several, list) and several:
        yield from ((("spec", "sources", i), _mapping(source)) for i, source in enumerate(several))
    else:
        yield ("spec", "source"), _mapping(spec.get("source"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
