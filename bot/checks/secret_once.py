"""One credential, told once: the file that holds it and the object that is rendered from it are one mistake.

Only when lines are traced is it known that both are the same, because no check is given the value of what is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.errors import GatehouseError
from bot.model.result import CheckResult, Finding, Severity
from bot.model.snapshot import Snapshot

# What is said of a file, and what is said of an object with the same in it: a shape wins over a name.
_TWINS = {
    "secrets/credential": ("secrets/credential-in-object", "secrets/plain-value"),
    "secrets/random-value": ("secrets/password-in-object", "secrets/plain-value"),
    "secrets/password-in-file": ("secrets/password-in-object", "secrets/plain-value"),
}
_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
_BLOCK = re.compile(r"[|>][0-9+-]{0,2}\s*(?:#.*)?\Z")  # a text of several lines begins on the next one
_LONGEST = 2000  # lines of such a text


def once(result: CheckResult, files: Snapshot) -> CheckResult:
    """The result of the check ``secrets`` without what it says twice. Of the two the one that weighs more stays, else that
    about the object, which says where the credential goes; what was there before does not stand for what is new. ``files``
    are those of head."""
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
    return replace(result, findings=tuple(each for each in result.findings if id(each) not in dropped))


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
