"""Helm's names of files in charts as paths of the repository.

Helm calls a file by the name of its chart, not by its directory, and a dependency by its alias:
``umbrella/charts/frontend/templates/a.yaml`` may be ``charts/web/templates/a.yaml``.
"""

from __future__ import annotations

import re
from typing import Any

from bot.documents import load_one
from bot.errors import UserError
from bot.model.unit import HelmRender
from bot.render.base import Material
from bot.render.kustomize import LONGEST_SENTENCE

_DEEPEST = 20  # charts within charts


def with_paths(sentence: str, material: Material) -> str:
    """The sentence with the paths of those files that surely are of the repository."""
    part = material.part
    if not isinstance(part, HelmRender) or part.mounts:
        return sentence
    charts = _Charts(material)
    name = charts.description(part.chart).get("name")
    if not isinstance(name, str) or not name or name not in sentence:
        return sentence
    file = re.compile(rf"(?<![\w./-]){re.escape(name)}/([\w./+-]*[\w+-])")
    return file.sub(lambda m: charts.path(part.chart, m[1]) or m[0], sentence)[:LONGEST_SENTENCE]


class _Charts:
    """The charts of one render."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._files = {entry.path: entry for entry in material.files}
        self._directories = {(chart, name): directory for chart, name, directory in material.dependencies}

    def description(self, chart: str) -> dict[str, Any]:
        """What Chart.yaml says; {} where it cannot be read."""
        entry = self._files.get(_inside(chart, "Chart.yaml"))
        if entry is None or entry.is_symlink:
            return {}
        try:
            value = load_one(self._material.read(entry).decode(errors="replace"))
        except UserError:
            return {}
        return value if isinstance(value, dict) else {}

    def path(self, chart: str, name: str) -> str:
        """The path of a file that Helm calls ``name`` in a chart; "" where no file of the repository is surely meant."""
        for _ in range(_DEEPEST):
            head, _, rest = name.partition("/")
            called, _, below = rest.partition("/")
            if head != "charts" or not below or self._files.get(_inside(chart, name)) is not None:
                break
            chart, name = self._dependency(chart, called), below
            if not chart:
                return ""
        found = _inside(chart, name)
        return found if found in self._files else ""

    def _dependency(self, chart: str, called: str) -> str:
        """The directory of the dependency that Helm calls so: by its alias, else by its name."""
        listed = self.description(chart).get("dependencies")
        for item in listed if isinstance(listed, list) else []:
            if isinstance(item, dict) and called == (item.get("alias") or item.get("name")):
                name = str(item.get("name"))
                vendored = _inside(chart, f"charts/{name}")
                if _inside(vendored, "Chart.yaml") in self._files:
                    return vendored
                return self._directories.get((chart, name), "")
        return ""


def _inside(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
