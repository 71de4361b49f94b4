"""What the playground's GitLab tells its webhooks, beside what the real one sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gitlab_playground import Place, playground

from bot.playground.events import Event
from bot.playground.gitlab_hooks import headers, messages
from bot.playground.records import Hook
from bot.playground.webhooks import Message

ALL = Hook(1, "http://bot.example/", "s3cret", {"*"})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with playground(tmp_path / "world") as made:
        yield made


@pytest.fixture
def told(place: Place) -> list[Message]:
    """What a hook of everything is sent from now on."""
    found: list[Message] = []

    def listen(event: Event) -> None:
        found.extend(messages(place.world, event, ALL))

    place.world.listen(listen)
    return found


def names(told: list[Message]) -> list[str]:
    return [f"{message.name} {message.action}".strip() for message in told]


def test_the_life_of_a_merge_request(place: Place, told: list[Message]) -> None:
    world = place.world
    pull = place.opened()
    before = pull.head
    place.push("change", {"more.yaml": "b: 1\n"})
    world.edit_pull(pull, place.user("developer"), title="Draft: later")
    world.approve(pull, place.user("reviewer"))
    world.unapprove(pull, place.user("reviewer"))
    world.close(pull, place.user("developer"))
    world.reopen(pull, place.user("developer"))
    world.set_draft(pull, place.user("developer"), False)
    world.merge(pull, place.user("maintainer"))
    assert names(told) == [
        "push", "merge_request open", "push", "merge_request update", "merge_request update", "merge_request approved",
        "merge_request unapproved", "merge_request close", "merge_request reopen", "merge_request update",
        "merge_request merge", "push",
    ]  # fmt: skip
    pushed, retitled = told[3].body, told[4].body
    assert pushed["object_attributes"]["oldrev"] == before
    assert "oldrev" not in retitled["object_attributes"]
    assert retitled["changes"]["draft"] == {"previous": False, "current": True}
    assert retitled["changes"]["title"] == {"previous": "A change", "current": "Draft: later"}
    assert told[10].body["object_attributes"]["state"] == "merged"


def test_notes_are_told_but_not_gitlabs_own(place: Place, told: list[Message]) -> None:
    pull = place.opened()
    told.clear()
    note = place.world.comment(pull, place.user("reporter"), "@gatehouse check")
    place.world.edit_comment(note, place.user("reporter"), "@gatehouse status")
    place.world.comment(pull, place.user("reporter"), "approved this merge request", system=True)
    place.world.delete_comment(note, place.user("reporter"))
    assert names(told) == ["note create", "note update"]
    first = told[0].body
    assert (first["user"]["id"], first["object_attributes"]["note"]) == (place.user("reporter").id, "@gatehouse check")
    assert first["merge_request"]["iid"] == pull.number
    assert first["project"]["path_with_namespace"] == "acme/platform/gitops"


def test_a_push_lists_its_commits_oldest_first(place: Place, told: list[Message]) -> None:
    place.push("change", {"a": "1"}, message="One\n\nmore")
    place.world.push(place.project, place.user("owner"), "gone", place.project.bare.branch("change"))
    told.clear()
    place.push("change", {"a": "2"}, message="Two")
    place.world.push(place.project, place.user("owner"), "gone", "")
    moved, gone = (message.body for message in told)
    assert [commit["title"] for commit in moved["commits"]] == ["Two"]
    assert (moved["ref"], moved["total_commits_count"], moved["checkout_sha"]) == (
        "refs/heads/change",
        1,
        moved["after"],
    )
    assert (gone["after"], gone["checkout_sha"], gone["commits"]) == ("0" * 40, None, [])


def test_a_pipeline_is_told_at_its_begin_and_end(place: Place, told: list[Message]) -> None:
    pull = place.opened()
    told.clear()
    bot = place.user("gatehouse")
    for name, state in (("a", "running"), ("b", "running"), ("a", "success"), ("b", "failed")):
        place.world.set_status(place.project, bot, pull.head, name, state, ref="change")
    assert [message.body["object_attributes"]["status"] for message in told] == ["running", "failed"]
    assert told[0].body["merge_request"]["iid"] == pull.number


def test_hooks_hear_what_they_asked_for(place: Place) -> None:
    heard: list[Message] = []
    asked = Hook(2, "http://bot.example/", "", {"note_events"})
    place.world.listen(lambda event: heard.extend(messages(place.world, event, asked)))
    pull = place.opened()
    place.world.comment(pull, place.user("developer"), "hello")
    assert names(heard) == ["note create"]


def test_a_signature_of_exactly_these_bytes(place: Place) -> None:
    key = b"0123456789abcdef0123456789abcdef"
    hook = Hook(3, "http://bot.example/", "", {"*"}, signing="whsec_" + base64.b64encode(key).decode())
    sent = headers(place.world, hook, Message("merge_request", "open", {}), "guid-1", b'{"a": 1}')
    assert (sent["X-Gitlab-Event"], sent["webhook-id"], sent["Idempotency-Key"]) == (
        "Merge Request Hook",
        "guid-1",
        "guid-1",
    )
    signed = hmac.new(key, f"guid-1.{sent['webhook-timestamp']}.".encode() + b'{"a": 1}', hashlib.sha256).digest()
    assert sent["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"
    assert "X-Gitlab-Token" not in sent
    with_token = headers(place.world, ALL, Message("note", "create", {}), "guid-2", b"{}")
    assert (with_token["X-Gitlab-Token"], with_token["X-Gitlab-Event"]) == ("s3cret", "Note Hook")
    assert "webhook-signature" not in with_token


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("merge_request_comment_create", "note"),
        ("merge_request_comment_subgroup", "note"),
        ("pull_request_create", "merge_request"),
        ("pull_request_review_ready", "merge_request"),
        ("pull_request_merge", "merge_request"),
        ("push", "push"),
        ("push_subgroup", "push"),
        ("pipeline_hook", "pipeline"),
        ("pipeline_subgroup", "pipeline"),
    ],
)
def test_bodies_have_the_shape_of_real_ones(
    place: Place, told: list[Message], corpora: Path, file: str, name: str
) -> None:
    """Every field that both have is of one type, and the real one's fields that bots read are there."""
    pull = place.opened()
    place.world.comment(pull, place.user("developer"), "hello")
    place.world.set_status(place.project, place.user("gatehouse"), pull.head, "a", "success", ref="change")
    ours = next(message.body for message in told if message.name == name)
    real = json.loads((corpora / "webhooks" / "gitlab" / f"{file}.json").read_text())
    assert list(differing(ours, real)) == []
    assert set(real) - set(ours) <= {"source_pipeline", "user_avatar"}
    assert set(real["project"]) <= set(ours["project"])


def differing(ours: Any, real: Any, path: str = "") -> Iterator[str]:
    """Where the types differ; null stands for any."""
    if ours is None or real is None:
        return
    if type(ours) is not type(real):
        yield f"{path}: {type(ours).__name__} instead of {type(real).__name__}"
    elif isinstance(ours, dict):
        for key in ours.keys() & real.keys():
            yield from differing(ours[key], real[key], f"{path}.{key}")
    elif isinstance(ours, list) and ours and real:
        yield from differing(ours[0], real[0], f"{path}[]")
