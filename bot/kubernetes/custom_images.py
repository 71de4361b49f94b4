"""Images that a custom resource names outside of containers, as operators read them: ``image: {repository, tag, digest}``, a
text under ``image``, ``imageName`` or ``…Image``, and what stands beside one as ``imageTag`` and ``imageDigest``.

There is no rule for custom resources, only a habit, so that less is read than may be there: a mapping without tag and
digest and a text that is a bare name may be completed by the operator (with ``version``), and are left alone; of one with
the tag ``latest`` and no name that much is known (``LATEST``). Left alone are also declarations of Flux and Argo CD, whose
values and images are those of what they deploy, and what a build writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.kubernetes.pods import CONTAINER_LISTS

Path = tuple[str | int, ...]
_DEPLOYING = ("argoproj.io/Application", "argoproj.io/ApplicationSet", "argoproj.io/AppProject")
_OF_FLUX = ("toolkit.fluxcd.io", "fluxcd.controlplane.io")
_NAMES = ("image", "imageName")  # the second one of CloudNativePG and others
_WRITTEN = ("output", "outputs")
LATEST = ":latest"  # of an image whose name only the chart or the operator knows


class CustomImage(NamedTuple):
    """``at`` is the field that says which version; ``place`` says where the image stands, by the names of list items."""

    at: Path
    place: str
    image: str


def custom_images(fields: dict[str, Any]) -> Iterator[CustomImage]:
    """The images of a custom resource; none of other objects."""
    if is_custom(fields):
        for key, part in fields.items():
            if key not in ("apiVersion", "kind", "metadata", "status") and isinstance(part, dict):
                yield from images_inside(part, (str(key),), str(key))


def is_custom(fields: dict[str, Any]) -> bool:
    """Whether an object is of a kind that Kubernetes does not bring, and that is no declaration of what is deployed."""
    group = str(fields.get("apiVersion", "")).rpartition("/")[0]
    if "." not in group or group.endswith(".k8s.io"):
        return False
    return not group.endswith(_OF_FLUX) and f"{group}/{fields.get('kind')}" not in _DEPLOYING


def images_inside(value: dict[str, Any], at: Path, place: str) -> Iterator[CustomImage]:
    """The images in a mapping that stands ``at`` a place, which is called ``place``."""
    for name, item in value.items():
        key, here = str(name), f"{place}.{name}"
        if (key in _NAMES or key.endswith("Image")) and (found := _image(value, key, (*at, key), here)):
            yield found
        if key in _WRITTEN:
            continue
        if isinstance(item, dict):
            yield from images_inside(item, (*at, key), here)
        elif isinstance(item, list):
            yield from _items(item, (*at, key), here)


def _items(items: list[Any], at: Path, place: str) -> Iterator[CustomImage]:
    for i, item in enumerate(items):
        if isinstance(item, list):
            yield from _items(item, (*at, i), f"{place}[{i}]")
        elif isinstance(item, dict):
            name = item.get("name")
            rest = {k: v for k, v in item.items() if k != "image"} if at[-1] in CONTAINER_LISTS else item
            yield from images_inside(rest, (*at, i), f"{place}[{name if isinstance(name, str) else i}]")


def _image(around: dict[str, Any], key: str, at: Path, place: str) -> CustomImage | None:
    """The image under a key, with what stands beside it."""
    held = around[key]
    own: dict[str, Any] = held if isinstance(held, dict) else {}
    base = "/".join(filter(None, (_text(own.get("registry")), _text(own.get("repository"))))) if own else _text(held)
    tag, digest = _text(own.get("tag")), _text(own.get("digest"))
    if own and tag == "latest" and not (digest or _text(own.get("repository"))):
        return CustomImage((*at, "tag"), place, LATEST)
    if not base or (own and not _text(own.get("repository"))):
        return None
    spot: Path = (*at, "tag") if tag else (*at, "digest") if digest else at
    if not tag and (tag := _text(around.get(f"{key}Tag"))):
        spot = (*at[:-1], f"{key}Tag")
    if not digest and (digest := _text(around.get(f"{key}Digest"))):
        spot = spot if tag else (*at[:-1], f"{key}Digest")
    if not (own or tag or digest) and ":" not in base.rpartition("/")[2] and "@" not in base:
        return None
    if own and not (tag or digest):
        return None
    return CustomImage(spot, place, base + (f":{tag}" if tag else "") + (f"@{digest}" if digest else ""))


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)
