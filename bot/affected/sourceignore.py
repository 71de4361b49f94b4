"""What Flux leaves out of a GitRepository: ``.sourceignore`` files and ``spec.ignore``.

The rules are those of Flux' source-controller (fluxcd/pkg: sourceignore, and its own gitignore beside it). They differ
from git's: a pattern below an excluded directory still counts, ``**`` only means something as a whole segment that is
not the last one, and the built-in patterns give way as soon as there is any other.

Where something cannot be read nothing is left out: a file too many costs a render, one too few would hide a change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from weakref import WeakKeyDictionary, proxy

from bot.affected.edges import SOURCE_IGNORE
from bot.affected.view import View
from bot.errors import UserError
from bot.path_patterns import segment_pattern

_MOST_PATTERNS = 2000
_LONGEST_LINE = 64 * 1024  # Go's bufio.Scanner stops there
_ALWAYS = re.compile(r"(?:^|/)(?:\.git/|\.git(?:ignore|modules|attributes)(?:/|\Z))")
_UNLESS_THERE_ARE_OTHERS = re.compile(
    r"(?:^|/)(?:\.(?:github|circleci)/|(?:[^/]*\.(?:jpg|jpeg|gif|png|wmv|flv|tar\.gz|zip)|\.travis\.yml|\.gitlab-ci\.yml|"
    r"appveyor\.yml|\.drone\.yml|cloudbuild\.yaml|codeship-(?:services|steps)\.yml|\.goreleaser\.yml|\.sops\.yaml|"
    r"\.flux\.yaml)(?:/|\Z))"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line. ``segments`` are texts where they are empty (a leading slash) or hold ``**``."""

    includes: bool
    only_directories: bool
    anywhere: bool  # without a slash: the name of any part of the path
    segments: tuple[re.Pattern[str] | str, ...]

    def matches(self, parts: list[str]) -> bool:
        """Whether the pattern is about the file with this path, counted from the pattern's own directory."""
        return self._matches_any(parts) if self.anywhere else self._matches_path(parts)

    def _matches_any(self, parts: list[str]) -> bool:
        (name,) = self.segments
        assert isinstance(name, re.Pattern)
        return any(map(name.match, parts[:-1] if self.only_directories else parts))

    def _matches_path(self, parts: list[str]) -> bool:
        matched = anywhere = False
        at = 0
        for number, segment in enumerate(self.segments):
            if segment == "":
                anywhere = False
            elif segment == "**":
                anywhere = number < len(self.segments) - 1
            elif isinstance(segment, str) or at == len(parts):
                return False
            else:
                at, found = _find(segment, parts, at) if anywhere else (at + 1, bool(segment.match(parts[at])))
                if not found and not anywhere:
                    return False
                matched, anywhere = found, False
        return matched and not (self.only_directories and at == len(parts))


def _find(segment: re.Pattern[str], parts: list[str], start: int) -> tuple[int, bool]:
    """Behind the first part that matches, or the end."""
    for at in range(start, len(parts)):
        if segment.match(parts[at]):
            return at + 1, True
    return len(parts), False


def read_patterns(text: str) -> tuple[Pattern, ...]:
    """The patterns of a file, least important first."""
    found: list[Pattern] = []
    for line in text.split("\n"):
        if len(line) >= _LONGEST_LINE:
            break
        line_ = line.removesuffix("\r")
        if line_.strip() and not line_.startswith("#"):
            found.append(_pattern(line_))
    return tuple(found)


def _pattern(line: str) -> Pattern:
    includes = line.startswith("!")
    line = line.removeprefix("!")
    line = line if line.endswith("\\ ") else line.rstrip(" ")
    only_directories = line.endswith("/")
    line = line[:-1] if only_directories else line
    if "/" not in line:
        return Pattern(includes, only_directories, True, (segment_pattern(line),))
    segments = (part if "**" in part or not part else segment_pattern(part) for part in line.split("/"))
    return Pattern(includes, only_directories, False, tuple(segments))


class SourceIgnore:
    """What one GitRepository leaves out of one side of a comparison. ``ignore`` is its ``spec.ignore``."""

    def __init__(self, view: View, ignore: str) -> None:
        self._view = proxy(view)  # which holds this, see below
        self._spec = read_patterns(ignore)
        self._files: dict[str, tuple[Pattern, ...] | None] = {}
        self._known: dict[str, bool] = {}
        self._others: bool | None = None

    def excludes(self, path: str) -> bool:
        """Whether a file is not part of the artifact."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._excludes(path)
        return known

    def _excludes(self, path: str) -> bool:
        parts = path.split("/")
        for depth, patterns in self._applying(parts):
            if patterns is None or len(patterns) > _MOST_PATTERNS:
                return False
            below = parts[depth:]
            for pattern in reversed(patterns):
                if pattern.matches(below):
                    return not pattern.includes
        if _ALWAYS.search(path):
            return True
        return bool(_UNLESS_THERE_ARE_OTHERS.search(path)) and not self._has_others()

    def _applying(self, parts: list[str]) -> list[tuple[int, tuple[Pattern, ...] | None]]:
        """The patterns that count for a path with how many parts are above them, most important first."""
        found: list[tuple[int, tuple[Pattern, ...] | None]] = [(0, self._spec)] if self._spec else []
        for depth in range(len(parts) - 1, -1, -1):
            patterns = self._of_directory("/".join(parts[:depth]))
            if patterns is None or patterns:
                found.append((depth, patterns))
        return found

    def _of_directory(self, directory: str) -> tuple[Pattern, ...] | None:
        """None where they cannot be read."""
        if directory not in self._files:
            self._files[directory] = self._read(f"{directory}/{SOURCE_IGNORE}" if directory else SOURCE_IGNORE)
        return self._files[directory]

    def _read(self, path: str) -> tuple[Pattern, ...] | None:
        entry = self._view.entry(path)
        if entry is not None and entry.is_symlink:
            real, _ = self._view.resolve(path)
            entry = self._view.entry(real) if real is not None else None
        if entry is None or entry.is_submodule:
            return ()
        try:
            return read_patterns(self._view.read(entry).decode(errors="surrogateescape"))
        except UserError:
            return None

    def _has_others(self) -> bool:
        """Whether there is any pattern besides the built-in ones, anywhere in the repository."""
        if self._others is None:
            names = (e.path for e in self._view.walk("") if e.path.rpartition("/")[2] == SOURCE_IGNORE)
            self._others = bool(self._spec) or any(self._of_directory(n.rpartition("/")[0]) != () for n in names)
        return self._others


_MADE: WeakKeyDictionary[View, dict[str, SourceIgnore]] = WeakKeyDictionary()


def source_ignore(view: View, ignore: str) -> SourceIgnore:
    """What a GitRepository with that ``spec.ignore`` leaves out of a side; made once for each."""
    made = _MADE.setdefault(view, {})
    if ignore not in made:
        made[ignore] = SourceIgnore(view, ignore)
    return made[ignore]
