"""GitLab's webhooks: what each event asks for."""

from __future__ import annotations

from typing import Any

import pytest
from gitlab_hooks import BOT, DELIVERY, PROJECT, deliver, encoded, note, read, with_token

from bot.model.job import Job, JobKind
from bot.webhooks.base import MAX_BODY, Malformed, Refused

HEAD, BASE, NONE = "a" * 40, "b" * 40, "0" * 40


def request(action: str | None, changes: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    return {"object_attributes": {"iid": 7, "action": action, **attributes}, "changes": changes}


@pytest.mark.parametrize(
    "payload",
    [
        request("open"),
        request("reopen"),
        request("close"),
        request("merge"),
        request("approved"),
        request("unapproved"),
        request("approval"),
        request("unapproval"),
        request("update", {"title": {}}, oldrev=BASE),
        request("update", {"target_branch": {"previous": "a", "current": "b"}}),
        request("update", {"title": {}, "draft": {}}),
        request("update", {}),
        request("update"),
        request("open", target={"path_with_namespace": PROJECT.path}),
    ],
)
def test_what_can_change_the_verdict_asks_for_a_check(payload: dict[str, Any]) -> None:
    delivery = deliver("merge_request", **payload)
    assert delivery.event == f"merge_request.{payload['object_attributes']['action']}"
    assert delivery.jobs == (Job(JobKind.CHECK, PROJECT, number=7, delivery=DELIVERY),)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("merge_request", request("update", {"labels": {}, "title": {}, "updated_at": {}})),
        ("merge_request", request(None)),
        ("merge_request", request("open", iid=0)),
        ("merge_request", request("open", iid="7")),
        ("merge_request", request("open", iid=10**40)),
        ("merge_request", request("open", target={"path_with_namespace": "shop/other"})),
        ("merge_request", {"object_attributes": [7]}),
        ("push", {"ref": "refs/heads/main", "before": BASE, "after": NONE}),
        ("push", {"ref": "refs/heads/a..b", "before": BASE, "after": HEAD}),
        ("tag_push", {"ref": "refs/tags/v1", "before": BASE, "after": HEAD}),
        ("pipeline", {"object_attributes": {"status": "success"}, "merge_request": {"iid": 7}}),
        ("pipeline", {"object_attributes": {"status": "running", "source": "external", "sha": HEAD}}),
        ("pipeline", {"object_attributes": {"status": "running", "source": "push", "sha": NONE}}),
        ("pipeline", {"object_attributes": {"status": "running", "source": "push", "sha": HEAD, "tag": True}}),
        (
            "pipeline",
            {
                "object_attributes": {"status": "running", "source": "merge_request_event", "sha": HEAD},
                "merge_request": {"iid": 7, "target_project_id": 99},
            },
        ),
        (
            "pipeline",
            {
                "object_attributes": {"status": "running", "source": "merge_request_event", "sha": HEAD},
                "merge_request": {"iid": 7, "state": "merged"},
            },
        ),
        ("issue", {"object_attributes": {"action": "open", "iid": 7}}),
        ("kind_of_tomorrow", {}),
        ("Odd Kind\x1b", {}),
    ],
)
def test_what_asks_for_nothing_says_why(kind: str, payload: dict[str, Any]) -> None:
    delivery = deliver(kind, **payload)
    assert delivery.jobs == ()
    assert delivery.note
    assert delivery.event.split(".")[0] in (kind, "unknown")


def test_a_push_names_the_branch_and_both_commits() -> None:
    (job,) = deliver("push", ref="refs/heads/main", before=BASE, after=HEAD).jobs
    assert job == Job(JobKind.PUSH, PROJECT, branch="main", before=BASE, after=HEAD, delivery=DELIVERY)


@pytest.mark.parametrize("status", ["created", "pending", "running", "manual"])
def test_a_pipeline_that_begins_asks_whether_our_statuses_are_in_it(status: str) -> None:
    own = {"status": status, "source": "merge_request_event", "sha": HEAD}
    (job,) = deliver("pipeline", object_attributes=own, merge_request={"iid": 7, "state": "opened"}).jobs
    assert job == Job(JobKind.CHECK, PROJECT, number=7, delivery=DELIVERY)
    (job,) = deliver("pipeline", object_attributes={**own, "source": "push"}, merge_request=None).jobs
    assert job == Job(JobKind.SWEEP, PROJECT, after=HEAD, delivery=DELIVERY)


