"""Projects that a change alters, and the Applications elsewhere in the repository that are held to them from then on.

An AppProject and its Applications most often lie in directories of their own, so that a change of the one affects no unit of
the other. What such a file says may be completed by a kustomization, which nobody renders for this: then it is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bot.checks.argocd_project import mappings
from bot.checks.declared_objects import Declarations, Declared, application_spec, mapping

_MOST = 500  # Applications that are read because of one change
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_PLACEHOLDER = re.compile(r"\{\{-?\s*\.?([A-Za-z0-9_]+)\s*-?\}\}")


def altered(base: Declarations, head: Declarations) -> frozenset[str]:
    """The names of AppProjects that are new at head or differ there."""
    before = {(each.id, each.unit): each.spec for each in base.of("AppProject")}
    after = head.of("AppProject")
    return frozenset(each.id.name for each in after if before.get((each.id, each.unit)) != each.spec)


def elsewhere(declared: Declarations, projects: frozenset[str]) -> Iterator[Declared]:
    """Applications, and sets of them, that name one of the projects in any file, as far as that is the nearest one of its
    name: other clusters may have projects of the same name."""
    for application in islice(declared.written_for(projects), _MOST):
        name = str(application_spec(application).get("project"))
        project = declared.project(name, application.path)
        if project is not None and declared.is_nearest(project, application.path):
            yield application


def may_be_completed(declared: Declarations, application: Declared) -> bool:
    """Whether the file lies below a kustomization, so that another one may say where it really goes."""
    folders = application.path.split("/")[:-1]
    parents = ["/".join(folders[:depth]) for depth in range(len(folders) + 1)]
    return any(declared.has_file(f"{folder}/{name}".lstrip("/")) for folder in parents for name in _KUSTOMIZATIONS)


def destinations(application: Declared) -> Iterator[dict[str, Any]]:
    """Where it deploys to, as written; a set once for each element of its lists, where it has nothing but lists."""
    written = mapping(application_spec(application).get("destination"))
    elements = list(_elements(application.spec)) if application.id.kind == "ApplicationSet" else []
    yield from ({key: _filled(value, each) for key, value in written.items()} for each in elements or [{}])


def _elements(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    generators = mappings(spec.get("generators"))
    if "destination" in str(spec.get("templatePatch", "")):
        return
    if all(set(generator) == {"list"} and "template" not in mapping(generator["list"]) for generator in generators):
        for generator in generators:
            yield from mappings(mapping(generator["list"]).get("elements"))


def _filled(value: Any, element: dict[str, Any]) -> Any:
    """A text with what the element says for its placeholders; those it does not name stay."""
    if not isinstance(value, str):
        return value
    return _PLACEHOLDER.sub(lambda found: str(element.get(found[1], found[0])), value)
