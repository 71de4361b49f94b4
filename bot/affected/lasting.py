"""Units whose files are still there and no longer say what makes them units: binary, broken, emptied, too big, or a link;
and those whose ApplicationSet fails.

They are not removed: what deploys them meets the file as it is now. So they stay units, and the render says what it finds:
an error, or that no object is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.plain_files import set_apart
from bot.affected.plain_scope import is_claimed, is_unclaimed_manifest, may_be_plain, not_taken
from bot.affected.sources import identity_of, is_source
from bot.affected.stopped import is_stopped, out_of_sight, set_of
from bot.model.unit import CannotRender, PlainRender, Render, Renderer, Unit

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View


def lasting(before: View, after: View, unit: Unit, read: Reader) -> Unit | None:
    """The unit as it lives on at head, where reading finds it at base only; None when it is gone."""
    if unit.declared_in:
        return _unreadable(after, unit) or _mended(after, unit) or _kept(before, after, unit)
    if unit.renderer is not Renderer.PLAIN:
        return None
    if before.entry(unit.path) is not None:
        folder = unit.path.rpartition("/")[0]
        files = [path for path in (unit.path,) if path in set_apart(after, folder, read)]
    else:
        folder = unit.path
        apart = frozenset(set_apart(after, folder, read))
        found = (entry.path for entry in before.files_in(folder) if is_unclaimed_manifest(before, entry, read))
        files = [path for path in found if path not in apart]
        unit = replace(unit, parts=(PlainRender(folder, apart=not_taken(after, folder, read)),))
    stays = may_be_plain(after, folder, read) and any(_stays(after, path, read) for path in files)
    return unit if stays else None


def _stays(after: View, path: str, read: Reader) -> bool:
    entry = after.entry(path)
    return entry is not None and not entry.is_submodule and not read.ignore.match(path) and not is_claimed(after, path)


def _mended(after: View, unit: Unit) -> Unit | None:
    """A source whose kind or version was mistyped, and is right now: its file stands for it, as it renders nothing."""
    entry = after.entry(unit.declared_in)
    if entry is None or unit.source is None or not is_source(unit.source.api_version, unit.source.kind):
        return None
    mine = (unit.source.kind, unit.source.namespace, unit.source.name)
    found = map(identity_of, after.whole(entry).declared)
    there = any((each.kind, each.namespace, each.name) == mine for each in found)
    return replace(unit, parts=(PlainRender(unit.declared_in),)) if there else None


def _kept(before: View, after: View, unit: Unit) -> Unit | None:
    """An Application whose set generates nothing any more, so that nobody deletes it, or of which only Argo CD knows."""
    name = set_of(unit)
    head = after.unit(name) if name else None
    if head is None:
        return None
    if not is_stopped(head):
        return out_of_sight(unit, before.unit(name), head)
    return lives_on(after, unit)


def lives_on(after: View, unit: Unit) -> Unit:
    """An Application that nobody updates or deletes: as it was, on files as they are."""
    return replace(unit, parts=tuple(_rendering(after, unit, part) for part in unit.parts))


def _rendering(after: View, unit: Unit, part: Render) -> Render:
    """A part as it lives on: a directory that is gone has no manifests."""
    if not isinstance(part, PlainRender) or after.is_dir(after.resolve(part.path)[0] or part.path):
        return part
    return CannotRender(f"{unit.source} renders {part.path}, but the repository has no such directory", wrong=True)


def _unreadable(after: View, unit: Unit) -> Unit | None:
    """A declaration whose file cannot be read any more, so that rendering the file itself gives the sentence; or holds
    an object that is written in part."""
    from bot.affected.malformed import unfinished
    from bot.documents import load_all
    from bot.errors import UserError

    entry = after.entry(unit.declared_in)
    if entry is None or entry.is_submodule:
        return None
    if entry.is_symlink:
        broken = after.resolve(entry.path)[0] is None
    else:
        try:
            found = [
                (unfinished(document.value), document.line) for document in load_all(after.read(entry), name=entry.path)
            ]
            if told := next((f"{entry.path}:{line} {what}" for what, line in found if what), ""):
                return replace(unit, parts=(CannotRender(f"{told}: complete it, or delete all of it", wrong=True),))
            broken = False
        except UserError:
            broken = True
    return replace(unit, parts=(PlainRender(unit.declared_in),)) if broken else None
