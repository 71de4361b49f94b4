"""What lies here of a build whose rest lies elsewhere: remote bases and charts of registries are taken out of its
kustomizations, and with them what only has a meaning with their objects. What is left builds by itself, unless something
in it is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.affected.closure import Closure
from bot.affected.facts import Role, role_of
from bot.affected.local_values import fault_of_file
from bot.affected.references import Reference, held, is_remote, references
from bot.affected.view import View
from bot.errors import UserError
from bot.model.snapshot import Entry
from bot.model.unit import KustomizeRender

_COMPOSED = ("resources", "bases", "components", "crds", "configurations")
# Patches that must find their object, and what looks for objects: those may be remote ones.
_LOOKING = (
    "patchesStrategicMerge", "patchesJson6902", "replacements", "replicas", "vars", "transformers", "validators",
    "generators", "helmCharts", "helmChartInflationGenerator", "helmGlobals",
)  # fmt: skip
_GENERATED = ("configMapGenerator", "secretGenerator")
_FILES_OF_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements")


@dataclass(frozen=True, slots=True)
class LocalPart:
    """A build of what is here: ``read`` gives its files as they are read for that, ``fault`` what is wrong in those that are
    taken out, as a sentence ("": nothing)."""

    part: KustomizeRender
    files: tuple[Entry, ...]
    read: Callable[[Entry], bytes]
    fault: str


def local_part(view: View, part: KustomizeRender, found: Closure) -> LocalPart | None:
    """What is here of a build with the closure ``found``; None where all of it is, or where nobody can tell."""
    kustomizations = {e.path: e for e in found.files.values() if _is_kustomization(e)}
    read = {path: value for path, entry in kustomizations.items() if (value := _value(view, entry)) is not None}
    if not found.remote and not any(_charts_elsewhere(value) for value in read.values()):
        return None
    texts = {path: json.dumps(reduced(value)).encode() for path, value in read.items()}
    files = tuple(
        entry._replace(oid=f"{entry.oid} of what is here") if path in texts else entry
        for path, entry in sorted(found.files.items())
    )
    return LocalPart(
        replace(part, overlay=replace(part.overlay, patches=_aimed(part.overlay.patches), replicas="[]")),
        files,
        lambda entry: texts[entry.path] if entry.path in texts else view.read(entry),
        next(_faults(view, read), ""),
    )


def reduced(value: dict[str, Any]) -> dict[str, Any]:
    """A kustomization without what lies elsewhere and what looks for objects that may lie there. What is malformed stays:
    kustomize says so."""
    kept = {}
    for name, item in value.items():
        field = next((f for f in (*_COMPOSED, *_LOOKING, "patches", *_GENERATED) if _is(name, f)), "")
        if field in _LOOKING and isinstance(item, list | dict | None):
            continue
        kept[name] = _kept(field, item) if isinstance(item, list) else item
    kept.setdefault("generatorOptions", {"disableNameSuffixHash": True})  # an empty one is refused
    return kept


def _kept(field: str, items: list[Any]) -> list[Any]:
    if field in _COMPOSED:
        return [item for item in items if not (isinstance(item, str) and is_remote(item))]
    if field == "patches":
        return [item for item in items if not isinstance(item, dict | str) or held(item, "target")]
    if field in _GENERATED:
        return [_created(item, number) for number, item in enumerate(items)]
    return items


def _created(item: Any, number: int) -> Any:
    """A generator that is for itself: one that changes what another kustomization generates makes its own."""
    if not isinstance(item, dict):
        return item
    kept = {key: _local_files(value) if _is(key, "files") else value for key, value in item.items()}
    if not held(item, "behavior"):
        return kept
    return {
        key: f"{value}-{number}" if _is(key, "name") else value
        for key, value in kept.items()
        if not _is(key, "behavior")
    }


def _local_files(files: Any) -> Any:
    return (
        [text for text in files if not (isinstance(text, str) and "://" in text)] if isinstance(files, list) else files
    )


def _is(name: object, field: str) -> bool:
    return isinstance(name, str) and name.casefold() == field.casefold()


def _aimed(patches: str) -> str:
    return json.dumps([p for p in json.loads(patches) if isinstance(p, dict) and p.get("target")])


def _charts_elsewhere(value: dict[str, Any]) -> bool:
    charts = [*held(value, "helmCharts"), *held(value, "helmChartInflationGenerator")]
    return any(held(chart, "repo") or held(chart, "chartRepoUrl") for chart in charts)


def _is_kustomization(entry: Entry) -> bool:
    return role_of(entry.path) is Role.KUSTOMIZATION and not entry.is_symlink and not entry.is_submodule


def _value(view: View, entry: Entry) -> dict[str, Any] | None:
    """The kustomization; None where it cannot be read: then it stays as it is, and kustomize says why."""
    from bot.documents import load_all

    try:
        documents = load_all(view.read(entry), name=entry.path)
    except UserError:
        return None
    return documents[0].value if len(documents) == 1 and isinstance(documents[0].value, dict) else None


# -- files that are named by what was taken out


def _faults(view: View, kustomizations: dict[str, dict[str, Any]]) -> Iterator[str]:
    for path, value in sorted(kustomizations.items()):
        for ref in references(value, path.rpartition("/")[0]):
            if ref.field in _FILES_OF_PATCHES and _is_file_only(ref, value):
                yield from _fault(view, path, ref)
            elif ref.field == "helmCharts" and ref.target is not None and not (ref.tree or ref.remote):
                yield from filter(None, (fault_of_file(view, ref.target),))


def _is_file_only(ref: Reference, value: dict[str, Any]) -> bool:
    """Whether a reference can be nothing but the path of a file: a text that is a document is looked for as a file too."""
    if ref.inline or ref.remote or ref.target is None or "\n" in ref.text:
        return False
    if ref.field == "patchesStrategicMerge":
        return True
    return any(ref.text in held(item, "path") for item in held(value, ref.field))


def _fault(view: View, path: str, ref: Reference) -> Iterator[str]:
    from bot.documents import load_all

    real, _ = view.resolve(ref.target or "")
    entry = view.entry(real) if real is not None else None
    if entry is None:
        yield f"{path} refers to {ref.text}, which does not exist; add it or take it out of `{ref.field}`."
        return
    try:
        load_all(view.read(entry), name=entry.path)
    except UserError as error:
        yield str(error)
