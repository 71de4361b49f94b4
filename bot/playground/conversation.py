"""What people say on a pull request: comments, reviews, approvals, reactions."""

from __future__ import annotations

from bot.model.forge import ForgeKind, Permission
from bot.playground.errors import Conflict, Forbidden, Invalid, NotAllowed
from bot.playground.events import Event
from bot.playground.pull_requests import PullRequests
from bot.playground.records import Comment, PullRequest, Reaction, Repository, Review, User

MOST_CHARACTERS = {ForgeKind.GITHUB: 65_536, ForgeKind.GITLAB: 1_000_000}
_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


class Conversation(PullRequests):
    """The part of the World that knows what people say."""

    def comment(
        self, pull: PullRequest, author: User, body: str, *, path: str = "", line: int = 0, system: bool = False
    ) -> Comment:
        """Add a comment, with ``path`` on a line of the diff. Raises Missing, Forbidden, Invalid (empty or too long)."""
        with self._lock:
            row = self.repository_of(pull)
            self.require(row, author, Permission.READ, "commenting")
            self._check_body(pull, body)
            now = self.now()
            comment = Comment(self.new_id(), pull.id, author.id, body, now, now, system=system, path=path, line=line)
            self.comments[comment.id] = comment
            pull.updated_at = now
            self.emit(Event("comment", author, now, "created", repository=row, pull=pull, comment=comment))
            return comment

    def edit_comment(self, comment: Comment, actor: User, body: str) -> None:
        """Their own, or with write permission anybody's (GitLab: maintainers). Raises Forbidden, Invalid."""
        with self._lock:
            pull = self.pulls[comment.pull_id]
            self._require_comment(comment, actor, "editing the comment")
            self._check_body(pull, body)
            if body == comment.body:
                return
            changes = {"body": comment.body}
            comment.body, comment.updated_at, comment.edited = body, self.now(), True
            row = self.repository_of(pull)
            self.emit(
                Event(
                    "comment", actor, self.now(), "edited", repository=row, pull=pull, comment=comment, changes=changes
                )
            )

    def delete_comment(self, comment: Comment, actor: User) -> None:
        """Raises Forbidden."""
        with self._lock:
            pull = self.pulls[comment.pull_id]
            self._require_comment(comment, actor, "deleting the comment")
            del self.comments[comment.id]
            row = self.repository_of(pull)
            self.emit(Event("comment", actor, self.now(), "deleted", repository=row, pull=pull, comment=comment))

    def _require_comment(self, comment: Comment, actor: User, doing: str) -> None:
        if comment.author_id != actor.id:
            row = self.repository_of(self.pulls[comment.pull_id])
            least = Permission.WRITE if row.kind is ForgeKind.GITHUB else Permission.MAINTAIN
            self.require(row, actor, least, doing)
            if actor.app_id:
                raise Forbidden("An App edits and deletes its own comments alone.")

    def _check_body(self, pull: PullRequest, body: str) -> None:
        most = MOST_CHARACTERS[self.repository_of(pull).kind]
        if not body.strip():
            raise Invalid("Body can't be blank.")
        if len(body) > most:
            raise Invalid(f"Body is too long (maximum is {most} characters).")

    # -- reactions

    def react(self, subject: Comment | PullRequest, actor: User, content: str) -> tuple[Reaction, bool]:
        """Their reaction of that kind, and whether it is new."""
        with self._lock:
            for reaction in subject.reactions:
                if (reaction.user_id, reaction.content) == (actor.id, content):
                    return reaction, False
            pull = self.pulls[subject.pull_id] if isinstance(subject, Comment) else subject
            row = self.repository_of(pull)
            self.require(row, actor, Permission.READ, "reacting")
            made = Reaction(self.new_id(), actor.id, content, self.now())
            subject.reactions.append(made)
            self._touch(subject, row)
            comment = subject if isinstance(subject, Comment) else None
            self.emit(Event("reaction", actor, self.now(), "created", repository=row, pull=pull, comment=comment))
            return made, True

    def _touch(self, subject: Comment | PullRequest, row: Repository) -> None:
        """GitLab moves ``updated_at`` of a note with each reaction (app/models/award_emoji.rb, ``bump_updated_at``)."""
        if isinstance(subject, Comment) and row.kind is ForgeKind.GITLAB:
            subject.updated_at = self.now()

    def unreact(self, subject: Comment | PullRequest, actor: User, reaction_id: int) -> None:
        """Take back a reaction of one's own. Raises Forbidden."""
        with self._lock:
            for reaction in list(subject.reactions):
                if reaction.id == reaction_id:
                    if reaction.user_id != actor.id:
                        raise Forbidden("Only who reacted can take it back.")
                    subject.reactions.remove(reaction)

    # -- reviews (GitHub) and approvals (GitLab)

    def review(self, pull: PullRequest, author: User, verdict: str, body: str = "", *, commit: str = "") -> Review:
        """``verdict``: APPROVE, REQUEST_CHANGES or COMMENT; ``commit``: the head that was read, left out the one of now.
        Raises Missing, Forbidden, Invalid (an own pull request, no body)."""
        with self._lock:
            row = self.repository_of(pull)
            self.require(row, author, Permission.READ, "reviewing")
            if verdict not in _STATES:
                raise Invalid(f"{verdict} is no review; there are {', '.join(_STATES)}.")
            if verdict != "COMMENT" and pull.author_id == author.id:
                raise Invalid("Nobody can approve or request changes on their own pull request.")
            if verdict != "APPROVE" and not body.strip():
                raise Invalid("Say in a few words what the review is about.")
            if commit and not row.bare.has(commit):
                raise Invalid(f"There is no commit {commit}.")
            made = Review(self.new_id(), pull.id, author.id, _STATES[verdict], body, commit or pull.head, self.now())
            self.reviews[made.id] = made
            pull.updated_at = made.submitted_at
            self.emit(Event("review", author, self.now(), "submitted", repository=row, pull=pull, review=made))
            return made

    def dismiss(self, review: Review, actor: User) -> None:
        """GitHub: take a review's weight. Raises Forbidden, Invalid."""
        with self._lock:
            pull = self.pulls[review.pull_id]
            self.require(self.repository_of(pull), actor, Permission.WRITE, "dismissing a review")
            if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
                raise Invalid("Only an approval or a request for changes can be dismissed.")
            review.state = "DISMISSED"
            pull.updated_at = self.now()
            row = self.repository_of(pull)
            self.emit(Event("review", actor, self.now(), "dismissed", repository=row, pull=pull, review=review))

    def approve(self, pull: PullRequest, actor: User, *, commit: str = "") -> Review:
        """GitLab's approval. ``commit``: the head that it must still have. Raises Conflict, Forbidden, NotAllowed."""
        with self._lock:
            row = self.repository_of(pull)
            self.require(row, actor, Permission.WRITE, "approving")
            if commit and commit != pull.head:
                raise Conflict(f"The head is {pull.head[:12]}, not {commit[:12]}.")
            if any(r.author_id == actor.id for r in self.reviews_of(pull)) or not pull.is_open:
                raise NotAllowed(f"{actor.login} has approved already, or the merge request is not open.")
            made = Review(self.new_id(), pull.id, actor.id, "APPROVED", "", pull.head, self.now())
            self.reviews[made.id] = made
            pull.updated_at = made.submitted_at
            self.emit(Event("review", actor, self.now(), "approved", repository=row, pull=pull, review=made))
            return made

    def unapprove(self, pull: PullRequest, actor: User) -> None:
        """GitLab: take it back. Raises NotAllowed where there is none."""
        with self._lock:
            for review in self.reviews_of(pull):
                if review.author_id == actor.id:
                    del self.reviews[review.id]
                    pull.updated_at = self.now()
                    row = self.repository_of(pull)
                    self.emit(
                        Event("review", actor, self.now(), "unapproved", repository=row, pull=pull, review=review)
                    )
                    return
            raise NotAllowed(f"{actor.login} has not approved.")

    def approvers(self, pull: PullRequest) -> list[User]:
        """Whose latest word, comments aside, is an approval, and who may write: those that a protected branch counts."""
        with self._lock:
            row = self.repository_of(pull)
            protection = self.protection(row, pull.base_branch)
            latest: dict[int, Review] = {}
            for review in self.reviews_of(pull):
                if review.state != "COMMENTED":
                    latest[review.author_id] = review
            return [
                self.users[user_id]
                for user_id, review in latest.items()
                if review.state == "APPROVED"
                and not (protection and protection.approve_head and review.commit != pull.head)
                and self.permission(row, self.users[user_id]) >= Permission.WRITE
            ]
