"""The scope of a Helm chart: its units, one for each environment's values, and their edges."""

from __future__ import annotations

from bot.affected.chart_values import values_by_environment, watched
from bot.affected.charts import chart_name, chart_trees, is_subchart
from bot.affected.deliveries import chart_edges
from bot.affected.edges import Edge, Found, Kind
from bot.affected.rules import Reader
from bot.affected.view import View
from bot.model.unit import HelmRender, Renderer, Unit


def chart(view: View, directory: str, read: Reader) -> Found:
    """The Helm chart in ``directory``: a unit for each environment's values, or one with the defaults."""
    entry = view.entry(f"{directory}/Chart.yaml" if directory else "Chart.yaml")
    if entry is None or is_subchart(view, directory):
        return [], []
    value = view.facts(entry).value
    if isinstance(value, dict) and value.get("type") == "library":
        return [], []
    name = chart_name(view, directory)
    scope = f"h:{directory}"
    edges, units = chart_edges(view, directory, scope), []
    if read.holds_back(directory):
        return edges, []
    edges += [Edge(scope, scope, Kind.GENERATES, root) for root in watched(directory)]
    trees = chart_trees(view, directory)
    named = read.namer.name(directory, app=name)
    for variant, values in sorted(values_by_environment(view, directory, read).items()):
        key = f"{directory or '.'}@{variant}"  # also without one: a kustomization may lie beside the chart
        notes = (*values.notes, *(() if values.environment else named.notes))
        environment = values.environment or named.environment
        version = read.kube_version(environment)
        render = HelmRender(directory, name, value_files=values.files, kube_version=version)
        units.append(
            Unit(key, directory, Renderer.HELM, (render,), app=named.app, environment=environment, notes=notes)
        )
        edges += [Edge(scope, f"u:{key}", Kind.TREE, tree) for tree in trees]
        edges += [Edge(scope, f"u:{key}", Kind.EXACT, file) for file in values.files]
    return edges, units
