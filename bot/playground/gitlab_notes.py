"""Notes of merge requests and the emoji under them, on GitLab's API (docs.gitlab.com/api/notes, /api/emoji_reactions)."""

from __future__ import annotations

from bot.model.forge import Permission
from bot.playground import gitlab_shapes as shapes
from bot.playground.errors import Forbidden, Invalid, Missing, NotAllowed
from bot.playground.gitlab_call import Answer, Call, Unauthorized
from bot.playground.gitlab_quick_actions import Said, edit, say
from bot.playground.records import Comment, PullRequest


def listed(call: Call) -> Answer:
    """Newest first unless ``sort=asc``; ``order_by``: created_at or updated_at; ``activity_filter=only_comments``."""
    rows = call.world.comments_of(call.merge_request())
    rows = [row for row in rows if not (row.system and call.text("activity_filter") == "only_comments")]
    key = (
        (lambda c: (c.updated_at, c.id)) if call.text("order_by") == "updated_at" else (lambda c: (c.created_at, c.id))
    )
    rows = sorted(rows, key=key, reverse=call.text("sort", "desc") == "desc")
    return call.listed(rows, lambda row: shapes.note(call.world, row), lambda row: row.created_at)


def one(call: Call) -> Answer:
    return Answer(shapes.note(call.world, call.note(call.merge_request())))


def create(call: Call) -> Answer:
    """202 without an id where the note was quick actions alone."""
    pull = call.merge_request()
    return _said(call, say(call.world, pull, call.me, call.needed("body")), 201)


def update(call: Call) -> Answer:
    note = call.note(call.merge_request())
    if note.system:
        raise Forbidden("403 Forbidden")
    return _said(call, edit(call.world, note, call.me, call.needed("body")), 200)


def delete(call: Call) -> Answer:
    call.world.delete_comment(call.note(call.merge_request()), call.me)
    return Answer(None, 204)


def _said(call: Call, said: Said, code: int) -> Answer:
    if said.comment is None:
        return Answer({"commands_changes": {}, "summary": said.done}, 202)
    return Answer(shapes.note(call.world, said.comment), code)


# -- emoji


def awards(call: Call) -> Answer:
    subject = _subject(call)
    return call.listed(subject.reactions, lambda row: shapes.award(call.world, row, subject), lambda row: row.at)


def award(call: Call) -> Answer:
    """A second one of a kind is 404: it is how GitLab says that it cannot be saved."""
    subject, name = _subject(call), call.needed("name")
    if not all(c.isalnum() or c in "_+-" for c in name):
        raise Invalid("name is invalid")
    made, is_new = call.world.react(subject, call.me, name)
    if not is_new:
        raise Missing("404 Award Emoji Name has already been taken Not Found")
    return Answer(shapes.award(call.world, made, subject), 201)


def unaward(call: Call) -> Answer:
    subject = _subject(call)
    if not any(reaction.id == call.param("award") for reaction in subject.reactions):
        raise Missing("404 Award Emoji Not Found")
    call.world.unreact(subject, call.me, call.param("award"))
    return Answer(None, 204)


def _subject(call: Call) -> Comment | PullRequest:
    pull = call.merge_request()
    return call.note(pull) if "note" in call.params else pull


# -- approvals


def approvals(call: Call) -> Answer:
    """As on the Free tier: who approved, with no rules, and surviving a push."""
    pull = call.merge_request()
    rows = [review for review in call.world.reviews_of(pull) if review.state == "APPROVED"]
    mine = call.token is not None and any(review.author_id == call.me.id for review in rows)
    may = call.token is not None and call.world.permission(call.world.repository_of(pull), call.me) >= Permission.WRITE
    body = {
        "user_has_approved": mine,
        "user_can_approve": may and not mine and pull.is_open,
        "approved": bool(rows),
        "approved_by": [shapes.approval(call.world, review) for review in rows],
    }
    return Answer(body)


def approve(call: Call) -> Answer:
    """409 for another ``sha`` than the head's; 401 where the caller may not approve, or has."""
    pull = call.merge_request()
    try:
        call.world.approve(pull, call.me, commit=call.text("sha"))
    except (Forbidden, NotAllowed) as error:
        raise Unauthorized("401 Unauthorized") from error
    return approvals(call)._replace(code=201)


def unapprove(call: Call) -> Answer:
    pull = call.merge_request()
    try:
        call.world.unapprove(pull, call.me)
    except NotAllowed as error:
        raise Missing("404 Not found") from error
    return approvals(call)._replace(code=201)


_MR = "projects/:id/merge_requests/:iid"
ROUTES = (
    ("GET", f"{_MR}/notes", listed),
    ("POST", f"{_MR}/notes", create),
    ("GET", f"{_MR}/notes/:note", one),
    ("PUT", f"{_MR}/notes/:note", update),
    ("DELETE", f"{_MR}/notes/:note", delete),
    ("GET", f"{_MR}/notes/:note/award_emoji", awards),
    ("POST", f"{_MR}/notes/:note/award_emoji", award),
    ("DELETE", f"{_MR}/notes/:note/award_emoji/:award", unaward),
    ("GET", f"{_MR}/award_emoji", awards),
    ("POST", f"{_MR}/award_emoji", award),
    ("DELETE", f"{_MR}/award_emoji/:award", unaward),
    ("GET", f"{_MR}/approvals", approvals),
    ("POST", f"{_MR}/approve", approve),
    ("POST", f"{_MR}/unapprove", unapprove),
)
