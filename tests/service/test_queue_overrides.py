"""An override of the head counts at the commit of the merge queue, as far as somebody has seen what it covers."""

from __future__ import annotations

from pathlib import Path

import pytest
from chat import BAD, Chat
from scene import BASE, FILES

from bot.model.forge import Person, PullRequestName, State
from bot.model.job import Job, JobKind
from bot.report.status import REQUIRED
from bot.service.dispatch import perform

CONFIG_MAP = f"{BASE}/config.yaml"
STAGING = {"apps/shop/overlays/staging/kustomization.yaml": "resources: [../../base]\nnamespace: staging\n"}


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path)


def _overridden(chat: Chat, what: str = "all") -> PullRequestName:
    """A pull request that fails, and that somebody took for passed."""
    name = chat.checked(BAD)
    assert chat.state(name) is State.FAILED
    _override(chat, name, chat.lead, what)
    return name


def _override(chat: Chat, name: PullRequestName, person: Person, what: str) -> None:
    chat.says(name, person, f"/override {what} The outage is worse")
    chat.check(name)


def _queued(chat: Chat, name: PullRequestName, *, onto: str = "base", squash: bool = False, more: str = "") -> str:
    """The queue merges the pull request, onto the base branch or another commit of its own; that commit."""
    git, base = chat.origin.git, chat.origin.git("rev-parse", onto)
    git("checkout", "-q", "-B", "trial", base)
    git("merge", "-q", *(["--squash"] if squash else ["--no-ff", "-m", "merge"]), chat.pull(name).head)
    if squash:
        git("commit", "-q", "-m", "squashed")
    if more:
        chat.origin.commit({"docs/a.md": more})
    commit = git("rev-parse", "trial")
    git("checkout", "-q", "base")
    branch = f"gh-readonly-queue/base/pr-{name.number}-{base}"
    git("update-ref", f"refs/heads/{branch}", commit)
    perform(Job(JobKind.MERGE_GROUP, chat.repository, branch=branch, before=base, after=commit), chat.ports)
    return commit


def _said(chat: Chat, commit: str) -> tuple[State, str]:
    """The required status: its state, and title and summary."""
    told = [each.status for each in chat.forge.written if (each.commit, each.status.name) == (commit, REQUIRED)][-1]
    return told.state, f"{told.title} {told.summary}"


@pytest.mark.parametrize("squash", [False, True])
def test_an_override_holds_in_the_queue_where_nothing_is_new(chat: Chat, squash: bool) -> None:
    name = _overridden(chat)
    chat.merged({"docs/b.md": "the base branch moved\n"})
    chat.memory.forget()  # what holds is read from the forge alone
    state, text = _said(chat, _queued(chat, name, squash=squash))
    assert state is State.PASSED and "overridden by lead" in text


def test_without_an_override_the_queue_stays_red(chat: Chat) -> None:
    name = chat.checked(BAD)
    state, text = _said(chat, _queued(chat, name))
    assert state is State.FAILED and "verrid" not in text


def test_what_the_base_branch_adds_to_the_findings_is_not_overridden(chat: Chat) -> None:
    name = _overridden(chat)
    chat.merged(STAGING)
    state, text = _said(chat, _queued(chat, name))
    assert state is State.FAILED
    assert "do not hold in the merge queue" in text and "did not find on that head" in text
    assert "Bring the pull request up to date" in text


@pytest.mark.parametrize("squash", [False, True])
def test_a_commit_that_holds_more_than_the_head_is_not_overridden(chat: Chat, squash: bool) -> None:
    name = _overridden(chat)
    state, text = _said(chat, _queued(chat, name, squash=squash, more="nobody saw this\n"))
    assert state is State.FAILED and "not that head merged" in text


def test_a_check_that_was_not_overridden_stays_red(chat: Chat) -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\n    " + "MIIEowIBAAKCAQEAq7xJ" * 8
    name = chat.checked(
        BAD | {CONFIG_MAP: f"{FILES[CONFIG_MAP]}  key: |\n    {key}\n    -----END RSA PRIVATE KEY-----\n"}
    )
    _override(chat, name, chat.lead, "risk")
    commit = _queued(chat, name)
    shown = chat.forge.states(commit)
    assert (shown[f"{REQUIRED}/risk"], shown[f"{REQUIRED}/secrets"]) == (State.PASSED, State.FAILED)
    state, text = _said(chat, commit)
    assert state is State.FAILED and "Something else stops the merge" in text


def test_what_no_check_says_is_not_overridden(chat: Chat) -> None:
    name = chat.checked(BAD | {"apps/shop/overlays/dev/kustomization.yaml": "resources: [gone.yaml]\n"})
    _override(chat, name, chat.lead, "risk")
    assert _said(chat, _queued(chat, name))[0] is State.FAILED


def test_a_push_ends_the_override_in_the_queue_too(chat: Chat) -> None:
    name = _overridden(chat)
    chat.pushed(name, {"docs/a.md": "more\n"})
    assert _said(chat, _queued(chat, name))[0] is State.FAILED


@pytest.mark.parametrize("other", ["closed", "retargeted"])
def test_an_override_of_another_way_in_does_not_hold(chat: Chat, other: str) -> None:
    name = chat.checked(BAD)
    chat.origin.git("branch", "release")
    if other == "retargeted":
        chat.forge.change(name, base_branch="release")
        chat.check(name)
    _override(chat, name, chat.lead, "all")
    assert chat.state(name) is State.PASSED
    if other == "closed":
        chat.forge.change(name, is_open=False)
    assert _said(chat, _queued(chat, name))[0] is State.FAILED


def test_the_next_one_in_the_queue_stands_on_an_override(chat: Chat) -> None:
    first = _queued(chat, _overridden(chat))
    other = chat.opened({"docs/c.md": "fine\n"}, branch="other")
    assert _said(chat, _queued(chat, other, onto=first))[0] is State.PASSED
