"""Templates of an ApplicationSet: Go's where ``goTemplate`` is set, else the older ``{{name}}`` placeholders."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.affected.fields import Unrenderable
from bot.affected.gotemplate import render
from bot.affected.gotemplate_values import TemplateError, Unsupported, formatted

Params = dict[str, object]
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_IS_TEMPLATE = re.compile(r"\{\{.*\}\}")


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
            reason = f"{self.where}: the template {template[:80]!r} cannot be filled: {e}"
            raise Unrenderable(reason, wrong=not isinstance(e, Unsupported), stops=True) from e

    def value(self, value: object, params: Params) -> object:
        """A whole value with every text in it filled, keys of mappings too, as Argo CD does."""
        if isinstance(value, str):
            return self.text(value, params)
        if isinstance(value, list):
            return [self.value(element, params) for element in value]
        if isinstance(value, Mapping):
            return {self.value(key, params): self.value(element, params) for key, element in value.items()}
        return value


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
