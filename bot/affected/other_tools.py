"""Changed files of tools that deploy, or help to, and that Gatehouse does not read: what they do is said to be unseen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.affected.edges import ancestors

if TYPE_CHECKING:
    from bot.affected.view import View

_ABOVE = {  # these deploy what lies below their directory
    "Rancher Fleet": ("fleet.yaml", "fleet.yml"),
    "Helmfile": ("helmfile.yaml", "helmfile.yml", "helmfile.yaml.gotmpl"),
}
_NAMES = {name: tool for tool, names in _ABOVE.items() for name in names} | {
    "cdk8s.yaml": "cdk8s",
    "skaffold.yaml": "Skaffold",
    "skaffold.yml": "Skaffold",
    "Tiltfile": "Tilt",
    "werf.yaml": "werf",
    "werf.yml": "werf",
    "werf-giterminism.yaml": "werf",
    "devspace.yaml": "DevSpace",
    "tkrc.yaml": "Tanka",
    "jsonnetfile.json": "Jsonnet",
    "jsonnetfile.lock.json": "Jsonnet",
    "timoni.cue": "Timoni",
}
_JSONNET = (".jsonnet", ".libsonnet")
_MANIFESTS = (".yaml", ".yml", ".json", ".tpl", ".gotmpl")


def tool_notes(before: View, after: View, changed: Iterable[str], unmapped: Iterable[str]) -> list[str]:
    """A sentence for each tool that changed files belong to. ``unmapped`` are those that reach no unit: manifests among
    them belong to a tool that deploys their directory, too."""
    found: dict[str, dict[str, None]] = {}
    known: tuple[dict[str, str], dict[str, str]] = ({}, {})
    nowhere = set(unmapped)
    for path in changed:
        tool = _own_tool(path, unmapped=path in nowhere)
        if not tool and path in nowhere and path.endswith(_MANIFESTS):
            folder = path.rpartition("/")[0]
            tool = _tool_above(before, folder, known[0]) or _tool_above(after, folder, known[1])
        if tool:
            found.setdefault(tool, {})[path] = None
    return [_sentence(tool, list(paths)) for tool, paths in sorted(found.items())]


def _own_tool(path: str, *, unmapped: bool) -> str:
    """The tool of a file by its name. Of Jsonnet that an Application renders, the Application says so."""
    name = path.rpartition("/")[2]
    if name.endswith(_JSONNET) and unmapped:
        return "Jsonnet or Tanka" if name == "main.jsonnet" else "Jsonnet"
    return _NAMES.get(name, "")


def _tool_above(view: View, directory: str, known: dict[str, str]) -> str:
    """The tool of the nearest directory that has one, from ``directory`` upwards."""
    passed: list[str] = []
    tool = ""
    for folder in (directory, *ancestors(directory)) if directory else ("",):
        if folder in known:
            tool = known[folder]
            break
        passed.append(folder)
        tool = next((tool for tool, names in _ABOVE.items() if _has_any(view, folder, names)), "")
        if tool:
            break
    known.update(dict.fromkeys(passed, tool))
    return tool


def _has_any(view: View, directory: str, names: Iterable[str]) -> bool:
    return any(view.entry(f"{directory}/{name}" if directory else name) is not None for name in names)


def _sentence(tool: str, paths: list[str]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    verb = "belong" if more else "belongs"
    return f"{paths[0]}{more} {verb} to {tool}, which Gatehouse does not read: what it deploys with it is not shown."
