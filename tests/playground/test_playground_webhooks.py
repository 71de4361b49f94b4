"""Webhooks of the playground: real HTTP, signed, recorded, in GitHub's own shapes, and going wrong on request."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import octokit
import pytest
from playground_forge import Receiver, Scene, receiver, scene

from bot.model.forge import ForgeKind
from bot.playground import github_objects, github_pulls
from bot.playground.faults import Fault, FaultKind
from bot.playground.parts import wires
from bot.playground.records import App, Hook
from bot.playground.webhooks import Sender
from bot.playground.world import World

SECRET = "It is a secret, and a long one"


class Wired:
    """A scene whose App hears everything at a real receiver."""

    def __init__(self, play: Scene, sender: Sender, to: Receiver) -> None:
        self.play, self.sender, self.to, self.world = play, sender, to, play.world
        self.app: App = self.world.add_app("gatehouse", b"", {"checks": "write", "contents": "read"}, ["*"])
        self.hook: Hook = self.world.add_hook(to.url, SECRET, app_id=self.app.id)
        self.world.install(self.app, self.world.namespace(play.repository), play.ada)

    def names(self) -> list[str]:
        """What has arrived, once all has."""
        assert self.sender.wait()
        return [f"{r.headers['x-github-event']}.{r.body.get('action', '')}" for r in self.to.received]


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Wired]:
    world = World(tmp_path)
    play = scene(world, ForgeKind.GITHUB)
    with receiver() as to, Sender(world, wires()) as sender:
        yield Wired(play, sender, to)


def everything(wired: Wired) -> None:
    """Once of each thing that a bot hears of."""
    world, (_, repository, pull, ada, ben, olga) = wired.world, wired.play
    world.commit(repository, ben, "change", {"app.yaml": "replicas: 3\n"}, "More\n")
    world.commit(repository, ben, "other", {"app.yaml": "replicas: 4\n"}, "Other\n")
    world.edit_pull(pull, ben, title="Scale more", body="", base_branch="other")
    comment = world.comment(pull, olga, "/gatehouse help")
    world.edit_comment(comment, olga, "never mind")
    world.delete_comment(comment, olga)
    world.dismiss(world.review(pull, olga, "APPROVE", commit=pull.head), ada)
    run = world.create_check_run(repository, wired.app, "gatehouse", pull.head, status="in_progress")
    world.update_check_run(run, wired.app, conclusion="failure", title="No", summary="Because.")
    world.rerequest(run, olga)
    world.set_status(repository, ada, pull.head, "ci", "success")
    world.set_draft(pull, ben, True)
    world.set_draft(pull, ben, False)
    world.close(pull, ben)
    world.reopen(pull, ben)
    world.edit_pull(pull, ben, base_branch="main")
    world.finish(world.enqueue(pull, ada).commit, ada)
    world.push(repository, ben, "change", "")
    wired.sender.ping(wired.hook, ada)


def test_each_has_the_shape_that_github_describes(wired: Wired) -> None:
    description = octokit.openapi()
    components = _as_json_schema(description["components"])
    everything(wired)
    assert len(wired.names()) >= 25
    for received in wired.to.received:
        name = "-".join(filter(None, (received.headers["x-github-event"], received.body.get("action", ""))))
        described = description["x-webhooks"][name.replace("_", "-")]["post"]["requestBody"]["content"]
        schema = _as_json_schema(described["application/json"]["schema"])
        jsonschema.Draft202012Validator({**schema, "components": components}).validate(received.body)


def test_what_the_api_tells_of_them_has_it_too(wired: Wired) -> None:
    components = _as_json_schema(octokit.openapi()["components"])
    world, (_, repository, pull, ada, _, olga) = wired.world, wired.play
    comment, review = world.comment(pull, olga, "Hi"), world.review(pull, ada, "COMMENT", "Hm")
    run = world.create_check_run(repository, wired.app, "gatehouse", pull.head)
    reaction, _ = world.react(comment, ada, "eyes")
    installation = next(iter(world.installations.values()))
    told = {
        "pull-request": github_pulls.pull_json(world, pull),
        "pull-request-simple": github_pulls.pull_json(world, pull, whole=False),
        "issue": github_pulls.issue_json(world, pull),
        "issue-comment": github_pulls.comment_json(world, comment),
        "pull-request-review": github_pulls.review_json(world, review),
        "check-run": github_pulls.check_run_json(world, run),
        "reaction": github_pulls.reaction_json(world, reaction),
        "status": github_pulls.status_json(world, world.set_status(repository, ada, pull.head, "ci", "pending")),
        "full-repository": github_objects.repository_json(world, repository),
        "simple-user": github_objects.user_json(world, ada),
        "integration": github_objects.app_json(world, wired.app),
        "installation": github_objects.installation_json(world, installation),
        "commit": github_objects.commit_json(world, repository, repository.bare.commit(pull.head)),
    }
    for name, value in told.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": components}
        jsonschema.Draft202012Validator(schema).validate(value)


def _as_json_schema(value: Any) -> Any:
    """OpenAPI 3.0 says ``nullable``, where JSON Schema has a type ``null``."""
    if isinstance(value, list):
        return [_as_json_schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: _as_json_schema(item) for name, item in value.items()}
    return {"anyOf": [found, {"type": "null"}]} if found.pop("nullable", False) is True else found


def test_the_signature_is_over_the_bytes(wired: Wired) -> None:
    wired.world.comment(wired.play.pull, wired.play.olga, "Grüße 🎉")
    assert wired.names() == ["installation.created", "issue_comment.created"]
    for received in wired.to.received:
        wanted = hmac.new(SECRET.encode(), received.raw, hashlib.sha256).hexdigest()
        assert received.headers["x-hub-signature-256"] == f"sha256={wanted}"
        assert received.headers["content-type"] == "application/json"
    assert len({received.headers["x-github-delivery"] for received in wired.to.received}) == 2


def test_a_body_tells_the_moment_of_its_event(wired: Wired) -> None:
    first = wired.play.pull.head
    wired.world.comment(wired.play.pull, wired.play.olga, "one")
    wired.world.edit_comment(wired.world.comments_of(wired.play.pull)[0], wired.play.olga, "two")
    wired.names()
    assert [r.body["comment"]["body"] for r in wired.to.received[1:]] == ["one", "two"]
    assert wired.world.pull(wired.play.repository, 1).head == first


def test_tries_are_recorded_and_sent_again_under_the_same_id(wired: Wired) -> None:
    wired.names()
    wired.to.codes.append(503)
    wired.world.comment(wired.play.pull, wired.play.olga, "one")
    wired.names()
    failed = [d for d in wired.world.deliveries.values() if d.code == 503]
    assert len(failed) == 1 and failed[0].response_body == b"thanks"
    wired.sender.redeliver(failed[0])
    wired.names()
    last, again = wired.to.received[-2:]
    assert last.raw == again.raw and last.headers["x-github-delivery"] == again.headers["x-github-delivery"]
    latest = list(wired.world.deliveries.values())[-1]
    assert (latest.redelivery, latest.code, latest.guid) == (True, 200, failed[0].guid)


def test_a_receiver_that_is_not_there_is_recorded(wired: Wired) -> None:
    wired.names()
    wired.hook.url = "http://127.0.0.1:1/nobody"
    wired.world.comment(wired.play.pull, wired.play.olga, "one")
    assert wired.sender.wait()
    latest = list(wired.world.deliveries.values())[-1]
    assert latest.code == 0 and "failed to connect" in latest.problem


def test_lost_doubled_and_held(wired: Wired) -> None:
    wired.names()
    wired.to.received.clear()
    for kind in (FaultKind.LOST, FaultKind.DOUBLED, FaultKind.HELD, FaultKind.HELD, FaultKind.DELAYED):
        wired.world.faults.add(Fault(kind, "HOOK issue_comment.created", seconds=0.01))
    for number in range(6):
        wired.world.comment(wired.play.pull, wired.play.olga, f"{number}")
    wired.names()
    bodies = [r.body["comment"]["body"] for r in wired.to.received]
    assert sorted(bodies) == ["1", "1", "4", "5"] and wired.sender.held() == 2
    assert wired.to.received[0].headers["x-github-delivery"] == wired.to.received[1].headers["x-github-delivery"]
    wired.sender.release(lambda position: -position)
    wired.names()
    assert [r.body["comment"]["body"] for r in wired.to.received][-2:] == ["3", "2"]


def test_only_whom_it_concerns(wired: Wired) -> None:
    world = wired.world
    elsewhere = world.create_repository(
        ForgeKind.GITHUB, "ada/own", members={"ben": wired.world.permission(wired.play.repository, wired.play.ada)}
    )
    world.commit(elsewhere, wired.play.ben, "main", {"x": "1"}, "Own\n")
    installation = next(iter(world.installations.values()))
    installation.suspended = True
    world.comment(wired.play.pull, wired.play.olga, "unheard")
    installation.suspended = False
    wired.app.events = {"push"}
    world.comment(wired.play.pull, wired.play.olga, "not asked for")
    world.commit(wired.play.repository, wired.play.ben, "change", {"x": "1"}, "Heard\n")
    run = world.create_check_run(wired.play.repository, wired.app, "gatehouse", wired.play.pull.head)
    world.rerequest(run, wired.play.olga)
    assert wired.names() == ["installation.created", "push.", "check_run.rerequested"]


def test_both_halves_send_in_their_own_way(tmp_path: Path) -> None:
    world = World(tmp_path)
    play = scene(world, ForgeKind.GITLAB)
    with receiver() as to, Sender(world, wires()) as sender:
        world.add_hook(to.url, SECRET, ("note_events",), repository=play.repository)
        world.comment(play.pull, play.olga, "Hello")
        assert sender.wait()
    assert [r.headers["x-gitlab-event"] for r in to.received] == ["Note Hook"]
    assert to.received[0].headers["x-gitlab-token"] == SECRET
    assert all(SECRET not in d.request_headers.values() for d in world.deliveries.values())
