"""Pull requests without a worker: a repository on the playground, and the service's flows on it over real HTTP.

The flows run in this process, on the real adapters and in-memory queue and locks: what a worker would do, without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from fakes.service import fake_ports
from posted_report import Printed, printed

from bot.forge.base import Forge
from bot.forge.github import GitHub
from bot.forge.gitlab import GitLab
from bot.git.mirror import Mirrors
from bot.model.forge import ForgeKind, Permission, PullRequestName, RepositoryName, State
from bot.playground.bot_account import join
from bot.playground.records import PullRequest, Repository
from bot.playground.serving import LocalForge
from bot.playground.statuses import Light
from bot.report.status import REQUIRED
from bot.service.check import check

PATHS = {ForgeKind.GITHUB: "acme/gitops", ForgeKind.GITLAB: "acme/platform/gitops"}
_STATES = {Light.GREEN: State.PASSED, Light.RED: State.FAILED, Light.YELLOW: State.PENDING}


class Replayed:
    """``repositories``: one on each forge, empty or with what ``source`` (a clone or a bundle) holds."""

    def __init__(self, place: Path, forge: LocalForge, source: Path | None) -> None:
        self.place, self.world = place, forge.world
        for login in ("ada", "ben"):
            self.world.add_user(login)
        self.world.add_organisation(ForgeKind.GITHUB, "acme", {"ada": Permission.ADMIN})
        self.world.add_organisation(ForgeKind.GITLAB, "acme", {"ada": Permission.ADMIN})
        members = {"ada": Permission.ADMIN, "ben": Permission.WRITE}
        self.repositories: dict[ForgeKind, Repository] = {
            kind: self.world.create_repository(kind, PATHS[kind], source=source, members=members) for kind in ForgeKind
        }
        settings = join(self.world, self.repositories, "http://127.0.0.1:9", place / "secrets")
        for hook in self.world.hooks.values():
            hook.active = False  # nobody listens
        key = Path(settings["GITHUB_PRIVATE_KEY_FILE"]).read_text()
        token = Path(settings["GITLAB_TOKEN_FILE"]).read_text()
        self.forges: dict[ForgeKind, Forge] = {
            ForgeKind.GITHUB: GitHub(
                base_url=settings["GITHUB_API_URL"], app_id=settings["GITHUB_APP_ID"], private_key=key
            ),
            ForgeKind.GITLAB: GitLab(settings["GITLAB_URL"], token),
        }
        ports = fake_ports(self.forges[ForgeKind.GITHUB], place, cache=place / "cache")
        self.ports = replace(ports, forges=self.forges, mirrors=Mirrors(place / "mirrors"))

    def checked(self, kind: ForgeKind, head: str, base: str) -> PullRequest:
        """A pull request of two branches, checked."""
        row = self.repositories[kind]
        pull = self.world.open_pull(row, self.world.user("ben"), "A case", head, base)
        check(PullRequestName(RepositoryName(kind, row.path), pull.number), self.ports)
        return pull

    def comment(self, pull: PullRequest) -> str:
        """The only one."""
        (only,) = self.world.comments_of(pull)
        return only.body

    def state(self, pull: PullRequest) -> State:
        row = self.world.repository_of(pull)
        return next(_STATES[shown.light] for shown in self.world.shown(row, pull.head) if shown.name == REQUIRED)

    def printed(self, pull: PullRequest) -> Printed:
        """What the command in the comment's footer prints, in the forge's repository."""
        return printed(self.comment(pull), self.world.repository_of(pull).bare.directory)


@contextmanager
def replayed(place: Path, source: Path | None = None) -> Iterator[Replayed]:
    (place / "git").mkdir(parents=True)
    (place / "secrets").mkdir(mode=0o700)
    with LocalForge(place / "git") as forge:
        yield Replayed(place, forge, source)
