"""The playground's pages over HTTP: what they show, what their forms do, and who may not use them."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from playground_forge import PATHS, Scene, ask, scene

from bot.model.forge import ForgeKind
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import CheckAnnotation, Protection
from bot.playground.serving import LocalForge

NASTY = "</textarea></title><script>alert(1)</script>'\"&{{7*7}}"


class Played:
    def __init__(self, forge: LocalForge, play: Scene) -> None:
        self.forge, self.play, self.world = forge, play, forge.world
        self.page = f"/{play.repository.kind}/{play.repository.path}/-/pull/{play.pull.number}"

    def get(self, path: str, login: str = "ben") -> str:
        answer = ask(self.forge.url, path, Cookie=f"playground-actor={login}")
        assert answer.status == 200, answer.text
        return answer.text

    def post(self, path: str, login: str = "ben", **form: str) -> int:
        return ask(self.forge.url, path, form, Cookie=f"playground-actor={login}").status


@pytest.fixture(params=list(ForgeKind))
def played(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Played]:
    with LocalForge(tmp_path) as forge:
        yield Played(forge, scene(forge.world, request.param))


def test_lists_show_what_is_there(played: Played) -> None:
    played.world.set_status(played.play.repository, played.play.ada, played.play.pull.head, "ci", "success")
    for path in ("/", f"/{played.play.repository.kind}/{PATHS[played.play.repository.kind]}"):
        page = played.get(path)
        assert "Scale" in page and played.page in page and 'class="light green"' in page


def test_nothing_that_people_write_is_more_than_text(played: Played) -> None:
    world, (_, repository, pull, ada, ben, olga) = played.world, played.play
    world.edit_pull(pull, ben, title=NASTY, body=NASTY)
    world.comment(pull, olga, NASTY)
    world.commit(repository, ben, "change", {"<script>alert(1)</script>.yaml": NASTY}, NASTY)
    world.set_status(repository, ada, pull.head, NASTY, "success", description=NASTY, target_url="javascript:alert(1)")
    app = world.add_app("a", b"", {}, [])
    notes = [CheckAnnotation("<script>alert(1)</script>.yaml", 1, 1, "failure", NASTY, NASTY)]
    run = world.create_check_run(
        repository,
        app,
        NASTY,
        pull.head,
        title=NASTY,
        summary=NASTY,
        details_url="javascript:alert(1)",
        annotations=notes,
    )
    base = played.page.partition("/-/")[0]
    file = "%3Cscript%3Ealert(1)%3C%2Fscript%3E.yaml"
    pages = [f"{played.page}{rest}" for rest in ("", "/state", "/files", f"/edit?file={file}")]
    pages += [
        f"{base}{rest}" for rest in ("", f"/-/runs/{run.id}", f"/-/blob/{pull.head}/{file}", f"/-/edit?file={file}")
    ]
    for path in ("/", *pages):
        page = played.get(path)
        assert "<script" not in page and "</textarea></title>" not in page, path
        assert 'href="javascript:' not in page, path
    assert "{{7*7}}" in played.get(played.page)


def test_every_page_forbids_what_it_does_not_need(played: Played) -> None:
    for path in ("/", played.page, f"{played.page}/state", "/nowhere/at/all", "/-/static/playground.css"):
        policy = ask(played.forge.url, path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "script" not in policy


def test_a_comment_a_review_and_a_merge(played: Played) -> None:
    world, pull = played.world, played.play.pull
    assert played.post(f"{played.page}/comment", "olga", body="Hello\r\nthere") == 303
    assert [c.body for c in world.comments_of(pull)] == ["Hello\nthere"]
    assert played.post(f"{played.page}/comment", "olga", body=" ") == 422
    assert played.post(f"{played.page}/review", "ben", verdict="APPROVE", head=pull.head) in (
        (422,) if played.play.repository.kind is ForgeKind.GITHUB else (303,)
    )
    assert played.post(f"{played.page}/review", "ada", verdict="APPROVE", head=pull.head) == 303
    assert "ada" in {u.login for u in world.approvers(pull)}
    assert played.post(f"{played.page}/merge", "olga", head=pull.head) == 403
    assert played.post(f"{played.page}/merge", "ben", head="0" * 40) == 409
    assert played.post(f"{played.page}/merge", "ben", head=pull.head) == 303
    assert pull.is_merged and "Merged" in played.get(played.page)


def test_a_required_check_stops_the_button(played: Played) -> None:
    world, pull, repository = played.world, played.play.pull, played.play.repository
    world.protect(repository, Protection("main", checks=("gatehouse",)))
    state = played.get(f"{played.page}/state")
    assert "has not reported" in state and "<form" not in state
    assert played.post(f"{played.page}/merge", "ada", head=pull.head) == 405
    world.set_status(repository, played.play.ada, pull.head, "gatehouse", "success")
    state = played.get(f"{played.page}/state")
    assert "May be merged" in state and "/merge" in state
    assert "/merge" not in played.get(f"{played.page}/state", "olga")


def test_a_push_by_the_form(played: Played) -> None:
    world, pull = played.world, played.play.pull
    shown, files = pull.head, {"file": "app.yaml", "text": "replicas: 5\r\n", "message": "Five"}
    assert "replicas: 2" in played.get(f"{played.page}/edit?file=app.yaml")
    assert played.post(f"{played.page}/push", "olga", commit=shown, **files) == 403
    assert played.post(f"{played.page}/push", commit=shown, **files) == 303
    bare = played.play.repository.bare
    assert bare.file(pull.head, "app.yaml") == b"replicas: 5\n" and bare.commit(pull.head).message == "Five\n"
    assert played.post(f"{played.page}/push", commit=shown, **files) == 409  # somebody was faster
    removal = {"file": "app.yaml", "text": "", "remove": "1"}
    assert played.post(f"{played.page}/push", commit=pull.head, **removal) == 303
    assert bare.file(pull.head, "app.yaml") is None
    for name in ("../x", "/etc/passwd", ".git/config", "a//b", "", "a\nb"):
        assert played.post(f"{played.page}/push", commit=pull.head, file=name, text="x") == 422
    assert len(world.pulls_of(played.play.repository)) == 1


def test_a_change_can_be_proposed(played: Played) -> None:
    base = f"/{played.play.repository.kind}/{played.play.repository.path}"
    assert played.post(f"{base}/-/propose", file="new.yaml", text="a: 1\n", message="A new one") == 303
    pull = played.world.pull(played.play.repository, 2)
    assert (pull.title, pull.head_branch) == ("A new one", "ben-patch-1")
    assert played.post(f"{base}/-/propose", "olga", file="new.yaml", text="a: 1\n") == 403


def test_states(played: Played) -> None:
    pull = played.play.pull
    for to, wanted in (
        ("draft", (True, True)),
        ("ready", (True, False)),
        ("closed", (False, False)),
        ("open", (True, False)),
    ):
        assert played.post(f"{played.page}/change", to=to) == 303
        assert (pull.is_open, pull.is_draft) == wanted
    assert played.post(f"{played.page}/change", to="nonsense") == 422
    assert played.post(f"{played.page}/change", "olga", to="closed") == 403


def test_on_gitlab_a_line_can_be_a_quick_action(played: Played) -> None:
    assert played.post(f"{played.page}/comment", "ben", body="/close") == 303
    is_gitlab = played.play.repository.kind is ForgeKind.GITLAB
    assert played.play.pull.is_open != is_gitlab
    kept = [c.body for c in played.world.comments_of(played.play.pull) if not c.system]
    assert kept == ([] if is_gitlab else ["/close"])


def test_forms_of_other_sites_are_refused(played: Played) -> None:
    for origin in (
        "http://evil.example",
        "null",
        "",
        played.forge.url + ".evil.example",
        "https" + played.forge.url[4:],
    ):
        answer = ask(
            played.forge.url, f"{played.page}/comment", {"body": "x"}, Origin=origin, Cookie="playground-actor=ben"
        )
        assert answer.status == 403
    assert not played.world.comments_of(played.play.pull)


def test_other_names_that_lead_here_are_refused(played: Played) -> None:
    port = int(played.forge.url.rpartition(":")[2])
    for host, status in (("evil.example", 403), (f"evil.example:{port}", 403), (f"localhost:{port}", 200)):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/", headers={"Host": host})
        assert connection.getresponse().status == status
        connection.close()


def test_acting_as_somebody(played: Played) -> None:
    answer = ask(played.forge.url, "/-/act-as", {"login": "olga", "back": played.page})
    assert answer.headers["location"] == played.page
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("playground-actor=olga") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "set-cookie" not in ask(played.forge.url, "/-/act-as", {"login": "nobody"}).headers
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert ask(played.forge.url, "/-/act-as", {"login": "olga", "back": back}).headers["location"] == "/"


def test_the_box_says_that_the_page_is_old(played: Played) -> None:
    stamp = played.get(played.page).split("state?stamp=")[1].split('"')[0]
    assert "Something happened" not in played.get(f"{played.page}/state?stamp={stamp}")
    comment = played.world.comment(played.play.pull, played.play.olga, "Hm")
    assert "Something happened" in played.get(f"{played.page}/state?stamp={stamp}")
    stamp = played.get(played.page).split("state?stamp=")[1].split('"')[0]
    played.world.react(comment, played.play.ada, "eyes")
    assert "Something happened" in played.get(f"{played.page}/state?stamp={stamp}")


def test_gitlab_s_own_addresses_lead_to_the_page(tmp_path: Path) -> None:
    with LocalForge(tmp_path) as forge:
        played = Played(forge, scene(forge.world, ForgeKind.GITLAB))
        note = played.world.comment(played.play.pull, played.play.olga, "Hm")
        for prefix in ("", "/gitlab"):
            answer = ask(forge.url, f"{prefix}/acme/platform/gitops/-/merge_requests/1")
            assert (answer.status, answer.headers["location"]) == (302, played.page)
        assert f'id="note_{note.id}"' in played.get(played.page)
        assert ask(forge.url, "/acme/platform/gitops/-/merge_requests/9").status == 404


def test_what_is_private_is_not_shown(tmp_path: Path) -> None:
    with LocalForge(tmp_path) as forge:
        played = Played(forge, scene(forge.world, ForgeKind.GITHUB, private=True))
        assert "gitops" in played.get("/", "ben") and "gitops" not in played.get("/", "olga")
        for path in (played.page, f"{played.page}/state", f"{played.page}/files", played.page.partition("/-/")[0]):
            assert ask(forge.url, path, Cookie="playground-actor=olga").status == 404
        assert played.post(f"{played.page}/comment", "olga", body="Hello?") == 404


def test_the_first_page_says_what_this_is_and_how_each_pull_request_stands(played: Played) -> None:
    page = played.get("/")
    assert "says on each pull request" in page and "/gatehouse help" in page
    assert "no checks yet" in page and 'http-equiv="refresh"' in page  # it follows the bot's first verdicts
    played.world.set_status(played.play.repository, played.play.ada, played.play.pull.head, "ci", "success")
    page = played.get("/")
    assert "checks passed" in page and 'http-equiv="refresh"' not in page


def test_files_can_be_chosen_by_those_who_may_push(played: Played) -> None:
    page = played.get(f"{played.page}/edit")
    changed, _, every = page.partition("All files")
    assert '<a href="?file=app.yaml">' in changed and '<a href="?file=old.txt">' not in changed
    assert '<a href="?file=old.txt">' in every
    assert "Push a change" in played.get(played.page) and "edit?file=" in played.get(f"{played.page}/files")
    assert "Push a change" not in played.get(played.page, "olga")
    assert "edit?file=" not in played.get(f"{played.page}/files", "olga")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"file": "app.yaml", "text": "replicas: 2\r\n"}, "nothing to push"),
        ({"file": "new.yaml", "remove": "1"}, "There is no new.yaml"),
        ({"file": "apps", "text": "x"}, "apps is a directory"),
        ({"file": "app.yaml/x", "text": "x"}, "app.yaml is a file"),
    ],
)
def test_a_push_that_is_none_is_refused_with_a_way_back(played: Played, form: dict[str, str], said: str) -> None:
    head = played.world.commit(played.play.repository, played.play.ben, "change", {"apps/a.yaml": "a: 1\n"}, "Apps\n")
    before = f"{played.page}/edit?file=x"
    headers = {"Cookie": "playground-actor=ben", "Referer": played.forge.url + before}
    answer = ask(played.forge.url, f"{played.page}/push", {"commit": head, **form}, **headers)
    assert answer.status == 422 and said in answer.text and f'<a href="{before}">Back' in answer.text
    assert played.play.pull.head == head


def test_a_directory_is_no_new_file(played: Played) -> None:
    played.world.commit(played.play.repository, played.play.ben, "change", {"apps/a.yaml": "a: 1\n"}, "Apps\n")
    answer = ask(played.forge.url, f"{played.page}/edit?file=apps", Cookie="playground-actor=ben")
    assert answer.status == 400 and "apps is a directory" in answer.text


def test_faults_can_be_asked_for_and_ended(played: Played) -> None:
    faults = played.world.faults
    assert played.post("/-/faults", kind="502-after", times="3", seconds="", route="POST */comments") == 303
    assert played.post("/-/faults", kind="lost", times="0") == 303
    assert faults.waiting() == [
        Fault(FaultKind.AFTER_502, "POST */comments", 2, times=3),
        Fault(FaultKind.LOST, "HOOK *", 2, times=0),
    ]
    page = played.get("/-/faults")
    assert (
        "answers 502 all the same: <code>POST */comments</code>, 3 times" in page and "A webhook is never sent" in page
    )
    assert "Let something go wrong" in played.get("/")
    for form in ({"kind": "fire"}, {"kind": "lost", "times": "-1"}, {"kind": "latency", "seconds": "9999"}):
        assert played.post("/-/faults", **form) == 422
    assert played.post("/-/faults/end") == 303
    assert faults.waiting() == []


def test_every_fault_can_be_asked_for_that_nobody_has_to_release(played: Played) -> None:
    page, kinds = played.get("/-/faults"), set(FaultKind) - {FaultKind.HELD}
    for kind in kinds:
        assert f'value="{kind}"' in page
        assert played.post("/-/faults", kind=str(kind)) == 303
    assert {fault.kind for fault in played.world.faults.waiting()} == kinds
    assert played.post("/-/faults", kind=str(FaultKind.HELD)) == 422


def test_a_review_of_an_older_head_says_so_and_can_be_dismissed(played: Played) -> None:
    world, (_, repository, pull, ada, ben, _) = played.world, played.play
    if repository.kind is ForgeKind.GITLAB:
        world.approve(pull, ada)
    else:
        world.review(pull, ada, "APPROVE")
    assert "an older head" not in played.get(played.page)
    world.commit(repository, ben, "change", {"app.yaml": "replicas: 5\n"}, "More\n")
    assert f"approved at {pull.versions[0].head[:8]}, an older head" in played.get(played.page)
    (review,) = world.reviews_of(pull)
    is_github = repository.kind is ForgeKind.GITHUB
    assert (">Dismiss<" in played.get(played.page)) == is_github
    assert ">Dismiss<" not in played.get(played.page, "olga")
    assert played.post(f"{played.page}/dismiss", "olga", review=str(review.id)) == (403 if is_github else 422)
    assert played.post(f"{played.page}/dismiss", review=str(review.id)) == (303 if is_github else 422)
    assert review.state == ("DISMISSED" if is_github else "APPROVED")


def test_a_check_that_runs_is_told_so(played: Played) -> None:
    world, (_, repository, pull, ada, *_) = played.world, played.play
    world.protect(repository, Protection("main", checks=("gatehouse",)))
    world.set_status(repository, ada, pull.head, "gatehouse", "pending")
    assert "The required check gatehouse has not ended yet." in played.get(f"{played.page}/state")
