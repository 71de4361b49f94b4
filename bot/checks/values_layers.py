"""Values of a chart as Helm takes them: several layers, of which a later one wins. Mappings are merged; a list, and what is
no mapping, is taken whole (helm.sh/docs/chart_template_guide/values_files)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from bot import documents
from bot.errors import GatehouseError
from bot.kubernetes.custom_images import CustomImage, Path, images_inside
from bot.model.unit import ObjectId

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}(?:\.[A-Za-z0-9_-]{1,100}){0,15}")


class Spot(NamedTuple):
    """Where a value stands: ``at`` a field of an object (of the one that is looked at, or of another one), and there on the
    ``row`` (1-based) of a text; or in a file."""

    at: Path = ()
    row: int = 0
    object: ObjectId | None = None
    file: str = ""
    line: int = 0


class Layer(NamedTuple):
    """Values, and where one of them stands that has a path in them."""

    values: dict[str, Any]
    spot: Callable[[Path], Spot]


def of_fields(values: Any, at: Path) -> Layer:
    """Values that are fields of an object."""
    return Layer(_mapping(values), lambda path: Spot((*at, *path)))


def of_text(text: Any, at: Path, of: ObjectId | None = None) -> Layer:
    """Values in a text of an object; none where that is no YAML."""

    def spot(path: Path) -> Spot:
        return Spot(at, _line(text.encode("utf-8", "replace"), "values", path), of)

    return Layer(_read(text.encode("utf-8", "replace"), "values") if isinstance(text, str) else {}, spot)


def of_file(data: bytes, path: str) -> Layer:
    """Values in a file; none where that is no YAML."""
    return Layer(_read(data, path), lambda place: Spot(file=path, line=_line(data, path, place)))


def of_one(name: str, value: str, at: Path) -> Layer:
    """A parameter, see ``nested``."""
    return Layer(nested(name, value), lambda _: Spot(at))


def nested(name: str, value: str) -> dict[str, Any]:
    """The value of one name with dots, as ``helm --set`` reads it. Names with positions or other syntax may mean anything
    and are left out."""
    if not _PLAIN_NAME.fullmatch(name):
        return {}
    found: Any = value
    for key in reversed(name.split(".")):
        found = {key: found}
    return dict(found)


def images(layers: Sequence[Layer]) -> Iterator[tuple[CustomImage, Spot]]:
    """The images in what the layers make together, each with where its version stands; not of what values switch off
    (``enabled: false``)."""
    merged: Any = {}
    for layer in layers:
        merged = _merged(merged, layer.values)
    for found in images_inside(_switched_on(merged), (), "values"):
        holder = next((layer for layer in reversed(layers) if _holds(layer.values, found.at)), None)
        if holder is not None:
            yield found, holder.spot(found.at)


def _merged(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: _merged(below[key], item) if key in below else item for key, item in above.items()}}


def _switched_on(value: Any) -> Any:
    if isinstance(value, dict):
        return {} if value.get("enabled") is False else {key: _switched_on(item) for key, item in value.items()}
    return [_switched_on(item) for item in value] if isinstance(value, list) else value


def _holds(value: Any, path: Path) -> bool:
    for step in path:
        is_in_list = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not (is_in_list or (isinstance(value, dict) and step in value)):
            return False
        value = value[step]
    return True


def _read(data: bytes, name: str) -> dict[str, Any]:
    try:
        found = documents.load_all(data, name=name)
        return _mapping(found[0].value) if found else {}  # Helm reads the first document alone
    except GatehouseError:  # whoever renders it says so
        return {}


def _line(data: bytes, name: str, path: Path) -> int:
    try:
        return documents.find_lines(data, name=name, number=0, places=[path])[0]
    except GatehouseError:
        return 0


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
