"""What the playground's forges send is what the readers of webhooks understand: one story, told by both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gitlab_hooks import SIGNING

from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind, Permission
from bot.model.job import Job, JobKind
from bot.playground import github_hooks, gitlab_hooks
from bot.playground.events import Event
from bot.playground.records import Hook, PullRequest, Repository
from bot.playground.world import World
from bot.webhooks import github, gitlab

GUID = "13792a34-cac6-4fda-95a8-c58e00a3954e"
PATHS = {ForgeKind.GITHUB: "acme/gitops", ForgeKind.GITLAB: "acme/platform/gitops"}


class Story:
    """A repository with people, and what our bot reads of everything that happens there."""

    def __init__(self, directory: Path, kind: ForgeKind) -> None:
        self.kind = kind
        self.world = world = World(directory)
        for login in ("ann", "bob"):
            world.add_user(login)
        world.add_user("gatehouse", is_bot=True)
        for path in ("acme", "acme/platform")[: 1 + (kind is ForgeKind.GITLAB)]:
            world.add_organisation(kind, path, {"ann": Permission.ADMIN})
        members = {"bob": Permission.WRITE, "gatehouse": Permission.WRITE}
        self.repository: Repository = world.create_repository(kind, PATHS[kind], members=members)
        self.push("main", "README.md")
        self.deliveries: list[Delivery] = []
        world.listen(self._read)

    def _read(self, event: Event) -> None:
        hook = Hook(1, "http://bot.example/", "" if self.kind is ForgeKind.GITLAB else "s3cret", {"*"}, signing=SIGNING)
        wire = gitlab_hooks.GITLAB if self.kind is ForgeKind.GITLAB else github_hooks.GITHUB
        for message in wire.messages(self.world, event, hook):
            body = json.dumps(message.body).encode()
            headers = wire.headers(self.world, hook, message, GUID, body)
            if self.kind is ForgeKind.GITHUB:
                self.deliveries.append(github.read(headers, body, ["s3cret"]))
            else:
                secrets = gitlab.parse_secrets(f"{self.repository.path}:{SIGNING}")
                read = gitlab.read(headers, body, secrets, bot_name="gatehouse", now=self.world.now)
                self.deliveries.append(read)

    def push(self, branch: str, file: str) -> str:
        return self.world.commit(self.repository, self.world.user("ann"), branch, {file: f"{branch}\n"}, "Change")

    def opened(self) -> PullRequest:
        self.push("change", "a.yaml")
        return self.world.open_pull(self.repository, self.world.user("ann"), "A change", "change")

    def jobs(self) -> list[Job]:
        """What was asked for since the last call."""
        found = [job for delivery in self.deliveries for job in delivery.jobs]
        self.deliveries.clear()
        assert all(job.delivery == GUID and job.repository.path == self.repository.path for job in found)
        return found

    def kinds(self) -> list[str]:
        return [job.kind.value for job in self.jobs()]


@pytest.fixture(params=list(ForgeKind))
def story(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Story]:
    yield Story(tmp_path, request.param)


def test_what_changes_a_pull_request_is_a_check(story: Story) -> None:
    ann = story.world.user("ann")
    pull = story.opened()
    pushed, opened = story.jobs()
    assert (pushed.kind, pushed.branch, pushed.before, pushed.after) == (JobKind.PUSH, "change", "", pull.head)
    assert (opened.kind, opened.number) == (JobKind.CHECK, pull.number)
    before, after = pull.head, story.push("change", "b.yaml")
    pushed, synchronized = story.jobs()
    assert (pushed.before, pushed.after) == (before, after)
    assert (synchronized.kind, synchronized.number) == (JobKind.CHECK, pull.number)
    story.push("other", "c.yaml")
    story.jobs()
    story.world.edit_pull(pull, ann, base_branch="other")
    assert story.kinds() == ["check"]
    story.world.set_draft(pull, ann, True)
    assert story.kinds() == ["check"]
    story.world.edit_pull(pull, ann, body="Another text")
    assert story.kinds() == []
    story.world.close(pull, ann)
    assert story.kinds() == ["check"]
    story.world.reopen(pull, ann)
    assert story.kinds() == ["check"]


def test_an_approval_is_a_check_and_so_is_its_end(story: Story) -> None:
    pull, bob = story.opened(), story.world.user("bob")
    story.jobs()
    if story.kind is ForgeKind.GITHUB:
        review = story.world.review(pull, bob, "APPROVE")
        assert story.kinds() == ["check"]
        story.world.dismiss(review, story.world.user("ann"))
    else:
        story.world.approve(pull, bob)
        assert story.kinds() == ["check"]
        story.world.unapprove(pull, bob)
    assert story.kinds() == ["check"]


def test_a_command_of_a_person_is_a_job_and_an_edited_one_is_none(story: Story) -> None:
    pull = story.opened()
    story.jobs()
    ann, bot = story.world.user("ann"), story.world.user("gatehouse")
    said = story.world.comment(pull, ann, "Hello\n\n/gatehouse explain a.yaml")
    (job,) = story.jobs()
    assert (job.kind, job.number, job.comment) == (JobKind.COMMAND, pull.number, said.id)
    story.world.edit_comment(said, ann, "/gatehouse check")
    story.world.comment(pull, bot, "/gatehouse check")
    story.world.comment(pull, ann, "> /gatehouse check")
    assert story.kinds() == []


def test_statuses_ask_for_nothing(story: Story) -> None:
    pull, bot = story.opened(), story.world.user("gatehouse")
    story.jobs()
    for state in ("pending", "success"):
        story.world.set_status(story.repository, bot, pull.head, "gatehouse", state, ref="change")
    assert story.kinds() == []


def test_a_merge_is_a_push_to_the_base(story: Story) -> None:
    pull = story.opened()
    story.jobs()
    story.world.merge(pull, story.world.user("ann"))
    jobs = sorted(story.jobs(), key=lambda job: job.kind)
    assert [(job.kind, job.branch) for job in jobs] == [(JobKind.CHECK, ""), (JobKind.PUSH, "main")]
