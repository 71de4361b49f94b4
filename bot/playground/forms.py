"""What people do on the pages: comment, review, push, merge, close - as whoever they chose to act as."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from bot.model.forge import ForgeKind
from bot.playground.errors import Conflict, Invalid
from bot.playground.gitlab_quick_actions import say
from bot.playground.pages import found
from bot.playground.pushed_branches import suggested_title
from bot.playground.records import PullRequest, Repository
from bot.playground.viewing import ACTOR, actor, persons, seen_repository
from bot.playground.world import World

_MOST_FORM = 2 * 1024 * 1024
_OF_GIT = re.compile(r"(\.git|git~1)[ .]*(:.*)?\Z", re.IGNORECASE)  # what means .git on one system or another
Act = Callable[[Repository, PullRequest], None]


def blueprint(world: World) -> Blueprint:
    """The routes that write; each answers with the page that shows what came of it."""
    routes = Blueprint("forms", __name__)

    @routes.before_request
    def bounded() -> None:
        request.max_content_length = _MOST_FORM

    @routes.post("/-/act-as")
    def act_as() -> Response:
        wanted, back = request.form.get("login", ""), request.form.get("back", "/")
        answer = redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/", 303)
        if wanted in {p.login for p in persons(world)}:
            answer.set_cookie(ACTOR, wanted, httponly=True, samesite="Strict", path="/")
        return answer

    def on_pull(name: str, act: Act) -> None:
        def answer(kind: str, path: str, number: int) -> Response:
            with world.lock:
                row, pull = found(world, kind, path, number)
                act(row, pull)
                return redirect(f"{_path(world.web_url(row, pull))}{request.form.get('anchor', '')[:20]}", 303)

        routes.add_url_rule(
            f"/<kind>/<path:path>/-/pull/<int:number>/{name}", name, answer, methods=["POST"]
        )  # the same address as the page that has the form

    on_pull("comment", lambda _, pull: _comment(world, pull))
    on_pull("review", lambda row, pull: _review(world, row, pull))
    on_pull("merge", lambda _, pull: _merge(world, pull))
    on_pull("change", lambda _, pull: _change(world, pull))
    on_pull("dismiss", lambda _, pull: _dismiss(world, pull))
    on_pull("push", lambda _, pull: _push(world, pull))

    @routes.post("/<kind>/<path:path>/-/propose")
    def propose(kind: str, path: str) -> Response:
        with world.lock:
            row = seen_repository(world, kind, path)
            return redirect(_path(world.web_url(row, _propose(world, row))), 303)

    @routes.post("/<kind>/<path:path>/-/open")
    def open_branch(kind: str, path: str) -> Response:
        with world.lock:
            row, branch = seen_repository(world, kind, path), _field("branch")
            pull = world.open_pull(row, actor(world), suggested_title(row, branch), branch)
            return redirect(_path(world.web_url(row, pull)), 303)

    return routes


def _path(url: str) -> str:
    """An address of ours without the host, so that a browser stays on the name it used."""
    return "/" + url.split("://", 1)[1].partition("/")[2]


def _field(name: str) -> str:
    """A field as people mean it: browsers end lines with CR LF."""
    return request.form.get(name, "").replace("\r\n", "\n")


def _comment(world: World, pull: PullRequest) -> None:
    """On GitLab lines that are quick actions are done, and never become a part of the note."""
    if world.repository_of(pull).kind is ForgeKind.GITLAB:
        say(world, pull, actor(world), _field("body"))
    else:
        world.comment(pull, actor(world), _field("body"))


def _review(world: World, row: Repository, pull: PullRequest) -> None:
    verdict, person = request.form.get("verdict", ""), actor(world)
    if row.kind is ForgeKind.GITHUB:
        world.review(pull, person, verdict, _field("body"), commit=request.form.get("head", ""))
    elif verdict == "APPROVE":
        world.approve(pull, person, commit=request.form.get("head", ""))
    elif verdict == "UNAPPROVE":
        world.unapprove(pull, person)
    else:
        raise Invalid("A merge request is approved, or an approval taken back.")


def _dismiss(world: World, pull: PullRequest) -> None:
    wanted = request.form.get("review", "")
    review = next((review for review in world.reviews_of(pull) if str(review.id) == wanted), None)
    if review is None or world.repository_of(pull).kind is not ForgeKind.GITHUB:
        raise Invalid("There is no such review that could be dismissed.")
    world.dismiss(review, actor(world))


def _merge(world: World, pull: PullRequest) -> None:
    world.merge(pull, actor(world), sha=request.form.get("head", ""), method=request.form.get("method", "merge"))


def _change(world: World, pull: PullRequest) -> None:
    """Close, reopen, to a draft and back, a new title or base branch."""
    person = actor(world)
    match request.form.get("to", ""):
        case "closed":
            world.close(pull, person)
        case "open":
            world.reopen(pull, person)
        case "draft":
            world.set_draft(pull, person, True)
        case "ready":
            world.set_draft(pull, person, False)
        case other:
            raise Invalid(f"{other!r} is nothing that a pull request can become.")


def _push(world: World, pull: PullRequest) -> None:
    source = world.head_repository(pull)
    if source is None or not pull.is_open:
        raise Invalid("The head branch is gone, or the pull request is closed.")
    if request.form.get("commit", "") != pull.head:
        raise Conflict("Somebody pushed while you edited: copy your text, and edit the file as it is now.")
    file = _file_name()
    message = _field("message").strip() or f"Change {file}"
    world.commit(source, actor(world), pull.head_branch, {file: _content(source, pull.head, file)}, message + "\n")


def _propose(world: World, row: Repository) -> PullRequest:
    """A branch with one commit, and its pull request."""
    person, file = actor(world), _file_name()
    title = _field("message").strip().split("\n")[0] or f"Change {file}"
    branches = row.bare.branches()
    content = _content(row, branches.get(row.default_branch, ""), file)
    branch = next(name for n in range(1, 10_000) if (name := f"{person.login}-patch-{n}") not in branches)
    world.commit(row, person, branch, {file: content}, title + "\n")
    return world.open_pull(row, person, title, branch)


def _content(row: Repository, commit: str, file: str) -> str | None:
    """What the form makes of the file as it is in a commit ("" for none yet); None: removed. Raises Invalid where that is no
    change, or the name is a directory's."""
    before = row.bare.file(commit, file) if commit else None
    if commit and before is None:
        _require_place(row, commit, file)
    removed = bool(request.form.get("remove"))
    if removed and before is None:
        raise Invalid(f"There is no {file} that could be removed.")
    if not removed and before == _field("text").encode():
        raise Invalid(f"{file} has this text already: nothing to push.")
    return None if removed else _field("text")


def _require_place(row: Repository, commit: str, file: str) -> None:
    """Raises Invalid for a new file that would take the place of others."""
    if row.bare.is_directory(commit, file):
        raise Invalid(f"{file} is a directory: name a file in it.")
    parts = file.split("/")
    for length in range(1, len(parts)):
        if row.bare.file(commit, above := "/".join(parts[:length])) is not None:
            raise Invalid(f"{above} is a file, and no directory.")


def _file_name() -> str:
    file = _field("file").strip()
    parts = file.split("/")
    if len(file) > 1000 or any(p in ("", ".", "..") for p in parts) or not file.isprintable():
        raise Invalid("Name a file by its path from the root of the repository.")
    if any(map(_OF_GIT.match, parts)):
        raise Invalid("Git takes no file of that name: it may be one of its own somewhere.")
    return file
