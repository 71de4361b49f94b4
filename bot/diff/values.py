"""Images that a declaration names: in the values of a Helm release (Flux's HelmRelease, Argo CD's Application), and in what
Flux's Kustomization and Argo CD's Application lay over a kustomization.

Charts are free to call things as they like. What is read here is what nearly all of them do: below a key ``image``,
``images`` or ``…Image`` a mapping with ``repository`` (and ``registry``, ``tag``, ``digest``), or under such a key a text
``repository:tag``. Everything else may mean anything and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot import documents
from bot.diff.align import Path, inside
from bot.errors import UserError
from bot.kubernetes.pods import CONTAINER_LISTS

# The grammar of image references (distribution, reference/regexp.go), without upper case in the path.
_NAME = r"(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,128}"
_REFERENCE = re.compile(rf"(?P<name>{_NAME})(?::{_TAG})?(?:@{_DIGEST})?")
_LONGEST = 500
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}(?:\.[A-Za-z0-9_-]{1,100}){0,15}")
_MOST_PARAMETERS = 500


def value_images(fields: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Place and image of each: ``values.image`` and below (parameters count as the values that they set),
    ``kustomize.images[name]``, ``images[name]``; below ``sources[…]`` where an Application has several sources. Nothing for
    objects of other kinds."""
    group = str(fields.get("apiVersion", "")).partition("/")[0]
    spec = _mapping(fields.get("spec"))
    if (group, fields.get("kind")) == ("helm.toolkit.fluxcd.io", "HelmRelease"):
        yield from _in_values(spec.get("values"), ("values",), named=False)
        renderers = spec.get("postRenderers")
        for i, step in enumerate(renderers if isinstance(renderers, list) else ()):
            at = ("postRenderers", f"[{i}]", "images")
            yield from _replaced(_mapping(_mapping(step).get("kustomize")).get("images"), at)
    elif (group, fields.get("kind")) == ("kustomize.toolkit.fluxcd.io", "Kustomization"):
        yield from _replaced(spec.get("images"), ("images",))
    elif (group, fields.get("kind")) == ("argoproj.io", "Application"):
        sources = spec.get("sources")
        if not sources or not isinstance(sources, list):
            yield from _in_source(_mapping(spec.get("source")), ())
            return
        found = list(map(_mapping, sources))
        called = [str(source.get("name") or source.get("chart") or i) for i, source in enumerate(found)]
        for i, source in enumerate(found):
            yield from _in_source(source, ("sources", f"[{called[i] if called.count(called[i]) == 1 else i}]"))


def _in_source(source: dict[str, Any], at: Path) -> Iterator[tuple[Path, str]]:
    helm = _mapping(source.get("helm"))
    values = helm.get("valuesObject") or _read(helm.get("values"))  # the object hides the text, as in Argo CD
    yield from _in_values(_with_parameters(values, helm.get("parameters")), (*at, "values"), named=False)
    images = _mapping(source.get("kustomize")).get("images")
    for entry in images if isinstance(images, list) else ():
        old, _, new = entry.rpartition("=") if isinstance(entry, str) else ("", "", "")
        if found := _reference(new):
            yield (*at, "kustomize", "images", f"[{old or found['name']}]"), new


def _replaced(entries: Any, at: Path) -> Iterator[tuple[Path, str]]:
    """Entries of ``images`` as kustomize knows them."""
    for entry in map(_mapping, entries if isinstance(entries, list) else ()):
        name, other, tag, digest = (_text(entry.get(k)) for k in ("name", "newName", "newTag", "digest"))
        image = _composed({"repository": other or name, "tag": tag, "digest": digest})
        if image and (other or tag or digest):
            yield (*at, f"[{name}]"), image


def _with_parameters(values: Any, parameters: Any) -> Any:
    """The values with what ``helm.parameters`` set in them. Those with positions and other syntax of ``helm --set`` may mean
    anything and are left out."""
    for entry in map(_mapping, (parameters if isinstance(parameters, list) else ())[:_MOST_PARAMETERS]):
        name, value = entry.get("name"), entry.get("value")
        if isinstance(name, str) and isinstance(value, str) and _PLAIN_NAME.fullmatch(name):
            values = _set(values, name.split("."), value)
    return values


def _set(values: Any, keys: list[str], value: str) -> dict[str, Any]:
    held = _mapping(values)
    return {**held, keys[0]: _set(held.get(keys[0]), keys[1:], value) if len(keys) > 1 else value}


def _in_values(value: Any, at: Path, *, named: bool) -> Iterator[tuple[Path, str]]:
    """``named``: a key above says that it is about images."""
    if named and isinstance(value, dict) and (image := _composed(value)):
        yield at, image
    for place, part in inside(at, value):
        key = place[-1]
        says = key == "image" or key.endswith("Image")
        if isinstance(part, str):
            found = _reference(part) if says and not _in_container(place) else None
            if found and found["name"] != part:
                yield place, part
        else:
            yield from _in_values(part, place, named=named or says or key == "images")


def _in_container(place: Path) -> bool:
    """Whether it is a key of a container, whose image is listed as such."""
    return len(place) > 2 and place[-3] in CONTAINER_LISTS and place[-2].startswith("[")


def _composed(image: dict[str, Any]) -> str:
    """``[registry/]repository[:tag][@digest]`` of the mapping; "" where that makes no image."""
    registry, repository, tag, digest = (_text(image.get(k)) for k in ("registry", "repository", "tag", "digest"))
    if not repository:
        return ""
    text = f"{registry}/{repository}" if registry else repository
    text += f":{tag}" if tag else ""
    text += f"@{digest}" if digest else ""
    return text if _reference(text) else ""


def _reference(text: str) -> re.Match[str] | None:
    return _REFERENCE.fullmatch(text) if len(text) <= _LONGEST else None


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return value if isinstance(value, str) else documents.dump(value).strip()


def _read(text: Any) -> Any:
    try:
        return documents.load_one(text) if isinstance(text, str) else None
    except UserError:
        return None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
