"""A first ``.gatehouse.yaml``: what discovery finds, said in comments, with the keys that would say otherwise.

What it sets is what discovery finds anyway, so that the file changes nothing until somebody edits it. Lines are prose when
one blank follows their ``#``; all others are keys that are switched off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.config.schema import FILE_NAME
from bot.jobs.units import discovered
from bot.model.unit import Unit
from bot.report.escape import one_line, shorten
from bot.report.phrase import counted

if TYPE_CHECKING:
    from bot.affected.naming import Namer
    from bot.affected.view import View
    from bot.jobs.ports import Ports

_MOST = 200  # units and applications that are listed
_WIDTH = 160


class Found(NamedTuple):
    """What discovery says of one tree. ``environments`` come the least risky first, each with whether it is production."""

    units: tuple[Unit, ...]
    notes: tuple[str, ...]
    environments: tuple[tuple[str, bool], ...]
    assumed: bool  # the clone has no remote, so that nobody knows the repository's URL


def look(view: View, ports: Ports) -> Found:
    """Ask discovery."""
    units, notes = discovered(view, ports, everything=False)
    notes += [f"{unit.path or '.'}: {note}" for unit in units for note in unit.notes]
    assumed = ports.index.home.assumed and any(unit.source for unit in units)
    return Found(tuple(units), tuple(dict.fromkeys(notes)), _environments(units, ports.index.rules.namer), assumed)


def _environments(units: Iterable[Unit], namer: Namer) -> tuple[tuple[str, bool], ...]:
    names = sorted({unit.environment for unit in units if unit.environment}, key=namer.rank)
    return tuple((name, namer.is_production(name)) for name in names)


def compose(found: Found, *, environments: bool = True) -> str:
    """The file. ``environments=False`` switches that section off: for names that cannot be written without a change."""
    lines = [
        f"# {FILE_NAME}: what Gatehouse should know of this repository. Written by `gatehouse init`.",
        "#",
        "# It says what Gatehouse finds out by itself, so it changes nothing until you edit it: take off the # before a key",
        "# to say otherwise. It is read from the tip of the base branch. `gatehouse config` shows what is in force.",
        "version: 1",
        "",
        *_environment_lines(found, written=environments),
        "",
        *_app_lines(found.units),
        "",
        *_unit_lines(found.units),
        "",
        *_decision_lines(found),
        *_OTHERS,
        *_check_lines(found),
    ]
    return "\n".join(lines) + "\n"


def _environment_lines(found: Found, *, written: bool) -> Iterator[str]:
    yield "# Environments, the least risky first. Told by the names of directories and files, as is which one is production."
    if not found.environments:
        yield "# None was found: name them, and the paths that belong to them."
        yield from ("#environments:", "#  - name: dev", '#    match: ["deploy/dev/"]')
        return
    if not written:
        yield "# They are switched off here: written like this they would name some units otherwise."
    count = Counter(unit.environment for unit in found.units)
    mark = "" if written else "#"
    yield f"{mark}environments:"
    for name, production in found.environments:
        yield f"{mark}  - name: {_said(name)}  # {counted(count[name], 'unit')}"
        if production:
            yield f"{mark}    production: true"


def _app_lines(units: Sequence[Unit]) -> Iterator[str]:
    apps: dict[str, dict[str, None]] = {}
    for unit in units:
        if unit.app:
            apps.setdefault(unit.app, {})[unit.environment or "no environment"] = None
    yield f"# Applications, told by directories and by the objects that declare them: {len(apps):,}."
    for app in sorted(apps)[:_MOST]:
        yield f"# - {_said(app)}: {_said(', '.join(apps[app]))}"
    yield from _rest(len(apps))
    yield from ("# Where one has a wrong name:", "#apps:", "#  - name: shop", '#    match: ["services/shop-*/"]')


def _unit_lines(units: Sequence[Unit]) -> Iterator[str]:
    yield f"# What is deployed, and who renders it: {counted(len(units), 'unit')}."
    for unit in units[:_MOST]:
        declared = f", declared by {unit.source} in {unit.declared_in}" if unit.source else ""
        names = " in ".join(name for name in (unit.app, unit.environment) if name)
        yield f"# - {_said(unit.path or '.')}: {unit.renderer}{_said(f' ({names})' if names else '')}{_said(declared)}"
    yield from _rest(len(units))
    yield "# Where one is missing, or seen wrongly (a template that teams copy is no deployment: root: false):"
    yield from ("#units:", "#  - path: charts/notifier", "#    renderer: helm", "#    app: notifier")


def _rest(count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"# - and {count - _MOST:,} more: see `gatehouse units`"


def _decision_lines(found: Found) -> Iterator[str]:
    if found.notes:
        yield "# What discovery could not decide:"
        yield from (f"# - {_said(note)}" for note in found.notes[:_MOST])
        yield from _rest(len(found.notes))
        yield ""
    if found.assumed:
        yield "# This clone has no remote on a host, so every URL in Argo CD and Flux objects is taken for this repository:"
        yield from ("#repository:", '#  urls: ["https://github.com/org/repo"]', "")


def _check_lines(found: Found) -> Iterator[str]:
    """The example names an environment that is there, as a gate of no environment is an error; and whoever takes off the #
    has not opened production."""
    lenient = [name for name, production in found.environments if not production] or (
        [] if found.environments else ["dev"]
    )
    yield from _CHECKS
    yield f"#    - fails_on: {'nothing' if lenient else 'warning'}"
    yield "#      environments:"
    yield f"#        - {_said(lenient[0] if lenient else found.environments[0][0])}"
    yield from _WAIVERS


_OTHERS = (
    "# Files that deploy nothing, on purpose: they are neither units nor reported as deployed by nobody.",
    '#ignore: ["docs/", "**/*.md"]',
    "",
    "# Directories of plain manifests that are deployed although nothing in the repository says so.",
    '#plain: ["bootstrap/"]',
    "",
)
_CHECKS = (
    "# What is judged besides whether everything still builds: all seven checks. New errors stop the merge, except in",
    "# environments for development and tests.",
    "#checks:",
    "#  run: [schema, policy, owners, secrets, images, boundaries, risk]",
    "#  gates:",
)
_WAIVERS = (
    "",
    "# Findings that somebody accepts for a while; `gatehouse explain RULE` gives one to paste.",
    "#waivers:",
    "#  - rule: risk/immutable",
    '#    owner: "@org/team"',
    "#    reason: the Job is deleted by hand before the merge",
    '#    expires: "2030-01-31"',
)


def _said(text: str) -> str:
    """Text of the repository in a comment: one line, nothing unseen, not endless."""
    return shorten(one_line(text), _WIDTH)
