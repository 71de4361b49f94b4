"""Container images: what a reference says, and the fields of an object that hold one.

The form of references is that of the distribution project (github.com/distribution/reference).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.kubernetes.custom_images import LATEST, custom_images
from bot.kubernetes.policy_engines import is_pattern

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_NAME = re.compile(rf"(?:{_HOST}/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*\Z")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\Z")
_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}\Z")
_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}  # of the digits
_LONGEST = 1024
_LISTS = ("initContainers", "containers", "ephemeralContainers")
_HUB = ("docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/")

Path = tuple[str | int, ...]


class Reference(NamedTuple):
    """An image reference. ``repository`` includes the registry, where one is written; ``tag`` and ``digest`` are "" where
    none is."""

    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The repository as registries know it: ``docker.io/library/nginx`` is ``nginx``."""
        found = next((p for p in _HUB if self.repository.startswith(p)), "")
        return self.repository[len(found) :]

    @property
    def identity(self) -> str:
        """What runs: the digest, or the tag where there is none (``latest`` where nothing is said)."""
        return self.digest or self.tag or "latest"


class ImageField(NamedTuple):
    """A field that holds an image, or ``LATEST`` alone. ``container`` is its container's name, or where it stands; ``row``
    the line (1-based) of a text in the field, 0 where it is none of several lines."""

    at: Path
    container: str
    image: str
    row: int = 0


def reference(text: str) -> Reference | None:
    """The parts of an image reference; None for a text that is none."""
    if len(text) > _LONGEST:
        return None
    rest, at, digest = text.partition("@")
    head, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # the colon of a registry's port
        head, tag, colon = rest, "", ""
    wrong = not _NAME.match(head) or (colon and not _TAG.match(tag)) or (at and not _is_digest(digest))
    return None if wrong else Reference(head, tag, digest)


def _is_digest(text: str) -> bool:
    algorithm, _, digits = text.partition(":")
    return bool(_DIGEST.match(text)) and len(digits) == _LENGTHS.get(algorithm, len(digits))


def image_fields(value: Any) -> Iterator[ImageField]:
    """Every image of an object, in order: of containers of all sorts wherever a pod is described (workloads, CronJobs,
    custom resources), and of image volumes; then what a custom resource names besides. What is no text, or empty, is left
    out, and of what these name all that is no reference: it may mean anything. The patterns of a policy engine name none."""
    if is_pattern(value):
        return
    yield from _fields(value, ())
    for found in custom_images(value) if isinstance(value, dict) else ():
        if found.image == LATEST or reference(found.image) is not None:
            yield ImageField(found.at, found.place, found.image)


def _fields(value: Any, at: Path) -> Iterator[ImageField]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _LISTS and isinstance(item, list):
                yield from _containers(item, (*at, key))
            elif key == "volumes" and isinstance(item, list):
                yield from _volumes(item, (*at, key))
            if type(item) in (dict, list):
                yield from _fields(item, (*at, str(key)))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            if type(item) in (dict, list):
                yield from _fields(item, (*at, i))


def _containers(items: list[Any], at: Path) -> Iterator[ImageField]:
    for i, item in enumerate(items):
        image = item.get("image") if isinstance(item, dict) else None
        if isinstance(image, str) and image:
            name = item.get("name")
            yield ImageField((*at, i, "image"), name if isinstance(name, str) else f"{at[-1]}[{i}]", image)


def _volumes(items: list[Any], at: Path) -> Iterator[ImageField]:
    for i, item in enumerate(items):
        volume = item.get("image") if isinstance(item, dict) else None
        image = volume.get("reference") if isinstance(volume, dict) else None
        if isinstance(image, str) and image:
            yield ImageField((*at, i, "image", "reference"), f"volume {item.get('name')}", image)
