"""Images in the values of a release whose chart is not here, so that no object shows what will run: of a Flux HelmRelease
and of an Argo CD Application, as far as the object itself holds them (see ``image_uses`` for the rest).

Where the chart lies in this repository what it renders says more. A mapping without tag and digest is left alone, because
the chart has a version of its own for it, and so is what values switch off.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import Any

from bot.checks import values_layers
from bot.checks.values_layers import Layer
from bot.kubernetes.custom_images import LATEST
from bot.kubernetes.images import ImageField, Path, image_fields, reference

_FLUX, _ARGO_CD = ("helm.toolkit.fluxcd.io", "HelmRelease"), ("argoproj.io", "Application")
_MOST_PARAMETERS = 500


def all_images(fields: dict[str, Any], lacks: Callable[[str], bool] | None = None) -> Iterator[ImageField]:
    """The images of an object: see ``image_fields``; and those in the values of such a release."""
    yield from image_fields(fields)
    for layers in releases(fields, lacks):
        for found, spot in values_layers.images(layers):
            if found.image == LATEST or reference(found.image) is not None:
                yield ImageField(spot.at, found.place, found.image, spot.row)


def releases(fields: dict[str, Any], lacks: Callable[[str], bool] | None = None) -> Iterator[list[Layer]]:
    """The layers of values that the object holds, for each chart of a registry that it deploys; none for other objects.
    ``lacks`` says of the path of a chart in some Git repository that it is not here; left out: nobody knows."""
    group, kind = str(fields.get("apiVersion", "")).rpartition("/")[0], fields.get("kind")
    spec = _mapping(fields.get("spec"))
    if (group, kind) == _FLUX:
        if _is_of_registry(spec) or (lacks is not None and _is_of_git(spec, lacks)):
            yield [values_layers.of_fields(spec.get("values"), ("spec", "values"))]
    elif (group, kind) == _ARGO_CD:
        for at, source in _sources(spec):
            if source.get("chart"):
                yield _of_source(_mapping(source.get("helm")), (*at, "helm"))


def values_maps(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and key of the ConfigMaps that a HelmRelease takes values from, in order; not of those for one value
    (``targetPath``)."""
    sources = _mapping(fields.get("spec")).get("valuesFrom")
    for source in map(_mapping, sources if isinstance(sources, list) else ()):
        name, key = source.get("name"), source.get("valuesKey") or "values.yaml"
        is_whole = source.get("kind") == "ConfigMap" and not source.get("targetPath")
        if is_whole and isinstance(name, str) and isinstance(key, str):
            yield name, key


def _of_source(helm: dict[str, Any], at: Path) -> list[Layer]:
    """Argo CD: ``valuesObject`` hides ``values``, parameters win."""
    if helm.get("valuesObject"):
        layers = [values_layers.of_fields(helm["valuesObject"], (*at, "valuesObject"))]
    else:
        layers = [values_layers.of_text(helm.get("values"), (*at, "values"))]
    parameters = helm.get("parameters")
    for i, each in enumerate(parameters[:_MOST_PARAMETERS] if isinstance(parameters, list) else ()):
        name, value = (_mapping(each).get(key) for key in ("name", "value"))
        if isinstance(name, str) and isinstance(value, str):
            layers.append(values_layers.of_one(name, value, (*at, "parameters", i, "value")))
    return layers


def _is_of_registry(spec: dict[str, Any]) -> bool:
    if isinstance(spec.get("chartRef"), dict):
        return bool(spec["chartRef"].get("kind") == "OCIRepository")
    source = _mapping(_mapping(_mapping(spec.get("chart")).get("spec")).get("sourceRef"))
    return bool(source.get("kind") == "HelmRepository")


def _is_of_git(spec: dict[str, Any], lacks: Callable[[str], bool]) -> bool:
    """Whether Flux takes the chart from a path of a Git repository that is not this one."""
    chart = _mapping(_mapping(spec.get("chart")).get("spec"))
    path, kind = chart.get("chart"), _mapping(chart.get("sourceRef")).get("kind")
    return kind in ("GitRepository", "Bucket") and isinstance(path, str) and lacks(posixpath.normpath(f"/{path}")[1:])


def _sources(spec: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    several = spec.get("sources")
    if isinstance(several, list) and several:
        yield from ((("spec", "sources", i), _mapping(source)) for i, source in enumerate(several))
    else:
        yield ("spec", "source"), _mapping(spec.get("source"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
