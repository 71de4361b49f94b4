"""The scene of the other flows, and people who give commands there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scene import BASE, FILES, Scene

from bot.model.forge import Comment, ForgeKind, Permission, Person, PullRequestName, Reaction
from bot.model.job import Job, JobKind
from bot.service.command import answer
from bot.service.seal import Seal

SEAL = Seal(b"a key of the tests, 32 bytes long")
TEAM = "@acme/release"
BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}
ROLE = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:authenticated"}]
"""
# Some checks fail of it.
BAD = {f"{BASE}/kustomization.yaml": "resources: [config.yaml, role.yaml]\n", f"{BASE}/role.yaml": ROLE}
CONFIG = f"version: 1\ncommands:\n  override:\n    allow: ['{TEAM}']\n"


class Chat(Scene):
    """``lead`` may override, ``dev`` opens pull requests, ``passer`` is a stranger in a public repository. All have one
    clock."""

    def __init__(self, directory: Path, kind: ForgeKind = ForgeKind.GITHUB, config: str = CONFIG) -> None:
        files = {**FILES, **({".gatehouse.yaml": config} if config else {})}
        super().__init__(directory, kind, files)
        self.lead = self.person("lead", Permission.WRITE)
        self.reader = self.person("reader", Permission.READ)
        self.helper = self.person("helper", Permission.TRIAGE)
        self.passer = self.person("passer", Permission.READ)
        self.forge.set_members(TEAM, self.lead)
        self.with_ports(now=self.forge._now, seal=SEAL, bot_name="gatehouse-bot")

    def person(self, login: str, permission: Permission, *, is_bot: bool = False) -> Person:
        person = self.forge.add_person(login, is_bot=is_bot)
        self.forge.set_permission(self.repository, person, permission)
        return person

    def checked(self, files: Mapping[str, str | None]) -> PullRequestName:
        """A pull request whose check is over."""
        name = self.opened(files)
        self.check(name)
        return name

    def job(self, name: PullRequestName, comment: int) -> Job:
        return Job(JobKind.COMMAND, self.repository, name.number, comment)

    def says(self, name: PullRequestName, person: Person, text: str) -> int:
        """Somebody comments, and the bot answers; the id of the comment."""
        comment = self.forge.say(name, person, text)
        self.answers(name, comment)
        return comment

    def answers(self, name: PullRequestName, comment: int) -> str:
        return answer(self.job(name, comment), self.ports)

    def reply(self, name: PullRequestName, kind: str) -> str:
        """The one reply of a kind; "" where there is none."""
        found = self.replies(name, kind)
        assert len(found) <= 1
        return found[0].body if found else ""

    def replies(self, name: PullRequestName, kind: str = "") -> list[Comment]:
        begins = f"<!-- gatehouse:reply:{kind}"
        return [comment for comment in self.forge.ours(name) if comment.body.startswith(begins)]

    def reactions(self, name: PullRequestName, comment: int) -> set[Reaction]:
        return set(self.forge.reactions(name, comment))
