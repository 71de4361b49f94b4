"""Reading manifests that anyone may have written: every access says what it expects and names a field that fails."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bot.errors import UserError

_NAMES = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}


class WrongShape(UserError):
    """A field of a manifest has a type its reader cannot use; the sentence names object and field."""


class Unrenderable(UserError):
    """A part of a declaration cannot be rendered from this repository; the text is the reason to show. ``wrong``: not
    because something lies elsewhere, but because the declaration is not right. ``stops``: an ApplicationSet makes nothing
    of it, for all that can be seen here. ``absent``: a path is not here, of a source that no file describes. ``missing``:
    the directory that is to be rendered and is not here."""

    def __init__(
        self, reason: str, *, wrong: bool = False, stops: bool = False, absent: bool = False, missing: str = ""
    ) -> None:
        super().__init__(reason)
        self.wrong = wrong
        self.stops = stops or wrong
        self.absent = absent
        self.missing = missing


class Wrong(Unrenderable):
    """The declaration is not right: whoever wrote it can mend it."""

    def __init__(self, reason: str, *, missing: str = "") -> None:
        super().__init__(reason, wrong=True, missing=missing)


class Fields:
    """A mapping of a manifest. ``where`` is how errors call it: ``Application argocd/web: spec.source``."""

    __slots__ = ("_values", "where")

    def __init__(self, values: object, where: str) -> None:
        if values is None:
            values = {}
        if not isinstance(values, Mapping):
            raise WrongShape(f"{where} is {_kind(values)}, but must be a mapping")
        self._values: Mapping[object, object] = values
        self.where = where

    def has(self, key: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(key) is not None

    def raw(self, key: str) -> object:
        """The value as parsed, None when it is missing."""
        return self._values.get(key)

    def mapping(self) -> dict[str, object]:
        """All values under keys that are text."""
        return {key: value for key, value in self._values.items() if isinstance(key, str)}

    def text(self, key: str, default: str = "") -> str:
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong(key, value, "text (put it in quotes)")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, value, "true or false")
        return value

    def child(self, key: str) -> Fields:
        """The mapping under ``key``; an empty one when it is missing."""
        return Fields(self._values.get(key), self._name(key))

    def children(self, key: str) -> list[Fields]:
        """The mappings of the list under ``key``."""
        return [Fields(value, where) for value, where in self._elements(key)]

    def texts(self, key: str) -> tuple[str, ...]:
        found: list[str] = []
        for value, where in self._elements(key):
            if not isinstance(value, str):
                raise WrongShape(f"{where} is {_kind(value)}, but must be text (put it in quotes)")
            found.append(value)
        return tuple(found)

    def strings(self, key: str) -> dict[str, str]:
        """The mapping from text to text under ``key``."""
        return {name: Fields({name: v}, self._name(key)).text(name) for name, v in self._pairs(key)}

    def wrong(self, key: str, value: object, expected: str) -> WrongShape:
        return WrongShape(f"{self._name(key)} is {_kind(value)}, but must be {expected}")

    def _pairs(self, key: str) -> Iterator[tuple[str, object]]:
        value = self._values.get(key)
        if value is not None and not isinstance(value, Mapping):
            raise self.wrong(key, value, "a mapping")
        for name, element in (value or {}).items():
            if not isinstance(name, str):
                raise WrongShape(f"{self._name(key)} has a key that is {_kind(name)}, but keys must be text")
            yield name, element

    def _elements(self, key: str) -> Iterator[tuple[object, str]]:
        value = self._values.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key, value, "a list")
        for number, element in enumerate(value or []):
            yield element, f"{self._name(key)}[{number}]"

    def _name(self, key: str) -> str:
        return f"{self.where}{'' if self.where.endswith(' ') else '.'}{key}"


def json_text(value: object, where: str) -> str:
    """``value`` as JSON text. Raises WrongShape for what JSON cannot hold (keys that are no scalars, depth)."""
    try:
        return json.dumps(value, default=str)
    except (TypeError, ValueError, RecursionError) as e:
        raise WrongShape(f"{where} cannot be written as JSON: {e}") from e


def inside(base: str, relative: str) -> str | None:
    """``relative`` as seen from the directory ``base``, as a repository path; None when it leaves the repository.

    The root is ``""``. A leading slash counts from the root of the repository.
    """
    parts: list[str] = [] if relative.startswith("/") else [part for part in base.split("/") if part]
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _kind(value: object) -> str:
    if value is None:
        return "empty"
    return _NAMES.get(type(value), f"a {type(value).__name__}")
