"""What the pages show of the World, made ready for the templates."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import request
from markupsafe import Markup

from bot.model.forge import ForgeKind, Permission
from bot.playground.changes import ChangedFile
from bot.playground.diff_lines import Line, Note, lines, notes_of
from bot.playground.errors import Missing
from bot.playground.markdown import rendered
from bot.playground.records import PullRequest, Reaction, Repository, Review, User
from bot.playground.statuses import Light, Shown
from bot.playground.world import World

ACTOR = "playground-actor"  # the cookie that says who acts; there are no passwords here
_EMOJI = {
    "+1": "👍", "-1": "👎", "laugh": "😄", "hooray": "🎉", "confused": "😕", "heart": "❤️", "rocket": "🚀", "eyes": "👀",
    "thumbsup": "👍", "thumbsdown": "👎",
}  # fmt: skip
_VERBS = {
    "APPROVED": "approved", "CHANGES_REQUESTED": "requested changes", "COMMENTED": "reviewed",
    "DISMISSED": "reviewed (dismissed)",
}  # fmt: skip


class Entry(NamedTuple):
    """One thing in a conversation. ``kind``: comment, review or push; ``who`` is None for a push."""

    at: datetime
    kind: str
    id: int
    who: User | None
    what: str
    body: Markup
    mood: str = ""
    edited: bool = False
    reactions: tuple[tuple[str, int], ...] = ()


class FileView(NamedTuple):
    """A changed file; ``loose`` are what checks say about lines that the diff does not show."""

    file: ChangedFile
    lines: list[Line]
    loose: list[Note]


class Requirement(NamedTuple):
    """A check as the merge box lists it; ``shown`` None: it has not reported."""

    name: str
    required: bool
    shown: Shown | None

    @property
    def light(self) -> Light:
        return self.shown.light if self.shown else Light.YELLOW


def actor(world: World) -> User:
    """Who acts: the user that the cookie names, else the first person there is, else somebody who may do nothing."""
    people = persons(world)
    wanted = request.cookies.get(ACTOR, "")
    return next((p for p in people if p.login == wanted), people[0] if people else User(0, "nobody", "Nobody", ""))


def persons(world: World) -> list[User]:
    """Everybody who is no bot."""
    with world.lock:
        return [user for user in world.users.values() if not user.is_bot]


def seen_repository(world: World, kind: str, path: str) -> Repository:
    """The repository of a page, if whoever acts may see it. Raises Missing."""
    if kind not in set(ForgeKind):
        raise Missing(f"There is no {kind}.")
    row = world.repository(ForgeKind(kind), path)
    world.require(row, actor(world), Permission.READ, "looking")
    return row


def push_url(world: World, row: Repository, person: User) -> str:
    """Where they clone from to push, with a token of theirs in it where they have one: this is their own machine."""
    with world.lock:
        tokens = (t.value for t in world.tokens.values() if t.user_id == person.id and "write_repository" in t.scopes)
        scheme, rest = world.clone_url(row).split("://", 1)
        token = next(tokens, "")
        return f"{scheme}://{person.login}:{token}@{rest}" if token else f"{scheme}://{rest}"


def conversation(world: World, pull: PullRequest) -> list[Entry]:
    """Comments, reviews and pushes, oldest first."""
    with world.lock:
        found = [
            Entry(
                c.created_at, "system" if c.system else "comment", c.id, world.users[c.author_id],
                f"on {c.path}:{c.line}" if c.path else "", body(world, c.body), "", c.edited, _counted(c.reactions),
            )
            for c in world.comments_of(pull)
        ]  # fmt: skip
        found += [
            Entry(
                r.submitted_at, "review", r.id, world.users[r.author_id], _reviewed(pull, r),
                body(world, r.body), r.state.lower(),
            )
            for r in world.reviews_of(pull)
        ]  # fmt: skip
        found += [
            Entry(v.at, "push", v.id, None, f"The head is now {v.head[:8]}.", Markup("")) for v in pull.versions[1:]
        ]
    return sorted(found, key=lambda entry: (entry.at, entry.id))


def _reviewed(pull: PullRequest, review: Review) -> str:
    older = ", an older head" if review.commit != pull.head else ""
    return f"{_VERBS[review.state]} at {review.commit[:8]}{older}"


def body(world: World, text: str) -> Markup:
    """Markdown of somebody, as HTML that is safe here."""
    return Markup(rendered(text, lambda name: _is_known(world, name)))  # noqa: S704 nh3 let it through


def _is_known(world: World, name: str) -> bool:
    owner, _, team = name.partition("/")
    with world.lock:
        if not team and any(u.login.lower() == name.lower() for u in world.users.values()):
            return True
        return any(
            o.path.lower() == name.lower() or (o.path.lower() == owner.lower() and team.lower() in o.teams)
            for o in world.organisations.values()
        )


def _counted(reactions: list[Reaction]) -> tuple[tuple[str, int], ...]:
    names = [_EMOJI.get(reaction.content, reaction.content) for reaction in reactions]
    return tuple((name, names.count(name)) for name in dict.fromkeys(names))


def requirements(world: World, pull: PullRequest) -> list[Requirement]:
    """The checks of the head: required ones first, whether they have reported or not."""
    with world.lock:
        row = world.repository_of(pull)
        shown = world.shown(row, pull.head)
        protection = world.protection(row, pull.base_branch)
        required = protection.checks if protection else ()
        found = [Requirement(s.name, s.name in required, s) for s in shown]
        found += [Requirement(name, True, None) for name in required if all(s.name != name for s in shown)]
    return sorted(found, key=lambda r: (not r.required, r.name))


def overall(world: World, pull: PullRequest) -> Light:
    """One light for a list: red before yellow before green; grey where nothing has reported."""
    lights = {shown.light for shown in world.shown(world.repository_of(pull), pull.head)}
    return next((light for light in (Light.RED, Light.YELLOW, Light.GREEN) if light in lights), Light.GREY)


def file_views(world: World, pull: PullRequest) -> list[FileView]:
    """The changed files with what checks say about their lines."""
    with world.lock:
        notes = notes_of(world.runs_of(world.repository_of(pull), pull.head))
        found = []
        for file in world.changed_files(pull):
            mine = notes.pop(file.path, [])
            rows = list(lines(file, mine))
            placed = [note for row in rows for note in row.notes]
            found.append(FileView(file, rows, [note for note in mine if note not in placed]))
    return found


def stamp(world: World, pull: PullRequest) -> int:
    """Grows with everything that a page about the pull request would show anew."""
    with world.lock:
        ids = [c.id for c in world.comments_of(pull)] + [r.id for r in world.reviews_of(pull)]
        edits = sum(int(c.updated_at.timestamp() * 1000) for c in world.comments_of(pull))
        reacted = sum(len(c.reactions) for c in world.comments_of(pull))
        return hash((tuple(ids), edits, reacted, pull.head, pull.title, pull.is_open, pull.is_draft)) & 0x7FFFFFFF


def ago(at: datetime, now: datetime) -> str:
    """How long since, in one word and a half."""
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now" if seconds < 10 else f"{seconds} seconds ago"
