"""What a change of an AppProject means to its applications. What they may do from then on that they might not before is
``boundaries/project-opens``; here is what they lose, who may act on them, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks.about import Place, about
from bot.checks.argocd_wider import widened
from bot.checks.differing import value_at
from bot.checks.words import listed
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

_ABOUT_ITSELF = ("description", "orphanedResources")  # what reports of Argo CD show
_KINDS = tuple(f"{scope}Resource{list_}" for scope in ("cluster", "namespace") for list_ in ("Whitelist", "Blacklist"))
_PERMITS = ("sourceRepos", "destinations", "sourceNamespaces", *_KINDS)
_LOOK = "Look at the applications that name it before you agree."
_OTHERWISE = {
    "roles": (
        "Who may see, sync, change or delete the applications of this project changes (`roles`), besides what Argo CD's own "
        "policy says.",
        "Look at what each role may do, and at the groups that have it, before you agree.",
    ),
    "syncWindows": (
        "When the applications of this project are synced changes (`syncWindows`): outside of what is allowed a merge "
        "arrives later, and a way back does too.",
        "Look at the times, at their zone, and at whether somebody may sync by hand meanwhile.",
    ),
}


def of_project(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    """One statement for each of these; none for a project that only permits more, or describes itself otherwise."""
    old, new = (spec if isinstance(spec := side.fields.get("spec"), dict) else {} for side in (base, head))
    differ = [key for key in dict.fromkeys((*new, *old)) if old.get(key) != new.get(key)]
    said: list[tuple[str, str, str]] = []
    if less := widened(new, old):
        why = f"Applications of this project may do less ({listed(less)}): what it does not permit is not synced any more."
        said.append((less[0], why, _LOOK))
    said += [(key, *_OTHERWISE[key]) for key in _OTHERWISE if key in differ]
    known = {*_ABOUT_ITSELF, *_PERMITS, *_OTHERWISE}
    if others := [key for key in differ if key not in known]:
        why = f"Every application of this project is held to it, and {listed(others)} differs."
        said.append((others[0], why, _LOOK))
    for field, message, fix in said:
        yield about(unit, head, "risk/generator", Severity.WARNING, message, fix, _place(base, head, field))


def _place(base: Resource, head: Resource, field: str) -> Place:
    spec: Any = head.fields.get("spec")
    return value_at(base, head, ("spec", field)) if isinstance(spec, dict) and field in spec else ("spec",)
