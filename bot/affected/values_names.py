"""What the names of values files say: which belong to an environment, which to all of them, which only add to others.

No tool prescribes them; they are what people write (see ``chart_values``).
"""

from __future__ import annotations

import re
from typing import NamedTuple

HOLDERS = ("values", "env", "envs", "environment", "environments", "stages")
SIDE_HOLDERS = (
    "image-tags",
    "image_tags",
    "imagetags",
    "images",
    "image",
    "tags",
    "tag",
    "versions",
    "version",
    "secrets",
    "secret",
)  # of what only adds to them; each is one by SIDE_ONLY
FOR_ALL = frozenset(("common", "base", "default", "defaults", "global", "globals", "shared", "all", "values"))
NO_ENVIRONMENT = frozenset(("schema", "example", "sample", "template", "ci", "lint"))
SIDE = r"(?:images?|imagetags?|tags?|versions?|secrets?)"  # what belongs to an environment beside its values
SIDE_ONLY = re.compile(rf"{SIDE}(?:[-_.]{SIDE})*\Z", re.IGNORECASE)
VALUES_WORD = re.compile(r"(?:\Avalues[-_.](?P<after>.+)|(?P<before>.+)[-_.]values)\Z")
AROUND = ("deploy", "deployment", "helm", "k8s", "kubernetes", "config")  # of what lies around
ENDINGS = (".yaml", ".yml")
_SIDE_BEFORE = re.compile(rf"\A(?:{SIDE}[-_.])+", re.IGNORECASE)
_SIDE_AFTER = re.compile(rf"(?:[-_.]{SIDE})+\Z", re.IGNORECASE)


class Place(NamedTuple):
    """What a file is. ``key`` tells its variant, "" for all; ``side``: it adds to others; ``depth`` of its directory."""

    key: str
    environment: str
    side: bool
    depth: int
    path: str

    @property
    def order(self) -> tuple[int, bool, bool, str]:
        first = stem_of(self.path) == "values"
        return (self.depth, self.side, not first, self.path)


def without_side(word: str) -> str:
    """The name of a variant without what says that a file only adds to it (``image-prod``)."""
    return _SIDE_AFTER.sub("", _SIDE_BEFORE.sub("", word))


def stem_of(path: str) -> str:
    """The name of a file without its ending."""
    return path.rpartition("/")[2].rpartition(".")[0]
