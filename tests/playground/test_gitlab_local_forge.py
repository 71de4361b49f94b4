"""The playground's GitLab as a whole: webhooks that really arrive and are understood, git that really fetches."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from gitlab_playground import serving

from bot.forge.gitlab import GitLab
from bot.model.forge import ForgeKind, Permission, PullRequestName, RepositoryName
from bot.model.job import JobKind
from bot.playground.records import Repository
from bot.playground.serving import LocalForge
from bot.webhooks import gitlab

NAME = RepositoryName(ForgeKind.GITLAB, "acme/platform/gitops")
TOKEN = "a-secret-of-twenty-five-chars"
KEY = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalForge]:
    directory = tmp_path / "world"
    directory.mkdir()
    with LocalForge(directory) as forge:
        for login in ("mona", "eve"):
            forge.world.add_user(login)
        forge.world.add_user("gatehouse", is_bot=True)
        yield forge


@pytest.fixture
def project(local: LocalForge) -> Repository:
    members = {"mona": Permission.ADMIN, "gatehouse": Permission.WRITE}
    row = local.world.create_repository(ForgeKind.GITLAB, NAME.path, private=True, members=members)
    local.world.commit(row, local.world.user("mona"), "main", {"README.md": "Hello\n"}, "Begin")
    return row


@pytest.mark.parametrize(("secret", "signing"), [(TOKEN, ""), ("", KEY), (TOKEN, KEY)])
def test_webhooks_arrive_and_are_understood(local: LocalForge, project: Repository, secret: str, signing: str) -> None:
    got: list[tuple[dict[str, str], bytes]] = []
    done = threading.Event()
    app = Flask("bot")

    @app.post("/webhooks/gitlab")
    def hook() -> str:
        got.append((dict(request.headers), request.get_data()))
        if len(got) == 4:
            done.set()
        return ""

    mona, world = local.world.user("mona"), local.world
    with serving(app) as url:
        world.add_hook(f"{url}/webhooks/gitlab", secret, ["*"], repository=project, signing=signing)
        world.commit(project, mona, "change", {"a.yaml": "a: 1\n"}, "Change")
        pull = world.open_pull(project, mona, "Change it", "change")
        note = world.comment(pull, mona, "@gatehouse check")
        world.approve(pull, mona)
        assert done.wait(30)
    secrets = gitlab.parse_secrets(signing or secret)
    deliveries = [gitlab.read(headers, body, secrets, bot_name="gatehouse") for headers, body in got]
    jobs = [job for delivery in deliveries for job in delivery.jobs]
    assert [(job.kind, job.number, job.comment) for job in jobs] == [
        (JobKind.PUSH, 0, 0),
        (JobKind.CHECK, 1, 0),
        (JobKind.COMMAND, 1, note.id),
        (JobKind.CHECK, 1, 0),
    ]
    assert {job.repository for job in jobs} == {NAME}
    assert len({delivery.id for delivery in deliveries}) == 4


def test_git_fetches_with_what_the_port_gives(local: LocalForge, project: Repository, tmp_path: Path) -> None:
    """A private project, and the head of a fork's merge request by the ref that the target has for it."""
    world, eve = local.world, local.world.user("eve")
    project.members[eve.id] = Permission.READ
    fork = world.fork(project, eve)
    head = world.commit(fork, eve, "mine", {"a.yaml": "a: 1\n"}, "Mine")
    world.open_pull(project, eve, "From outside", "mine", head_repository=fork)
    forge = GitLab(local.url, world.user_token(world.user("gatehouse")).value)
    access = forge.access(NAME)
    assert forge.pull_request(PullRequestName(NAME, 1)).head == head

    def fetched(header: str) -> int:
        clone = tmp_path / (header[-4:].strip("=") or "none")
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        if header:
            env |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": header}
        subprocess.run(["git", "init", "-q", str(clone)], env=env, check=True)
        words = ["git", "-C", str(clone), "fetch", "-q", access.url, "refs/merge-requests/1/head:refs/heads/head"]
        code = subprocess.run(words, env=env, capture_output=True, timeout=60, check=False).returncode
        if not code:
            found = subprocess.run(
                ["git", "-C", str(clone), "rev-parse", "head"], env=env, capture_output=True, check=True
            )
            assert found.stdout.decode().strip() == head
        return code

    assert fetched(access.header) == 0
    assert fetched("") != 0