@pytest.mark.parametrize("text", [f"@{BOT} check", "/gatehouse check", "hello\r\n/gatehouse explain x"])
def test_a_command_of_a_person_is_a_job(text: str) -> None:
    (job,) = deliver("note", **note(text)).jobs
    assert job == Job(JobKind.COMMAND, PROJECT, number=7, comment=99, delivery=DELIVERY)


def test_an_older_gitlab_tells_a_new_note_by_its_times() -> None:
    then, later = "2026-11-23 11:59:00 UTC", "2026-11-23 11:59:30 UTC"
    assert deliver("note", **note("/gatehouse check", action=None, created_at=then, updated_at=then)).jobs
    assert not deliver("note", **note("/gatehouse check", action=None, created_at=then, updated_at=later)).jobs
    assert not deliver("note", **note("/gatehouse check", action=None)).jobs


@pytest.mark.parametrize(
    "payload",
    [
        note("/check"),
        note("> /gatehouse check"),
        note("/gatehouse check", action="update"),
        note("/gatehouse check", action=["create"]),
        note("/gatehouse check", noteable_type="Issue"),
        note("/gatehouse check", type="DiffNote"),
        note("/gatehouse check", line_code="x_1_1"),
        note("/gatehouse check", system=True),
        note("/gatehouse check", internal=True),
        note("/gatehouse check", confidential=True),
        note("/gatehouse check", id=None),
        note("/gatehouse check") | {"merge_request": {"iid": 7, "state": "merged"}},
        note("/gatehouse check") | {"merge_request": None},
        note("/gatehouse check") | {"user": {"username": BOT.upper()}},
        note("/gatehouse check") | {"user": {"username": "project_12_bot_0a1b"}},
        note("/gatehouse check") | {"user": {"username": "group_12_bot"}},
        note("/gatehouse check") | {"user": None},
    ],
)
def test_other_notes_are_no_jobs(payload: dict[str, Any]) -> None:
    delivery = deliver("note", **payload)
    assert delivery.jobs == ()
    assert delivery.note


NO_PATHS = "|deploy|shop//deploy|../../etc|shop/..|shop/deploy.git|-x/y|shop/de ploy|shop/deploy\n"


@pytest.mark.parametrize("path", [*NO_PATHS.split("|"), "x/" * 30 + "y"])
def test_a_path_that_is_no_project_asks_for_nothing(path: str) -> None:
    delivery = deliver("merge_request", **request("open"), project={"path_with_namespace": path})
    assert delivery.jobs == ()
    assert delivery.note


@pytest.mark.parametrize("path", ["shop/deploy", "shop/a/b/c/d", "_x/.y", "shop/de.plo-y_2"])
def test_a_path_may_have_subgroups(path: str) -> None:
    (job,) = deliver("merge_request", **request("open"), project={"path_with_namespace": path}).jobs
    assert job.repository.path == path


def test_the_id_of_the_delivery_is_one_that_stays_over_retries() -> None:
    body = encoded("push")
    uuid = {"X-Gitlab-Event-UUID": "13792a34-cac6-4fda-95a8-c58e00a3954e"}
    bare = with_token()
    del bare["Idempotency-Key"]
    assert read(with_token(**uuid), body).id == DELIVERY
    assert read({**bare, **uuid}, body).id == uuid["X-Gitlab-Event-UUID"]
    first, second = read(bare, body).id, read(bare, body).id
    assert first
    assert first != second


@pytest.mark.parametrize(
    ("changed", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Idempotency-Key": "a b"}, b"{}", 400),
        ({}, b"", 400),
        ({}, b"{", 400),
        ({}, b" " * (MAX_BODY + 1), 413),
    ],
)
def test_what_is_no_webhook_is_told_by_its_status(changed: dict[str, str], body: bytes, status: int) -> None:
    with pytest.raises(Malformed) as malformed:
        read({**with_token(), **changed}, body)
    assert malformed.value.status == status
    if status != 413:
        with pytest.raises(Refused):
            read({**with_token("another"), **changed}, body)


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b'{"a":' * 200_000 + b"0" + b"}" * 200_000])
def test_a_body_that_is_no_object_asks_for_nothing(body: bytes) -> None:
    delivery = read(with_token(), body)
    assert (delivery.id, delivery.event, delivery.jobs) == (DELIVERY, "unknown", ())
    assert delivery.note
