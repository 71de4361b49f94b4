"""Rows as GitLab's API writes them; field names and forms follow docs.gitlab.com/api. What nobody asks for is left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.model.forge import ForgeKind, Permission
from bot.playground import gitlab_remembered
from bot.playground.changes import ChangedFile
from bot.playground.gitlab_call import LEVELS
from bot.playground.records import (
    Comment,
    CommitStatus,
    Hook,
    Organisation,
    PullRequest,
    Reaction,
    Repository,
    Review,
    User,
    Version,
)
from bot.playground.world import World

Json = dict[str, Any]
HOOK_EVENTS = (
    "push_events",
    "merge_requests_events",
    "note_events",
    "pipeline_events",
    "tag_push_events",
    "issues_events",
)


def stamp(at: datetime | None) -> str | None:
    """A time, in thousandths of a second as GitLab gives it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z" if at else None


def user(world: World, row: User) -> Json:
    """The short form."""
    return {
        "id": row.id,
        "username": row.login,
        "name": row.name,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{world.url}/{row.login}",
    }


def person(world: World, row: User) -> Json:
    """The form of a single user. Everybody shows their address here."""
    public = "" if row.is_bot else row.email
    return {**user(world, row), "bot": row.is_bot, "public_email": public, "bio": "", "location": None}


def me(world: World, row: User) -> Json:
    return {**person(world, row), "email": row.email, "is_admin": False, "can_create_project": True, "external": False}


def member(world: World, row: User, role: Permission) -> Json:
    return {**user(world, row), "access_level": LEVELS[role], "membership_state": "active", "expires_at": None}


def group(world: World, row: Organisation) -> Json:
    name = row.path.rpartition("/")[2]
    return {
        "id": row.id,
        "name": name,
        "path": name,
        "full_path": row.path,
        "full_name": row.path.replace("/", " / "),
        "visibility": "public",
        "web_url": f"{world.url}/groups/{row.path}",
        "parent_id": next((o.id for o in world.organisations.values() if _is_parent(o, row)), None),
    }


def simple_project(world: World, row: Repository) -> Json:
    url = world.clone_url(row)
    return {
        "id": row.id,
        "name": row.name,
        "path": row.name,
        "path_with_namespace": row.path,
        "name_with_namespace": row.path.replace("/", " / "),
        "default_branch": row.default_branch,
        "http_url_to_repo": url,
        "ssh_url_to_repo": f"git@playground:{row.path}.git",
        "web_url": world.web_url(row),
        "created_at": stamp(row.created_at),
        "namespace": {"full_path": row.owner, "path": row.owner.rpartition("/")[2], "kind": "group"},
    }


def project(world: World, row: Repository, role: Permission | None) -> Json:
    """``role``: the caller's own in it, None for somebody unknown."""
    access = {"access_level": LEVELS[role], "notification_level": 3} if role else None
    found = {
        **simple_project(world, row),
        "visibility": "private" if row.private else "public",
        "archived": False,
        "merge_requests_enabled": True,
        "only_allow_merge_if_pipeline_succeeds": any(each.checks for each in row.protections.values()),
        "shared_with_groups": [],
        "permissions": {"project_access": access, "group_access": None},
    }
    source = world.repositories.get(row.fork_of)
    return {**found, "forked_from_project": simple_project(world, source)} if source else found


def merge_request(world: World, row: PullRequest, tip: str = "") -> Json:
    """What both lists and single answers hold. ``tip``: that of the target branch now, where the caller knows it."""
    target = world.repository_of(row)
    conflicts = row.is_open and _conflicts(target, tip or target.bare.branch(row.base_branch), row.head)
    blocked = row.is_open and bool(world.unmet(row))
    return {
        "id": row.id,
        "iid": row.number,
        "project_id": target.id,
        "title": row.title,
        "description": row.body,
        "state": state_of(row),
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "merged_at": stamp(row.merged_at),
        "closed_at": None if row.is_merged else stamp(row.closed_at),
        "merge_user": user(world, world.users[row.merged_by]) if row.merged_by else None,
        "target_branch": row.base_branch,
        "source_branch": row.head_branch,
        "author": user(world, world.users[row.author_id]),
        "assignees": [],
        "reviewers": [],
        "source_project_id": row.head_repository_id or None,
        "target_project_id": target.id,
        "labels": list(row.labels),
        "draft": row.is_draft,
        "work_in_progress": row.is_draft,
        "merge_status": "cannot_be_merged" if conflicts else "can_be_merged",
        "detailed_merge_status": _mergeable(row, conflicts=conflicts, blocked=blocked),
        "has_conflicts": conflicts,
        "sha": row.head,
        "merge_commit_sha": row.merge_commit or None,
        "user_notes_count": sum(not c.system for c in world.comments_of(row)),
        "references": {"short": f"!{row.number}", "relative": f"!{row.number}", "full": f"{target.path}!{row.number}"},
        "web_url": f"{world.url}/gitlab/{target.path}/-/merge_requests/{row.number}",
        "squash": False,
    }


