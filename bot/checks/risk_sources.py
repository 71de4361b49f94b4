"""Where Argo CD and Flux take from what they deploy: another branch, or another repository, decides from then on, or nobody
looks at signatures any more.

Sources: Argo CD, "Tracking and Deployment Strategies"; Flux, "Git Repositories" (a commit under ``ref`` comes before a
branch, no ``ref`` at all is the branch ``master``; ``verify``), "OCI Repositories" and "Helm Releases" (``verify``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.checks.about import Place, about
from bot.checks.unknown_texts import is_open
from bot.checks.words import shown
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

RULE = "risk/revision"
_FIXED = re.compile(r"HEAD\Z|main\Z|master\Z|v?[0-9]+(?:\.[0-9*x]+)*(?:[-+.][0-9A-Za-z.+-]*)?\Z|[0-9a-f]{7,64}\Z")
_BRANCHES = "refs/heads/"
_FLUX = "source.toolkit.fluxcd.io"
_VERIFIED = {
    (_FLUX, "GitRepository"): ("spec",),
    (_FLUX, "OCIRepository"): ("spec",),
    (_FLUX, "HelmChart"): ("spec",),
    ("helm.toolkit.fluxcd.io", "HelmRelease"): ("spec", "chart", "spec"),
}
_OF_FLUX = ("GitRepository", "OCIRepository", "HelmRepository")
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?(?P<rest>.*?)(?:\.git)?/*\Z", re.DOTALL)


def changes(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    """About an Application, or a source of Flux, that was there before."""
    if (head.id.group, head.id.kind) == ("argoproj.io", "Application"):
        yield from _revisions(unit, base, head)
        yield from _turned(unit, head, list(_addresses(base)), list(_addresses(head)))
    elif head.id.group == _FLUX and head.id.kind in _OF_FLUX:
        old, new = _branch(base), _branch(head)
        if head.id.kind == "GitRepository" and old != new and new and not _FIXED.match(new) and not is_open(new):
            yield _follows(unit, head, old, new, ("spec", "ref", "branch" if "branch" in _ref(head) else "name"))
        yield from _turned(unit, head, *(_url(side) for side in (base, head)))
    at = _VERIFIED.get((head.id.group, head.id.kind))
    if at is not None and _at(base, at).get("verify") and not _at(head, at).get("verify"):
        yield about(
            unit, head, RULE, Severity.WARNING,
            f"Nothing looks at the signatures of this {head.id.kind} any more: whoever may write to its source decides what "
            "is deployed.",
            "Keep `verify`, or say in the pull request why it goes.", at,
        )  # fmt: skip


def _revisions(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    """An Application that follows another branch. Versions, commits and what everybody merges to are a deployment's own."""
    old = {_source(source): source.get("targetRevision") for _, source in _sources(base)}
    for at, source in _sources(head):
        new, was = source.get("targetRevision"), old.get(_source(source))
        follows = isinstance(new, str) and isinstance(was, str) and new != was
        if follows and not source.get("chart") and not _FIXED.match(str(new)) and not is_open(new):
            yield _follows(unit, head, str(was), str(new), (*at, "targetRevision"))


def _follows(unit: UnitEvidence, head: Resource, old: str, new: str, at: Place) -> Statement:
    return about(
        unit, head, RULE, Severity.WARNING,
        f"It follows {shown(new, 80)}{f' and no longer {shown(old, 80)}' if old else ''}: what is merged there is deployed, "
        "and nothing of it is shown here.",
        "Let it follow the branch that changes are merged to, or a tag.", at,
    )  # fmt: skip


def _turned(
    unit: UnitEvidence, head: Resource, old: list[tuple[Place, str]], new: list[tuple[Place, str]]
) -> Iterator[Statement]:
    """One that takes from another repository what it took from one that it no longer names."""
    before, after = ({_address(each) for _, each in side} for side in (old, new))
    lost = next((each for _, each in old if each and not is_open(each) and _address(each) not in after), "")
    for at, each in new if lost else ():
        if each and _address(each) not in before and not is_open(each):
            yield about(
                unit, head, RULE, Severity.WARNING,
                f"It takes what it deploys from {shown(each, 100)} and no longer from {shown(lost, 100)}: whoever may write "
                "there decides what runs, and nothing of it is shown here.",
                "Make sure that the repository is yours, and that the same rules guard it.", at,
            )  # fmt: skip
            return


def _url(repository: Resource) -> list[tuple[Place, str]]:
    return [(("spec", "url"), str(_spec(repository).get("url") or ""))]


def _addresses(application: Resource) -> Iterator[tuple[Place, str]]:
    for at, source in _sources(application):
        if isinstance(source.get("repoURL"), str):
            yield (*at, "repoURL"), source["repoURL"]


def _address(url: str) -> str:
    """Host and path of a repository, however it is written: ``git@host:a/b.git`` is ``https://host:443/a/b``."""
    match = _ADDRESS.match(url.strip().lower())
    return re.sub(r":(?:[0-9]+(?=/))?/*", "/", match["rest"], count=1) if match else url


def _sources(application: Resource) -> Iterator[tuple[Place, dict[str, Any]]]:
    spec = _spec(application)
    if isinstance(spec.get("source"), dict):
        yield ("spec", "source"), spec["source"]
    sources = spec.get("sources")
    for number, source in enumerate(sources if isinstance(sources, list) else ()):
        if isinstance(source, dict):
            yield ("spec", "sources", number), source


def _source(source: dict[str, Any]) -> tuple[str, str]:
    return str(source.get("repoURL")), str(source.get("path"))


def _branch(repository: Resource) -> str:
    """The branch that a GitRepository follows; "" where a tag, a version or a commit says what is taken."""
    ref = _ref(repository)
    name = ref.get("name")
    if isinstance(name, str) and name:
        return name.removeprefix(_BRANCHES) if name.startswith(_BRANCHES) else ""
    if any(ref.get(key) for key in ("commit", "semver", "tag")):
        return ""
    return str(ref.get("branch") or "master")


def _ref(repository: Resource) -> dict[str, Any]:
    ref = _spec(repository).get("ref")
    return ref if isinstance(ref, dict) else {}


def _spec(resource: Resource) -> dict[str, Any]:
    spec = resource.fields.get("spec")
    return spec if isinstance(spec, dict) else {}


def _at(resource: Resource, place: Place) -> dict[str, Any]:
    value: Any = resource.fields
    for key in place:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
