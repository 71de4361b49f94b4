"""What below a Chart.yaml belongs to the chart, so that an Argo CD or Flux object there is no declaration of its own: a
template without braces, a part of another chart, data that templates read, an example.

Everything else lies beside the chart in its directory (``argocd/``, ``deploy/``, ``clusters/`` in a repository whose root is
the chart), and Helm makes nothing of it. Source of the names:
https://helm.sh/docs/topics/charts/#the-chart-file-structure
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.edges import ancestors

if TYPE_CHECKING:
    from bot.affected.view import View

_LOADED = frozenset(("templates", "crds", "charts"))  # whatever lies there, Helm takes it for its own
# What people keep in charts and nobody applies as it stands. Not "test", which is the name of an environment as well.
_KEPT = frozenset(
    ("files", "dashboards", "ci", "tests", "testdata", "fixtures", "examples", "example", "samples", "sample", "docs", "doc")
)  # fmt: skip


def is_loaded(view: View, path: str) -> bool:
    """Whether Helm takes a file for a part of one of the charts above it: a template, a CRD, a subchart."""
    return any(step in _LOADED for step in _steps(view, path))


def is_kept(view: View, path: str) -> bool:
    """Whether a file lies among the data, tests or examples of a chart: it counts only where something names it."""
    return any(step in _KEPT for step in _steps(view, path))


def _steps(view: View, path: str) -> Iterator[str]:
    """The first directory on the way from each chart above a file to the file."""
    for above in ancestors(path):
        below = path[len(above) + 1 :] if above else path
        step, is_inside, _ = below.partition("/")
        if is_inside and view.entry(f"{above}/Chart.yaml" if above else "Chart.yaml") is not None:
            yield step
