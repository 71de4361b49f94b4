"""Which container gets another image, and which image in the values of a Helm release is another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.diff.align import path_text
from bot.diff.values import value_images
from bot.diff.words import one_line
from bot.kubernetes.custom_images import custom_images
from bot.kubernetes.images import reference
from bot.kubernetes.pods import containers, pod_specs
from bot.model.result import ImageMove
from bot.redaction import hide


def moves(base: Mapping[str, Any] | None, head: Mapping[str, Any] | None) -> tuple[ImageMove, ...]:
    """A move for every container, init container and ephemeral container whose image differs, and every image in
    the values of a Helm release that does: in head's order, then what only base has. None is a side on which the object
    does not exist."""
    old, new = _images(base), _images(head)
    label = _label(head or base or {})
    return tuple(
        ImageMove(one_line(f"{label}: {name}"), _shown(old.get((i, name), "")), _shown(new.get((i, name), "")))
        for i, name in [*new, *(k for k in old if k not in new)]
        if old.get((i, name), "") != new.get((i, name), "")
    )


def _shown(image: str) -> str:
    return one_line(hide(image))


def _images(fields: Mapping[str, Any] | None) -> dict[tuple[int, str], str]:
    """Image by position of the pod specification and container name; by -1 and its place where it stands in values or in a
    field of a custom resource."""
    found = {
        (i, name): container["image"]
        for i, spec in enumerate(pod_specs(fields))
        for name, container in containers(spec)
        if isinstance(container.get("image"), str)
    }
    found |= {(-1, path_text(place)): image for place, image in value_images(fields or {})}
    custom = custom_images(dict(fields)) if fields else ()
    return found | {(-1, each.place.removeprefix("spec.")): each.image for each in custom if reference(each.image)}


def _label(fields: Mapping[str, Any]) -> str:
    metadata = fields.get("metadata")
    name = metadata.get("name") or metadata.get("generateName") if isinstance(metadata, dict) else ""
    return f"{fields.get('kind', '')}/{name or ''}"
