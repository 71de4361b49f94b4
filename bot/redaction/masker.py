"""Masks in the fields of one object: which values go, by their names, their places and their shapes."""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import partial
from typing import Any

from bot import documents
from bot.errors import UserError
from bot.redaction import credentials, indexed, named, named_texts, secret_keys, secret_templates
from bot.redaction.cluster_config import gives_no_access
from bot.redaction.masks import MARKER, sign_of
from bot.redaction.meaning import VALUES, called_by, inside, of_text, patched
from bot.redaction.named import Where
from bot.redaction.placeholders import is_placeholder
from bot.redaction.random_keys import is_secret_key
from bot.redaction.random_values import is_harmless, looks_random, random_values_in
from bot.redaction.secret_objects import hidden, hidden_metadata, holds_base64, is_of_argocd, is_secret_kind

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SOPS = re.compile(r"ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:[a-z]+\]\Z")
EMBEDDED = re.compile(r"kind[\"']?\s*:\s*[\"']?(?:(?i:secrets?)(?![A-Za-z0-9_])|SecretList)")
_OPEN_KINDS = frozenset(("CustomResourceDefinition",))  # schemas with examples
# What kubeseal writes: the length of an encrypted key of 2,048 or 4,096 bits, the key, the value (in base64).
_SEALED = re.compile(r"A[gQ][A-Za-z0-9+/=\s]*\Z")
_LONGEST_TEXT = 1_000_000  # characters of a text that is read as YAML
_DEEPEST_TEXT = 3  # texts within texts
_LISTS_OF_WORDS = ("args", "command")
_MAPS = ("data", "binaryData")  # of a ConfigMap


def is_encrypted(value: str) -> bool:
    """Whether a value is encrypted by SOPS."""
    return _SOPS.match(value) is not None


