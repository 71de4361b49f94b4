"""Routes of GitHub's API about repositories, pull requests, reviews and the people in them.
https://docs.github.com/en/rest/pulls"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.model.forge import ForgeKind, Permission
from bot.playground.changes import ChangedFile
from bot.playground.errors import Invalid, Missing
from bot.playground.github_call import Answer, Call, PlainInvalid
from bot.playground.github_objects import api, permissions_json, repository_json, user_json
from bot.playground.github_pulls import pull_json, review_json
from bot.playground.records import PullRequest, Repository
from bot.playground.world import World

MOST_FILES = 3_000  # GitHub lists no more, and says nothing of it
_OLD_WORDS = {Permission.TRIAGE: "read", Permission.MAINTAIN: "write"}


def repository(call: Call) -> Answer:
    return Answer(repository_json(call.world, call.repository("metadata:read")))


def pulls(call: Call) -> Answer:
    rows = call.world.pulls_of(call.repository("pull_requests:read"))
    state, base = call.query.get("state", "open"), call.query.get("base", "")
    head = call.query.get("head", "")
    chosen = [
        row
        for row in rows
        if state in ("all", "open" if row.is_open else "closed")
        and base in ("", row.base_branch)
        and head in ("", _label(call.world, row))
    ]
    newest_first = (
        call.query.get("direction", "desc" if call.query.get("sort", "created") == "created" else "asc") == "desc"
    )
    chosen.sort(key=lambda row: row.number, reverse=newest_first)
    return call.listed(chosen, lambda row: pull_json(call.world, row, whole=False), made=lambda row: row.created_at)


def of_commit(call: Call) -> Answer:
    """The pull requests that hold a commit; here those whose head it is."""
    rows = [
        row
        for row in call.world.pulls_of(call.repository("pull_requests:read"))
        if row.head == call.params["commit_sha"]
    ]
    return call.listed(rows, lambda row: pull_json(call.world, row, whole=False), made=lambda row: row.created_at)


def pull(call: Call) -> Answer:
    return Answer(pull_json(call.world, call.pull("pull_number", "pull_requests:read")))


def edit(call: Call) -> Answer:
    row = call.pull("pull_number", "pull_requests:write")
    user, body = call.caller.user, call.body
    call.world.edit_pull(row, user, title=body.get("title"), body=body.get("body"), base_branch=body.get("base"))
    if body.get("state") == "closed" and row.is_open:
        call.world.close(row, user)
    elif body.get("state") == "open" and not row.is_open:
        call.world.reopen(row, user)
    return Answer(pull_json(call.world, row))


def files(call: Call) -> Answer:
    row = call.pull("pull_number", "pull_requests:read")
    changed = call.world.changed_files(row)[:MOST_FILES]
    where = call.world.repository_of(row)
    return call.listed(changed, lambda each: _file(call.world, where, row.head, each))


def reviews(call: Call) -> Answer:
    row = call.pull("pull_number", "pull_requests:read")
    rows = call.world.reviews_of(row)
    return call.listed(rows, lambda each: review_json(call.world, each), made=lambda each: each.submitted_at)


def merge(call: Call) -> Answer:
    row = call.pull("pull_number", "contents:write")
    method = call.text("merge_method", of="PullRequest") or "merge"
    message = call.text("commit_message", of="PullRequest")
    made = call.world.merge(
        row, call.caller.user, sha=call.text("sha", of="PullRequest"), method=method, message=message
    )
    return Answer({"sha": made, "merged": True, "message": "Pull Request successfully merged"})


def permission(call: Call) -> Answer:
    """The five switches and both words for a role; the older word knows neither triage nor maintain."""
    row, user = call.repository("metadata:read"), call.world.user(call.params["username"])
    role = call.world.permission(row, user)
    account = user_json(call.world, user) | {"permissions": permissions_json(role), "role_name": role.name.lower()}
    word = _OLD_WORDS.get(role, role.name.lower())
    return Answer({"permission": word, "role_name": role.name.lower(), "user": account})


def membership(call: Call) -> Answer:
    """Of a team, as its organization's installation sees it."""
    world, org = call.world, call.params["org"]
    organisation = world.organisation(ForgeKind.GITHUB, org)
    if call.caller.installation is not None and call.installation.organisation_id != organisation.id:
        raise Missing("Not Found")
    call.need("members:read")
    team = organisation.teams.get(call.params["team_slug"].lower())
    user = world.user(call.params["username"])
    if team is None or user.id not in team.members:
        raise Missing("Not Found")
    url = f"{api(world)}/organizations/{organisation.id}/team/{team.id}/memberships/{user.login}"
    return Answer({"url": url, "role": "member", "state": "active"})


def user(call: Call) -> Answer:
    row = call.world.user(call.params["username"])
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    nothing = dict.fromkeys(("company", "location", "email", "hireable", "bio", "twitter_username"))
    made = "2026-01-01T00:00:00Z"
    more = {"name": row.name, "blog": "", "created_at": made, "updated_at": made}
    return Answer({**user_json(call.world, row), **counts, **nothing, **more})


def review(call: Call) -> Answer:
    """``event`` left out would be a review that is pending; the playground has none."""
    row = call.pull("pull_number", "pull_requests:write")
    verdict, words, commit = (call.text(name, of="PullRequestReview") for name in ("event", "body", "commit_id"))
    try:
        made = call.world.review(row, call.caller.user, verdict, words, commit=commit)
    except Invalid as error:
        raise PlainInvalid(str(error)) from error
    return Answer(review_json(call.world, made))


def _label(world: World, row: PullRequest) -> str:
    source = world.head_repository(row)
    return f"{source.owner if source else 'unknown'}:{row.head_branch}"


def _file(world: World, where: Repository, head: str, each: ChangedFile) -> dict[str, Any]:
    path, page = quote(each.path), world.web_url(where)
    found: dict[str, Any] = {
        "sha": each.blob,
        "filename": each.path,
        "status": each.status,
        "additions": each.additions,
        "deletions": each.deletions,
        "changes": each.additions + each.deletions,
        "blob_url": f"{page}/blob/{head}/{path}",
        "raw_url": f"{page}/raw/{head}/{path}",
        "contents_url": f"{api(world)}/repos/{where.path}/contents/{path}?ref={head}",
    }
    if each.patch:
        found["patch"] = each.patch
    if each.status == "renamed":
        found["previous_filename"] = each.old_path
    return found


_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
ROUTES = (
    ("GET", "/repos/{owner}/{repo}", repository),
    ("GET", "/repos/{owner}/{repo}/pulls", pulls),
    ("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", of_commit),
    ("GET", _PULL, pull),
    ("PATCH", _PULL, edit),
    ("GET", f"{_PULL}/files", files),
    ("GET", f"{_PULL}/reviews", reviews),
    ("POST", f"{_PULL}/reviews", review),
    ("PUT", f"{_PULL}/merge", merge),
    ("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", permission),
    ("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}", membership),
    ("GET", "/users/{username}", user),
)
