"""The kinds of text in a configuration: paths, patterns, names, URLs and the like; what each may look like, and why it
may not."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from bot.config import globs, resource_paths
from bot.config.kinds import Text


def path_problem(text: str) -> str:
    """Why the text is not a path in the repository, or ""."""
    if text == ".":
        return ""
    if text.startswith("/"):
        return "starts with /: paths start at the root of the repository without it"
    if any(s in ("", ".", "..") for s in text.removesuffix("/").split("/")):
        return "has an empty, . or .. segment: write the path from the root of the repository"
    return ""


def clean_path(text: str) -> str:
    """``.`` is the root; a trailing slash says nothing more."""
    return "" if text == "." else text.removesuffix("/")


def url_problem(text: str) -> str:
    """Why the text is not a URL of a repository, or ""; credentials are refused, they have no place in a file."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/@\s]*:[^/@\s]*@", text):
        return "holds a password or token: remove it (and revoke it), only the address is needed"
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", text) or re.fullmatch(r"[\w.-]+@[\w.-]+:\S+", text):
        return ""
    return "is no URL: write it as the Argo CD or Flux object does, such as https://host/org/repo"


def date_problem(text: str) -> str:
    """Why the text is not a day, or ""."""
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return "is no day: write it as YYYY-MM-DD, in quotes"
    return "" if len(text) == 10 else "is no day: write it as YYYY-MM-DD, in quotes"


def matching(pattern: str, reason: str) -> Callable[[str], str]:
    """A check for ``Text``: the whole text must match."""
    compiled = re.compile(pattern)
    return lambda text: "" if compiled.fullmatch(text) else reason


GLOB = Text("a path pattern", globs.wrong_with)
KIND = Text(
    "a kind of object",
    matching(r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", "is no kind: write it as objects do, such as Deployment"),
)
PATH = Text("a path from the root of the repository", path_problem, clean_path)
RESOURCE_PATH = Text("a resource path", resource_paths.wrong_with)
URL = Text("the URL of a repository", url_problem, secret=True)
NAME = Text(
    "a name",
    matching(
        r"[A-Za-z0-9_]([A-Za-z0-9_./-]{0,98}[A-Za-z0-9_])?",
        "is no name: letters, digits, . _ - and / inside, at most 100",
    ),
)
LABEL = Text(
    "a Kubernetes name",
    matching(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "is no Kubernetes name: a-z, 0-9 and - inside, at most 63"),
)
RULE = Text(
    "a rule such as risk/immutable",
    matching(r"[a-z]+/([a-z0-9-]+|\*)", "is no rule: write check/name, or check/* for all rules of a check"),
)
OBJECT = Text(
    "an object as Kind/name",
    matching(r"[A-Za-z0-9]+/[A-Za-z0-9*._:-]+", "is no object: write Kind/name, with * for any characters"),
)
WORD_PATTERN = Text(
    "a name, with * for any characters",
    matching(r"[A-Za-z0-9*][A-Za-z0-9*._-]{0,252}", "is no name: letters, digits, . _ - and * are allowed"),
)
OWNER = Text("a person or team such as @org/team", matching(r".*\S.*", "says nothing: name a person or team"))
PRINCIPAL = Text(
    "a person, team or group as @name or @org/team",
    matching(
        r"@[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){0,20}",
        "names nobody: write @login of a person, @org/team, or @group/subgroup",
    ),
)
SENTENCE = Text("a sentence", matching(r".*\S.*", "says nothing: write a sentence"))
DATE = Text("a day as YYYY-MM-DD, in quotes", date_problem)
KIND_PATTERN = Text(
    "a kind as Kind, Kind.group or *.group",
    matching(
        r"(?:[A-Za-z][A-Za-z0-9]{0,62}|\*)(?:\.[a-z0-9*]([a-z0-9.*-]{0,251}[a-z0-9*])?)?",
        "is no kind: write Kind, Kind.group, or *.group for all kinds of a group",
    ),
)
KUBE_VERSION = Text(
    "a version such as 1.36 or 1.36.3",
    matching(r"v?[0-9]{1,2}\.[0-9]{1,3}(\.[0-9]{1,3})?", "is no version such as 1.36 or 1.36.3"),
)
