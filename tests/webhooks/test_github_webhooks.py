"""GitHub's webhooks: who is believed, and what each event asks for."""

from __future__ import annotations

from typing import Any

import pytest
from github_hooks import BASE, DELIVERY, HEAD, NONE, REPOSITORY, SECRET, comment, deliver, headers

from bot.model.job import Job, JobKind
from bot.webhooks import github
from bot.webhooks.base import MAX_BODY, Malformed, Refused

BODY = b'{"zen":"Design for failure.","hook_id":1}'


def check(number: int, *, again: bool = False) -> Job:
    return Job(JobKind.CHECK, REPOSITORY, number=number, again=again, delivery=DELIVERY)


def test_the_vector_of_github() -> None:
    """https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation"""
    got = headers("ping", b"")
    got["X-Hub-Signature-256"] = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    with pytest.raises(Malformed):  # believed, and then found to be no JSON
        github.read(got, b"Hello, World!", ["It's a Secret to Everybody"])
    with pytest.raises(Refused):
        github.read(got, b"Hello, World?", ["It's a Secret to Everybody"])


def test_a_ping_is_believed_and_asks_for_nothing() -> None:
    delivery = github.read(headers("ping", BODY), BODY, [SECRET])
    assert (delivery.id, delivery.event, delivery.jobs) == (DELIVERY, "ping", ())
    assert delivery.note


def test_every_live_secret_counts_and_names_of_headers_know_no_case() -> None:
    got = {name.upper(): value for name, value in headers("ping", BODY, "the next one").items()}
    assert github.read(got, BODY, [SECRET, "the next one"]).id == DELIVERY


def test_a_signature_of_another_secret_or_form_is_refused_without_quoting_it() -> None:
    signature = headers("ping", BODY)["X-Hub-Signature-256"]
    hexadecimal = signature.removeprefix("sha256=")
    for wrong in (
        headers("ping", BODY, "another")["X-Hub-Signature-256"],
        hexadecimal,
        f"sha1={hexadecimal[:40]}",
        f"sha256={hexadecimal[:-1]}",
        f"sha256={hexadecimal.upper()}",
        f"{signature}, {signature}",
        f"sha256={hexadecimal[:-1]}\u0663",
        "",
    ):
        with pytest.raises(Refused) as refused:
            github.read({**headers("ping", BODY), "X-Hub-Signature-256": wrong}, BODY, [SECRET])
        assert refused.value.status == 401
        assert not wrong or wrong not in str(refused.value)
        assert hexadecimal not in str(refused.value)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_believed(secrets: list[str]) -> None:
    with pytest.raises(Refused):
        github.read(headers("ping", BODY, ""), BODY, secrets)


def test_sha_1_alone_does_not_count() -> None:
    got = headers("ping", BODY)
    del got["X-Hub-Signature-256"]
    with pytest.raises(Refused):
        github.read({**got, "X-Hub-Signature": "sha1=" + "0" * 40}, BODY, [SECRET])


@pytest.mark.parametrize(
    ("changed", "body", "status"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, BODY, 415),
        ({"Content-Type": ""}, BODY, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, BODY, 415),
        ({"X-GitHub-Event": ""}, BODY, 400),
        ({"X-GitHub-Event": "../ping"}, BODY, 400),
        ({"X-GitHub-Delivery": ""}, BODY, 400),
        ({"X-GitHub-Delivery": "a\nb"}, BODY, 400),
        ({"X-GitHub-Delivery": "a" * 200}, BODY, 400),
        ({}, b"", 400),
        ({}, b"{", 400),
        ({}, b'{"a": NaN}', 400),
        ({}, "{}".encode("utf-16"), 400),
        ({}, b'{"a": "\xff"}', 400),
        ({}, b" " * (MAX_BODY + 1), 413),
    ],
)
def test_what_is_no_webhook_is_told_by_its_status(changed: dict[str, str], body: bytes, status: int) -> None:
    with pytest.raises(Malformed) as malformed:
        github.read({**headers("ping", body), **changed}, body, [SECRET])
    assert malformed.value.status == status


def test_the_media_type_may_name_its_encoding() -> None:
    got = {**headers("ping", BODY), "Content-Type": 'Application/JSON; charset="UTF-8"'}
    assert github.read(got, BODY, [SECRET]).event == "ping"


