"""The files that a template of an ApplicationSet may name once its placeholders are filled: what such a file says is part
of an Application, whether or not this repository tells with which parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.affected.fields import Fields
from bot.affected.globs import escaped
from bot.affected.sources import Lookup

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BLOCK = re.compile(r"\{\{-?\s*(?:if|else|end|range|with)\b")
_WHOLE = re.compile(r"\{\{.*\}\}", re.DOTALL)
_LENDS = re.compile(r"(\$[A-Za-z0-9_-]+)/((?:\{\{[^}\n]{0,500}\}\}|[^\s\"'\],}])+)")
_LONGEST = 2_000  # of one text: what is longer may become anything
_SAYS_NOTHING = re.compile(r"[*./\\]*(?:ya?ml|json)?\Z")


def file_patterns(template: Mapping[str, object], patch: str, where: str, lookup: Lookup) -> list[str]:
    """Globs of the value files that the Applications read from this repository. ``patch`` is the templatePatch. Raises
    WrongShape."""
    spec = Fields(template.get("spec"), f"{where}: spec.template.spec")
    sources = spec.children("sources") or [spec.child("source")]
    lent = {f"${source.text('ref')}" for source in sources if source.has("ref") and _may_be_here(source, lookup)}
    found = [pattern for source in sources for pattern in _of_source(source, lent, lookup)]
    found += [_pattern("", rest) for reference, rest in _LENDS.findall(patch) if reference in lent]
    return list(dict.fromkeys(pattern for pattern in found if not _SAYS_NOTHING.match(pattern)))


def _of_source(source: Fields, lent: set[str], lookup: Lookup) -> Iterator[str]:
    helm = source.child("helm")
    holds_chart = not source.text("chart") and _may_be_here(source, lookup)
    for name in (*helm.texts("valueFiles"), *(p.text("path") for p in helm.children("fileParameters"))):
        reference, slash, rest = name.partition("/")
        if slash and reference in lent:
            yield _pattern("", rest)
        elif holds_chart and not reference.startswith("$") and "://" not in name:
            yield _pattern("" if name.startswith("/") else source.text("path"), name)


def _may_be_here(source: Fields, lookup: Lookup) -> bool:
    url = source.text("repoURL")
    return "{{" in url or lookup.is_here(url)


def _pattern(base: str, name: str) -> str:
    """The glob of a path whose placeholders may become anything; ``..`` takes nothing back from them."""
    parts: list[str] = []
    for part in f"{_widened(base)}/{_widened(name)}".split("/"):
        if part != "..":
            parts += [part] if part not in ("", ".") and (part != "**" or parts[-1:] != ["**"]) else []
        elif parts and "**" not in parts[-1]:
            parts.pop()
    return "/".join(parts)


def _widened(text: str) -> str:
    if len(text) > _LONGEST:
        return "**"
    pattern = _WHOLE if _BLOCK.search(text) else _PLACEHOLDER
    return re.sub(r"\*{3,}", "**", "**".join(map(_literal, pattern.split(text))))


def _literal(text: str) -> str:
    """What stands between placeholders: a glob of Argo CD's stays one."""
    return text if "*" in text else escaped(text)


def without_placeholders(text: str) -> str:
    """The glob of a generator's path in which another generator's parameters stand."""
    return _widened(text) if "{{" in text else text
