"""The sample's company in the playground: its people and teams, its repository on both halves, three open pull requests."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import bot
from bot.errors import ToolError
from bot.git.command import environment, sentence
from bot.model.forge import ForgeKind, Permission
from bot.playground.records import Protection, PullRequest, Repository, User
from bot.playground.world import World
from bot.process import run

PATHS = {ForgeKind.GITHUB: "acme/gitops", ForgeKind.GITLAB: "acme/platform/gitops"}
_PEOPLE = {
    "ada": "Ada, who runs the platform", "ben": "Ben, of the shop", "chloe": "Chloe, of the shop",
    "dan": "Dan, on call", "fay": "Fay, of messaging", "gus": "Gus, of the web pages", "olga": "Olga, a guest",
}  # fmt: skip
# The teams that the sample's CODEOWNERS names; on GitLab they are groups below acme.
_TEAMS = {
    "platform": ("ada",),
    "shop": ("ben", "chloe"),
    "on-call": ("dan", "ada"),
    "messaging": ("fay",),
    "web": ("gus",),
}
_DISTRIBUTION, _PLACE, _MAKER = "gitops-gatehouse", "share/gitops-gatehouse/examples", "make-demo"
_STAGING, _PROD = "apps/shop/overlays/staging/kustomization.yaml", "apps/shop/overlays/prod/kustomization.yaml"
_OLD = ("1.41.0", "337964bef33de392cb156eb13c87966394da8674df1474ef099473aba2c204ee")
_NEW = ("1.42.0", "99c96c166b7196d5edb590e0db83e5749fe25452e2ffa5618bd32ebf0d599db1")


class Wanted(NamedTuple):
    """A pull request to open: by whom, from which branch, and the files that its commit writes."""

    title: str
    author: str
    branch: str
    body: str
    files: dict[str, str]


def sample() -> Path:
    """The directory of the sample: beside the package in a source tree, among the data files of an installed wheel. Raises
    ToolError."""
    beside = Path(bot.__file__).parents[1] / "examples"
    if (beside / _MAKER).is_file() and (beside.parent / "pyproject.toml").is_file():
        return beside
    for file in importlib.metadata.files(_DISTRIBUTION) or ():
        if file.name == _MAKER and file.parent.as_posix().endswith(_PLACE):
            return Path(str(file.locate())).resolve().parent
    raise ToolError(f"The sample repository is not installed; install {_DISTRIBUTION} again.")


def seed(world: World) -> dict[ForgeKind, Repository]:
    """Fill an empty world. Raises ToolError where the sample cannot be made."""
    for login, name in _PEOPLE.items():
        world.user_token(world.add_user(login, name=name), ("api", "read_repository", "write_repository"))
    with TemporaryDirectory(prefix="gatehouse-sample-") as place:
        source = _made(Path(place) / "gitops")
        return {ForgeKind.GITHUB: _github(world, source), ForgeKind.GITLAB: _gitlab(world, source)}


def open_pull_requests(world: World, repository: Repository) -> list[PullRequest]:
    """Fine (approved by who must agree), dangerous, and broken."""
    found = []
    for wanted in _wanted(repository):
        author = world.user(wanted.author)
        if wanted.files:
            tip = repository.bare.branch(repository.default_branch)
            world.commit(repository, author, wanted.branch, wanted.files, wanted.title + "\n", parent=tip)
        found.append(world.open_pull(repository, author, wanted.title, wanted.branch, body=wanted.body))
    _agree(world, repository, found[0], world.user("chloe"))
    return found


def _made(target: Path) -> Path:
    """The sample as a git repository, without its chart where there is no Helm to render it."""
    helm = os.environ.get("GATEHOUSE_HELM") or shutil.which("helm")
    words = (sys.executable, str(sample() / _MAKER), str(target), *(() if helm else ("--without-charts",)))
    done = run(words, env=environment())
    if not done.ok:
        raise ToolError(f"The sample repository could not be made: {sentence(done)}")
    return target


def _github(world: World, source: Path) -> Repository:
    acme = world.add_organisation(ForgeKind.GITHUB, "acme", {"ada": Permission.ADMIN})
    repository = world.create_repository(ForgeKind.GITHUB, PATHS[ForgeKind.GITHUB], source=source)
    for slug, members in _TEAMS.items():
        world.add_team(acme, slug, members, {repository.id: Permission.WRITE})
    return _protected(world, repository)


def _gitlab(world: World, source: Path) -> Repository:
    world.add_organisation(ForgeKind.GITLAB, "acme", {"ada": Permission.ADMIN})
    for slug, members in _TEAMS.items():
        world.add_organisation(ForgeKind.GITLAB, f"acme/{slug}", dict.fromkeys(members, Permission.WRITE))
    people = {member: Permission.WRITE for members in _TEAMS.values() for member in members} | {"ada": Permission.ADMIN}
    path = PATHS[ForgeKind.GITLAB]
    return _protected(world, world.create_repository(ForgeKind.GITLAB, path, source=source, members=people))


def _protected(world: World, repository: Repository) -> Repository:
    world.protect(repository, Protection(repository.default_branch, checks=("gatehouse",)))
    return repository


def _agree(world: World, repository: Repository, pull: PullRequest, person: User) -> None:
    if repository.kind is ForgeKind.GITHUB:
        world.review(pull, person, "APPROVE", "Seen on dev, looks good.")
    else:
        world.approve(pull, person)


def _wanted(repository: Repository) -> list[Wanted]:
    tip = repository.bare.branch(repository.default_branch)
    staging, prod = (_text(repository, tip, path) for path in (_STAGING, _PROD))
    return [
        Wanted(
            "Shop 1.42.0 on staging",
            "ben",
            "shop-1.42.0-staging",
            "One image, one environment. Everybody agrees already.",
            {_STAGING: staging.replace(_OLD[0], _NEW[0]).replace(_OLD[1], _NEW[1])},
        ),
        Wanted(
            "Prepare the sale",
            "ben",
            "change",
            "Memory, the search's timeout, shop 1.42.0 on staging, more notifiers, status page 3.4.0.",
            {},  # the branch comes with the sample
        ),
        Wanted(
            "More memory for the shop in production",
            "dan",
            "prod-memory",
            "I am sure that I added the file.",
            {_PROD: prod.rstrip("\n") + "\npatches:\n  - path: more-memory.yaml\n"},
        ),
    ]


def _text(repository: Repository, commit: str, path: str) -> str:
    content = repository.bare.file(commit, path)
    if content is None:
        raise ToolError(f"The sample has no {path}.")
    return content.decode()
