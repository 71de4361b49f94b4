"""Templates of an ApplicationSet: Go's where ``goTemplate`` is set, else the older ``{{name}}`` placeholders."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.affected.fields import Unrenderable
from bot.affected.gotemplate import parsed, render
from bot.affected.gotemplate_values import TemplateError, Unparsable, Unsupported, formatted

Params = dict[str, object]
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_IS_TEMPLATE = re.compile(r"\{\{.*\}\}")


class Unfillable(Unrenderable):
    """A template that Argo CD cannot fill, whatever the parameters are."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How one ApplicationSet fills its templates. ``where`` begins the errors."""

    go: bool
    missing_key_is_error: bool
    where: str

    def text(self, template: str, params: Params) -> str:
        """One text with its placeholders filled. Raises Unrenderable, which quotes the template."""
        if not self.go:
            return fill(template, params)
        data = copy.deepcopy(params) if "set" in template else params  # `set` changes its argument
        try:
            return render(template, data, missing_key_is_error=self.missing_key_is_error)
        except TemplateError as e:
            raise self._error(template, e) from e

    def _error(self, template: str, error: TemplateError) -> Unrenderable:
        kind = Unfillable if isinstance(error, Unparsable) else Unrenderable
        reason = f"{self.where}: the template {template[:80]!r} cannot be filled: {error}"
        return kind(reason, wrong=not isinstance(error, Unsupported), stops=True)

    def value(self, value: object, params: Params) -> object:
        """A whole value with every text in it filled, keys of mappings too, as Argo CD does."""
        if isinstance(value, str):
            return self.text(value, params)
        if isinstance(value, list):
            return [self.value(element, params) for element in value]
        if isinstance(value, Mapping):
            return {self.value(key, params): self.value(element, params) for key, element in value.items()}
        return value

    def check(self, value: object) -> None:
        """Refuse a value in which a text can be filled with no parameters whatsoever. Raises Unfillable."""
        stack = [value] if self.go else []
        while stack:
            item = stack.pop()
            if isinstance(item, str) and "{{" in item:
                self._check(item)
            elif isinstance(item, list):
                stack += reversed(item)
            elif isinstance(item, Mapping):
                stack += reversed([*item, *item.values()])

    def _check(self, template: str) -> None:
        try:
            parsed(template)
        except Unparsable as e:
            raise self._error(template, e) from e
        except TemplateError:  # Argo CD may know it
            return


def fill(template: str, params: Params) -> str:
    """The older syntax: ``{{ name }}`` becomes the parameter of that whole name; unknown ones stay as written."""
    if not _IS_TEMPLATE.search(template):
        return template

    def one(match: re.Match[str]) -> str:
        value = params.get(match[1].strip())
        return value if isinstance(value, str) else match[0]

    return _PLACEHOLDER.sub(one, template)


def flat(value: object, name: str = "") -> dict[str, str]:
    """Nested parameters as texts under dotted names, the form of the older syntax and of selectors."""
    if isinstance(value, Mapping) or (isinstance(value, list) and name):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        found: dict[str, str] = {}
        for key, element in pairs:
            found.update(flat(element, f"{name}.{key}" if name else str(key)))
        return found
    return {name: formatted(value)} if name else {}