class Masker:
    """``where`` says along the way how much names mean; None where they mean nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._within = 0  # so many texts

    def of_list_or_text(self, value: Any) -> Any:
        return self._any(value, Where.FIELDS)

    def value(self, value: Any) -> Any:
        return self._any(value, Where.FIELDS)

    def _any(self, value: Any, where: Where | None) -> Any:
        if isinstance(value, dict):
            return self._mapping(value, where=where)
        if isinstance(value, list):
            return self._items(value, where)
        return self._text(value, where) if isinstance(value, str) else value

    def _items(self, items: list[Any], where: Where | None) -> list[Any]:
        masked = [self._any(item, where) for item in items]
        called = indexed.called(items) if where is not None else {}
        for item, own in zip(items, masked, strict=True) if called else ():
            if isinstance(item, dict) and (name := called.get(str(item.get("name")))) and "value" in item:
                own["value"] = self._field("value", item["value"], {"name": name}, where)
        return masked

    def _mapping(
        self, fields: dict[str, Any], kind: object = None, where: Where | None = Where.FIELDS
    ) -> dict[str, Any]:
        kind = fields.get("kind", kind)
        if isinstance(kind, str) and kind in _OPEN_KINDS:
            where = None
        masked = {k: self._field(str(k), v, fields, where) for k, v in fields.items()}
        if is_secret_kind(kind):
            is_cluster = is_of_argocd(fields, "cluster")
            masked |= {k: self._data(str(k), fields[k], is_cluster=is_cluster) for k in hidden(fields)}
            if wrong := hidden_metadata(fields):
                masked["metadata"] |= {k: self._data(str(k), fields["metadata"][k]) for k in wrong}
        if kind == "ConfigMap":
            masked |= {field: self._keyed(fields[field], masked[field]) for field in _MAPS if field in fields}
        for path in secret_templates.entries(fields):
            self._template(masked, fields, path)
        if kind == "SecretList" and isinstance(fields.get("items"), list):
            # kubectl accepts items without a kind of their own
            masked["items"] = [self._mapping(i, "Secret") if isinstance(i, dict) else i for i in fields["items"]]
        return masked

    def _field(self, name: str, value: Any, fields: dict[str, Any], where: Where | None) -> Any:
        if name == LAST_APPLIED:
            return self._last_applied(value)
        if where is Where.SEALED and name == "encryptedData" and isinstance(value, dict):
            return {k: self._sealed(v) for k, v in value.items()}
        if name == "stringData" and where is Where.VALUES and isinstance(value, dict):
            return self._data(name, value)  # of a Secret that the chart makes of it
        if name == "value" and where is not None and (called := patched(fields)) is not None:
            return self._patched(called, value, where)
        if isinstance(value, list) and name in _LISTS_OF_WORDS and where is not None:
            return self._words(value, where)
        if isinstance(value, int | float) and not isinstance(value, bool):
            own = fields.get("name") if name == "value" else name
            return self._number(own, value, where and Where.VALUES if name == "value" else where)
        if not isinstance(value, str):
            return self._keyed_by(name, value, inside(name, fields, where))
        if name == "value" and (own := called_by(fields)):
            return self._under(own, value, where and Where.VALUES)
        return self._under(name, value, where and Where.VALUES if name in VALUES else where)

    def _keyed_by(self, name: str, value: Any, where: Where | None) -> Any:
        """``api: {key: …}`` is an ``apiKey``, where its value is made by chance."""
        masked, key = self._any(value, where), value.get("key") if isinstance(value, dict) else None
        if where is Where.VALUES and isinstance(key, str) and masked["key"] == key and looks_random(key):
            masked["key"] = self._under(f"{name}_key", key, where)
        return masked

    def _patched(self, called: str, value: Any, where: Where) -> Any:
        """What an operation of a JSON patch writes, under the name of the place that it writes to."""
        fields: dict[str, Any] = {called: value}
        return self._field(called, value, fields, Where.VALUES if isinstance(value, str) else where)

    def _template(self, masked: dict[str, Any], fields: dict[str, Any], path: tuple[str, ...]) -> None:
        """The entries of a Secret's template at a path."""
        for step in path:
            masked, fields = masked[step], fields[step]
        masked |= {name: self._entry(str(name), value) for name, value in fields.items()}

    def _entry(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and secret_templates.is_made(value):
            return self._text(value, None)
        masked = self._field(name, value, {}, Where.VALUES)
        if not isinstance(value, str) or is_encrypted(value.strip()):
            return masked
        return secret_templates.replace(
            name, masked, lambda found: self._marker(found.encode("utf-8", "replace"), "named")
        )

    def _sealed(self, value: Any) -> Any:
        """A value where an encrypted one should be."""
        if not isinstance(value, str) or _SEALED.match(value) or is_harmless(value) or MARKER.fullmatch(value):
            return value
        return self._marker(value.encode("utf-8", "replace"), "named")

    def _number(self, name: object, value: float, where: Where | None) -> object:
        """A number under its name."""
        if where is None or not isinstance(name, str) or not named.is_secret(name, str(value), where):
            return value
        return self._marker(str(value).encode(), "named number")

    def _under(self, name: str, value: str, where: Where | None) -> str:
        """A text under its name."""
        masked = self._text(value, where)
        if where is None or masked != value or is_encrypted(value) or MARKER.search(value):
            return masked
        said = value.strip()
        if "\n" not in said and (named.is_secret(name, said, where) or any(random_values_in(f"{name}: {said}"))):
            is_plain = named.is_password(name) and looks_random(said)
            is_random = is_plain or (where is Where.VALUES and is_secret_key(name, said))
            return self._marker(value.encode("utf-8", "replace"), "named random" if is_random else "named")
        return masked

    def _words(self, words: list[Any], where: Where) -> list[Any]:
        """Arguments: ``--password=x``, or a flag and its value after it."""
        masked, before = [], ""
        for word in words:
            own = named.flag(word) if isinstance(word, str) else None
            if not isinstance(word, str):
                masked.append(self._any(word, where))
            elif own and own[1] is not None:
                masked.append(f"{word[: -len(own[1]) or None]}{self._under(own[0], own[1], Where.VALUES)}")
            else:
                masked.append(
                    self._under(before, word, Where.VALUES) if before and not own else self._text(word, where)
                )
            before = own[0] if own and own[1] is None else ""
        return masked

    def _data(self, field: str, value: Any, *, is_cluster: bool = False) -> Any:
        if isinstance(value, dict):
            hides = secret_keys.hidden_of_secret(value)
            masked = {self._name(k) if k in hides else k: self._secret(field, v) for k, v in value.items()}
            config = value.get("config") if is_cluster else None
            if isinstance(config, str) and gives_no_access(_read(field, config)):
                masked["config"] = config
            return masked
        return self._secret(field, value)

    def _keyed(self, value: Any, masked: Any) -> Any:
        """The data of a ConfigMap, masked already, without lines that became keys."""
        if not isinstance(value, dict) or not (hides := secret_keys.hidden_of_map(value)):
            return masked
        return {self._name(k) if k in hides else k: v for k, v in masked.items()}

    def _name(self, key: object) -> str:
        return self._marker(str(key).encode("utf-8", "replace"))

    def _secret(self, field: str, value: Any) -> Any:
        if value is None or (isinstance(value, str) and (_SOPS.match(value) or MARKER.fullmatch(value))):
            return value
        if not isinstance(value, str):
            return self._marker(json.dumps(value).encode())
        data = _decoded(value) if holds_base64(field) else value.encode("utf-8", "replace")
        text = data.decode("utf-8", "replace")
        word = "secret credential" if credentials.is_in(text) else "secret"
        return value if is_placeholder(text) else self._marker(data, word)

    def _last_applied(self, value: Any) -> Any:
        if not isinstance(value, str):
            return self.value(value)
        try:
            applied = documents.load_one(value)
        except UserError:
            applied = None
        if not isinstance(applied, dict | list):  # no object, so that nothing says which part of it is secret
            return self._marker(value.encode("utf-8", "replace"))
        masked = self.value(applied)
        return value if masked == applied else json.dumps(masked, ensure_ascii=False)

    def _text(self, text: str, where: Where | None) -> str:
        if EMBEDDED.search(text):
            text = self._manifests(text)
        if where is not None:
            text = self._structured(text, where)
        text = credentials.replace(text, lambda found: self._marker(found.encode("utf-8", "replace")))
        return text if where is None else self._random(text)

    def _random(self, text: str) -> str:
        """Random values under telling names within a text, and passwords."""
        found = [each for each in random_values_in(text) if not is_encrypted(each.value)]
        if not found:
            return self._assigned(text)
        lines = text.split("\n")
        for number, value, name in found:
            is_plain = (named.is_password(name) and looks_random(value)) or is_secret_key(name, value)
            mask = self._marker(value.encode(), "named random" if is_plain else "named")
            lines[number - 1] = lines[number - 1].replace(value, mask)
        return self._assigned("\n".join(lines))

    def _assigned(self, text: str) -> str:
        plain, random = (partial(self._word, word) for word in ("named", "named random"))
        return named_texts.replace(text, plain, random)

    def _word(self, word: str, found: str) -> str:
        return self._marker(found.encode("utf-8", "replace"), word)

    def _structured(self, text: str, where: Where) -> str:
        """A text that is YAML or JSON (``helm.values``, a file in a ConfigMap): names in it mean what they mean outside."""
        if ":" not in text or len(text) > _LONGEST_TEXT or self._within == _DEEPEST_TEXT or not named.may_hold(text):
            return text
        if "\n" not in text and text.lstrip()[:1] not in ("{", "["):
            return text  # may be a sentence: ``named_texts`` looks at what stands before a value
        try:
            values = [d.value for d in documents.load_all(text.encode("utf-8", "replace"), name="a text")]
        except UserError:
            return text
        self._within += 1
        masked = [self._any(v, of_text(v, where)) if isinstance(v, dict | list) else v for v in values]
        self._within -= 1
        return text if masked == values else documents.rewrite(text, masked)

    def _manifests(self, text: str) -> str:
        try:
            values = [d.value for d in documents.load_all(text.encode("utf-8", "replace"), name="a text")]
        except UserError:
            return text
        masked = [self.value(v) for v in values if isinstance(v, dict | list)]
        return text if masked == values else "---\n".join(map(documents.dump, masked))

    def _marker(self, secret: bytes, word: str = "secret") -> str:
        return f"<{word} {sign_of(secret, key=self._key)}>"


def _read(field: str, text: str) -> str:
    return _decoded(text).decode("utf-8", "replace") if holds_base64(field) else text


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")
