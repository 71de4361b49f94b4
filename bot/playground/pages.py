"""The pages for people: server-rendered, without JavaScript, everything escaped by the templates."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirect

from bot.model.forge import ForgeKind, Permission
from bot.playground.errors import Missing, Refused
from bot.playground.pushed_branches import without_pull
from bot.playground.records import PullRequest, Repository
from bot.playground.viewing import (
    actor,
    ago,
    body,
    conversation,
    file_views,
    overall,
    persons,
    push_url,
    requirements,
    seen_repository,
    stamp,
)
from bot.playground.world import World

_MOST_TEXT = 1024 * 1024  # a file that a page shows or edits
_MOST_FILES = 400  # that a page lists
_OF_MACHINES = ("/api/", "/git/")  # which answer errors in the forge's own way
_SENTENCES = {
    404: "There is no such page.",
    405: "There is no such form.",
    413: "That is more than a form here takes: push it with git.",
    500: "The playground met a defect of its own; the terminal in which it runs says more.",
}


def blueprint(world: World) -> Blueprint:
    """The routes of all pages; forms are posted to ``forms.blueprint``."""
    routes = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/-/static"
    )
    _lists(routes, world)
    _pull_pages(routes, world)
    _file_pages(routes, world)

    @routes.app_errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return _refusal(world, str(error), error.status)

    @routes.app_errorhandler(HTTPException)
    def unknown(error: HTTPException) -> Redirect:
        """What no route of ours answers."""
        if request.path.startswith(_OF_MACHINES):
            return error.get_response()
        status = error.code or 500
        return _refusal(world, _SENTENCES.get(status, "This request cannot be answered."), status)

    return routes


def _refusal(world: World, sentence: str, status: int) -> Response:
    """The page of what was not done. Who then acts as somebody else comes to a page, and not to the address of a form."""
    back = _page_before()
    here = request.full_path if request.method == "GET" else back or "/"
    return make_response(page(world, "refused.html", sentence=sentence, back=back, here=here), status)


def page(world: World, template: str, **values: Any) -> str:
    """A template with what each of them needs."""
    usual = {"actor": actor(world), "persons": persons(world), "address": world.web_url, "here": request.full_path}
    usual["begins"] = world.begins or not usual["persons"]
    now = world.now()
    return render_template(template, ago=lambda at: ago(at, now), kinds=ForgeKind, **usual | values)


def _page_before() -> str:
    """The path of the page of ours that a request came from, "" for none."""
    parts = urlsplit(request.referrer or "")
    return f"{parts.path}?{parts.query}".rstrip("?") if parts.netloc == request.host and parts.path != "/" else ""


def found(world: World, kind: str, path: str, number: int) -> tuple[Repository, PullRequest]:
    """The repository and the pull request of an address. Raises Missing."""
    row = seen_repository(world, kind, path)
    return row, world.pull(row, number)


def _lists(routes: Blueprint, world: World) -> None:
    @routes.get("/favicon.ico")
    def icon() -> Response:
        """Browsers ask for it by themselves on pages that name none."""
        return routes.send_static_file("icon.svg")

    @routes.get("/")
    def home() -> str:
        with world.lock:
            seen = [r for r in world.repositories.values() if world.permission(r, actor(world)) >= Permission.READ]
            halves = {
                kind: [(row, _listed(world, row, is_open=True)) for row in seen if row.kind is kind]
                for kind in ForgeKind
            }
            waits = {"grey", "yellow"} & {light for rows in halves.values() for _, open in rows for _, light, _ in open}
            return page(world, "home.html", halves=halves, waits=waits)

    @routes.get("/<kind>/<path:path>")
    def repository(kind: str, path: str) -> str:
        with world.lock:
            row = seen_repository(world, kind, path)
            return page(
                world,
                "repository.html",
                repository=row,
                open=_listed(world, row, is_open=True),
                closed=_listed(world, row, is_open=False)[::-1],
                files=_files(row, row.bare.branch(row.default_branch)),
                branches=without_pull(world, row),
                clone_url=push_url(world, row, actor(world)),
                protection=world.protection(row, row.default_branch),
                role=world.permission(row, actor(world)),
                roles=Permission,
            )


def _listed(world: World, row: Repository, *, is_open: bool) -> list[tuple[PullRequest, str, str]]:
    """Pull requests with the light of their head and the name of their author."""
    pulls = [p for p in world.pulls_of(row) if p.is_open == is_open]
    return [(p, str(overall(world, p)), world.users[p.author_id].login) for p in pulls]


def _files(row: Repository, commit: str) -> list[str]:
    return row.bare.files(commit) if commit else []


def _pull_pages(routes: Blueprint, world: World) -> None:
    @routes.get("/<path:path>/-/merge_requests/<int:number>")
    def merge_request(path: str, number: int) -> Redirect:
        """GitLab's own address of a merge request, which a browser follows with the anchor of a note."""
        row, pull = found(world, str(ForgeKind.GITLAB), path.removeprefix(f"{ForgeKind.GITLAB}/"), number)
        return redirect(urlsplit(world.web_url(row, pull)).path, 302)

    @routes.get("/<kind>/<path:path>/-/pull/<int:number>")
    def pull(kind: str, path: str, number: int) -> str:
        with world.lock:
            row, pull = found(world, kind, path, number)
            return page(
                world,
                "pull.html",
                **_head(world, row, pull),
                entries=conversation(world, pull),
                description=body(world, pull.body),
                stamp=stamp(world, pull),
                role=world.permission(row, actor(world)),
                roles=Permission,
                rows=len(requirements(world, pull)),
            )

    @routes.get("/<kind>/<path:path>/-/pull/<int:number>/state")
    def state(kind: str, path: str, number: int) -> str:
        """The part of the page that looks at the forge again by itself: checks and whether it may be merged."""
        with world.lock:
            row, pull = found(world, kind, path, number)
            fresh = request.args.get("stamp", "") in ("", str(stamp(world, pull)))
            values = {**_head(world, row, pull), "blockers": world.blockers(pull), "fresh": fresh}
            values["role"], values["roles"] = world.permission(row, actor(world)), Permission
            return page(world, "state.html", requirements=requirements(world, pull), **values)

    @routes.get("/<kind>/<path:path>/-/pull/<int:number>/files")
    def files(kind: str, path: str, number: int) -> str:
        with world.lock:
            row, pull = found(world, kind, path, number)
            return page(world, "files.html", **_head(world, row, pull), views=file_views(world, pull))

    @routes.get("/<kind>/<path:path>/-/runs/<int:number>")
    def run(kind: str, path: str, number: int) -> str:
        with world.lock:
            row = seen_repository(world, kind, path)
            shown = world.check_runs.get(number)
            if shown is None or shown.repository_id != row.id:
                raise Missing(f"There is no check run {number}.")
            pulls = [p for p in world.pulls_of(row) if p.head == shown.head]
            texts = {"summary": body(world, shown.summary), "text": body(world, shown.text)}
            return page(world, "run.html", repository=row, run=shown, pulls=pulls, **texts)


