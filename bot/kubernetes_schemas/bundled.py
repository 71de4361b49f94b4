"""The schemas of Kubernetes' own kinds: the files of the ``kubernetes-validate`` wheel, which only this module knows.

Its package is not imported (that would load another validator): the files are found beside it. A version's definitions are
read once in a process, and each kind is compiled once, when an object of it is first seen, from the definitions it reaches.
What the OpenAPI files say less exactly than the API server behaves is put right here, see ``_exact``.
"""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from bot.errors import ToolError
from bot.kubernetes_schemas import allowed_values, field_limits, formats, repeated
from bot.kubernetes_schemas.validator import Validator
from bot.kubernetes_schemas.versions import Version

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_FOLDER = re.compile(r"v(\d+)\.(\d+)\.\d+-local-strict\Z")
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_DROPPED = frozenset({"description", "$schema", "$id"})
_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_DEFAULTS = {"protocol": "TCP"}  # of the keys of lists, where the files leave them out
_NOT_OBJECTS = frozenset({"DeleteOptions", "Status", "WatchEvent"})


@cache
def _folders() -> dict[Version, Path]:
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or not spec.submodule_search_locations:
        raise ToolError("The schemas of Kubernetes are missing; install the package kubernetes-validate.")
    root = Path(next(iter(spec.submodule_search_locations))) / "kubernetes-json-schema"
    found = {Version(int(m[1]), int(m[2])): entry for entry in root.iterdir() if (m := _FOLDER.match(entry.name))}
    if not found:
        raise ToolError(f"No schemas of Kubernetes in {root}; install the package kubernetes-validate again.")
    return dict(sorted(found.items()))


def versions() -> tuple[Version, ...]:
    """The bundled versions, the oldest first. Raises ToolError when there are none."""
    return tuple(_folders())


def nearest(version: Version) -> Version:
    """The bundled version that stands for a version: itself, else the newest that is older, else the oldest."""
    older = [each for each in versions() if each <= version]
    return older[-1] if older else versions()[0]


