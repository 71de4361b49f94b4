"""Reading a payload that anybody may have shaped: a value of another type than expected is as good as none, and names are
given only where they are names by the forge's own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.model.forge import ForgeKind, RepositoryName

MAX_NUMBER = 2**31 - 1  # of a pull request
MAX_ID = 2**63 - 1

# https://docs.github.com/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
_GITHUB_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
# https://docs.gitlab.com/user/reserved_names/: letters, digits, _ - . in each part, up to 20 groups below the first
_GITLAB_PART = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}(?<!\.git)(?<!\.atom)"
_GITLAB_PATH = re.compile(rf"{_GITLAB_PART}(?:/{_GITLAB_PART}){{1,21}}")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# https://git-scm.com/docs/git-check-ref-format
_NO_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\\ud800-\udfff]|\.\.|@\{|//|/\.|/$|\.$|\.lock(?:/|$)|^[-./]")
_HEADS = "refs/heads/"


class Payload:
    """An object of JSON, read by paths of keys."""

    def __init__(self, value: object) -> None:
        self._value = value

    def at(self, *keys: str) -> Payload:
        """What stands there, empty where nothing does."""
        value = self._value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return Payload(value)

    def text(self, *keys: str) -> str:
        """A string, or ""."""
        value = self.at(*keys)._value
        return value if isinstance(value, str) else ""

    def number(self, *keys: str, most: int = MAX_ID) -> int:
        """A whole number from 1, or 0."""
        value = self.at(*keys)._value
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most else 0

    def has(self, *keys: str) -> bool:
        """Whether anything but null stands there."""
        return self.at(*keys)._value is not None

    def is_true(self, *keys: str) -> bool:
        return self.at(*keys)._value is True

    def keys(self) -> frozenset[str]:
        return frozenset(self._value) if isinstance(self._value, dict) else frozenset()

    def __iter__(self) -> Iterator[Payload]:
        """The elements of a list."""
        return iter([Payload(value) for value in self._value] if isinstance(self._value, list) else [])

    def branch(self, *keys: str) -> str:
        """The name of a branch of which the whole ref stands there, or ""."""
        ref = self.text(*keys)
        return branch(ref.removeprefix(_HEADS)) if ref.startswith(_HEADS) else ""

    def commit(self, *keys: str) -> str:
        """A commit id, or "": also for the one of zeros, which forges write for none."""
        text = self.text(*keys)
        return text if _COMMIT.fullmatch(text) and text.strip("0") else ""


def branch(name: str) -> str:
    """The name where git allows it for a branch, else ""."""
    return name if 0 < len(name) <= 255 and not _NO_BRANCH.search(name) else ""


def repository(forge: ForgeKind, path: str) -> RepositoryName | None:
    """The repository where the path is one on this forge."""
    pattern = _GITHUB_PATH if forge is ForgeKind.GITHUB else _GITLAB_PATH
    return RepositoryName(forge, path) if len(path) <= 1_024 and pattern.fullmatch(path) else None