def _head(world: World, row: Repository, pull: PullRequest) -> dict[str, Any]:
    """What the top of each page about a pull request shows."""
    source = world.head_repository(pull)
    return {
        "repository": row,
        "pull": pull,
        "author": world.users[pull.author_id],
        "head_repository": source,
        "here_url": world.web_url(row, pull),
        "count": len(world.changed_files(pull)),
        "may_push": pull.is_open and source is not None and world.may_push(source, actor(world), pull.head_branch),
        "mark": "!" if row.kind is ForgeKind.GITLAB else "#",
    }


def _file_pages(routes: Blueprint, world: World) -> None:
    @routes.get("/<kind>/<path:path>/-/edit")
    def edit(kind: str, path: str) -> str:
        """A file of the default branch, to be changed on a branch of its own."""
        with world.lock:
            row = seen_repository(world, kind, path)
            commit, file = row.bare.branch(row.default_branch), request.args.get("file", "")
            values = {"repository": row, "pull": None, "commit": commit, "file": file, "most": _MOST_FILES}
            return page(world, "edit.html", text=_text(row, commit, file), files=_files(row, commit), **values)

    @routes.get("/<kind>/<path:path>/-/pull/<int:number>/edit")
    def push(kind: str, path: str, number: int) -> str:
        """A file of the head, to be changed on the head branch."""
        with world.lock:
            row, pull = found(world, kind, path, number)
            file = request.args.get("file", "")
            values = {**_head(world, row, pull), "commit": pull.head, "file": file, "most": _MOST_FILES}
            values["changed"] = [changed.path for changed in world.changed_files(pull) if changed.status != "removed"]
            return page(world, "edit.html", text=_text(row, pull.head, file), files=_files(row, pull.head), **values)

    @routes.get("/<kind>/<path:path>/-/blob/<commit>/<path:file>")
    def blob(kind: str, path: str, commit: str, file: str) -> str:
        with world.lock:
            row = seen_repository(world, kind, path)
            found_at = row.bare.commit_id(commit)
            if not found_at:
                raise Missing(f"There is no commit {commit}.")
            if row.bare.file(found_at, file) is None and not row.bare.is_directory(found_at, file):
                raise Missing(f"There is no {file} at {found_at[:12]}.")
            text = _text(row, found_at, file)
            return page(world, "blob.html", repository=row, commit=found_at, file=file, lines=text.split("\n"))


def _text(row: Repository, commit: str, file: str) -> str:
    """The content of a text file, "" for one that is not there yet. Raises Refused for what no page can show."""
    content = row.bare.file(commit, file) if commit and file else b""
    if content is None:
        if commit and file and row.bare.is_directory(commit, file):
            raise Refused(f"{file} is a directory: name a file in it.")
        return ""
    if len(content) > _MOST_TEXT or b"\0" in content:
        raise Refused(f"{file} is no text, or too long for a page.")
    return content.decode(errors="replace")
