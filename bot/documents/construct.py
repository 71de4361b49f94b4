"""Node trees to plain values, by the rules of go-yaml v2 and sigs.k8s.io/yaml."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from bot.documents.compose import PLAIN, SHARED, STRING, Refused
from bot.documents.scalars import Scalar, key_text, resolve

_PREFIX = "tag:yaml.org,2002:"
_MERGE = _PREFIX + "merge"
_TYPED: dict[str, tuple[type, ...]] = {
    _PREFIX + "int": (int,),
    _PREFIX + "float": (float, int),
    _PREFIX + "bool": (bool,),
    _PREFIX + "null": (type(None),),
}


class Constructor:
    """Values of composed nodes. A node that an alias names gives one value that all its places share.

    ``duplicates``, when given, collects repeated keys. Raises Refused for what Kubernetes refuses.
    """

    def __init__(self, duplicates: list[tuple[str, int]] | None = None) -> None:
        self.duplicates = duplicates
        self._known: dict[int, tuple[Any, Any]] = {}  # by id of the node, which is kept alive beside its value

    def value(self, node: Any) -> Any:
        """The value of a node; recursion is bounded by the composer's depth limit."""
        kind = node.id
        if kind == "scalar":
            return resolve(node.value) if node.tag is PLAIN else self._tagged(node)
        shared = node.tag is SHARED
        if shared and id(node) in self._known:
            return self._known[id(node)][1]
        result: Any = [self.value(n) for n in node.value] if kind == "sequence" else self._mapping(node)
        if shared:
            self._known[id(node)] = (node, result)
        return result

    def _mapping(self, node: Any) -> dict[str, Any]:
        result: dict[str, Any] = {}
        written: set[str] = set()
        value = self.value
        for key_node, value_node in node.value:
            if key_node.id == "scalar" and key_node.value == "<<" and key_node.tag in (PLAIN, _MERGE):
                self._merge(result, value_node)
                continue
            key = key_node.value if key_node.tag is STRING else self._key(key_node)
            if self.duplicates is not None:
                if key in written:
                    self.duplicates.append((key, key_node.start_mark.line + 1))
                written.add(key)
            result[key] = value(value_node)
        return result

    def _key(self, node: Any) -> str:
        if node.id != "scalar":
            hint = "; a template {{ … }} needs quotes" if node.id == "mapping" else ""
            raise Refused(node.start_mark.line + 1, f"uses a {node.id} as a key{hint}")
        key = self.value(node)
        if key is None:
            raise Refused(node.start_mark.line + 1, "has a key that is null; quote it if it is meant as text")
        return key if isinstance(key, str) else key_text(key)

    def _merge(self, result: dict[str, Any], node: Any) -> None:
        """Bring the mapping, or the mappings (earlier ones win), in at this place."""
        sources = reversed(node.value) if node.id == "sequence" else (node,)
        for source in sources:
            if source.id != "mapping":
                raise Refused(
                    node.start_mark.line + 1, "has a merge key << whose value is neither a mapping nor a list"
                )
            result.update(self.value(source))

    def _tagged(self, node: Any) -> Scalar:
        tag, text = node.tag, node.value
        if tag == STRING:
            return str(text)
        if tag == _PREFIX + "binary":
            return self._binary(node)
        if tag not in _TYPED:
            return str(text)  # an unknown tag says nothing to Kubernetes
        value = resolve(text)
        if not isinstance(value, _TYPED[tag]) or (isinstance(value, bool) and tag != _PREFIX + "bool"):
            raise Refused(
                node.start_mark.line + 1, f"has a value that is no {tag.removeprefix(_PREFIX)}, as its tag says"
            )
        return float(value) if tag == _PREFIX + "float" and isinstance(value, int) else value

    def _binary(self, node: Any) -> str:
        try:
            return base64.b64decode("".join(node.value.split()), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            raise Refused(node.start_mark.line + 1, "has a !!binary value that is not base64") from None
