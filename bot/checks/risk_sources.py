"""Sources of Flux that turn elsewhere: another branch, another repository, or one whose signatures nobody looks at any more.

Source: documentation of Flux, "Git Repositories" (``ref``: commit wins over name, semver, tag and branch; ``verify``), "OCI
Repositories" and "Helm Releases" (``verify``). Versions, commits and what everybody merges to are a deployment's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks.about import Place, about
from bot.checks.unknown_texts import is_open
from bot.checks.words import shown
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

RULE = "risk/revision"
_GROUP = "source.toolkit.fluxcd.io"
_MERGED_TO = ("main", "master")
_VERIFIED = {
    (_GROUP, "GitRepository"): ("spec",),
    (_GROUP, "OCIRepository"): ("spec",),
    (_GROUP, "HelmChart"): ("spec",),
    ("helm.toolkit.fluxcd.io", "HelmRelease"): ("spec", "chart", "spec"),
}


def statements(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    """About an object on both sides."""
    key = (head.id.group, head.id.kind)
    if key == (_GROUP, "GitRepository"):
        yield from _branch(unit, base, head)
        yield from _repository(unit, base, head)
    at = _VERIFIED.get(key)
    if at is not None and _at(base, at).get("verify") and not _at(head, at).get("verify"):
        yield about(
            unit, head, RULE, Severity.WARNING,
            f"Nothing looks at the signatures of this {head.id.kind} any more: whoever may write to its source decides what "
            "is deployed.",
            "Keep `verify`, or say in the pull request why it goes.", at,
        )  # fmt: skip


def _branch(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    (_, was), (field, follows) = (_followed(_at(side, ("spec", "ref"))) for side in (base, head))
    if follows and follows != was and follows not in _MERGED_TO and not is_open(follows):
        instead = f" and no longer {shown(was, 80)}" if was else ""
        yield about(
            unit, head, RULE, Severity.WARNING,
            f"It follows {shown(follows, 80)}{instead}: what is merged there is deployed, and nothing of it is shown here.",
            "Let it follow the branch that changes are merged to, or a tag.", ("spec", "ref", field),
        )  # fmt: skip


def _followed(ref: dict[str, Any]) -> tuple[str, str]:
    """The field that names a branch, and the branch; "" where a version or commit is meant. ``master`` is Flux' default."""
    if not ref:
        return "branch", "master"
    if any(ref.get(field) for field in ("commit", "semver", "tag")):
        return "branch", ""
    name = str(ref.get("name") or "")
    if name.startswith("refs/tags/"):
        return "name", ""
    return ("name", name.removeprefix("refs/heads/")) if name else ("branch", str(ref.get("branch") or "master"))


def _repository(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    old, new = (_at(side, ("spec",)).get("url") for side in (base, head))
    known = isinstance(old, str) and isinstance(new, str) and not is_open(old) and not is_open(new)
    if known and _whose(str(old)) != _whose(str(new)):
        yield about(
            unit, head, RULE, Severity.WARNING,
            f"It takes its files from {shown(new, 120)} and no longer from {shown(old, 120)}: what lies there is deployed, "
            "and nothing of it is shown here.",
            "Have the owners of both agree; what the new one lacks is deleted where Flux prunes.", ("spec", "url"),
        )  # fmt: skip


def _whose(url: str) -> str:
    """Host and path of a repository, however it is reached: ``ssh://git@host/a/b`` is ``https://host/a/b.git``."""
    rest = url.strip().lower().partition("://")[2]
    host, _, path = rest.rpartition("@")[2].partition("/")
    return f"{host.partition(':')[0]}/{path.rstrip('/').removesuffix('.git')}"


def _at(resource: Resource, place: Place) -> dict[str, Any]:
    value: Any = resource.fields
    for key in place:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
