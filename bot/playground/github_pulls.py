"""Pull requests and what belongs to them as GitHub's JSON tells it, in webhooks and in answers of the API alike.

Source: npm ``@octokit/openapi``, schemas pull-request, pull-request-simple, issue, issue-comment, pull-request-review,
reaction-rollup, check-run, check-suite, status.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.model.forge import Permission
from bot.playground.github_objects import Json, api, app_json, node_id, owner_json, repository_json, time, user_json
from bot.playground.records import CheckRun, Comment, CommitStatus, PullRequest, Reaction, Repository, Review, User
from bot.playground.world import World

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def association(world: World, repository: Repository, user: User) -> str:
    """GitHub's word for what somebody is to a repository."""
    if user.id in world.namespace(repository).members:
        return "MEMBER"
    return "COLLABORATOR" if world.permission(repository, user) >= Permission.WRITE else "NONE"


def pull_json(world: World, pull: PullRequest, *, whole: bool = True) -> Json:
    """A pull request; not ``whole``: as lists tell it, without what has to be counted."""
    row, author = world.repository_of(pull), world.users[pull.author_id]
    url, page = f"{api(world)}/repos/{row.path}", world.web_url(row, pull)
    mine = f"{url}/pulls/{pull.number}"
    found: Json = {
        "url": mine,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": f"{url}/issues/{pull.number}",
        "number": pull.number,
        "state": "open" if pull.is_open else "closed",
        "locked": False,
        "active_lock_reason": None,
        "title": pull.title,
        "user": user_json(world, author),
        "body": pull.body or None,
        "labels": [],
        "milestone": None,
        "created_at": time(pull.created_at),
        "updated_at": time(pull.updated_at),
        "closed_at": time(pull.closed_at),
        "merged_at": time(pull.merged_at),
        "merge_commit_sha": pull.merge_commit or None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _side(world, world.head_repository(pull), pull.head_branch, pull.head, author),
        "base": _side(world, row, pull.base_branch, pull.base_sha, author),
        "author_association": association(world, row, author),
        "auto_merge": None,
        "draft": pull.is_draft,
        **_addresses(url, mine, pull),
    }
    return found | _counted(world, pull) if whole else found


def _addresses(url: str, mine: str, pull: PullRequest) -> Json:
    found = {
        "commits": f"{mine}/commits",
        "review_comments": f"{mine}/comments",
        "review_comment": f"{url}/pulls/comments{{/number}}",
        "comments": f"{url}/issues/{pull.number}/comments",
        "statuses": f"{url}/statuses/{pull.head}",
    }
    links = {**found, "self": mine, "html": mine, "issue": f"{url}/issues/{pull.number}"}
    return {
        **{f"{name}_url": address for name, address in found.items()},
        "_links": {name: {"href": address} for name, address in links.items()},
    }


def _side(world: World, repository: Repository | None, branch: str, sha: str, author: User) -> Json:
    """Head or base; of a head whose repository is gone, the owner is told as null, as GitHub does."""
    owner = repository.owner if repository else "unknown"
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": owner_json(world, repository) if repository else user_json(world, author),
        "repo": repository_json(world, repository) if repository else None,
    }


def _counted(world: World, pull: PullRequest) -> Json:
    row = world.repository_of(pull)
    files = world.changed_files(pull)
    conflicts = pull.is_open and world.conflicts(pull)
    return {
        "merged": pull.is_merged,
        "mergeable": None if not pull.is_open else not conflicts,
        "rebaseable": None if not pull.is_open else not conflicts,
        "mergeable_state": mergeable_state(world, pull, conflicts=conflicts),
        "merged_by": user_json(world, world.users[pull.merged_by]) if pull.merged_by else None,
        "comments": sum(not c.path and not c.system for c in world.comments_of(pull)),
        "review_comments": sum(bool(c.path) for c in world.comments_of(pull)),
        "maintainer_can_modify": False,
        "commits": row.bare.ahead_behind(pull.head, world.merge_base(pull))[0],
        "additions": sum(f.additions for f in files),
        "deletions": sum(f.deletions for f in files),
        "changed_files": len(files),
    }


def mergeable_state(world: World, pull: PullRequest, *, conflicts: bool) -> str:
    """GitHub's word: clean, dirty (conflicts), draft, blocked (protection), unstable (a check that is not required)."""
    if not pull.is_open:
        return "unknown"
    if conflicts:
        return "dirty"
    if pull.is_draft:
        return "draft"
    if world.unmet(pull):
        return "blocked"
    lights = {str(shown.light) for shown in world.shown(world.repository_of(pull), pull.head)}
    return "unstable" if lights & {"red", "yellow"} else "clean"


def issue_json(world: World, pull: PullRequest) -> Json:
    """The pull request as the issue that it also is."""
    row, author = world.repository_of(pull), world.users[pull.author_id]
    url, page = f"{api(world)}/repos/{row.path}/issues/{pull.number}", world.web_url(row, pull)
    pull_url = f"{api(world)}/repos/{row.path}/pulls/{pull.number}"
    return {
        "url": url,
        "repository_url": f"{api(world)}/repos/{row.path}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": page,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "number": pull.number,
        "title": pull.title,
        "user": user_json(world, author),
        "labels": [],
        "state": "open" if pull.is_open else "closed",
        "state_reason": None,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": sum(not c.path and not c.system for c in world.comments_of(pull)),
        "created_at": time(pull.created_at),
        "updated_at": time(pull.updated_at),
        "closed_at": time(pull.closed_at),
        "author_association": association(world, row, author),
        "active_lock_reason": None,
        "draft": pull.is_draft,
        "body": pull.body or None,
        "reactions": reactions_json(f"{url}/reactions", pull.reactions),
        "performed_via_github_app": None,
        "pull_request": {
            "url": pull_url,
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": time(pull.merged_at),
        },
    }


