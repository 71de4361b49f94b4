"""Quick actions of GitLab: lines of a note that are taken out of it and done with the rights of who wrote it.

The rules, as GitLab's own extractor and note services have them: a line at column 0 with ``/`` and a known name counts,
in any case of letters, whether or not the action fits a merge request; lines within a complete fence, ``>>>`` quote or
HTML block do not. All matched lines go; what is left is the note, and a note of which nothing is left is not kept. This
matters to bots twice: a command like ``/promote`` never reaches them, and a line of hostile text in *their* note acts with
their rights.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.playground.errors import Refused
from bot.playground.records import Comment, PullRequest, User
from bot.playground.world import World

# The names that GitLab knows (docs.gitlab.com/user/project/quick_actions), for issues, merge requests and epics alike.
_NAMES = """
add_child add_contacts add_email approve assign assign_reviewer award blocked_by blocks board_move
checkin_reminder child_of clear_health_status clear_weight clone close confidential convert_to_ticket
copy_metadata copy_metadata_from create_merge_request done draft due duplicate epic estimate estimate_time
health_status invite_email iteration label labels link lock mark_as_duplicate_of merge milestone move page
parent_epic promote promote_to promote_to_incident publish react ready reassign reassign_reviewer rebase relabel
relate remind_me remove_assignee remove_child remove_child_epic remove_contacts remove_due_date remove_email
remove_epic remove_estimate remove_iteration remove_label remove_milestone remove_parent remove_parent_epic
remove_time_estimate remove_time_spent remove_zoom reopen request_changes request_review run_pipeline set_parent
severity ship shrug spend spend_time spent submit_review subscribe tableflip target_branch timeline title todo
type unapprove unassign unassign_reviewer unblock unlabel unlink unlock unrelate unsubscribe weight wip zoom
"""
NAMES = frozenset(_NAMES.split())

_COMMAND = re.compile(r"/([a-z_]+)(?: (.*))?", re.IGNORECASE)
_FENCE = re.compile(r"(`{3,})[^`]*")
_TAG = re.compile(r"<([a-z][a-z0-9]*)[^>]*>", re.IGNORECASE)


class Action(NamedTuple):
    """``name`` in small letters."""

    name: str
    argument: str = ""


class Said(NamedTuple):
    """``comment`` None: the note was actions alone and is not kept. ``done``: what each action did, in a sentence."""

    comment: Comment | None
    done: list[str]


def extract(body: str) -> tuple[str, list[Action]]:
    """What is left of a note, without carriage returns and space at its end, and the actions in it."""
    lines = body.replace("\r", "").split("\n")
    kept: list[str] = []
    actions: list[Action] = []
    at = 0
    while at < len(lines):
        end = _block_end(lines, at)
        if end:
            kept += lines[at : end + 1]
            at = end + 1
            continue
        command = _COMMAND.fullmatch(lines[at].rstrip())
        if command and command[1].lower() in NAMES:
            actions.append(Action(command[1].lower(), (command[2] or "").strip()))
        else:
            kept.append(lines[at])
        at += 1
    return "\n".join(kept).rstrip(), actions


def say(world: World, pull: PullRequest, author: User, body: str) -> Said:
    """A new note, as GitLab takes it from whomever: its actions are done, and what is left is kept. Raises what
    ``World.comment`` raises."""
    with world.lock:
        left, actions = extract(body)
        if not actions:
            return Said(world.comment(pull, author, left), [])
        comment = world.comment(pull, author, left) if left else None
        return Said(comment, [_do(world, pull, author, action) for action in actions])


def edit(world: World, comment: Comment, actor: User, body: str) -> Said:
    """A note gets another text; its actions are done as those of a new one, and nothing left means that it goes."""
    with world.lock:
        left, actions = extract(body)
        if not left and actions:
            world.delete_comment(comment, actor)
        else:
            world.edit_comment(comment, actor, left)
        pull = world.pulls[comment.pull_id]
        return Said(comment if left else None, [_do(world, pull, actor, action) for action in actions])


def _do(world: World, pull: PullRequest, actor: User, action: Action) -> str:
    """Do what the playground knows of; the others are gone from the note all the same."""
    try:
        match action.name:
            case "approve":
                world.approve(pull, actor)
            case "unapprove":
                world.unapprove(pull, actor)
            case "merge" | "ship":
                world.merge(pull, actor)
            case "close":
                world.close(pull, actor)
            case "reopen":
                world.reopen(pull, actor)
            case "draft":
                world.set_draft(pull, actor, not pull.is_draft)
            case "ready":
                world.set_draft(pull, actor, False)
            case "title":
                world.edit_pull(pull, actor, title=action.argument)
            case "target_branch":
                world.edit_pull(pull, actor, base_branch=action.argument)
            case _:
                return "Failed to apply commands."
    except Refused as error:
        return f"Failed to apply /{action.name}: {error}"
    return f"Applied /{action.name}."


def _block_end(lines: list[str], at: int) -> int:
    """The last line of the fence, quote or HTML block that begins here; 0 where none begins, or it is never closed."""
    line = lines[at]
    if fence := _FENCE.fullmatch(line):
        return _next(lines, at, fence[1])
    if line == ">>>":
        return _next(lines, at, ">>>")
    if tag := _TAG.fullmatch(line):
        return _next(lines, at, f"</{tag[1]}>")
    return 0


def _next(lines: list[str], at: int, wanted: str) -> int:
    return next((n for n in range(at + 1, len(lines)) if lines[n] == wanted), 0)
