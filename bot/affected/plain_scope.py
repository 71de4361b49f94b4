"""The scope of a directory of plain manifests: what nothing else deploys there, and whether anybody deploys it at all."""

from __future__ import annotations

from dataclasses import replace

from bot.affected.edges import Edge, Found, Kind, ancestors
from bot.affected.environment_beside import is_one_of_environments
from bot.affected.facts import Role, role_of
from bot.affected.plain_files import note, set_apart
from bot.affected.rules import Reader
from bot.affected.view import View
from bot.model.snapshot import Entry
from bot.model.unit import PlainRender, Renderer, Unit

# Directories whose manifests nobody deploys unless something names them; a change below them is listed as unmapped.
_NOT_DEPLOYED = frozenset(
    ("docs", "doc", "examples", "example", "samples", "sample", "test", "tests", "testdata", "fixtures", "hack", "extras",
     "e2e", "templates", "node_modules", "vendor", "schemas")
)  # fmt: skip


def plain(view: View, directory: str, read: Reader) -> Found:
    """The manifests directly in ``directory`` that nothing else reads: one unit, and one for each that is set apart."""
    scope = f"p:{directory}"
    if not may_be_plain(view, directory, read) or read.holds_back(directory):
        return [], []
    files = [e.path for e in view.files_in(directory) if is_unclaimed_manifest(view, e, read)]
    if not files:
        return [], []
    apart = set_apart(view, directory, read)
    alone = frozenset(apart)
    units = [_plain_unit(path, path, read) for path in files if path in alone]
    edges = [Edge(scope, f"u:{u.key}", Kind.EXACT, u.path) for u in units]
    if len(units) < len(files):
        rest = [path for path in files if path not in alone]
        unit = _plain_unit(f"{directory}/*".lstrip("/"), directory, read, not_taken(view, directory, read))
        unit = replace(unit, notes=(*unit.notes, *note(directory, rest, read)))
        units.append(unit)
        edges.append(Edge(scope, f"u:{unit.key}", Kind.DIR, directory))
    return edges, units


def not_taken(view: View, directory: str, read: Reader) -> tuple[str, ...]:
    """The manifests of a directory that its unit leaves to others: those set apart, and those that something else takes."""
    files = (entry.path for entry in view.files_in(directory) if role_of(entry.path) is Role.MANIFEST)
    return tuple(sorted({*set_apart(view, directory, read), *(path for path in files if is_claimed(view, path))}))


def _plain_unit(key: str, path: str, read: Reader, apart: tuple[str, ...] = ()) -> Unit:
    named = read.namer.name(path)
    render = PlainRender(path, apart=apart)
    return Unit(key, path, Renderer.PLAIN, (render,), app=named.app, environment=named.environment, notes=named.notes)


def may_be_plain(view: View, directory: str, read: Reader) -> bool:
    """Whether manifests that lie in the directory are taken for deployed."""
    if read.plain.match(directory) or _is_shared(view, directory):
        return True
    above = (directory, *ancestors(directory)) if directory else ("",)
    if any(_is_set_aside(view, path, read) for path in above):
        return False
    for path in above:
        if view.kustomization(path) is not None or view.entry(f"{path}/Chart.yaml" if path else "Chart.yaml"):
            return False
    return True


def _is_set_aside(view: View, directory: str, read: Reader) -> bool:
    """Whether a directory says by its name that nobody deploys what is in it. ``test`` may be an environment."""
    name = directory.rpartition("/")[2]
    if name.startswith("."):
        return True
    return name.lower() in _NOT_DEPLOYED and not is_one_of_environments(view, directory, read.namer)


def _is_shared(view: View, directory: str) -> bool:
    """Whether something deploys the directory, whatever it is called, and leaves it a unit of its own."""
    if not any(edge.kind is Kind.SHARED for edge in view.into(directory)):
        return False
    return view.kustomization(directory) is None and view.entry(f"{directory}/Chart.yaml") is None


def is_unclaimed_manifest(view: View, entry: Entry, read: Reader) -> bool:
    """Whether a file holds objects that nothing else deploys."""
    if role_of(entry.path) is not Role.MANIFEST or read.holds_back(entry.path):
        return False
    return view.facts(entry).manifest and not is_claimed(view, entry.path)


def is_claimed(view: View, path: str) -> bool:
    """Whether something other than discovery of plain directories reads the file."""
    for edge in view.into(path):
        if edge.kind is Kind.EXACT and edge.source[0] != "x" and edge.scope[0] != "p" and edge.scope != f"f:{path}":
            return True
    for level, above in enumerate(ancestors(path)):
        for edge in view.into(above):
            if above == "" and edge.scope[0] == "k":  # it may name anything: that is no claim on everything
                continue
            if (edge.kind is Kind.TREE and edge.source[0] != "x") or (
                edge.kind is Kind.DIR and level == 0 and not edge.scope.startswith("p:")
            ):
                return True
    return False