def test_an_unsigned_body_is_refused_before_anything_of_it_is_read() -> None:
    with pytest.raises(Refused):
        github.read({**headers("ping", b"{", "another"), "Content-Type": "text/plain"}, b"{", [SECRET])


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", {"action": "opened", "pull_request": {"number": 7}}),
        ("pull_request", {"action": "synchronize", "pull_request": {"number": 7}}),
        ("pull_request", {"action": "reopened", "pull_request": {"number": 7}}),
        ("pull_request", {"action": "ready_for_review", "pull_request": {"number": 7}}),
        ("pull_request", {"action": "converted_to_draft", "pull_request": {"number": 7}}),
        ("pull_request", {"action": "edited", "changes": {"base": {"ref": {}}}, "pull_request": {"number": 7}}),
        ("pull_request_review", {"action": "submitted", "pull_request": {"number": 7}}),
        ("pull_request_review", {"action": "dismissed", "pull_request": {"number": 7}}),
        ("pull_request_review", {"action": "edited", "pull_request": {"number": 7}}),
        ("pull_request", {"action": "closed", "pull_request": {"number": 7}}),
    ],
)
def test_what_can_change_the_verdict_asks_for_a_check(event: str, payload: dict[str, Any]) -> None:
    delivery = deliver(event, payload)
    assert (delivery.event, delivery.jobs) == (f"{event}.{payload['action']}", (check(7),))


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", {"action": "edited", "changes": {"title": {"from": "x"}}, "pull_request": {"number": 7}}),
        ("pull_request", {"action": "labeled", "pull_request": {"number": 7}}),
        ("pull_request", {"action": "opened", "pull_request": {"number": True}}),
        ("pull_request", {"action": "opened", "pull_request": {"number": 2**31}}),
        ("pull_request", {"action": "opened", "pull_request": {"number": 10**30}}),
        ("pull_request", {"action": "opened", "pull_request": {"number": 7}, "repository": {"full_name": "../etc"}}),
        ("pull_request", {"action": "opened", "pull_request": {"number": 7}, "repository": {"full_name": "o/r\n"}}),
        ("pull_request", {"action": "opened", "pull_request": {"number": 7}, "repository": {"full_name": "a/b/c"}}),
        ("pull_request", {"action": ["opened"], "pull_request": {"number": 7}}),
        ("pull_request_review_comment", {"action": "created", "pull_request": {"number": 7}}),
        ("check_run", {"action": "completed", "check_run": {"pull_requests": [{"number": 7}]}}),
        ("check_run", {"action": "requested_action", "check_run": {"pull_requests": [{"number": 7}]}}),
        ("check_suite", {"action": "requested", "check_suite": {"pull_requests": [{"number": 7}]}}),
        ("merge_group", {"action": "destroyed", "merge_group": {"head_sha": HEAD, "base_ref": "refs/heads/main"}}),
        (
            "merge_group",
            {"action": "checks_requested", "merge_group": {"head_sha": "x", "head_ref": "refs/heads/q"}},
        ),
        ("installation", {"action": "deleted", "repositories": [{"full_name": "o/r"}]}),
        ("installation", {"action": "unsuspend"}),
        ("installation_repositories", {"action": "removed", "repositories_removed": [{"full_name": "o/r"}]}),
        ("push", {"ref": "refs/tags/v1", "before": BASE, "after": HEAD}),
        ("push", {"ref": "refs/heads/main", "before": BASE, "after": NONE}),
        ("push", {"ref": "refs/heads/gh-readonly-queue/main/pr-1-x", "before": NONE, "after": HEAD}),
        ("push", {"ref": "refs/heads/a b", "before": BASE, "after": HEAD}),
        ("push", {"ref": "refs/heads/-x", "before": BASE, "after": HEAD}),
        ("push", {"ref": "refs/heads/\ud800", "before": BASE, "after": HEAD}),
        ("push", {"ref": "refs/heads/main", "before": BASE, "after": "HEAD"}),
        ("star", {"action": "created"}),
        ("an_event_of_tomorrow", {}),
    ],
)
def test_what_asks_for_nothing_says_why(event: str, payload: dict[str, Any]) -> None:
    delivery = deliver(event, payload)
    assert delivery.jobs == ()
    assert delivery.note


def test_numbers_beyond_what_python_reads_are_none() -> None:
    body = b'{"action":"opened","repository":{"full_name":"o/r"},"pull_request":{"number":1' + b"0" * 5_000 + b"}}"
    assert github.read(headers("pull_request", body), body, [SECRET]).note == "it names no pull request"


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7", b"[" * 200_000 + b"]" * 200_000])
def test_a_signed_body_that_is_no_object_asks_for_nothing(body: bytes) -> None:
    delivery = github.read(headers("pull_request", body), body, [SECRET])
    assert (delivery.event, delivery.jobs) == ("pull_request", ())
    assert delivery.note


def test_a_push_names_the_branch_and_both_commits() -> None:
    (job,) = deliver("push", {"ref": "refs/heads/release/$(1);`x`", "before": BASE, "after": HEAD}).jobs
    expected = Job(JobKind.PUSH, REPOSITORY, branch="release/$(1);`x`", before=BASE, after=HEAD, delivery=DELIVERY)
    assert job == expected
    (job,) = deliver("push", {"ref": "refs/heads/new", "before": NONE, "after": HEAD}).jobs
    assert (job.branch, job.before, job.after) == ("new", "", HEAD)


def test_a_command_of_a_person_on_an_open_pull_request_is_a_job() -> None:
    delivery = deliver("issue_comment", comment("Please\r\n\r\n/check\r\n/gatehouse explain x"))
    assert delivery.jobs == (Job(JobKind.COMMAND, REPOSITORY, number=7, comment=99, delivery=DELIVERY),)