class Bundle:
    """The kinds of one version. Use ``bundle``, which makes one for each version in a process."""

    def __init__(self, version: Version, folder: Path) -> None:
        self.version = version
        self._folder = folder
        self._definitions: dict[str, Any] = json.loads((folder / "_definitions.json").read_bytes())["$defs"]
        self._names = {
            (gvk["group"], gvk["version"], gvk["kind"]): name
            for name, definition in self._definitions.items()
            for gvk in definition.get("x-kubernetes-group-version-kind", ())
            if gvk["kind"] not in _NOT_OBJECTS
        }
        self._exact: dict[str, Any] = {}
        self._leads: dict[str, list[str]] = {}  # by definition: those that it refers to
        self._validators: dict[str, Validator] = {}

    def serves(self, group: str, version: str, kind: str) -> bool:
        """Whether it is a kind of this version's own."""
        return (group, version, kind) in self._names

    def validator(self, group: str, version: str, kind: str) -> Validator | None:
        """What judges objects of a kind; None for kinds that are not Kubernetes' own."""
        name = self._names.get((group, version, kind))
        if name is None:
            return None
        if name not in self._validators:
            self._validators[name] = Validator(self.closed({"$ref": f"#/$defs/{name}"}))
        return self._validators[name]

    def closed(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with every definition that it reaches."""
        reached: dict[str, Any] = {}
        todo = _references(schema)
        while todo:
            name = todo.pop()
            if name not in reached and name in self._definitions:
                reached[name] = self._definition(name)
                if name not in self._leads:
                    self._leads[name] = _references(reached[name])
                todo += self._leads[name]
        return {**schema, "$defs": reached}

    def groups_of(self, kind: str) -> list[str]:
        """The apiVersions in which a kind is served, for hints."""
        return sorted(f"{g}/{v}" if g else v for g, v, k in self._names if k == kind)

    def kinds_of(self, group: str, version: str) -> list[str]:
        return sorted(k for g, v, k in self._names if (g, v) == (group, version))

    def kinds(self) -> set[tuple[str, str]]:
        """Every (apiVersion, kind)."""
        return {(f"{g}/{v}" if g else v, k) for g, v, k in self._names}

    def owns(self, group: str) -> bool:
        """Whether the group is Kubernetes' own."""
        return any(g == group for g, _, _ in self._names)

    def _definition(self, name: str) -> Any:
        if name not in self._exact:
            definition = _SPECIAL.get(name) or _with_values(name, _exact(self._definitions[name]))
            self._refuse_null(definition)
            self._exact[name] = definition
        return self._exact[name]

    def _refuse_null(self, definition: dict[str, Any]) -> None:
        """A definition is shared by optional fields, which may be null, and required ones, which then are missing."""
        properties = definition.get("properties", {})
        for field in definition.get("required", ()):
            target = properties.get(field, {}).get("$ref", "").rpartition("/")[2]
            if "object" in self._definitions.get(target, {}).get("type", ()):
                properties[field]["type"] = "object"


def bundle(version: Version) -> Bundle:
    """The kinds of a version (its ``nearest``). Raises ToolError."""
    return _read(nearest(version))


@cache
def _read(version: Version) -> Bundle:
    return Bundle(version, _folders()[version])


def served_by(group: str, version: str, kind: str) -> tuple[Version, ...]:
    """The bundled versions that have a kind. Looks at names of files only: nothing is loaded for the others."""
    label = group.partition(".")[0]
    name = f"{kind.lower()}-{label}-{version}.json" if label else f"{kind.lower()}-{version}.json"
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        return ()
    return tuple(v for v, folder in _folders().items() if _is_of(folder / name, group, kind))


def _is_of(file: Path, group: str, kind: str) -> bool:
    """The names of files hold the first label of a group only."""
    if not file.is_file():
        return False
    ids = json.loads(file.read_bytes()).get("x-kubernetes-group-version-kind", ())
    return any(each["group"] == group and each["kind"] == kind for each in ids)


_SPECIAL: dict[str, Any] = {
    _QUANTITY: {"type": ["string", "number", "null"], "pattern": formats.QUANTITY},
    _INT_OR_STRING: {"type": ["integer", "string", "null"]},
}


def _exact(node: Any) -> Any:
    """A definition as the API server behaves.

    Numbers have the range of their Go type; an optional field may be null or "" (both mean: not set) even where its values
    are listed; lists with keys say so in our own keyword; formats that are not judged go.
    """
    if isinstance(node, list):
        return [_exact(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            plain[key] = {name: _exact(each) for name, each in value.items()}
        elif key == "$ref":
            plain[key] = "#/$defs/" + value.rpartition("/")[2]
        elif key not in _DROPPED and not key.startswith("x-"):
            plain[key] = _exact(value)
    _correct(plain, node)
    return plain


def _correct(plain: dict[str, Any], node: dict[str, Any]) -> None:
    optional = isinstance(plain.get("type"), list) and "null" in plain["type"]
    if optional and "enum" in plain:
        plain["enum"] = [*plain["enum"], "", None]
    name = plain.get("format")
    if name in _RANGES:
        plain["minimum"], plain["maximum"] = _RANGES[name]
    if name not in formats.JUDGED:
        plain.pop("format", None)
    if node.get("x-kubernetes-list-type") in ("map", "set"):
        keys = node.get("x-kubernetes-list-map-keys", [])
        plain[repeated.KEYWORD] = {"keys": keys, "defaults": {k: _DEFAULTS[k] for k in keys if k in _DEFAULTS}}


def _with_values(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """A definition whose fields list their values, and say their ranges and forms. What a field may be left out for ("" and
    null) stays allowed."""
    properties = definition.get("properties", {})
    for field, values in allowed_values.of(name).items():
        if field in properties:
            schema = properties[field].get("items", properties[field])
            optional = isinstance(schema["type"], list)
            schema["enum"] = [*values, "", None] if optional else values
    for field, limits in field_limits.of(name).items():
        if field in properties:
            properties[field] |= limits
    return definition


def _references(node: Any) -> list[str]:
    found: list[str] = []
    todo = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            reference = each.get("$ref")
            if isinstance(reference, str):
                found.append(reference.rpartition("/")[2])
            todo += each.values()
        elif isinstance(each, list):
            todo += each
    return found
