"""Credentials in the files of a change, of whatever kind and whether anything deploys them or not.

A line that was in a changed file before is known, wherever it stands now: moving a file introduces nothing. No value, and
nothing made from one, is in what is said.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

from bot.checks import detectors
from bot.checks.detectors import Found, credentials_in
from bot.checks.secret_local import weight
from bot.checks.secret_named import NamedValue, Reader, may_tell
from bot.checks.secret_sources import Written, secrets_in
from bot.checks.words import listed, shown
from bot.errors import TooBig
from bot.model.evidence import Evidence, Side, Statement
from bot.model.result import Severity
from bot.model.snapshot import Entry
from bot.redaction import random_values
from bot.redaction.random_values import random_values_in

_MOST_BYTES = 4 * 1024 * 1024  # of one file: the manifests of some operators have one or two
_MOST_ALTOGETHER = 32 * 1024 * 1024
# Files of checksums: random by nature, and under no name that means a secret.
_LOCKS = ("go.sum", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "Cargo.lock", "Gemfile.lock",
          "Chart.lock", "uv.lock", "composer.lock", ".terraform.lock.hcl")  # fmt: skip
_LONG = 12  # a text of that length does not stand in another by chance
_KEEPS_CONTEXT = ("BEGIN ", "PuTTY")
_KEYS = ("BEGIN", "PuTTY", "PRIVATE")
_LONGEST_KEY = 200  # lines
_PLAIN_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*\Z")
_AT_ONCE, _FEW_AT_ONCE = 64, 8  # lines that are asked together: nearly all hold nothing


class Text(NamedTuple):
    """A file that is text, by lines, and the same without what they are indented by."""

    path: str
    lines: list[str]
    stripped: list[str]


class _NotToKeepError(Exception):
    """An answer that stays in memory."""


Row = tuple[int, str]  # the index of a line, and the line


class ChangedFiles:
    """The texts of both sides, read once, and what was found in them: whoever hides it need not search again."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._left = _MOST_ALTOGETHER
        self.unread: list[str] = []
        self.base = self._texts(Side.BASE)
        self.head = self._texts(Side.HEAD)
        self.before = set(chain.from_iterable(text.stripped for text in self.base))
        self.after = set(chain.from_iterable(text.stripped for text in self.head))
        # Files of manifests repeat each other: each line is looked at once, and most files hold none that may tell.
        self._signs = set(_telling(list(self.before | self.after)))
        self._telling: dict[int, list[Row]] = {}
        self._credentials: dict[str, list[Found]] = {}
        self._written: dict[int, list[Written]] = {}
        self._named: dict[int, list[NamedValue]] = {}
        # In which forms a rendered object may hold what a statement is about. They must go no further than to whoever
        # compares them.
        self.forms: dict[Statement, set[str]] = {}
        self._whole: dict[int, str] = {}
        self._values = Reader(evidence)
        self._of_values = self._changed_values()

    def telling(self, text: Text) -> list[Row]:
        """The lines of a text on which anything that is looked for may stand; of a private key, all that it may have."""
        if id(text) not in self._telling:
            found = [n for n, line in enumerate(text.stripped) if line in self._signs] if self._signs else []
            numbers = set(found)
            for n in found:
                if any(word in text.lines[n] for word in _KEYS):
                    numbers.update(range(max(n - 2, 0), min(n + _LONGEST_KEY, len(text.lines))))
            self._telling[id(text)] = [(n, text.lines[n]) for n in sorted(numbers)]
        return self._telling[id(text)]

    def credentials(self, text: str) -> list[Found]:
        """``credentials_in`` a text; it is looked through once. Of earlier runs is known where nothing was: what was there
        must not be kept."""
        if text not in self._credentials:
            found: list[Found] = []

            def is_one_there() -> bool:
                found.extend(credentials_in(text))
                if found:
                    raise _NotToKeepError
                return False

            with suppress(_NotToKeepError):
                name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
                self._evidence.remember("credentials in a text", name, is_one_there)
            self._credentials[text] = found
        return self._credentials[text]

    def written(self, text: Text) -> list[Written]:
        """The Secrets that a text writes."""
        if id(text) not in self._written:
            self._written[id(text)] = secrets_in(text.path, "\n".join(text.lines).encode("utf-8", "replace"))
        return self._written[id(text)]

    def named(self, text: Text) -> list[NamedValue]:
        """The values of a text that stand under the name of a secret, where it is a file of values and the change touches
        lines with any."""
        if id(text) not in self._named:
            is_one = text.path in self._of_values
            self._named[id(text)] = self._values.of(text.path, "\n".join(text.lines)) if is_one else []
        return self._named[id(text)]

    def _changed_values(self) -> set[str]:
        """The files of values with such lines, on either side."""
        sides = ((self.base, self.before - self.after), (self.head, self.after - self.before))
        return {
            text.path
            for texts, changed in sides
            for text in texts
            if changed and self._values.reads(text.path) and may_tell(text.lines, changed)
        }

    def remember(self, statement: Statement, text: Text, *values: str) -> Statement:
        """The statement about values in a text; a generator may also put the whole text into an object."""
        whole = self._whole.setdefault(id(text), "\n".join(text.lines))
        self.forms.setdefault(statement, {whole}).update(values)
        return statement

    def values(self) -> Iterator[str]:
        """Every credential and random value that the check speaks of, of both sides. It must go no further than to
        whoever hides it."""
        for whole in self._telling_texts():
            yield from (found.value for found in self.credentials(whole))
            yield from (found.value for found in random_values_in(whole))

    def like_their_users(self) -> set[str]:
        """Those that are plain words, and the name of the user in each URL that they are the password in: whoever reads
        the URL without its password has read the word."""
        alike: set[str] = set()
        others: set[str] = set()
        for whole in self._telling_texts():
            for found in self.credentials(whole):
                (alike if _is_like_its_user(found.value, whole) else others).add(found.value)
            others |= {found.value for found in random_values_in(whole)}
        return alike - others

    def _telling_texts(self) -> Iterator[str]:
        return (_joined(self.telling(text)) for text in (*self.base, *self.head))

    def _texts(self, side: Side) -> list[Text]:
        found = []
        for change in self._evidence.changes:
            entry = change.before if side is Side.BASE else change.after
            if entry is None or entry.is_symlink or entry.is_submodule or entry.path.rpartition("/")[2] in _LOCKS:
                continue
            data = self._read(side, entry)
            if data is None:
                self.unread += [entry.path] if side is Side.HEAD else []
            elif b"\0" not in data[:8000] or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                lines = _decoded(data).split("\n")
                found.append(Text(entry.path, lines, list(map(str.strip, lines))))
        return found

    def _read(self, side: Side, entry: Entry) -> bytes | None:
        """The content; None when it is more than is looked at."""
        try:
            data = self._evidence.files(side).read(entry)
        except TooBig:
            return None
        if b"\0" in data[:8000]:
            return data[:8000]
        if len(data) > min(_MOST_BYTES, self._left):
            return None
        self._left -= len(data)
        return data


