"""One credential, told once: the file that holds it and the object that is rendered from it are one mistake.

Only when lines are traced is it known that both are the same, because no check is given the value of what is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.errors import GatehouseError
from bot.model.result import CheckResult, Finding, Severity
from bot.model.snapshot import Snapshot

_OF_FILES = ("secrets/credential", "secrets/random-value")
_OF_OBJECTS = ("secrets/credential-in-object", "secrets/password-in-object", "secrets/plain-value")
_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
_BLOCK = re.compile(r"[|>][0-9+-]{0,2}\s*(?:#.*)?\Z")  # a text of several lines begins on the next one
_LONGEST = 2000  # lines of such a text


def once(result: CheckResult, files: Snapshot) -> CheckResult:
    """The result of the check ``secrets`` without what it says twice. Of the two the one that weighs more stays, else that
    about the object, which says where the credential goes; what was there before does not stand for what is new. ``files``
    are those of head."""
    dropped: set[int] = set()
    texts = _Texts(files)
    for place, objects in _by_line(result.findings, _OF_OBJECTS).items():
        twin = next((each for each in _at(place, result.findings, texts) if id(each) not in dropped), None)
        same = [each for each in objects if twin is not None and each.state is twin.state]
        if twin is None or not same:
            continue
        heavy = [each for each in same if _RANK[each.severity] >= _RANK[twin.severity]]
        dropped |= {id(twin)} if heavy else {id(each) for each in same}
    return replace(result, findings=tuple(each for each in result.findings if id(each) not in dropped))


def _by_line(findings: Iterable[Finding], rules: tuple[str, ...]) -> dict[tuple[str, int], list[Finding]]:
    found: dict[tuple[str, int], list[Finding]] = {}
    for each in findings:
        if each.rule in rules and each.object is not None and each.file and each.line:
            found.setdefault((each.file, each.line), []).append(each)
    return found


def _at(place: tuple[str, int], findings: Iterable[Finding], texts: _Texts) -> Iterator[Finding]:
    """What is said of the file, on that line or in the text of several lines that begins there."""
    file, line = place
    for each in findings:
        if each.rule in _OF_FILES and each.file == file and (each.line == line or texts.holds(file, line, each.line)):
            yield each


class _Texts:
    """The lines of files, read once."""

    def __init__(self, files: Snapshot) -> None:
        self._files = files
        self._lines: dict[str, list[str]] = {}

    def holds(self, path: str, first: int, line: int) -> bool:
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
