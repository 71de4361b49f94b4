"""Environments beside each other as Markdown for a comment: how two differ, and which images run where.

Both fit any limit of at least 2,000 characters: whole blocks are left out, and that is said; nothing is cut inside of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.model.environments import Beside, Running
from bot.model.result import ObjectChange, ObjectState
from bot.report import escape
from bot.report.group import line_counts
from bot.report.phrase import counted, verb

_MOST_NAMED = 20
_STEPS = ((1000, 1000), (200, 50), (60, 20), (20, 8), (8, 3), (3, 1), (1, 0), (0, 0))  # applications, objects of each
_CELL_IMAGES = (4, 2, 1)


def differences(names: tuple[str, str], found: Sequence[Beside], limit: int) -> str:
    """How two environments differ: a sentence, then each application folded, with the diffs of its objects: as many as fit,
    small ones first."""
    differing = [each for each in found if each.left and each.right and not each.is_same]
    changes = [(number, place) for number, each in enumerate(differing) for place in range(len(each.objects))]
    changes.sort(key=lambda at: len(differing[at[0]].objects[at[1]].diff))

    def document(shown: int, apps: int = 1000, objects: int = 1000) -> str:
        kept = set(changes[:shown])
        blocks = [_head(names, found)]
        for number, each in enumerate(differing[:apps]):
            inside = {place for app, place in kept if app == number}
            blocks.append(_app(each, inside, objects))
        if len(differing) > apps:
            blocks.append(f"{counted(len(differing) - apps, 'more application')} left out for size.")
        left_out = len(changes) - len(kept)
        if left_out:
            blocks.append(f"{counted(left_out, 'diff')} {verb(left_out, 'is', 'are')} left out here for size.")
        return "\n\n".join(blocks)

    return _longest(document, len(changes), limit) or _first_fitting(
        (document(0, *step) for step in _STEPS), limit, _counts(names, found)
    )


def _longest(document: Callable[[int], str], most: int, limit: int) -> str:
    """The document with the most diffs that fits; "" where none does."""
    best, low, high = "", 0, most
    while low <= high:
        middle = (low + high + 1) // 2
        text = document(middle)
        if len(text) <= limit:
            best, low = text, middle + 1
        else:
            high = middle - 1
    return best


def _first_fitting(texts: Iterable[str], limit: int, last: str) -> str:
    return next((text for text in texts if len(text) <= limit), last)


def _head(names: tuple[str, str], found: Sequence[Beside], cap: int = _MOST_NAMED) -> str:
    left, right = map(escape.word, names)
    if names[0] == names[1]:
        return f"{left} is one environment: it does not differ from itself."
    both = [each for each in found if each.left and each.right]
    same = _named([each.app for each in both if each.is_same], cap)
    only = [
        (name, _named([each.app for each in found if not (each.right if at == 0 else each.left)], cap))
        for at, name in enumerate((left, right))
    ]
    lines = [_counts(names, found), *([f"The same in both: {same}."] if same else [])]
    return "  \n".join([*lines, *(f"Only in {name}: {apps}." for name, apps in only if apps)])


def _counts(names: tuple[str, str], found: Sequence[Beside]) -> str:
    both = [each for each in found if each.left and each.right]
    differ = sum(not each.is_same for each in both)
    left, right = map(escape.word, names)
    return f"**{left} → {right}**: of {counted(len(both), 'unit')} in both, {differ:,} {verb(differ, 'differs', 'differ')}."


def _named(apps: list[str], cap: int) -> str:
    shown = ", ".join(escape.word(app) for app in apps[:cap])
    return f"{shown} and {len(apps) - cap:,} more" if len(apps) > cap else shown


def _app(each: Beside, inside: set[int], most: int) -> str:
    added, removed = line_counts(each.objects)
    parts = [escape.word(each.app)]
    if each.objects:
        parts += [counted(len(each.objects), "object"), f"+{added:,} −{removed:,} lines"]
    blocks = [f"{escape.code(each.left)} → {escape.code(each.right)}"]
    for where, error in ((each.left, each.left_error), (each.right, each.right_error)):
        if error:
            blocks.append(f"⚠️ {escape.code(where)} does not render: {escape.prose(error, 300)}")
    blocks += [_object(change) for place, change in enumerate(each.objects) if place in inside]
    rest = [change for place, change in enumerate(each.objects) if place not in inside]
    lines = [f"- {_title(change)}" for change in rest[:most]]
    lines += [f"- … and {len(rest) - most:,} more"] if len(rest) > most else []
    blocks += ["\n".join(lines)] if lines else []
    body = "\n\n".join(blocks)
    return f"<details><summary>{' · '.join(parts)}</summary>\n\n{body}\n\n</details>"


def _object(change: ObjectChange) -> str:
    if change.only_noise:
        places = ", ".join(escape.code(place.partition(" (")[0], 80) for place in change.noise[:3])
        return f"{_title(change)}: only {places or 'formatting'} differs"
    return f"{_title(change)}\n{escape.fence(change.diff, 'diff')}"


def _title(change: ObjectChange) -> str:
    identity = change.id
    where = f"{identity.namespace}/" if identity.namespace else ""
    title = f"{escape.word(identity.kind)} {escape.code(where + identity.name)}"
    if change.was is not None and change.was.name != identity.name:
        title += f" beside {escape.code(change.was.name)}"
    side = {ObjectState.ADDED: " is only in the second", ObjectState.REMOVED: " is only in the first"}
    return title + side.get(change.state, "")


# -- images


def images(environments: Sequence[str], now: Sequence[Running], then: Sequence[Running], limit: int) -> str:
    """A table of applications by environments: what runs ``now`` and, where that is another one, what will run ``then``.
    ``environments``: the least risky first."""
    before = {(each.app, each.environment): each for each in now}
    after = {(each.app, each.environment): each for each in then}
    apps = sorted({app for app, _ in (*before, *after)})
    if not apps:
        return "No unit belongs to an environment, so there is nothing to show."

    def document(rows: int, columns: int, most: int) -> str:
        shown = environments[-columns:]  # the most risky ones are what people ask for
        lines = ["| application | " + " | ".join(map(escape.word, shown)) + " |", "|---" * (len(shown) + 1) + "|"]
        for app in apps[:rows]:
            cells = [_cell(before.get((app, name)), after.get((app, name)), most) for name in shown]
            lines.append(f"| {escape.word(app)} | {' | '.join(cells)} |")
        notes = []
        if len(apps) > rows:
            notes.append(f"{counted(len(apps) - rows, 'more application')} left out for size: name one.")
        if len(environments) > columns:
            notes.append(f"{counted(len(environments) - columns, 'more environment')} left out for size.")
        return "\n\n".join(["\n".join(lines), *notes])

    steps = (
        (rows, columns, most)
        for most in _CELL_IMAGES
        for columns in (40, 12, 6)
        for rows in (1000, 200, 60, 20, 8, 3, 1)
    )
    texts = (document(*step) for step in steps if step[0] == 1000 or len(apps) > step[0])
    return _first_fitting(texts, limit, f"{counted(len(apps), 'application')}: too many to be shown here. Name one.")


def _cell(now: Running | None, then: Running | None, most: int) -> str:
    if then is None or (now is not None and (then.images, bool(then.error)) == (now.images, bool(now.error))):
        return _running(now, most) + (" → removed" if then is None and now is not None else "")
    return (
        f"{_running(now, most)} → **{_running(then, most)}**"
        if now is not None
        else f"**{_running(then, most)}** (new)"
    )


def _running(each: Running | None, most: int) -> str:
    if each is None:
        return "–"
    if each.error and not each.images:
        return "does not render"
    shown = [escape.code(_short(image), 80) for image in each.images[:most]]
    more = [f"+{len(each.images) - most:,}"] if len(each.images) > most else []
    return "<br>".join([*shown, *more]) or "no image"


def _short(image: str) -> str:
    """The last part of an image's name with its tag, and the beginning of its digest."""
    name, _, digest = image.partition("@")
    return name.rpartition("/")[2] + (f"@{digest.rpartition(':')[2][:8]}…" if digest else "")