def _may_tell(line: str) -> bool:
    return detectors.may_hold(line) or random_values.may_hold(line)


def _telling(lines: list[str], at_once: int = _AT_ONCE) -> Iterator[str]:
    """The lines that may tell."""
    for start in range(0, len(lines), at_once):
        some = lines[start : start + at_once]
        if _may_tell("\n".join(some)):  # nothing that is looked for goes over the end of a line
            yield from filter(_may_tell, some) if at_once <= _FEW_AT_ONCE else _telling(some, _FEW_AT_ONCE)


def _joined(rows: Iterable[Row]) -> str:
    """Lines as a text in which each stands on the line that it has in its file."""
    parts, at = [], 0
    for number, line in rows:
        parts += ["\n" * (number - at), line]
        at = number
    return "".join(parts)


def _decoded(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return data.decode(encoding, "replace")


def statements(files: ChangedFiles, told: Told) -> tuple[list[Statement], list[Statement]]:
    """What is said of the base, and of head."""
    before, added = files.before, files.after - files.before
    were, are = ({_same(each) for text in texts for each in files.named(text)} for texts in (files.base, files.head))
    base, head = [], []
    for text in files.head:
        new = [each for each in files.named(text) if _same(each) not in were and _line(text, each) not in before]
        introduced = list(_said(files, text, new, without=before, told=told, mark="new"))
        known = list(_said(files, text, [], without=added, told=told, mark="known"))
        head += introduced + known
        base += known
    for text in files.base:
        gone = [each for each in files.named(text) if _same(each) not in are and _line(text, each) not in files.after]
        base += _said(files, text, gone, without=files.after, told=told, mark="gone")
    return base, head + list(_unread(files.unread))


def _same(value: NamedValue) -> tuple[str, str]:
    """What is known before wherever it stands now."""
    return value.label, value.value


def _line(text: Text, value: NamedValue) -> str:
    return text.lines[value.line - 1].strip() if 0 < value.line <= len(text.lines) else ""


def _said(
    files: ChangedFiles, text: Text, named: list[NamedValue], *, without: set[str], told: Told, mark: str
) -> Iterator[Statement]:
    """What is said of a text: of shapes and random values on its lines, but for those ``without``, and of what is ``named``.
    Of one line only the worst: a shape, then a name, then what looks random."""
    rows = files.telling(text)
    if not rows and not named:
        return
    joined = _joined(
        row for row in rows if text.stripped[row[0]] not in without or any(w in row[1] for w in _KEEPS_CONTEXT)
    )
    shapes = [f for f in files.credentials(joined) if not told.holds(f.value)]
    for found in shapes:
        severity = weight(found.value, text.lines[found.line - 1])
        if severity is None:
            continue
        statement = _statement(
            "secrets/credential", severity, f"It holds what looks like {_a(found.kind)}", found, text, mark
        )
        yield files.remember(statement, text, found.value, *_key_of(text, found.line))
    taken = {found.line for found in files.credentials(_joined(rows))}
    for each in named:
        if each.line not in taken and not told.holds(each.value):
            yield files.remember(_of_name(each, text, mark), text, each.value)
    taken |= {each.line for each in files.named(text)}
    for line, value, _ in random_values_in(joined):
        if line not in taken and not told.holds(value):
            statement = _statement(
                "secrets/random-value", Severity.WARNING, "A random value stands under a name that means a secret",
                Found(line, "random value", value), text, mark,
            )  # fmt: skip
            yield files.remember(statement, text, value)


def _a(kind: str) -> str:
    return f"an {kind}" if kind.startswith(("AWS", "Azure", "npm", "OpenAI")) else f"a {kind}"


def _is_like_its_user(value: str, text: str) -> bool:
    alike = text.count(f"://{value}:{value}@")
    return _PLAIN_WORD.match(value) is not None and alike > 0 and alike == text.count(f":{value}@")


def _key_of(text: Text, line: int) -> Iterator[str]:
    """The private key that begins on a line, as it is without what it is indented by."""
    if "PRIVATE KEY" in text.lines[line - 1]:
        key: list[str] = []
        for row in text.lines[line - 1 : line + _LONGEST_KEY]:
            key.append(row.strip())
            if "-----END " in row:
                yield "\n".join(key)
                return


def _of_name(found: NamedValue, text: Text, mark: str) -> Statement:
    return Statement(
        "secrets/password-in-file", Severity.ERROR if found.random else Severity.WARNING,
        f"Plain text under the name of a secret: {listed([found.key])}. Whoever can read the repository has it, and it "
        "stays in the history after it was removed.",
        "Change it where it is used, then keep its successor outside of Git: an ExternalSecret, a SealedSecret, SOPS or the "
        "CI's own store. If it is none, waive it for this file.",
        file=text.path, line=found.line, mark=f"{mark} {text.path}: {found.key}",
    )  # fmt: skip


def _statement(rule: str, severity: Severity, says: str, found: Found, text: Text, mark: str) -> Statement:  # noqa: PLR0917
    return Statement(
        rule, severity,
        f"{says}: whoever can read the repository has it, and it stays in the history after it was removed.",
        "Revoke it, then keep its successor outside of Git: an ExternalSecret, a SealedSecret, SOPS or the CI's own store.",
        file=text.path, line=found.line, mark=f"{mark} {text.path}: {found.kind}",
    )  # fmt: skip


def _unread(paths: list[str]) -> Iterator[Statement]:
    for path in paths:
        yield Statement(
            "secrets/not-scanned", Severity.WARNING,
            f"{shown(path)} is more than is searched for credentials (4 MiB a file, 32 MiB a change): nobody looked.",
            "Split it, or look through it yourself.",
            file=path, mark=path,
        )  # fmt: skip


class Told:
    """Values of which another rule speaks, so that one mistake is told once."""

    def __init__(self, values: set[str]) -> None:
        self._whole = frozenset(values)
        self._text = "\n".join(sorted(values))

    def holds(self, value: str) -> bool:
        first = value.split("\n", 1)[0].strip()
        return value in self._whole or (len(first) >= _LONG and first in self._text)
