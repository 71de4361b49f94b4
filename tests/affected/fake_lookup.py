"""A repository as a dict of files, for tests of the readers of declarations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile

from bot.affected.sources import SECRETS_MADE, artifact_names
from bot.documents import load_all
from bot.errors import UserError
from bot.path_patterns import pathspec

HERE = "https://git.example/org/repo"


class FakeLookup:
    def __init__(
        self, files: Mapping[str, str] | None = None, here: tuple[str, ...] = (HERE,), refers: str = "",
        sure: bool = True,
    ) -> None:  # fmt: skip
        self.files = dict(files or {})
        self.here = here
        self.sure = sure  # whether the repository knows its own URL
        self.refers = refers  # the file that holds the object

    is_output = False

    def is_here(self, url: str) -> bool:
        return url.removesuffix(".git") in self.here

    def is_surely_here(self, url: str) -> bool:
        return self.sure and self.is_here(url)

    def is_packed_here(self, url: str) -> bool:
        return url.removeprefix("oci://registry.example") in {
            here.removeprefix("https://git.example") for here in self.here
        }

    def is_dir(self, path: str) -> bool:
        return not path or any(name.startswith(path + "/") for name in self.files)

    def is_file(self, path: str) -> bool:
        return path in self.files

    def glob_dirs(self, pattern: str) -> list[str]:
        directories = {name[:at] for name in self.files for at in range(len(name)) if name[at] == "/"}
        return sorted(d for d in directories if _regex(pattern, deep=False).fullmatch(d))

    def glob_files(self, pattern: str) -> list[str]:
        return sorted(name for name in self.files if _regex(pattern, deep=True).fullmatch(name))

    def list_files(self, pattern: str) -> list[str]:
        return sorted(filter(pathspec(pattern).match, self.files))

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise UserError(f"{path} does not exist")
        return self.files[path].encode()

    def find(self, kind: str, namespace: str, name: str) -> dict[str, object] | None:
        for path, text in sorted(self.files.items(), key=lambda item: -_common(item[0], self.refers)):
            if not path.endswith((".yaml", ".yml")):
                continue
            for document in load_all(text.encode(), name=path):
                value = document.value
                if isinstance(value, dict) and _means(value, kind, namespace, name):
                    return value
        return None

    def lent_from(self, kind: str, namespace: str, name: str) -> str:
        return ""

    def cluster_secrets(self, namespace: str) -> list[tuple[str, dict[str, object]]]:
        found = []
        for path, text in sorted(self.files.items()):
            for document in load_all(text.encode(), name=path) if path.endswith(".yaml") else ():
                value = document.value
                if isinstance(value, dict) and value.get("kind") in ("Secret", *SECRETS_MADE):
                    own = value["metadata"].get("namespace")
                    if own in (None, namespace) or not namespace:
                        found.append((path, value))
        return found


def _common(a: str, b: str) -> int:
    """How many leading directories two paths share."""
    pairs = zip(a.split("/")[:-1], b.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _means(value: dict[str, object], kind: str, namespace: str, name: str) -> bool:
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if metadata.get("namespace") not in (None, namespace) and namespace:
        return False
    if kind == "ExternalArtifact" and value.get("kind") == "ArtifactGenerator":
        return name in artifact_names(value)
    return value.get("kind") == kind and (metadata.get("name") == name or (kind == "ArgoCD" and not name))


def _regex(pattern: str, *, deep: bool) -> re.Pattern[str]:
    out = ""
    at = 0
    while at < len(pattern):
        if deep and pattern.startswith("**/", at):
            out, at = out + "(?:.*/)?", at + 3
            continue
        if deep and pattern.startswith("**", at):
            out, at = out + ".*", at + 2
            continue
        here = pattern[at]
        if here == "\\" and at + 1 < len(pattern):
            out, at = out + re.escape(pattern[at + 1]), at + 2
            continue
        out += {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}.get(here, re.escape(here))
        at += 1
    return re.compile(out)
