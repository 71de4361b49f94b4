"""Somebody's own repository in the playground: its base branch on both halves, its other branches as open pull requests,
and an account for everybody whom its CODEOWNERS names.

Only commits are taken; the repository itself is read and never written to.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from bot.codeowners import Dialect, File, find
from bot.errors import ToolError, UserError
from bot.git.command import git, sentence
from bot.model.forge import ForgeKind, Permission
from bot.playground.errors import Refused
from bot.playground.pushed_branches import suggested_title
from bot.playground.records import Protection, PullRequest, Repository, User
from bot.playground.world import World

MOST_PULLS = 10
_ORGANISATION = "own"
_ADMIN, _AUTHOR, _GUEST = "ada", "ben", "olga"
_RESERVED = frozenset({"gatehouse"})  # the bot's own account
_LOGIN = re.compile(r"@([A-Za-z0-9][\w.-]*)\Z")
_TEAM = re.compile(r"@([\w.-]+(?:/[\w.-]+)*)/([\w.-]+)\Z")


class Own(NamedTuple):
    """What is taken over: ``branches`` have commits that ``base`` lacks, changed last first; ``left_out`` more do, too."""

    directory: Path
    base: str
    branches: tuple[str, ...]
    left_out: int
    owners: frozenset[str]

    @property
    def name(self) -> str:
        plain = re.sub(r"[^\w.-]+", "-", self.directory.name.removesuffix(".git"), flags=re.ASCII).strip("-.")
        return plain or "repository"

    @property
    def organisation(self) -> str:
        """Whose teams CODEOWNERS names most, so that they are the teams of the repository's own organisation."""
        named = Counter(found[1].partition("/")[0] for owner in self.owners if (found := _TEAM.match(owner)))
        return min(named, key=lambda name: (-named[name], name), default=_ORGANISATION)


def look(directory: Path, base: str = "") -> Own:
    """What there is to take over. Raises UserError where it is no git repository, or has no such branch."""
    place = directory.absolute()
    if not place.is_dir():
        raise UserError(f"There is no directory {directory}: name that of a clone with --repo.")
    done = git(place, "rev-parse", "--path-format=absolute", "--git-common-dir")
    if not done.ok:
        raise UserError(f"{directory} is no git repository that can be read: {sentence(done)}.")
    if _line(place, "rev-parse", "--is-shallow-repository") == "true":
        raise UserError(f"{directory} is a shallow clone: fetch the rest of it with `git fetch --unshallow`.")
    if _line(place, "rev-parse", "--show-object-format") == "sha256":
        raise UserError(f"{directory} names its commits by SHA-256, which the playground's two forges do not take.")
    top_level = _line(place, "rev-parse", "--show-toplevel") or os.fsdecode(done.stdout).rstrip("\n")
    base = _base(place, base)
    newest = ("for-each-ref", "--sort=-committerdate", "--format=%(refname:lstrip=2)", f"--no-merged=refs/heads/{base}")
    ahead = _lines(place, *newest, "refs/heads")
    owners = frozenset(owner for dialect in Dialect for owner in _owners(place, base, dialect))
    return Own(Path(top_level), base, tuple(ahead[:MOST_PULLS]), max(0, len(ahead) - MOST_PULLS), owners)


def seed_own(world: World, own: Own) -> dict[ForgeKind, Repository]:
    """Fill an empty world with it. Raises UserError where git cannot take the commits over."""
    for login, name in _people(own).items():
        scopes = ("api", "read_repository", "write_repository")
        world.user_token(world.add_user(login, name=name), scopes)
    made = {}
    for kind in ForgeKind:
        world.add_organisation(kind, own.organisation, {_ADMIN: Permission.ADMIN})
        members = {login: Permission.WRITE for login in _people(own) if login not in (_ADMIN, _GUEST)}
        path = f"{own.organisation}/{own.name}"
        try:
            row = world.create_repository(
                kind, path, source=own.directory, default_branch=own.base, members={**members, _ADMIN: Permission.ADMIN}
            )
        except ToolError as error:  # it is damaged, or a partial clone, which lacks old files
            raise UserError(
                f"The commits of {own.directory} cannot be taken over; clone it anew, whole (without --filter), and name "
                f"that clone. What git says: {error}"
            ) from error
        world.protect(row, Protection(own.base, checks=("gatehouse",)))
        _add_teams(world, row, own)
        made[kind] = row
    return made


