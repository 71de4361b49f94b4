"""Where settings let more people override a failed check, or take more of a forge's pull requests and approvals than before.

Who may give any other command opens nothing: they show what everybody can read, and start or end a run.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks.words import listed, shown
from bot.config.schema import Config
from bot.config.serving import CountedApprovals, Forks, OverrideRule, Role

_ROLES = tuple(Role)


def commands(base: Config, head: Config) -> Iterator[tuple[str, str]]:
    """Each thing as its place in the file and a clause."""
    yield from _override(base.commands.override, head.commands.override)
    old, new = base.pull_requests, head.pull_requests
    if (old.approvals, new.approvals) == (CountedApprovals.HEAD, CountedApprovals.ANY):
        yield "pull_requests.approvals", "approvals of earlier heads count for owners, whatever was pushed since"
    if (old.forks, new.forks) == (Forks.REFUSE, Forks.CHECK):
        yield "pull_requests.forks", "pull requests from other repositories are rendered"


def _override(old: OverrideRule, new: OverrideRule) -> Iterator[tuple[str, str]]:
    more = [name for name in new.allow if name.lower() not in {known.lower() for known in old.allow}]
    if more:
        yield "commands.override.allow", f"{listed(more)} may override failed checks"
    if old.allow and new.allow and _ROLES.index(new.permission) < _ROLES.index(old.permission):
        yield (
            "commands.override.permission",
            f"who may override failed checks needs no more than {shown(new.permission)}",
        )