def state_of(row: PullRequest) -> str:
    return "merged" if row.is_merged else "opened" if row.is_open else "closed"


def whole_merge_request(world: World, row: PullRequest) -> Json:
    """A single answer."""
    version, target = row.versions[-1], world.repository_of(row)
    tip = target.bare.branch(row.base_branch) if row.is_open else version.base
    count = gitlab_remembered.count_of_files(target.bare.directory, tip or version.base, row.head)
    return {
        **merge_request(world, row, tip),
        "changes_count": str(count) if count <= 1000 else "1000+",
        "diff_refs": {"base_sha": version.start, "head_sha": row.head, "start_sha": version.base},
        "head_pipeline": _head_pipeline(world, row),
        "merge_error": None,
        "first_contribution": False,
    }


def version(row: Version, pull: PullRequest) -> Json:
    return {
        "id": row.id,
        "head_commit_sha": row.head,
        "base_commit_sha": row.start,
        "start_commit_sha": row.base,
        "created_at": stamp(row.at),
        "merge_request_id": pull.id,
        "state": "collected",
        "real_size": "1",
    }


def diff(row: ChangedFile) -> Json:
    return {
        "old_path": row.old_path,
        "new_path": row.path,
        "a_mode": row.old_mode,
        "b_mode": row.new_mode,
        "diff": row.patch + "\n" if row.patch else "",
        "new_file": row.status == "added",
        "renamed_file": row.status == "renamed",
        "deleted_file": row.status == "removed",
        "generated_file": False,
        "collapsed": False,
        "too_large": False,
    }


def note(world: World, row: Comment) -> Json:
    pull = world.pulls[row.pull_id]
    return {
        "id": row.id,
        "type": "DiffNote" if row.path else None,
        "body": row.body,
        "attachment": None,
        "author": user(world, world.users[row.author_id]),
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "system": row.system,
        "noteable_id": pull.id,
        "noteable_type": "MergeRequest",
        "project_id": pull.repository_id,
        "noteable_iid": pull.number,
        "resolvable": bool(row.path),
        "confidential": False,
        "internal": False,
        "commands_changes": {},
    }


def award(world: World, row: Reaction, subject: Comment | PullRequest) -> Json:
    kind = "Note" if isinstance(subject, Comment) else "MergeRequest"
    return {
        "id": row.id,
        "name": row.content,
        "user": user(world, world.users[row.user_id]),
        "created_at": stamp(row.at),
        "updated_at": stamp(row.at),
        "awardable_id": subject.id,
        "awardable_type": kind,
        "url": None,
    }


def approval(world: World, row: Review) -> Json:
    return {"user": user(world, world.users[row.author_id]), "approved_at": stamp(row.submitted_at)}


def commit_status(world: World, row: CommitStatus, pipeline: int) -> Json:
    ended = row.state not in ("pending", "running")
    return {
        "id": row.id,
        "sha": row.commit,
        "ref": row.ref,
        "status": row.state,
        "name": row.context,
        "target_url": row.target_url or None,
        "description": row.description or None,
        "created_at": stamp(row.created_at),
        "started_at": stamp(row.created_at) if row.state != "pending" else None,
        "finished_at": stamp(row.updated_at) if ended else None,
        "allow_failure": False,
        "coverage": None,
        "pipeline_id": pipeline,
        "author": user(world, world.users[row.author_id]),
    }


def hook(row: Hook) -> Json:
    """The secret is never told again."""
    return {
        "id": row.id,
        "url": row.url,
        "project_id": row.repository_id,
        "enable_ssl_verification": True,
        "alert_status": "executable",
        "disabled_until": None,
        **{name: name in row.events or "*" in row.events for name in HOOK_EVENTS},
    }


def _conflicts(target: Repository, tip: str, head: str) -> bool:
    return not tip or gitlab_remembered.conflicts(target.bare.directory, tip, head)


def _is_parent(above: Organisation, row: Organisation) -> bool:
    return above.kind is ForgeKind.GITLAB and above.path.lower() == row.path.lower().rpartition("/")[0]


def _mergeable(row: PullRequest, *, conflicts: bool, blocked: bool) -> str:
    if not row.is_open:
        return "not_open"
    if row.is_draft:
        return "draft_status"
    if conflicts:
        return "conflict"
    return "ci_must_pass" if blocked else "mergeable"


def _head_pipeline(world: World, row: PullRequest) -> Json | None:
    """The newest pipeline of the head under its branch, in the repository that the branch is in."""
    source = world.head_repository(row)
    rows = [s for s in world.statuses_of(source, row.head) if s.ref == row.head_branch] if source else []
    if not rows:
        return None
    states = {s.context: s.state for s in reversed(rows)}.values()
    return {"id": rows[-1].id, "sha": row.head, "ref": row.head_branch, "status": pipeline_state(states)}


def pipeline_state(states: Any) -> str:
    """What a pipeline is, by its jobs' latest states."""
    words = set(states)
    for word in ("running", "pending", "failed", "canceled"):
        if word in words:
            return word
    return "success" if words else "created"