def comment_json(world: World, comment: Comment) -> Json:
    """A comment of the conversation."""
    pull, author = world.pulls[comment.pull_id], world.users[comment.author_id]
    row = world.repository_of(pull)
    url = f"{api(world)}/repos/{row.path}/issues/comments/{comment.id}"
    return {
        "url": url,
        "html_url": f"{world.web_url(row, pull)}#comment-{comment.id}",
        "issue_url": f"{api(world)}/repos/{row.path}/issues/{pull.number}",
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "user": user_json(world, author),
        "created_at": time(comment.created_at),
        "updated_at": time(comment.updated_at),
        "author_association": association(world, row, author),
        "body": comment.body,
        "performed_via_github_app": app_json(world, world.apps[author.app_id]) if author.app_id else None,
        "reactions": reactions_json(f"{url}/reactions", comment.reactions),
    }


def reactions_json(url: str, reactions: Iterable[Reaction]) -> Json:
    """How many there are of each."""
    words = [reaction.content for reaction in reactions]
    return {"url": url, "total_count": len(words), **{word: words.count(word) for word in _REACTIONS}}


def reaction_json(world: World, reaction: Reaction) -> Json:
    """One reaction."""
    return {
        "id": reaction.id,
        "node_id": node_id("Reaction", reaction.id),
        "user": user_json(world, world.users[reaction.user_id]),
        "content": reaction.content,
        "created_at": time(reaction.at),
    }


def review_json(world: World, review: Review) -> Json:
    """A review, its state as the API writes it (webhooks write it small)."""
    pull, author = world.pulls[review.pull_id], world.users[review.author_id]
    row = world.repository_of(pull)
    page = f"{world.web_url(row, pull)}#review-{review.id}"
    url = f"{api(world)}/repos/{row.path}/pulls/{pull.number}"
    return {
        "id": review.id,
        "node_id": node_id("PullRequestReview", review.id),
        "user": user_json(world, author),
        "body": review.body,
        "state": review.state,
        "html_url": page,
        "pull_request_url": url,
        "author_association": association(world, row, author),
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "submitted_at": time(review.submitted_at),
        "commit_id": review.commit,
    }


def check_run_json(world: World, run: CheckRun) -> Json:
    """A check run."""
    row = world.repositories[run.repository_id]
    url = f"{api(world)}/repos/{row.path}/check-runs/{run.id}"
    page = f"{world.web_url(row)}/runs/{run.id}"
    return {
        "id": run.id,
        "head_sha": run.head,
        "node_id": node_id("CheckRun", run.id),
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion or None,
        "started_at": time(run.started_at),
        "completed_at": time(run.completed_at),
        "name": run.name,
        "output": {
            "title": run.title or None,
            "summary": run.summary or None,
            "text": run.text or None,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": check_suite_json(world, row, run.suite_id, run.head, app_id=run.app_id),
        "app": app_json(world, world.apps[run.app_id]),
        "pull_requests": _pulls_at(world, row, run.head),
    }


def check_suite_json(world: World, repository: Repository, suite_id: int, head: str, *, app_id: int) -> Json:
    """The suite of an App on a commit."""
    runs = [r for r in world.runs_of(repository, head) if r.app_id == app_id]
    done = bool(runs) and all(r.status == "completed" for r in runs)
    failed = any(r.conclusion not in ("success", "neutral", "skipped") for r in runs)
    url = f"{api(world)}/repos/{repository.path}/check-suites/{suite_id}"
    started = time(min((r.started_at for r in runs), default=repository.created_at))
    pulls = [p for p in world.pulls_of(repository) if p.head == head]
    return {
        "id": suite_id,
        "node_id": node_id("CheckSuite", suite_id),
        "head_branch": pulls[0].head_branch if pulls else None,
        "head_sha": head,
        "status": "completed" if done else "queued",
        "conclusion": ("failure" if failed else "success") if done else None,
        "url": url,
        "before": None,
        "after": head,
        "pull_requests": _pulls_at(world, repository, head),
        "app": app_json(world, world.apps[app_id]),
        "created_at": started,
        "updated_at": started,
    }


def _pulls_at(world: World, repository: Repository, head: str) -> list[Json]:
    """The open pull requests of this repository's own branches with this head; those from forks are never told."""
    url = f"{api(world)}/repos/{repository.path}"
    short = {"id": repository.id, "url": url, "name": repository.name}
    return [
        {
            "id": p.id,
            "number": p.number,
            "url": f"{url}/pulls/{p.number}",
            "head": {"ref": p.head_branch, "sha": p.head, "repo": short},
            "base": {"ref": p.base_branch, "sha": p.base_sha, "repo": short},
        }
        for p in world.pulls_of(repository)
        if p.is_open and p.head == head and p.head_repository_id == repository.id
    ]


def status_json(world: World, status: CommitStatus) -> Json:
    """A commit status."""
    row = world.repositories[status.repository_id]
    author = user_json(world, world.users[status.author_id])
    return {
        "url": f"{api(world)}/repos/{row.path}/statuses/{status.commit}",
        "avatar_url": author["avatar_url"],
        "id": status.id,
        "node_id": node_id("Status", status.id),
        "state": status.state,
        "description": status.description or None,
        "target_url": status.target_url or None,
        "context": status.context,
        "created_at": time(status.created_at),
        "updated_at": time(status.updated_at),
        "creator": author,
    }
