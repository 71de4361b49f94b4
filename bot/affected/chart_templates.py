"""Templates of charts that are called like a kustomization: ``templates/kustomization.yaml`` holds a Flux object that the
chart makes. No kustomization is what is no readable one, or says nothing; what is, somebody builds, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from bot.affected.facts import Role, role_of

if TYPE_CHECKING:
    from bot.affected.facts import Facts
    from bot.model.snapshot import Entry

    class Tree(Protocol):
        """What is asked of a side here."""

        def entry(self, path: str) -> Entry | None: ...
        def facts(self, entry: Entry, role: Role | None = None) -> Facts: ...
        def walk(self, path: str) -> Iterator[Entry]: ...


_TEMPLATES = "templates"


def is_template(tree: Tree, directory: str, entry: Entry) -> bool:
    """Whether the kustomization file of a directory is a template of a chart."""
    charts = list(_charts_above(directory))
    if not any(tree.entry(f"{chart}/Chart.yaml" if chart else "Chart.yaml") is not None for chart in charts):
        return False
    from bot.affected.references import references_only

    said, _ = references_only(tree.facts(entry, Role.KUSTOMIZATION).value)  # of what is stored nothing else is left
    return not said or "spec" in said


def _charts_above(directory: str) -> Iterator[str]:
    """The directories of which a path is ``templates/``, or below it."""
    parts = directory.split("/") if _TEMPLATES in directory else []
    yield from ("/".join(parts[:at]) for at, part in enumerate(parts) if part == _TEMPLATES)


def kustomizations_below(tree: Tree, chart: str) -> Iterator[str]:
    """The directories in the templates of a chart with a file called like a kustomization: what they are, its Chart.yaml
    says."""
    for entry in tree.walk(f"{chart}/{_TEMPLATES}" if chart else _TEMPLATES):
        if role_of(entry.path) is Role.KUSTOMIZATION:
            yield entry.path.rpartition("/")[0]
