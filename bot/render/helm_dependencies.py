"""The ``file://`` dependencies of a chart, put where ``helm template`` looks for them.

An archive that was committed for one (``charts/NAME-VERSION.tgz``, left by ``helm dependency update``) counts instead of the
directory: Helm loads what lies in ``charts/`` and builds nothing, Argo CD builds dependencies only when Helm misses one,
and Flux leaves out what is there in a version that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bot.render.base import Material, RenderError
from bot.render.rooms import Room

Placed = tuple[str, str, str]  # chart, name, directory
_FITS = ("ok", "too many matches")  # of a dependency that lies there as an archive, or as several


class Dependencies:
    """The dependencies of one render. ``described`` gives Chart.yaml of a directory of the repository, ``listed`` what
    ``helm dependency list`` prints for it."""

    def __init__(self, room: Room, described: Callable[[str], dict[str, Any]], listed: Callable[[str], str]) -> None:
        self._repository = Path(room.path, "repo")
        self._room = room
        self._described = described
        self._listed = listed

    def place(self, chart: str, material: Material) -> tuple[Placed, ...]:
        """What ``helm dependency build`` does for ``file://`` charts: put them below ``charts/``, unless they are there.
        Gives those that were put there. Raises RenderError for one that lies there in a version that nobody asks for."""
        wanted = self._wanted(chart, material.dependencies)
        placed = tuple(each for each in wanted if self._put(*each))
        for one in self._of_other_versions(placed):
            _refuse_versions(one, self._listed(one))
        return placed

    def _wanted(self, chart: str, dependencies: Iterable[Placed]) -> list[Placed]:
        """Those that no archive stands for, neither for themselves nor for a chart that needs them; the deepest first."""
        below: dict[str, list[Placed]] = {}
        for each in dependencies:
            below.setdefault(each[0], []).append(each)
        queue, needed = [chart], set[Placed]()
        while queue:
            found = below.pop(queue.pop(), [])
            packed = self._packed(found)
            needed.update(each for each in found if each[1] not in packed)
            queue += [each[2] for each in found if each[1] not in packed]
        return [each for each in reversed(list(dependencies)) if each in needed]

    def _packed(self, dependencies: list[Placed]) -> set[str]:
        """The names of those that Helm takes from an archive beside."""
        archived = [each for each in dependencies if _is_name(each[1]) and self._archives(each[0], each[1])]
        if not archived:
            return set()
        chart = archived[0][0]
        names = {name for _, name, _ in archived}
        found = {name for name in names if self._is_literally_there(chart, name)}
        if found == names:
            return found
        rows = [[cell.strip() for cell in row.split("\t")] for row in self._listed(chart).splitlines()]
        return found | {row[0] for row in rows if row[0] in names and row[-1] in _FITS}

    def _is_literally_there(self, chart: str, name: str) -> bool:
        """Whether archives are named for the versions that are asked for: then nobody has to compare versions."""
        asked = {f"{name}-{version}.tgz" for version in self._asked(chart, name)}
        return bool(asked) and asked <= self._archives(chart, name)

    def _archives(self, chart: str, name: str) -> set[str]:
        """The archives whose names begin like the dependency's."""
        folder = self._repository / chart / "charts"
        if not folder.is_dir():
            return set()
        found = (each for each in folder.iterdir() if each.name.startswith(f"{name}-") and each.suffix == ".tgz")
        return {each.name for each in found if each.is_file()}

    def _asked(self, chart: str, name: str) -> set[str]:
        """The versions in which a chart asks for a dependency."""
        asked = self._described(chart).get("dependencies")
        items = [item for item in asked if isinstance(item, dict)] if isinstance(asked, list) else []
        return {str(item.get("version")) for item in items if item.get("name") == name}

    def _put(self, chart: str, name: str, directory: str) -> bool:
        target, source = self._repository / chart / "charts" / name, self._repository / directory
        if not (_is_name(name) and source.is_dir() and not target.exists()):
            return False
        for file in sorted(source.rglob("*")):
            if file.is_file() and not file.is_symlink() and target not in file.parents:
                inside = file.relative_to(source)
                self._room.write(str((target / inside).relative_to(self._room.path)), file.read_bytes())
        return True

    def _of_other_versions(self, placed: Iterable[Placed]) -> list[str]:
        """The charts with a dependency put in place whose version is not literally the one that they ask for."""
        found: dict[str, None] = {}
        for chart, name, directory in placed:
            if self._asked(chart, name) - {str(self._described(directory).get("version"))}:
                found[chart] = None
        return list(found)


def _is_name(name: str) -> bool:
    return bool(name) and "/" not in name and name not in (".", "..")


def _refuse_versions(chart: str, listed: str) -> None:
    """Raise RenderError for a row of ``helm dependency list`` that says so: ``helm dependency build`` refuses it, while
    ``helm template`` takes what lies there for another chart."""
    for row in listed.splitlines():
        name, _, rest = row.partition("\t")
        if rest.rstrip().endswith("\twrong version"):
            version = rest.partition("\t")[0].strip()
            raise RenderError(
                f"{chart or '.'}/Chart.yaml asks for version {version} of {name.strip()}, and the chart there has another "
                "one; change one of the two."
            )
