"""Routes of GitHub's API about the conversation of a pull request, which is that of the issue of its number.
https://docs.github.com/en/rest/issues/comments"""

from __future__ import annotations

from bot.playground.errors import Missing
from bot.playground.github_call import Answer, BadField, Call
from bot.playground.github_pulls import comment_json, reaction_json

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
_READ = ("issues:read", "pull_requests:read")
_WRITE = ("issues:write", "pull_requests:write")


def comments(call: Call) -> Answer:
    rows = call.world.comments_of(call.pull("issue_number", *_READ))
    mine = [row for row in rows if not row.path and not row.system]
    return call.listed(mine, lambda row: comment_json(call.world, row), made=lambda row: row.created_at)


def new_comment(call: Call) -> Answer:
    pull = call.pull("issue_number", *_WRITE)
    row = call.world.comment(pull, call.caller.user, call.text("body", of="IssueComment", needed=True))
    return Answer(comment_json(call.world, row), 201)


def comment(call: Call) -> Answer:
    return Answer(comment_json(call.world, call.comment(*_READ)))


def edit_comment(call: Call) -> Answer:
    row = call.comment(*_WRITE)
    call.world.edit_comment(row, call.caller.user, call.text("body", of="IssueComment", needed=True))
    return Answer(comment_json(call.world, row))


def delete_comment(call: Call) -> Answer:
    call.world.delete_comment(call.comment(*_WRITE), call.caller.user)
    return Answer(None, 204)


def reactions(call: Call) -> Answer:
    content = call.query.get("content", "")
    rows = [row for row in call.comment(*_READ).reactions if content in ("", row.content)]
    return call.listed(rows, lambda row: reaction_json(call.world, row), made=lambda row: row.at)


def react(call: Call) -> Answer:
    """200 and the one that is there, where the caller reacted so before."""
    row, content = call.comment(*_WRITE), call.text("content", of="Reaction", needed=True)
    if content not in REACTIONS:
        raise BadField("Reaction", "content", f"{content} is no reaction")
    made, is_new = call.world.react(row, call.caller.user, content)
    return Answer(reaction_json(call.world, made), 201 if is_new else 200)


def unreact(call: Call) -> Answer:
    row, wanted = call.comment(*_WRITE), call.number("reaction_id")
    if all(each.id != wanted for each in row.reactions):
        raise Missing("Not Found")
    call.world.unreact(row, call.caller.user, wanted)
    return Answer(None, 204)


_ONE = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
ROUTES = (
    ("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", comments),
    ("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", new_comment),
    ("GET", _ONE, comment),
    ("PATCH", _ONE, edit_comment),
    ("DELETE", _ONE, delete_comment),
    ("GET", f"{_ONE}/reactions", reactions),
    ("POST", f"{_ONE}/reactions", react),
    ("DELETE", f"{_ONE}/reactions/{{reaction_id}}", unreact),
)
