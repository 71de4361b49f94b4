"""The files that a git generator of an ApplicationSet takes: Argo CD has two ways to read their patterns.

As it comes it asks ``git ls-files``, for which ``*`` and ``**`` cross directories and ``{a,b}`` is no choice. Where
``applicationsetcontroller.enable.new.git.file.globbing`` says so, it reads them as doublestar does
(https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git-File-Globbing/).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bot.affected.fields import Fields
from bot.affected.sources import ARGOCD, Gathering, Lookup

_SETTING = "applicationsetcontroller.enable.new.git.file.globbing"
_FLAG = "--enable-new-git-file-globbing"
_SETTINGS = "argocd-cmd-params-cm"


class Taken(NamedTuple):
    """One file; ``doubt`` says why Argo CD may not take it, "" where it surely does."""

    file: str
    doubt: str = ""


def taken(options: Fields, lookup: Lookup, found: Gathering, namespace: str) -> list[Taken]:
    """The files of one generator, sorted. Where nothing tells which way Argo CD goes, those of both; unless its own finds
    none: then the patterns are written for the other. ``namespace`` is Argo CD's. Raises WrongShape."""
    for item in options.children("files"):
        found.globs[item.text("path")] = None
    new = _is_new(lookup, found, namespace)
    as_git, by_git = _matching(options, lookup.list_files) if new is not True else (set[str](), False)
    as_globs, _ = _matching(options, lookup.glob_files) if new is not False else (set[str](), False)
    sure = new is not None or not by_git
    return [Taken(file, "" if sure else _doubt(file, as_git, as_globs)) for file in sorted(as_git | as_globs)]


def either(pattern: str, lookup: Lookup) -> list[str]:
    """The files that a pattern may mean."""
    return list(dict.fromkeys((*lookup.list_files(pattern), *lookup.glob_files(pattern))))


def _matching(options: Fields, glob: Callable[[str], list[str]]) -> tuple[set[str], bool]:
    """What the patterns leave, and whether any matches at all."""
    wanted: set[str] = set()
    unwanted: set[str] = set()
    for item in options.children("files"):
        (unwanted if item.flag("exclude") else wanted).update(glob(item.text("path")))
    return wanted - unwanted, bool(wanted)


def _doubt(file: str, as_git: set[str], as_globs: set[str]) -> str:
    if file in as_git and file in as_globs:
        return ""
    when = "unless" if file in as_git else "only if"
    return f"Argo CD takes {file} {when} {_SETTING} is set"


def _is_new(lookup: Lookup, found: Gathering, namespace: str) -> bool | None:
    """What Argo CD's settings say, where the repository holds them: the ConfigMap, or what its operator starts it with."""
    found.manifest("ConfigMap", namespace, _SETTINGS)
    settings = lookup.find("ConfigMap", namespace, _SETTINGS) or {}
    said = Fields(settings.get("data"), f"ConfigMap {_SETTINGS}: data").text(_SETTING).strip()
    if not said:
        found.manifest(ARGOCD, namespace, "")
        spec = Fields((lookup.find(ARGOCD, namespace, "") or {}).get("spec"), "ArgoCD: spec")
        said = spec.child("cmdParams").text(_SETTING)
        if _FLAG in spec.child("applicationSet").texts("extraCommandArgs"):
            said = "true"
    return said == "true" if said else None
