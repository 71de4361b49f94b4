"""Objects among plain manifests that no cluster takes from this change on: without a kind, an API version or a name. What
applies the directory stops at such a file, and what it held is neither applied nor deleted. What was so before has a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bot.affected.closure import closure
from bot.affected.meant import is_one_slip
from bot.documents import load_all
from bot.errors import TooBig, UserError
from bot.model.resource import Failed, Rendered
from bot.model.tool_files import is_tool_file
from bot.model.unit import PlainRender

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result
    from bot.model.snapshot import Entry
    from bot.model.unit import Unit

_NEEDED = ("apiVersion", "kind")


def with_incomplete(results: list[Result], before: View, after: View) -> list[Result]:
    """The results; a failure of plain manifests of which a changed file holds such an object that it did not hold before."""
    changed = {change.path: change.before for change in after.changes if _is_file(change.after)}
    return [_looked_at(result, changed, before, after) for result in results]


def _is_file(entry: Entry | None) -> bool:
    return entry is not None and not (entry.is_symlink or entry.is_submodule)


def _looked_at(result: Result, changed: dict[str, Entry | None], before: View, after: View) -> Result:
    pair, base, head = result
    if pair.head is None or not isinstance(head, Rendered):
        return result
    for entry in _files(after, pair.head):
        if entry.path in changed:
            old = changed[entry.path]
            known = {name for name, _ in _faults(before, old)} if old is not None and _is_file(old) else set()
            if new := next((why for name, why in _faults(after, entry) if name not in known), ""):
                return pair, base, Failed(new)
    return result


def _files(view: View, unit: Unit) -> Iterator[Entry]:
    """The manifests of a unit that are taken as they are."""
    for part in unit.parts:
        if isinstance(part, PlainRender):
            try:
                yield from closure(view, part).files.values()
            except TooBig:
                return


def _faults(view: View, entry: Entry) -> Iterator[tuple[str, str]]:
    """The incomplete objects in a file: what tells it apart, and a sentence."""
    try:
        documents = load_all(view.read(entry), name=entry.path)
    except UserError:
        return
    for document in documents:
        if isinstance(document.value, dict) and (lacking := _lacking(document.value)):
            yield (
                f"{lacking} {document.value.get('metadata')}",
                _sentence(f"{entry.path}:{document.line}", document.value, lacking),
            )


def _lacking(value: dict[str, Any]) -> str:
    """The field that an object lacks; "" for one that is whole, and for what is no object."""
    metadata = value.get("metadata")
    if not isinstance(metadata, dict) or not metadata:
        return ""
    is_named = bool(metadata.get("name") or metadata.get("generateName"))
    missing = [field for field in _NEEDED if not value.get(field)]
    if not missing and not is_named:
        api, kind = str(value["apiVersion"]), str(value["kind"])
        return "" if kind.endswith("List") or is_tool_file(api, kind) else "metadata.name"
    return missing[0] if is_named and len(missing) == 1 else ""


def _sentence(place: str, value: dict[str, Any], lacking: str) -> str:
    near = next((key for key in value if isinstance(key, str) and _is_meant(key, lacking)), "")
    meant = f" (it has `{near}`)" if near else ""
    return (
        f"{place} is an object without `{lacking}`{meant}, which no cluster takes: what applies these files stops "
        "there, and what it was before is neither changed nor deleted."
    )


def _is_meant(key: str, field: str) -> bool:
    one, other = key.lower(), field.lower()
    return one == other or is_one_slip(one, other)
