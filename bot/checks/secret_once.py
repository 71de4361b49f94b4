"""One credential, told once: the file that holds it and the object that is rendered from it are one mistake.

Both are the same where the object's line is that of the file, or where the mask of the object stands for what the file
holds: no check is given the value of what is rendered, and a mask tells whether it is one that is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.errors import GatehouseError
from bot.model.evidence import Statement
from bot.model.result import CheckResult, Finding, Severity
from bot.model.snapshot import Snapshot

# What is said of a file, and what is said of an object with the same in it: a shape wins over a name.
_TWINS = {
    "secrets/credential": ("secrets/credential-in-object", "secrets/plain-value"),
    "secrets/random-value": ("secrets/password-in-object", "secrets/plain-value"),
    "secrets/password-in-file": ("secrets/password-in-object", "secrets/plain-value"),
}
_ABOUT_OBJECTS = frozenset(rule for rules in _TWINS.values() for rule in rules)
_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
_BLOCK = re.compile(r"[|>][0-9+-]{0,2}\s*(?:#.*)?\Z")  # a text of several lines begins on the next one
_LONGEST = 2000  # lines of such a text


def once(result: CheckResult, files: Snapshot, signs: Sequence[frozenset[str]] = ()) -> CheckResult:
    """The result of the check ``secrets`` without what it says twice. Of the two the one that weighs more stays, else that
    about the object, which says where the credential goes; what was there before does not stand for what is new. ``files``
    are those of head, ``signs`` those of the values behind each finding (``signs_of``)."""
    dropped: set[int] = set()
    texts = _Texts(files)
    for (rule, path, line), objects in _by_line(result.findings).items():
        of_file = (each for each in result.findings if rule in _TWINS.get(each.rule, ()) and id(each) not in dropped)
        twin = next((each for each in of_file if texts.is_at(each, path, line)), None)
        same = [each for each in objects if twin is not None and each.state is twin.state]
        if twin is None or not same:
            continue
        heavy = [each for each in same if _RANK[each.severity] >= _RANK[twin.severity]]
        dropped |= {id(twin)} if heavy else {id(each) for each in same}
    findings = list(result.findings)
    left = [at for at, each in enumerate(findings) if id(each) not in dropped]
    gone = set(_by_signs(findings, left, signs)) if signs else set()
    return replace(result, findings=tuple(findings[at] for at in left if at not in gone))


def signs_of(
    statements: Sequence[Statement], masks: Mapping[Statement, frozenset[str]], forms: Mapping[Statement, set[str]],
    sign: Callable[[str], str],
) -> list[frozenset[str]]:  # fmt: skip
    """What tells for each statement whether another one is about the same value: of objects the signs of their ``masks``,
    of files those of the ``forms`` in which a render may hold it. None where only files or only objects are spoken of."""
    if not any(each in masks for each in statements) or not any(each in forms for each in statements):
        return []
    known: dict[str, str] = {}
    for text in {text for each in statements for text in forms.get(each, ())}:
        known[text] = sign(text)
    return [masks.get(each, frozenset()) | {known[text] for text in forms.get(each, ())} for each in statements]


def _by_signs(findings: list[Finding], left: list[int], signs: Sequence[frozenset[str]]) -> Iterator[int]:
    """The positions of what goes because the value is the same. An object without a line gets that of the file."""
    about = [at for at in left if findings[at].object is not None and findings[at].rule in _ABOUT_OBJECTS]
    twins = [at for at in left if findings[at].rule in _TWINS]
    for at in twins:
        twin, own = findings[at], signs[at]
        same = [one for one in about if signs[one] & own and findings[one].state is twin.state]
        is_alone = all(findings[one].file == twin.file for one in twins if signs[one] & own)
        same = [one for one in same if findings[one].file == twin.file or (not findings[one].file and is_alone)]
        if any(_RANK[findings[one].severity] >= _RANK[twin.severity] for one in same):
            yield at
            for one in same:
                if not findings[one].file:
                    findings[one] = replace(findings[one], file=twin.file, line=twin.line)
        else:
            yield from (one for one in same if signs[one] <= own)


def _by_line(findings: Iterable[Finding]) -> dict[tuple[str, str, int], list[Finding]]:
    """What is said of objects, by rule, file and line."""
    found: dict[tuple[str, str, int], list[Finding]] = {}
    for each in findings:
        if each.object is not None and each.file and each.line:
            found.setdefault((each.rule, each.file, each.line), []).append(each)
    return found


class _Texts:
    """The lines of files, read once."""

    def __init__(self, files: Snapshot) -> None:
        self._files = files
        self._lines: dict[str, list[str]] = {}

    def is_at(self, finding: Finding, path: str, line: int) -> bool:
        """Whether what is said of a file is said of a line, or of the text of several lines that begins there."""
        return finding.file == path and (finding.line == line or self._holds(path, line, finding.line))

    def _holds(self, path: str, first: int, line: int) -> bool:
        """Whether the value that begins on the line ``first`` is a block of text that reaches to ``line``."""
        if not first < line <= first + _LONGEST:
            return False
        lines = self._of(path)
        if line > len(lines) or not _BLOCK.search(lines[first - 1].rstrip()):
            return False
        indent = _indent(lines[first - 1])
        return all(not text.strip() or _indent(text) > indent for text in lines[first:line])

    def _of(self, path: str) -> list[str]:
        if path not in self._lines:
            entry = self._files.entry(path)
            try:
                data = self._files.read(entry) if entry else b""
            except GatehouseError:
                data = b""
            self._lines[path] = data.decode("utf-8", "replace").splitlines()
        return self._lines[path]


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" -"))