@pytest.mark.parametrize(
    "payload",
    [
        comment("no command"),
        comment("```\n/check\n```"),
        comment("/check", action="edited"),
        comment("/check", action="deleted"),
        comment("/check", issue={"number": 7, "state": "open"}),
        comment("/check", issue={"number": 7, "state": "open", "pull_request": None}),
        comment("/check", issue={"number": 7, "state": "closed", "pull_request": {}}),
        comment("/check", sender={"login": "renovate[bot]", "type": "Bot"}),
        comment("/check", sender={"login": "x[bot]", "type": "User"}),
        comment("/check", comment={"id": 99, "body": "/check", "user": {"login": "b", "type": "Bot"}}),
        comment("/check", comment={"id": 99, "body": "/check", "user": None}),
        comment("/check", comment={"id": 99, "body": None, "user": {"login": "b", "type": "User"}}),
        comment("/check", comment={"id": "99", "body": "/check", "user": {"login": "b", "type": "User"}}),
        comment("/check", comment=None),
    ],
)
def test_other_comments_are_no_jobs(payload: dict[str, Any]) -> None:
    delivery = deliver("issue_comment", payload)
    assert delivery.jobs == ()
    assert delivery.note


@pytest.mark.parametrize("event", ["check_run", "check_suite"])
def test_another_run_is_asked_for_by_the_pull_requests_or_the_commit(event: str) -> None:
    rows = [{"number": 7, "base": {"repo": {"id": 1}}}, {"number": 8, "base": {"repo": {"id": 2}}}, {"number": 9}, None]
    delivery = deliver(event, {"action": "rerequested", event: {"head_sha": HEAD, "pull_requests": rows}})
    assert delivery.jobs == (check(7, again=True), check(9, again=True))
    delivery = deliver(event, {"action": "rerequested", event: {"head_sha": HEAD, "pull_requests": []}})
    assert delivery.jobs == (Job(JobKind.SWEEP, REPOSITORY, after=HEAD, again=True, delivery=DELIVERY),)


def test_a_merge_group_is_to_be_checked() -> None:
    queue = f"gh-readonly-queue/main/pr-7-{BASE}"  # by it the flow knows whose approvals count
    group = {"head_sha": HEAD, "base_sha": BASE, "base_ref": "refs/heads/main", "head_ref": f"refs/heads/{queue}"}
    expected = Job(JobKind.MERGE_GROUP, REPOSITORY, branch=queue, before=BASE, after=HEAD, delivery=DELIVERY)
    assert deliver("merge_group", {"action": "checks_requested", "merge_group": group}).jobs == (expected,)
    del group["base_sha"]
    assert deliver("merge_group", {"action": "checks_requested", "merge_group": group}).jobs == (expected,)
    group["head_ref"] = "refs/heads/main"  # the flow tells the commit that this is none of a queue
    (job,) = deliver("merge_group", {"action": "checks_requested", "merge_group": group}).jobs
    assert (job.branch, job.before, job.after) == ("main", "", HEAD)


@pytest.mark.parametrize(
    ("event", "action", "key"),
    [
        ("installation", "created", "repositories"),
        ("installation", "new_permissions_accepted", "repositories"),
        ("installation_repositories", "added", "repositories_added"),
    ],
)
def test_repositories_that_come_are_swept(event: str, action: str, key: str) -> None:
    rows = [{"full_name": "o/a"}, {"full_name": "o/a/b"}, None, {"full_name": "o/.github"}, {"full_name": "o/a"}]
    delivery = deliver(event, {"action": action, key: rows})
    assert [(job.kind, job.repository.path) for job in delivery.jobs] == [
        (JobKind.SWEEP, "o/a"),
        (JobKind.SWEEP, "o/.github"),
    ]


def test_jobs_of_one_delivery_are_bounded() -> None:
    rows = [{"full_name": f"o/r{number}"} for number in range(600)]
    delivery = deliver("installation", {"action": "created", "repositories": rows})
    assert len(delivery.jobs) == 500
    assert "100 more" in delivery.note


def test_a_body_under_the_name_of_another_event_asks_for_nothing_else() -> None:
    """The name of the event is not signed. No body gives a command, a push or a merge group under another name."""
    for event in ("push", "pull_request", "merge_group", "check_run", "installation"):
        assert deliver(event, comment("/check")).jobs == ()
    body = {"action": "submitted", "pull_request": {"number": 7}, "review": {"body": "/check", "id": 1}}
    assert deliver("issue_comment", body).jobs == ()


def test_nothing_of_a_payload_stands_in_a_note() -> None:
    odd = "odd\x1b[31m"
    for event in ("pull_request", "issue_comment", "push", "check_run", "merge_group", "installation", "star"):
        delivery = deliver(event, {"action": odd, "ref": odd, "repository": {"full_name": odd}, "number": odd})
        assert "odd" not in delivery.note
        assert delivery.event == event