def open_branches(world: World, repository: Repository, own: Own) -> list[PullRequest]:
    """A pull request for each branch, the one that changed last as the last; those that share no commit with the base
    branch are left out."""
    found, author = [], world.user(_AUTHOR)
    for branch in reversed(own.branches):
        try:
            title = suggested_title(repository, branch)
            found.append(world.open_pull(repository, author, title, branch, body=f"The branch `{branch}`."))
        except Refused:
            continue
    return found


def told(own: Own, opened: int) -> str:
    """What became of it, in a sentence."""
    if not own.branches:
        none = f"No branch of {own.directory} has a commit that {own.base} lacks"
        return f"{none}: propose a change on the page of the repository, or push a branch to it."
    branches = len(own.branches) + own.left_out
    of = "its only branch is" if (opened, branches) == (1, 1) else f"{opened} of {branches} branches are"
    others = "; the page of the repository opens the others" if own.left_out else ""
    return f"{own.directory}, into {own.base}: {of} open as pull requests{others}."


def _base(place: Path, wanted: str) -> str:
    branches = _lines(place, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")
    if not branches:
        raise UserError(f"{place} has no branch yet: commit something there, as only commits are taken.")
    if wanted:
        if wanted not in branches:
            raise UserError(f"{place} has no branch {wanted}: name one of its own branches with --base.")
        return wanted
    told = _line(place, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD").removeprefix("refs/remotes/origin/")
    current = _line(place, "symbolic-ref", "--quiet", "HEAD").removeprefix("refs/heads/")
    for name in (told, "main", "master", current):
        if name in branches:
            return name
    raise UserError(f"{place} has no branch main or master: name the one that changes are merged into with --base.")


def _owners(place: Path, base: str, dialect: Dialect) -> list[str]:
    """Whom the CODEOWNERS of the base branch names, as a forge reads it."""

    def read(path: str) -> File | None:
        done = git(place, "cat-file", "blob", f"refs/heads/{base}:{path}")
        return File(done.stdout) if done.ok else None

    return [owner for entry in find(read, dialect).owners.entries for owner in entry.owners]


def _people(own: Own) -> dict[str, str]:
    """Login → name: three for the roles, everybody whom CODEOWNERS names, and one member of each team there."""
    found = {_ADMIN: "Ada, who may do everything", _AUTHOR: "Ben, who opened these", _GUEST: "Olga, a guest"}
    taken = {*found, *_RESERVED}
    for owner in sorted(own.owners):
        person, team = _LOGIN.match(owner), _TEAM.match(owner)
        login = person[1] if person else f"{team[2]}-member" if team else ""
        if login and login.lower() not in taken:
            taken.add(login.lower())
            found[login] = f"a member of {owner}" if team else "named by CODEOWNERS"
    return found


def _add_teams(world: World, repository: Repository, own: Own) -> None:
    """The teams of CODEOWNERS, each with its one member; on GitLab they are groups."""
    for owner in sorted(own.owners):
        team = _TEAM.match(owner)
        member = _known(world, f"{team[2]}-member") if team else None
        if team is None or member is None:
            continue
        if repository.kind is ForgeKind.GITLAB:
            world.add_organisation(ForgeKind.GITLAB, f"{team[1]}/{team[2]}", {member.login: Permission.WRITE})
        elif team[1] == own.organisation:
            grants = {repository.id: Permission.WRITE}
            world.add_team(world.namespace(repository), team[2], (member.login,), grants)


def _known(world: World, login: str) -> User | None:
    try:
        return world.user(login)
    except Refused:
        return None


def _line(place: Path, *words: str) -> str:
    return next(iter(_lines(place, *words)), "")


def _lines(place: Path, *words: str) -> list[str]:
    """What git prints, nothing where it fails."""
    done = git(place, *words)
    return os.fsdecode(done.stdout).splitlines() if done.ok else []
