"""Law: the check lists every unit that renders differently, or a broken one that would show it; what it calls changed does.

Believed is what listing and rendering everything on both sides shows, each side read for itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleets import FLEETS
from gitops_repository import GitOpsRepository
from hypothesis import given
from hypothesis import strategies as st
from laws import profile

from bot.affected.pairs import Pair
from bot.git.repository import Repository
from bot.jobs.rendering import render
from bot.jobs.units import complete, discovered
from bot.model.resource import Rendered
from bot.model.result import UnitChange
from bot.model.unit import Unit
from bot.settings import Settings
from bot.wiring import configuration, opened, resolve

Name = tuple[str, str]  # environment, and the object that declares the unit or its path
Seen = dict[Name, tuple[str, tuple[str, ...]] | None]  # what a unit renders, None where it does not

needs_programs = pytest.mark.skipif(
    shutil.which("kustomize") is None or shutil.which("helm") is None, reason="needs kustomize and helm on PATH"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("listed")


def everything(repository: GitOpsRepository, commit: str, cache: Path) -> Seen:
    """Every unit that a commit deploys, and what it renders."""
    with Repository(repository.path) as opened_repository:
        sides = resolve(opened_repository, commit, commit, "")
        configured = configuration(opened_repository, sides.base, None)
        with opened(opened_repository, configured, Settings(cache), lambda *_: None) as ports:
            view = ports.index.at(sides.head_tree)
            found = discovered(view, ports, everything=False)[0]
            pairs = tuple(Pair(None, complete(view, unit, ports)) for unit in found)
            return {_name(p.unit): _seen(p, outcome) for p, _, outcome in render(pairs, view, view, ports)}


def _name(unit: Unit | UnitChange) -> Name:
    return unit.environment, str(unit.source or unit.path)


def _seen(pair: Pair, outcome: object) -> tuple[str, tuple[str, ...]] | None:
    if not isinstance(outcome, Rendered):
        return None
    return pair.unit.generated, tuple(document.digest for document in outcome.documents)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, dict[str, str | None]]:
    """A repository by its name, and a small change of one file."""
    name = draw(st.sampled_from(sorted(FLEETS)))
    files = FLEETS[name]
    path = draw(st.sampled_from(sorted(files)))
    text = files[path]
    what = draw(st.sampled_from(("edit", "edit", "edit", "empty", "delete", "rename", "swap")))
    if what == "delete":
        return name, {path: None}
    if what == "rename":
        return name, {path: None, f"{path.rpartition('.')[0]}-2.yaml": text}
    if what == "swap":
        return name, {path: text.replace("prod", "staging") if "prod" in text else text.replace("staging", "prod")}
    rows = text.splitlines()
    row = draw(st.integers(0, len(rows) - 1))
    rows[row] = "" if what == "empty" else rows[row].replace('"', 'x"', 1) if '"' in rows[row] else rows[row] + "x"
    return name, {path: "\n".join(rows) + "\n"}


@needs_programs
@profile(quick=20, long=3000)
@given(edits())
def test_what_renders_differently_is_listed(place: Path, edit: tuple[str, dict[str, str | None]]) -> None:
    name, change = edit
    repository = GitOpsRepository(place / f"{len(list(place.iterdir()))}")
    base = repository.commit(FLEETS[name])
    head = repository.commit(change)
    cache = place.parent / f"{place.name}-cache"
    before, after = everything(repository, base, cache), everything(repository, head, cache)
    report = repository.check(base, head, cache=cache)
    shutil.rmtree(repository.path)
    listed = {_name(unit): str(unit.state) for unit in report.units}
    broken = {environment for (environment, _), state in listed.items() if state == "broken"}
    stopped = any(source.startswith("ApplicationSet") for (_, source), state in listed.items() if state == "broken")
    both = before.keys() & after.keys()
    silent = {
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
        and listed.get(name, "unchanged") == "unchanged"
        and (
            name in both or ("/" in name[1] and " " in name[1])
        )  # else another unit stands for it, or nothing takes it
        and name[0] not in broken  # what declares it may be what broke
        and not (stopped and name[1].startswith("Application "))  # a set that fails leaves alone what it made
    }
    assert not silent
    # An Application that another set makes from now on: what it renders is the same, it is not.
    owned = {_name(unit) for unit in report.units if {each.id for each in unit.objects} == {unit.source}}
    assert not {
        n
        for n, state in listed.items()
        if state in ("changed", "broken") and n in both - owned and before[n] == after[n]
    }
