"""What every forge behind the port does, whatever it is: one suite for the fake and for the real adapters.

A module of tests makes a class of its own from ``ForgeContract`` and a fixture ``scene``, which knows how things are brought
about on that forge. Nothing here knows which forge it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import pytest

from bot.errors import RetryLater
from bot.forge.base import Forge, NotFound
from bot.model.forge import (
    Annotation,
    Permission,
    Person,
    PullRequest,
    PullRequestName,
    Reaction,
    RepositoryName,
    State,
    Status,
)

MARKER = "<!-- gatehouse -->"


class Scene(Protocol):
    """People and accidents around a forge. The repository is private, in the organisation or group ``acme``, has a branch
    ``main`` with files, and the bot is there for it."""

    @property
    def forge(self) -> Forge:
        """With a bot that remembers nothing, when it is asked for the first time or after ``forget``."""
        ...

    @property
    def repository(self) -> RepositoryName: ...

    def forget(self) -> None:
        """The bot is started anew: ``forge`` is another object from now on."""
        ...

    def person(self, login: str, permission: Permission = Permission.NONE) -> Person:
        """Somebody with this permission in the repository; the same one for the same login."""
        ...

    def team(self, name: str, members: Sequence[Person]) -> str:
        """A team or group of these people, who can read the repository; as CODEOWNERS writes it."""
        ...

    def pull_request(
        self,
        author: Person,
        branch: str,
        files: Mapping[str, str | None],
        *,
        title: str = "A change",
        draft: bool = False,
    ) -> PullRequestName:
        """Into main, from a new branch of the repository that writes these files (None: removes)."""
        ...

    def fork(self, author: Person, branch: str, files: Mapping[str, str | None]) -> PullRequestName:
        """The same from a new branch of a fork that belongs to the author."""
        ...

    def push(self, name: PullRequestName, files: Mapping[str, str | None]) -> str:
        """One commit more on the head branch; its id."""
        ...

    def branch(self, name: str) -> None:
        """A new branch at main."""
        ...

    def retarget(self, name: PullRequestName, branch: str) -> None: ...
    def close(self, name: PullRequestName) -> None: ...
    def merge(self, name: PullRequestName) -> None: ...
    def drop_fork(self, name: PullRequestName) -> None:
        """The repository of the head is deleted."""
        ...

    def say(self, name: PullRequestName, person: Person, body: str) -> int: ...
    def edit(self, name: PullRequestName, comment_id: int, body: str) -> None:
        """By its author."""
        ...

    def remove(self, name: PullRequestName, comment_id: int) -> None: ...
    def say_as_bot(self, name: PullRequestName, body: str) -> int:
        """As another process of the bot would, at the same time."""
        ...

    def react_as(self, name: PullRequestName, comment_id: int, person: Person, reaction: Reaction) -> None: ...
    def approve(self, name: PullRequestName, person: Person) -> None: ...
    def unapprove(self, name: PullRequestName, person: Person) -> None:
        """The approval counts no more, by whatever the forge has for that."""
        ...

    def queue(self, name: PullRequestName) -> str:
        """The pull request comes into the merge queue; the commit that it is merged by there, "" where there is no queue."""
        ...

    def publish_as_other(self, commit: str, name: str) -> None:
        """Another bot sets a green status of this name."""
        ...

    def break_after(self, what: str) -> None:
        """The next request of this kind (comment, status, reaction, edit) is done and answered by an error."""
        ...

    def break_before(self, what: str) -> None:
        """The next one is answered by an error, and not done."""
        ...

    def texts(self, name: PullRequestName) -> list[str]:
        """The bodies of all comments, as the forge has them."""
        ...


class ForgeContract:
    """The suite."""

    @pytest.fixture
    def pull(self, scene: Scene) -> PullRequestName:
        """A pull request of mona's that changes one file."""
        return scene.pull_request(scene.person("mona", Permission.WRITE), "change", {"a.yaml": "a: 1\n"})

    # -- repositories and pull requests

    def test_a_repository_is_listed_and_reached_without_a_credential_in_its_address(self, scene: Scene) -> None:
        assert scene.repository in scene.forge.repositories()
        access = scene.forge.access(scene.repository)
        assert access.url
        assert "@" not in access.url
        assert access.header not in repr(access) or not access.header

    def test_what_is_not_there_is_not_found(self, scene: Scene) -> None:
        nothing = PullRequestName(scene.repository, 4711)
        nowhere = RepositoryName(scene.repository.forge, "acme/nowhere")
        with pytest.raises(NotFound):
            scene.forge.pull_request(nothing)
        with pytest.raises(NotFound):
            scene.forge.open_pull_requests(nowhere)

    def test_a_pull_request_is_told_as_it_is(self, scene: Scene) -> None:
        mona = scene.person("mona", Permission.WRITE)
        name = scene.pull_request(mona, "some/branch", {"a.yaml": "a: 1\n"}, title="Fix it", draft=True)
        told = scene.forge.pull_request(name)
        assert (told.name, told.author, told.head_branch, told.base_branch) == (name, mona, "some/branch", "main")
        assert told.title.endswith("Fix it")
        assert (told.is_open, told.is_merged, told.is_draft, told.is_fork) == (True, False, True, False)
        assert len(told.head) == 40

    def test_the_head_is_that_of_now(self, scene: Scene, pull: PullRequestName) -> None:
        before = scene.forge.pull_request(pull).head
        after = scene.push(pull, {"a.yaml": "a: 2\n"})
        assert before != after
        assert scene.forge.pull_request(pull).head == after

    def test_a_pull_request_of_a_fork_tells_where_it_comes_from(self, scene: Scene) -> None:
        name = scene.fork(scene.person("eve", Permission.READ), "change", {"a.yaml": "a: 1\n"})
        told = scene.forge.pull_request(name)
        assert told.is_fork
        assert told.head_repository.startswith("eve/")
        scene.drop_fork(name)
        told = scene.forge.pull_request(name)
        assert (told.is_fork, told.head_repository) == (True, "")

    def test_open_pull_requests_are_all_that_are_open_by_branch_or_not(self, scene: Scene) -> None:
        mona = scene.person("mona", Permission.WRITE)
        scene.branch("release")
        names = [scene.pull_request(mona, f"change-{n}", {"a.yaml": f"a: {n}\n"}) for n in range(4)]
        scene.close(names[0])
        scene.merge(names[1])
        scene.retarget(names[2], "release")
        listed = scene.forge.open_pull_requests(scene.repository)
        assert sorted(each.name.number for each in listed) == sorted(each.number for each in names[2:])
        assert [each.name for each in scene.forge.open_pull_requests(scene.repository, "release")] == [names[2]]
        assert [each.name for each in scene.forge.open_pull_requests(scene.repository, "main")] == [names[3]]
        assert scene.forge.open_pull_requests(scene.repository, "nowhere") == []
        closed, merged = scene.forge.pull_request(names[0]), scene.forge.pull_request(names[1])
        assert (closed.is_open, closed.is_merged) == (False, False)
        assert (merged.is_open, merged.is_merged) == (False, True)

    def test_the_open_pull_requests_of_a_commit_are_those_whose_head_it_is(self, scene: Scene) -> None:
        mona = scene.person("mona", Permission.WRITE)
        first = scene.pull_request(mona, "first", {"a.yaml": "a: 1\n"})
        second = scene.pull_request(mona, "second", {"b.yaml": "b: 1\n"})
        old = scene.forge.pull_request(second).head
        new = scene.push(second, {"b.yaml": "b: 2\n"})
        head = scene.forge.pull_request(first).head

        def of(commit: str) -> list[PullRequestName]:
            return [each.name for each in scene.forge.pull_requests_of(scene.repository, commit)]

        assert (of(head), of(old), of(new)) == ([first], [], [second])
        scene.close(first)
        assert of(head) == []

    def test_the_commits_of_a_merge_queue_are_told(self, scene: Scene) -> None:
        mona = scene.person("mona", Permission.WRITE)
        assert scene.forge.queued(scene.repository) == []
        scene.branch("release/1")
        names = [scene.pull_request(mona, f"change-{n}", {f"{n}.yaml": f"a: {n}\n"}) for n in range(3)]
        scene.retarget(names[1], "release/1")
        commits = [scene.queue(name) for name in names]
        told = {each.commit: each for each in scene.forge.queued(scene.repository)}
        assert sorted(told) == sorted(filter(None, commits))
        for name, base_branch, commit in zip(names, ("main", "release/1", "main"), commits, strict=True):
            if commit:
                each = told[commit]
                assert (each.number, each.base_branch) == (name.number, base_branch)
                assert each.branch == f"gh-readonly-queue/{base_branch}/pr-{name.number}-{each.base}"

    def test_changed_files_are_told_with_old_names(self, scene: Scene) -> None:
        text = "".join(f"line {n}\n" for n in range(30))
        mona = scene.person("mona", Permission.WRITE)
        first = scene.pull_request(mona, "first", {"old.yaml": text, "gone.yaml": "gone: 1\n"})
        scene.merge(first)
        name = scene.pull_request(
            mona, "second", {"old.yaml": None, "new.yaml": text, "gone.yaml": None, "b.yaml": "b: 1\n"}
        )
        found = scene.forge.changed_files(name)
        assert found is not None
        assert sorted(found) == ["b.yaml", "gone.yaml", "new.yaml", "old.yaml"]

    def test_changed_files_are_whole_over_many_pages(self, scene: Scene) -> None:
        files = {f"apps/{n:03}.yaml": f"n: {n}\n" for n in range(230)}
        name = scene.pull_request(scene.person("mona", Permission.WRITE), "many", files)
        assert sorted(scene.forge.changed_files(name) or ()) == sorted(files)

    # -- people

    def test_an_approval_counts_until_it_is_taken_back(self, scene: Scene, pull: PullRequestName) -> None:
        otto = scene.person("otto", Permission.WRITE)
        assert self._approvers(scene, pull) == []
        scene.approve(pull, otto)
        assert self._approvers(scene, pull) == [otto]
        scene.unapprove(pull, otto)
        assert self._approvers(scene, pull) == []
        scene.approve(pull, otto)
        assert self._approvers(scene, pull) == [otto]

    def test_an_approval_tells_the_commit_that_was_seen_where_the_forge_does(
        self, scene: Scene, pull: PullRequestName
    ) -> None:
        scene.approve(pull, scene.person("otto", Permission.WRITE))
        seen = scene.forge.pull_request(pull)
        (approval,) = scene.forge.approvals(seen)
        assert approval.commit in ("", seen.head)
        assert approval.at.tzinfo is not None

    def test_authors_do_not_approve_themselves(self, scene: Scene, pull: PullRequestName) -> None:
        """Whatever the forge lets them do: told for somebody else's, the author's own is left out."""
        otto = scene.person("otto", Permission.WRITE)
        scene.approve(pull, otto)
        as_if = replace(scene.forge.pull_request(pull), author=otto)
        assert list(scene.forge.approvals(as_if)) == []

    @pytest.mark.parametrize("permission", [Permission.READ, Permission.WRITE, Permission.MAINTAIN, Permission.ADMIN])
    def test_a_permission_is_what_somebody_has_now(self, scene: Scene, permission: Permission) -> None:
        assert scene.forge.permission(scene.repository, scene.person("otto", permission)) is permission

    def test_a_stranger_has_no_permission_in_a_private_repository(self, scene: Scene) -> None:
        assert scene.forge.permission(scene.repository, scene.person("eve")) is Permission.NONE
        assert scene.forge.permission(scene.repository, Person(999_999, "nobody-there")) is Permission.NONE

    def test_owners_are_people_and_teams(self, scene: Scene) -> None:
        otto, eve = scene.person("otto", Permission.WRITE), scene.person("eve", Permission.WRITE)
        team = scene.team("ops", [otto])
        assert scene.forge.is_member(scene.repository, "@otto", otto)
        assert scene.forge.is_member(scene.repository, "@OTTO", otto)
        assert not scene.forge.is_member(scene.repository, "@otto", eve)
        assert scene.forge.is_member(scene.repository, team, otto)
        assert not scene.forge.is_member(scene.repository, team, eve)

    @pytest.mark.parametrize(
        "owner", ["@acme/nothing", "@nobody/ops", "otto@example.com", "@", "@acme/", "otto", "@acme/a/b"]
    )
    def test_an_owner_that_nobody_can_tell_holds_nobody(self, scene: Scene, owner: str) -> None:
        assert scene.forge.is_member(scene.repository, owner, scene.person("otto", Permission.WRITE)) is False

    # -- statuses

    def test_statuses_follow_each_other(self, scene: Scene, pull: PullRequestName) -> None:
        head = scene.forge.pull_request(pull)
        assert list(scene.forge.published(scene.repository, head.head)) == []
        for state in (State.PENDING, State.PASSED, State.PENDING, State.FAILED, State.ERROR, State.PASSED):
            self._publish(scene, head, Status("gatehouse", state, f"It is {state}", "Some *words*."))
            (told,) = scene.forge.published(scene.repository, head.head)
            assert (told.name, told.state, told.title) == ("gatehouse", state, f"It is {state}")

    def test_statuses_of_several_names_stand_beside_each_other(self, scene: Scene, pull: PullRequestName) -> None:
        head = scene.forge.pull_request(pull)
        self._publish(scene, head, Status("gatehouse/policy", State.FAILED, "No"))
        self._publish(scene, head, Status("gatehouse", State.PENDING, "Looking"))
        self._publish(scene, head, Status("gatehouse/risk", State.PASSED, "Fine"))
        states = {each.name: each.state for each in scene.forge.published(scene.repository, head.head)}
        assert states == {
            "gatehouse/policy": State.FAILED,
            "gatehouse": State.PENDING,
            "gatehouse/risk": State.PASSED,
        }

    def test_a_status_stays_on_its_commit(self, scene: Scene, pull: PullRequestName) -> None:
        before = scene.forge.pull_request(pull)
        self._publish(scene, before, Status("gatehouse", State.PASSED, "Fine"))
        after = scene.push(pull, {"a.yaml": "a: 3\n"})
        assert list(scene.forge.published(scene.repository, after)) == []
        assert len(scene.forge.published(scene.repository, before.head)) == 1

    def test_statuses_of_others_do_not_count(self, scene: Scene, pull: PullRequestName) -> None:
        head = scene.forge.pull_request(pull)
        scene.publish_as_other(head.head, "gatehouse")
        assert list(scene.forge.published(scene.repository, head.head)) == []
        self._publish(scene, head, Status("gatehouse", State.FAILED, "No"))
        scene.publish_as_other(head.head, "gatehouse")
        assert [each.state for each in scene.forge.published(scene.repository, head.head)] == [State.FAILED]

    def test_a_long_status_with_many_annotations_is_published(self, scene: Scene, pull: PullRequestName) -> None:
        head = scene.forge.pull_request(pull)
        notes = tuple(
            Annotation("a.yaml", n, severity, "A title " * 60, "ä message\x1b[31m " * 500)
            for n, severity in enumerate(["error", "warning", "info"] * 41)
        )
        self._publish(
            scene, head, Status("gatehouse", State.FAILED, "x" * 1_000, "ä" * 200_000, notes, "https://e.x/y")
        )
        (told,) = scene.forge.published(scene.repository, head.head)
        assert told.state is State.FAILED
        assert told.title.startswith("xxx")

    @pytest.mark.parametrize("broken", ["break_after", "break_before"])
    def test_a_status_whose_answer_was_lost_is_there_in_the_end(
        self, scene: Scene, pull: PullRequestName, broken: str
    ) -> None:
        head, status = scene.forge.pull_request(pull), Status("gatehouse", State.FAILED, "No")
        getattr(scene, broken)("status")
        for _ in range(3):
            try:
                self._publish(scene, head, status)
                break
            except RetryLater:
                continue
        assert [each.state for each in scene.forge.published(scene.repository, head.head)] == [State.FAILED]

    # -- comments

    def test_the_conversation_is_whole_and_oldest_first(self, scene: Scene, pull: PullRequestName) -> None:
        otto = scene.person("otto", Permission.READ)
        said = [(scene.say(pull, otto, f"Word {n}"), f"Word {n}") for n in range(120)]
        told = scene.forge.comments(pull)
        assert [(each.id, each.body) for each in told] == said
        assert {each.author for each in told} == {otto}
        assert not any(each.is_ours or each.edited for each in told)

    def test_one_comment_is_told_as_it_is_now(self, scene: Scene, pull: PullRequestName) -> None:
        otto = scene.person("otto", Permission.READ)
        comment_id = scene.say(pull, otto, "/gatehouse check")
        told = scene.forge.comment(pull, comment_id)
        assert told is not None
        assert (told.author, told.body, told.edited, told.is_ours) == (otto, "/gatehouse check", False, False)
        scene.edit(pull, comment_id, "/gatehouse override")
        told = scene.forge.comment(pull, comment_id)
        assert told is not None
        assert (told.body, told.edited) == ("/gatehouse override", True)
        scene.remove(pull, comment_id)
        assert scene.forge.comment(pull, comment_id) is None

    def test_a_comment_of_another_pull_request_is_none_of_this_one(self, scene: Scene, pull: PullRequestName) -> None:
        mona = scene.person("mona", Permission.WRITE)
        other = scene.pull_request(mona, "other", {"b.yaml": "b: 1\n"})
        assert scene.forge.comment(pull, scene.say(other, mona, "There")) is None

    def test_our_comment_is_one_and_changes_in_place(self, scene: Scene, pull: PullRequestName) -> None:
        forge = scene.forge
        first = forge.write(pull, f"{MARKER}\nOne", marker=MARKER)
        assert forge.write(pull, f"{MARKER}\nTwo", marker=MARKER, known=first) == first
        scene.forget()
        assert scene.forge.write(pull, f"{MARKER}\nThree", marker=MARKER) == first
        assert scene.texts(pull) == [f"{MARKER}\nThree"]
        (told,) = scene.forge.comments(pull)
        assert told.is_ours
        assert told.author.is_bot or told.author.login

    def test_comments_of_other_markers_are_other_comments(self, scene: Scene, pull: PullRequestName) -> None:
        forge = scene.forge
        one = forge.write(pull, "<!-- gatehouse:help -->\nHelp", marker="<!-- gatehouse:help -->")
        two = forge.write(pull, f"{MARKER}\nReport", marker=MARKER)
        assert one != two
        assert forge.write(pull, "<!-- gatehouse:help -->\nMore", marker="<!-- gatehouse:help -->") == one
        assert sorted(scene.texts(pull)) == ["<!-- gatehouse -->\nReport", "<!-- gatehouse:help -->\nMore"]

    def test_a_forged_marker_is_never_touched(self, scene: Scene, pull: PullRequestName) -> None:
        forged = scene.say(pull, scene.person("eve", Permission.READ), f"{MARKER}\nAll is fine, merge it")
        ours = scene.forge.write(pull, f"{MARKER}\nNo", marker=MARKER, known=forged)
        assert ours != forged
        assert scene.texts(pull) == [f"{MARKER}\nAll is fine, merge it", f"{MARKER}\nNo"]

    def test_a_comment_of_ours_that_only_quotes_the_marker_is_another_one(
        self, scene: Scene, pull: PullRequestName
    ) -> None:
        quoting = scene.say_as_bot(pull, f"Somebody wrote {MARKER}")
        assert scene.forge.write(pull, f"{MARKER}\nNo", marker=MARKER) != quoting

    def test_of_two_comments_of_ours_the_older_one_stays(self, scene: Scene, pull: PullRequestName) -> None:
        first = scene.say_as_bot(pull, f"{MARKER}\nOne")
        scene.say(pull, scene.person("otto", Permission.READ), "Between them")
        scene.say_as_bot(pull, f"{MARKER}\nTwo")
        assert scene.forge.write(pull, f"{MARKER}\nThree", marker=MARKER) == first
        assert [text for text in scene.texts(pull) if MARKER in text] == [f"{MARKER}\nThree"]

    def test_what_somebody_made_of_our_comment_is_written_over(self, scene: Scene, pull: PullRequestName) -> None:
        first = scene.forge.write(pull, f"{MARKER}\nNo", marker=MARKER)
        scene.edit(pull, first, "All is fine, merge it")
        assert scene.forge.write(pull, f"{MARKER}\nNo", marker=MARKER, known=first) == first
        assert scene.texts(pull) == [f"{MARKER}\nNo"]

    def test_a_comment_that_was_removed_is_made_anew(self, scene: Scene, pull: PullRequestName) -> None:
        first = scene.forge.write(pull, f"{MARKER}\nOne", marker=MARKER)
        scene.remove(pull, first)
        assert scene.forge.write(pull, f"{MARKER}\nTwo", marker=MARKER, known=first) != first
        assert scene.texts(pull) == [f"{MARKER}\nTwo"]

    def test_the_longest_comment_is_taken(self, scene: Scene, pull: PullRequestName) -> None:
        body = MARKER.ljust(scene.forge.comment_limit, "ü")
        scene.forge.write(pull, body, marker=MARKER)
        assert scene.texts(pull) == [body]

    @pytest.mark.parametrize("broken", ["break_after", "break_before"])
    @pytest.mark.parametrize("what", ["comment", "edit"])
    def test_a_comment_is_never_doubled_or_lost(
        self, scene: Scene, pull: PullRequestName, what: str, broken: str
    ) -> None:
        known = scene.forge.write(pull, f"{MARKER}\nBefore", marker=MARKER) if what == "edit" else 0
        getattr(scene, broken)(what)
        for _ in range(3):
            try:
                scene.forge.write(pull, f"{MARKER}\nAfter", marker=MARKER, known=known)
                break
            except RetryLater:
                continue
        assert scene.texts(pull) == [f"{MARKER}\nAfter"]

    # -- reactions

    def test_a_comment_that_is_not_there_has_no_reactions(self, scene: Scene, pull: PullRequestName) -> None:
        assert scene.forge.reactions(pull, 987_654_321) == frozenset()

    def test_reactions_are_the_bots_own_and_once(self, scene: Scene, pull: PullRequestName) -> None:
        otto = scene.person("otto", Permission.WRITE)
        comment_id = scene.say(pull, otto, "/gatehouse check")
        scene.react_as(pull, comment_id, otto, Reaction.DONE)
        assert scene.forge.reactions(pull, comment_id) == frozenset()
        scene.forge.react(pull, comment_id, Reaction.SEEN)
        scene.forge.react(pull, comment_id, Reaction.SEEN)
        assert scene.forge.reactions(pull, comment_id) == {Reaction.SEEN}
        scene.forge.react(pull, comment_id, Reaction.REFUSED)
        assert scene.forge.reactions(pull, comment_id) == {Reaction.SEEN, Reaction.REFUSED}

    def test_a_reaction_whose_answer_was_lost_is_there_in_the_end(self, scene: Scene, pull: PullRequestName) -> None:
        comment_id = scene.say(pull, scene.person("otto", Permission.WRITE), "/gatehouse check")
        scene.break_after("reaction")
        for _ in range(3):
            try:
                scene.forge.react(pull, comment_id, Reaction.SEEN)
                break
            except RetryLater:
                continue
        assert scene.forge.reactions(pull, comment_id) == {Reaction.SEEN}

    # -- how the suite does things

    def _publish(self, scene: Scene, head: PullRequest, status: Status) -> None:
        branch = "" if head.is_fork else head.head_branch
        scene.forge.publish(scene.repository, head.head, status, branch=branch)

    def _approvers(self, scene: Scene, pull: PullRequestName) -> list[Person]:
        return [each.person for each in scene.forge.approvals(scene.forge.pull_request(pull))]
