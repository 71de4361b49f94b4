"""CODEOWNERS as GitLab reads it: sections, default owners, exclusions, and patterns by Ruby's ``File.fnmatch?``.

Source: GitLab's pages "CODEOWNERS syntax" and "Advanced CODEOWNERS configuration", and the behaviour of its own reader
(``ee/lib/gitlab/code_owners``). Where both differ, what is done counts:

- the entries of a section are kept by their *normalised* pattern: a repeated one has the new
  owners in the old place;
- any exclusion that matches takes the path out of its section, before or after the line that matches;
- everything up to the first header, and a section called ``codeowners``, are the same unnamed section;
- behind a header, what is no owner ends the default owners.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.codeowners.dialect import Entry, Harm, Problem, Section
from bot.codeowners.fnmatch import compiled, never
from bot.codeowners.shape import Shape

Wrong = tuple[Harm, str, int]  # what is lost, why, and the offset in the line
Read = tuple[list[Section], list[list[Shape]], list[Problem]]
_UNNAMED = "codeowners"
_SPACES = " \t\r\f\v\0"
_HEADER = re.compile(
    r"(?P<optional>\^)?\[(?P<name>.*?)\](?:\[(?P<approvals>[\s\d]*)\])?(?P<default>\s*[@\w.\-/\s]*)", re.ASCII
)
_WELL_FORMED = re.compile(r"\^?\[[^\]]+\](?:\[\d+\])?(?:\s+[@\w.\-/\s]+)?\Z", re.ASCII)
_NO_HEADER = re.compile(r"\^?\[")
_END = re.compile(r"(?<!\\)\s+", re.ASCII)
_WORD = re.compile(r"\S+", re.ASCII)
_ESCAPED_SPACES = re.compile(r"\\\s+", re.ASCII)
_SEGMENT = r"(?:[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}[A-Za-z0-9_-]|[A-Za-z0-9_])(?<!\.git)(?<!\.atom)"
_NAME = re.compile(rf"(?<![\w@])@((?:{_SEGMENT}/){{0,20}}{_SEGMENT})", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,100}@[^@\s]{1,255}(?<!\W)", re.ASCII)
_ROLE = re.compile(r"@@(?:developer|maintainer|owner)s?\Z", re.IGNORECASE)


@dataclass(slots=True)
class _Header:
    """What a header gives to the entries behind it."""

    section: str = _UNNAMED
    optional: bool = False
    approvals: int = 1
    default: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """Sections by name; entries and shapes by normalised pattern."""

    sections: dict[str, dict[str, tuple[Entry, Shape]]] = field(default_factory=lambda: {_UNNAMED: {}})
    spellings: dict[str, str] = field(default_factory=lambda: {_UNNAMED: _UNNAMED})  # without case → the first one
    header: _Header = field(default_factory=_Header)
    problems: list[Problem] = field(default_factory=list)
    headers: list[int] = field(default_factory=list)


def read(lines: Sequence[str]) -> Read:
    """Entries by section, their shapes and what is wrong, of all lines."""
    reading = _Reading()
    for number, raw in enumerate(lines, 1):
        line = raw.strip(_SPACES)
        if not line or line[0] == "#":
            continue
        column = len(raw) - len(raw.lstrip(_SPACES)) + 1
        header = _HEADER.match(line)
        if header:
            _open(reading, header, line, number, column)
        elif _NO_HEADER.match(line):
            reason = "the section header has no closing ]: its lines fall into the section before it"
            reading.problems.append(Problem(number, column, reason, Harm.SECTION))
        else:
            _enter(reading, line, number, column)
    return *_sections(reading), [_bounded(p, reading.headers, len(lines)) for p in reading.problems]


def _sections(reading: _Reading) -> tuple[list[Section], list[list[Shape]]]:
    sections, shapes = [], []
    for name, kept in reading.sections.items():
        entries = [entry for entry, _ in kept.values()]
        optional = bool(entries) and all(entry.optional for entry in entries)
        sections.append(Section(None if name == _UNNAMED else name, optional, entries))
        shapes.append([shape for _, shape in kept.values()])
    return sections, shapes


def _bounded(problem: Problem, headers: Sequence[int], last: int) -> Problem:
    """A problem of a header reaches to the line before the next one."""
    if problem.harm is not Harm.SECTION:
        return problem
    return replace(problem, until=next((n - 1 for n in headers if n > problem.line), last))


# -- headers


def _open(reading: _Reading, header: re.Match[str], line: str, number: int, column: int) -> None:
    name, approvals, default = header["name"], header["approvals"], header["default"]
    optional = header["optional"] is not None
    number_given = re.match(r"\s*(\d+)", approvals or "", re.ASCII)
    count = int(number_given[1]) if number_given else 0
    section = _known(reading, name)
    reading.header = _Header(section, optional, max(1, count), _references(default))
    reading.sections.setdefault(section, {})
    reading.spellings.setdefault(section.casefold(), section)
    reading.headers.append(number)
    for harm, reason, at in _wrong_header(header, line, count):
        reading.problems.append(Problem(number, column + at, reason, harm))


def _known(reading: _Reading, name: str) -> str:
    """The section that a header means: names count without case, the first spelling is kept."""
    if next(reversed(reading.sections)) == _UNNAMED:
        return name
    return reading.spellings.get(name.casefold(), name)


def _wrong_header(header: re.Match[str], line: str, count: int) -> list[Wrong]:
    """What is wrong with a header, and where."""
    found: list[Wrong] = []
    approvals, at = header["approvals"], header.start("approvals") - 1
    if not header["name"].strip(_SPACES):
        found.append((Harm.NOTHING, "the section has no name", header.start("name")))
    if approvals is not None and not re.fullmatch(r"\s*\d+\s*", approvals, re.ASCII):
        found.append((Harm.SECTION, f"[{approvals}] is no number of approvals, so one is enough", at))
    elif approvals is not None and count == 0:
        found.append((Harm.NOTHING, "no approvals count as one: leave [0] out, or write ^ for an optional section", at))
    elif approvals is not None and header["optional"]:
        found.append((Harm.NOTHING, "an optional section needs no approvals: leave out ^ or the number", at))
    for word in _WORD.finditer(header["default"]):
        if not _references(word.group()):
            at = header.start("default") + word.start()
            found.append((Harm.SECTION, f"{word.group()} is no owner and does not count", at))
    if rest := line[header.end() :]:
        reason = f"the header ends here: what follows ({rest[:40]}) does not count"
        found.append((Harm.SECTION, reason, header.end()))
    elif not found and not _WELL_FORMED.match(line):
        found.append((Harm.NOTHING, "the header is not of the form [Name][approvals] @owners", 0))
    return found


# -- entries


def _enter(reading: _Reading, line: str, number: int, column: int) -> None:
    end = _END.search(line)
    pattern, words, behind = (line[: end.start()], line[end.end() :], end.end()) if end else (line, "", len(line))
    exclusion = pattern[0] == "!"
    bare = pattern[1:] if exclusion else pattern
    key = _normalised(bare)
    shape = compiled(key)
    header = reading.header
    owners = () if exclusion else _references(words) if words else header.default
    section = None if header.section == _UNNAMED else header.section
    entry = Entry(pattern, owners, number, section, header.optional, header.approvals, exclusion)
    reading.sections[header.section][key] = (entry, shape)
    for harm, reason, at in _wrong_entry(entry, bare, words, behind):
        reading.problems.append(Problem(number, column + at, reason, harm, pattern, shape))


def _normalised(pattern: str) -> str:
    """The pattern that is compared, always from the root."""
    if pattern == "*":
        return "/**/*"
    text = pattern[1:] if pattern.startswith("\\#") else pattern
    if "\\" in text:
        text = _ESCAPED_SPACES.sub(" ", text)
    if text[:1] != "/":
        text = f"/**/{text}"
    return f"{text}**/*" if text[-1] == "/" else text


def _wrong_entry(entry: Entry, bare: str, words: str, behind: int) -> list[Wrong]:
    """What is wrong with an entry, and where."""
    found: list[Wrong] = []
    if entry.exclusion and not bare:
        found.append(
            (Harm.NOTHING, "! alone takes every path out of its section: write the pattern right behind it", 0)
        )
    if entry.exclusion and words:
        found.append((Harm.NOTHING, "an exclusion has no owners: what follows it does not count", behind))
    if "[" in bare and never(bare):
        found.append((Harm.NOTHING, "[ has no end, so the pattern matches nothing: write \\[ for the character", 0))
    if not entry.exclusion:
        found += _wrong_owners(entry, words, behind)
    return found


def _wrong_owners(entry: Entry, words: str, behind: int) -> list[Wrong]:
    if entry.owners and len(entry.owners) == len(_split(words)):
        return []
    nobody = "nobody owns what matches, and GitLab takes that for approved"
    wrong = next((w for w in _WORD.finditer(words) if not _references(w.group())), None)
    if wrong is None:
        return [] if entry.owners else [(Harm.OWNER, nobody, 0)]
    reason = f"{wrong.group()} is no owner and does not count"
    if wrong.group().startswith("#"):
        reason = "GitLab knows no comments behind owners: each @name in one is an owner"
    return [(Harm.OWNER, reason if entry.owners else f"{reason}, so {nobody}", behind + wrong.start())]


# -- owners


_KNOWN: dict[str, tuple[str, ...]] = {}


def _references(words: str) -> tuple[str, ...]:
    """The users, groups, roles and addresses in a text, in order, as they are written."""
    found: list[str] = []
    for word in _split(words):
        known = _KNOWN.get(word)
        if known is None:
            if len(_KNOWN) > 16384:
                _KNOWN.clear()
            known = _KNOWN[word] = _of_word(word)
        found += known
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def _split(words: str) -> list[str]:
    return words.split() if words.isascii() else _WORD.findall(words)


def _of_word(word: str) -> tuple[str, ...]:
    if _ROLE.match(word):
        return (word,)
    names = tuple(f"@{name}" for name in _NAME.findall(word))
    return names or tuple(_EMAIL.findall(word))
