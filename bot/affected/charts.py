"""What a Helm chart in the tree says of itself: its name, whether it is a part of another one, what else belongs to it."""

from __future__ import annotations

from bot.affected.facts import Facts
from bot.affected.references import held, join
from bot.affected.view import View

_MOST_CHARTS = 200


def chart_name(view: View, directory: str) -> str:
    """The name that a chart gives itself, else its directory's: that of its release where nothing names one. A chart that
    does not parse is a unit that does not render."""
    entry = view.entry(f"{directory}/Chart.yaml" if directory else "Chart.yaml")
    value = view.facts(entry).value if entry is not None else None
    name = value.get("name") if isinstance(value, dict) else None
    return str(name or directory.rpartition("/")[2])


def is_subchart(view: View, directory: str) -> bool:
    """Whether a chart lies in the ``charts/`` directory of another one."""
    parts = directory.split("/")
    for at in range(len(parts) - 1, -1, -1):
        if parts[at] == "charts":
            parent = "/".join(parts[:at])
            if view.entry(f"{parent}/Chart.yaml" if parent else "Chart.yaml") is not None:
                return True
    return False


def chart_trees(view: View, directory: str) -> list[str]:
    """The chart's directory and those of its ``file://`` dependencies, theirs included."""
    found: list[str] = []
    queue = [directory]
    while queue and len(found) < _MOST_CHARTS:
        path = queue.pop()
        if path in found:
            continue
        found.append(path)
        entry = view.entry(f"{path}/Chart.yaml" if path else "Chart.yaml")
        queue += [target for _, target in local_dependencies(view.facts(entry) if entry else Facts(), path)]
    return found


def local_dependencies(facts: Facts, directory: str) -> list[tuple[str, str]]:
    """(name, directory) of the ``file://`` dependencies that Chart.yaml declares."""
    found = []
    for item in held(facts.value, "dependencies"):
        for repository in held(item, "repository"):
            if isinstance(repository, str) and repository.startswith("file://"):
                target = join(directory, repository.removeprefix("file://"))
                if target is not None:
                    found.append((str(next(iter(held(item, "name")), "")), target))
    return found
