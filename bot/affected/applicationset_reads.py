"""The files that a template of an ApplicationSet may name once its placeholders are filled: what such a file says is part
of an Application, whether or not this repository tells with which parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.affected.fields import Fields
from bot.affected.globs import escaped
from bot.affected.sources import Lookup, is_default_branch

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BLOCK = re.compile(r"\{\{-?\s*(?:if|else|end|range|with)\b")
_WHOLE = re.compile(r"\{\{.*\}\}", re.DOTALL)
_LENDS = re.compile(r"(\$[A-Za-z0-9_-]+)/((?:\{\{[^}\n]{0,500}\}\}|[^\s\"'\],}])+)")
_LONGEST = 2_000  # of one text: what is longer may become anything
_SAYS_NOTHING = re.compile(r"[*./\\{},]*(?:ya?ml|json)?\Z")
ANYTHING = "\0"  # stands for a placeholder: no path holds it


def file_patterns(template: Mapping[str, object], patch: str, where: str, lookup: Lookup) -> list[str]:
    """Globs of the value files that the Applications read from this repository. ``patch`` is the templatePatch. Raises
    WrongShape."""
    spec = Fields(template.get("spec"), f"{where}: spec.template.spec")
    sources = spec.children("sources") or [spec.child("source")]
    lent = {f"${source.text('ref')}" for source in sources if source.has("ref") and _may_be_here(source, lookup)}
    found = [pattern for source in sources for pattern in _of_source(source, lent, lookup)]
    found += [
        pattern for reference, rest in _LENDS.findall(patch) if reference in lent for pattern in _patterns("", rest)
    ]
    return list(dict.fromkeys(pattern for pattern in found if not _SAYS_NOTHING.match(pattern)))


def value_patterns(template: Mapping[str, object], where: str, lookup: Lookup) -> list[str]:
    """Globs of the files that the Applications read as values from this repository as it is merged, as far as anybody can
    tell, each below a directory that is written. Raises WrongShape."""
    spec = Fields(template.get("spec"), f"{where}: spec.template.spec")
    sources = spec.children("sources") or [spec.child("source")]
    lent = {f"${source.text('ref')}" for source in sources if source.has("ref") and is_seen(source, lookup)}
    found: dict[str, None] = {}
    for source in sources:
        names = source.child("helm").texts("valueFiles")
        found.update(dict.fromkeys(_of_names(names, source, lent, is_here=is_seen(source, lookup))))
    return [glob for glob in found if "/" in glob and not glob.startswith(("*", "{"))]


def is_seen(source: Fields, lookup: Lookup) -> bool:
    """Whether a source may show what lies here, and nothing that is written says that it shows another state of it."""
    url, revision = source.text("repoURL"), source.text("targetRevision")
    return ("{{" in url or lookup.is_surely_here(url)) and ("{{" in revision or is_default_branch(revision))


def _of_source(source: Fields, lent: set[str], lookup: Lookup) -> Iterator[str]:
    helm = source.child("helm")
    names = (*helm.texts("valueFiles"), *(p.text("path") for p in helm.children("fileParameters")))
    return _of_names(names, source, lent, is_here=_may_be_here(source, lookup))


def _of_names(names: Iterable[str], source: Fields, lent: set[str], *, is_here: bool) -> Iterator[str]:
    holds_chart = is_here and not source.text("chart")
    for name in names:
        reference, slash, rest = name.partition("/")
        if slash and reference in lent:
            yield from _patterns("", rest)
        elif holds_chart and not reference.startswith("$") and "://" not in name:
            yield from _patterns("" if name.startswith("/") else source.text("path"), name)


def _may_be_here(source: Fields, lookup: Lookup) -> bool:
    url = source.text("repoURL")
    return "{{" in url or lookup.is_here(url)


def _patterns(base: str, name: str) -> list[str]:
    """The globs of a path whose placeholders may become anything: one directory, which ``..`` takes back, or more."""
    return [_pattern(base, name, single=False), _pattern(base, name, single=True)]


def _pattern(base: str, name: str, *, single: bool) -> str:
    """``single``: ``..`` takes back a segment with a placeholder, too."""
    parts: list[str] = []
    for part in f"{marked(base)}/{marked(name)}".split("/"):
        if part != "..":
            parts += [part] if part not in ("", ".") else []
        elif parts and (single or ANYTHING not in parts[-1]):
            parts.pop()
    return "/".join(map(_widened, parts))


def marked(text: str) -> str:
    """The text with a mark in place of its placeholders: of everything from the first to the last where blocks choose."""
    if len(text) > _LONGEST:
        return ANYTHING
    return (_WHOLE if _BLOCK.search(text) else _PLACEHOLDER).sub(ANYTHING, text.replace(ANYTHING, ""))


def _widened(part: str) -> str:
    """One segment as a glob. A placeholder at its begin or end may bring more segments, or none."""
    if part.strip(ANYTHING) == "":
        return "**"
    words = part.strip(ANYTHING).split(ANYTHING)
    inner = "*".join(_literal(word) for word in words if word)
    before = "{**/,*}" if part.startswith(ANYTHING) else ""
    after = "{/**,*}" if part.endswith(ANYTHING) else ""
    return f"{before}{inner}{after}"


def _literal(text: str) -> str:
    """What stands between placeholders: a glob of Argo CD's stays one."""
    return text if "*" in text else escaped(text)


def without_placeholders(text: str) -> str:
    """The glob of a generator's path in which another generator's parameters stand."""
    return _pattern("", text, single=False) if "{{" in text else text
