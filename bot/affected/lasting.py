"""Units whose files are still there and no longer say what makes them units: binary, broken, emptied, too big, or a link.

They are not removed: what deploys them meets the file as it is now. So they stay units, and the render says what it finds:
an error, or that no object is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.plain_files import set_apart
from bot.affected.scopes import is_claimed, is_unclaimed_manifest, may_be_plain
from bot.model.unit import PlainRender, Renderer, Unit

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View


def lasting(before: View, after: View, unit: Unit, read: Reader) -> Unit | None:
    """The unit as it lives on at head, where reading finds it at base only; None when it is gone."""
    if unit.declared_in:
        return _unreadable(after, unit)
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
        unit = replace(unit, parts=(PlainRender(folder, apart=tuple(sorted(apart))),))
    stays = may_be_plain(after, folder, read) and any(_stays(after, path, read) for path in files)
    return unit if stays else None


def _stays(after: View, path: str, read: Reader) -> bool:
    entry = after.entry(path)
    return entry is not None and not entry.is_submodule and not read.ignore.match(path) and not is_claimed(after, path)


def _unreadable(after: View, unit: Unit) -> Unit | None:
    """A declaration whose file cannot be read any more: rendering the file itself gives the sentence."""
    from bot.documents import load_all
    from bot.errors import UserError

    entry = after.entry(unit.declared_in)
    if entry is None or entry.is_submodule:
        return None
    if entry.is_symlink:
        broken = after.resolve(entry.path)[0] is None
    else:
        try:
            load_all(after.read(entry), name=entry.path)
            broken = False
        except UserError:
            broken = True
    return replace(unit, parts=(PlainRender(unit.declared_in),)) if broken else None
