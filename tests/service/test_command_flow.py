"""Comments with commands: who is answered, with what, and that it happens exactly once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from chat import BAD, BLUE, Chat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scene import BASE

from bot.errors import RetryLater, UserError
from bot.forge.base import Forbidden, ForgeError, NotFound, Unavailable
from bot.model.forge import Comment, ForgeKind, Permission, PullRequestName, Reaction, State, Status
from bot.model.job import JobKind
from bot.report.status import REQUIRED
from bot.service import talk as talk_module
from bot.service.cancelling import cancel, cancelled
from bot.service.check import check
from bot.service.command import given_up, unanswered
from bot.service.commands.table import TABLE
from bot.service.dispatch import perform
from bot.service.result import Run, concluded

DONE, REFUSED = {Reaction.SEEN, Reaction.DONE}, {Reaction.SEEN, Reaction.REFUSED}
WEB = "apps/web"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: "registry.example.com/acme/web:TAG"}]
"""


def web(environment: str, tag: str) -> dict[str, str]:
    place = f"{WEB}/overlays/{environment}"
    return {
        f"{place}/kustomization.yaml": "resources: [deployment.yaml]\n",
        f"{place}/deployment.yaml": DEPLOYMENT.replace("TAG", tag),
    }


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path)


@pytest.fixture
def name(chat: Chat) -> PullRequestName:
    return chat.opened(BLUE)


# -- who is answered


@pytest.mark.parametrize(
    "text", ["nice work", "> /gatehouse help", "`/gatehouse help`", "/deploy prod", "/promote prod"]
)
def test_what_is_no_command_of_ours_is_left_alone(chat: Chat, name: PullRequestName, text: str) -> None:
    comment = chat.says(name, chat.dev, text)
    assert not chat.forge.ours(name) and not chat.reactions(name, comment)
    assert chat.forge.calls["reactions"] == 1  # that of the line above


def test_bots_and_we_ourselves_give_no_commands(chat: Chat, name: PullRequestName) -> None:
    other = chat.person("other[bot]", Permission.ADMIN, is_bot=True)
    for person in (other, chat.forge.me):
        comment = chat.says(name, person, "/gatehouse check")
        assert not chat.reactions(name, comment)
    assert not chat.replies(name) and not chat.queue.jobs


def test_a_comment_that_is_gone_or_in_a_closed_pull_request(chat: Chat, name: PullRequestName) -> None:
    comment = chat.forge.say(name, chat.dev, "/gatehouse check")
    chat.forge.remove(name, comment)
    assert chat.answers(name, comment) == "no comment of a person"
    comment = chat.forge.say(name, chat.dev, "/gatehouse check")
    chat.forge.change(name, is_open=False)
    assert chat.answers(name, comment) == "the pull request is closed"
    assert not chat.queue.jobs and not chat.replies(name) and not chat.reactions(name, comment)


def test_an_edited_comment_is_not_obeyed(chat: Chat, name: PullRequestName) -> None:
    comment = chat.forge.say(name, chat.lead, "fine")
    chat.forge.edit(name, comment, "/gatehouse override all I never said that")
    chat.answers(name, comment)
    assert chat.reactions(name, comment) == REFUSED
    assert "was edited" in chat.reply(name, "denied")
    assert not chat.replies(name, "override") and not unanswered(name, chat.ports)


def test_an_old_comment_is_not_brought_up_again(chat: Chat, name: PullRequestName) -> None:
    comment = chat.forge.say(name, chat.dev, "/gatehouse check")
    now = chat.ports.now
    chat.with_ports(now=lambda: now() + timedelta(hours=25))
    assert chat.answers(name, comment) == "too old"
    assert not chat.queue.jobs and not unanswered(name, chat.ports)


def test_an_unknown_command_is_answered_where_we_are_addressed(chat: Chat, name: PullRequestName) -> None:
    comment = chat.says(name, chat.dev, "/gatehouse staus")
    assert chat.reactions(name, comment) == REFUSED
    assert "did you mean `status`?" in chat.reply(name, "unknown")
    chat.says(name, chat.dev, "/gatehouse promote prod")
    assert "`promote` is not there yet" in chat.reply(name, "unknown")
    chat.says(name, chat.dev, "/gatehouse ../../etc")
    assert "There is no such command" in chat.reply(name, "unknown")


def test_a_stranger_is_denied_once_and_others_once_a_command(chat: Chat, name: PullRequestName) -> None:
    first = chat.says(name, chat.passer, "/status")
    assert "`status` is for people with the permission `triage`" in chat.reply(name, "denied")
    before = chat.reply(name, "denied")
    second = chat.says(name, chat.passer, "/cancel")
    assert chat.reply(name, "denied") == before
    assert chat.reactions(name, first) == chat.reactions(name, second) == REFUSED
    chat.says(name, chat.helper, "/override risk why not")
    assert "`override` is for `@acme/release`" in chat.reply(name, "denied")
    chat.says(name, chat.helper, "/cancel")
    assert "`cancel` is for" in chat.reply(name, "denied")
    before = chat.reply(name, "denied")
    chat.says(name, chat.helper, "/override risk why not")
    assert chat.reply(name, "denied") == before


def test_who_floods_a_pull_request_is_answered_no_more(
    chat: Chat, name: PullRequestName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk_module, "MOST_AN_HOUR", 2)
    comments = [chat.says(name, chat.dev, "/check") for _ in range(3)]
    assert [chat.reactions(name, comment) for comment in comments] == [DONE, DONE, REFUSED]


def test_a_configuration_that_cannot_be_used_leaves_help_alone(chat: Chat) -> None:
    chat.merged({".gatehouse.yaml": "commands: {help: {permission: everybody}}\n"})
    name = chat.opened(BLUE)
    chat.says(name, chat.lead, "/check")
    assert "`.gatehouse.yaml` of the base branch cannot be used" in chat.reply(name, "denied")
    chat.says(name, chat.passer, "/help")
    assert chat.reply(name, "help").count("- `/gatehouse") == 1


def test_who_may_is_read_from_the_base_side(chat: Chat) -> None:
    name = chat.opened({".gatehouse.yaml": "commands: {override: {allow: ['@dev']}, check: {permission: read}}\n"})
    chat.says(name, chat.reader, "/check")
    chat.says(name, chat.dev, "/override risk because I say so")
    assert "`@acme/release`" in chat.reply(name, "denied") and not chat.queue.jobs


@pytest.mark.parametrize("text", ["/gatehouse check", "@gatehouse-bot check", "/gatehouse CHECK"])
def test_on_gitlab_the_bot_is_addressed(tmp_path: Path, text: str) -> None:
    chat = Chat(tmp_path, ForgeKind.GITLAB)
    name = chat.opened(BLUE)
    bare = chat.says(name, chat.dev, "/check")
    assert not chat.reactions(name, bare)
    assert chat.reactions(name, chat.says(name, chat.dev, text)) == DONE
    assert len(chat.queue.jobs) == 1


@pytest.mark.parametrize("forgets", [False, True])
def test_our_own_reaction_is_no_edit(tmp_path: Path, forgets: bool) -> None:
    """GitLab tells both alike. Where the memory of the text was lost, the comment gets an end that says what to do."""
    chat = Chat(tmp_path, ForgeKind.GITLAB)
    name = chat.opened(BLUE)
    comment = chat.forge.say(name, chat.dev, "/gatehouse status")
    chat.forge.fail("write", Unavailable("502"))
    with pytest.raises(Unavailable):
        chat.answers(name, comment)
    if forgets:
        chat.memory.forget()
    (job,) = unanswered(name, chat.ports)
    assert job.comment == comment
    chat.answers(name, comment)
    assert chat.reactions(name, comment) == (REFUSED if forgets else DONE)
    assert "was edited" in chat.reply(name, "denied") if forgets else chat.reply(name, "status")
    assert not unanswered(name, chat.ports)


def test_who_edits_between_two_tries_changes_no_command(tmp_path: Path) -> None:
    chat = Chat(tmp_path, ForgeKind.GITLAB)
    name = chat.checked(BAD)
    comment = chat.forge.say(name, chat.lead, "/gatehouse status")
    chat.forge.fail("write", Unavailable("502"))
    with pytest.raises(Unavailable):
        chat.answers(name, comment)
    chat.forge.edit(name, comment, "/gatehouse override all I never said that")
    chat.answers(name, comment)
    assert chat.reactions(name, comment) == REFUSED and not chat.replies(name, "override")


# -- the commands


def test_help_names_what_this_person_may_do(chat: Chat, name: PullRequestName) -> None:
    def told(reply: str) -> set[str]:
        return set(re.findall(r"^- `/gatehouse ([a-z]+)", reply, re.MULTILINE))

    chat.says(name, chat.lead, "/gatehouse")
    assert told(chat.reply(name, "help")) == {str(command) for command in TABLE}
    chat.says(name, chat.dev, "/help")
    assert told(chat.reply(name, "help")) == {str(command) for command in TABLE} - {"override"}
    chat.says(name, chat.reader, "/help")
    assert told(chat.reply(name, "help")) == {"help"}


def test_check_asks_for_a_new_run(chat: Chat, name: PullRequestName) -> None:
    comment = chat.says(name, chat.helper, "/check")
    (job,) = chat.queue.jobs
    assert (job.kind, job.number, job.again) == (JobKind.CHECK, name.number, True)
    assert chat.reactions(name, comment) == DONE
    assert "checked once more" in chat.reply(name, "check")
    wrong = chat.says(name, chat.dev, "/check please")
    assert chat.reactions(name, wrong) == REFUSED and len(chat.queue.jobs) == 1


def test_explain_tells_a_rule_and_a_way(chat: Chat, name: PullRequestName) -> None:
    chat.says(name, chat.dev, f"/explain {BASE}/config.yaml")
    reply = chat.reply(name, "explain")
    assert "- `apps/shop/overlays/prod` (prod), rendered by kustomize" in reply
    assert f"  - `{BASE}` refers to it: `{BASE}/config.yaml`" in reply
    chat.says(name, chat.dev, "/explain risk/deletion")
    assert "**`risk/deletion`**" in chat.reply(name, "explain") and "waivers:" in chat.reply(name, "explain")
    chat.says(name, chat.dev, "/explain docs/a.md")
    assert "reaches no unit" in chat.reply(name, "explain")
    for words, answer in [
        ("risk/deletoin", "did you mean `risk/deletion`"),
        ("apps/none", "is not in the repository"),
        ("", "It is written `/gatehouse explain"),
    ]:
        comment = chat.says(name, chat.dev, f"/explain {words}")
        assert answer in chat.reply(name, "explain") and chat.reactions(name, comment) == REFUSED


def test_explain_tells_what_a_rule_found_here(chat: Chat) -> None:
    name = chat.checked(BAD)
    chat.says(name, chat.dev, "/explain RISK/rbac-powers")
    reply = chat.reply(name, "explain")
    begin, _, rest = reply.partition(f"- `{BASE}/role.yaml:")
    assert f"Found in `{chat.pull(name).head[:7]}`:" in begin and "cluster-admin" in rest.split("\n")[0]
    assert "**`risk/rbac-powers`**" in rest
    chat.says(name, chat.dev, f"/explain {BASE}/role.yaml:3")
    assert f"`{BASE}/role.yaml` reaches" in chat.reply(name, "explain")
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.says(name, chat.dev, "/explain risk/rbac-powers")
    assert "Found in" not in chat.reply(name, "explain")


def test_explain_knows_the_head(chat: Chat) -> None:
    name = chat.opened(
        {"apps/shop/base/kustomization.yaml": "resources: [config.yaml, new.yaml]\n", f"{BASE}/new.yaml": "{}"}
    )
    chat.says(name, chat.dev, f"/explain {BASE}/new.yaml")
    assert "overlays/dev" in chat.reply(name, "explain")


@pytest.mark.parametrize("command", ["diff dev prod", "status", f"explain {BASE}/config.yaml"])
def test_nothing_of_a_fork_is_looked_at_where_forks_are_refused(tmp_path: Path, command: str) -> None:
    chat = Chat(tmp_path, config="pull_requests: {forks: refuse}\n")
    ours, fork = chat.opened(BLUE), chat.opened(BLUE, branch="fork", fork=True)
    assert chat.reactions(ours, chat.says(ours, chat.dev, f"/{command}")) == DONE
    assert chat.reactions(fork, chat.says(fork, chat.dev, f"/{command}")) == REFUSED
    assert "pull_requests.forks: refuse" in chat.reply(fork, command.partition(" ")[0])
    assert chat.reactions(fork, chat.says(fork, chat.dev, "/explain risk/deletion")) == DONE


def test_diff_compares_two_environments_of_the_head(chat: Chat) -> None:
    chat.merged({**web("dev", "1.1.0"), **web("prod", "1.0.0"), **web("staging", "1.0.0")})
    name = chat.opened(web("dev", "1.2.0"))
    chat.says(name, chat.dev, "/diff DEV production web")
    reply = chat.reply(name, "diff")
    assert "**dev → prod**: of 1 unit in both, 1 differs." in reply
    assert "-      - image: registry.example.com/acme/web:1.2.0" in reply
    assert "+      - image: registry.example.com/acme/web:1.0.0" in reply
    chat.says(name, chat.dev, "/diff prod staging")
    assert "Only in prod: shop." in chat.reply(name, "diff") and "The same in both: web." in chat.reply(name, "diff")
    for words, answer in [
        ("dev", "It is written `/gatehouse diff ENVIRONMENT ENVIRONMENT"),
        ("dev prodd", "There is no environment prodd; there are dev, staging, prod"),
        ("dev prod shoop", "There is no application shoop; there are shop, web"),
    ]:
        comment = chat.says(name, chat.dev, f"/diff {words}")
        assert answer in chat.reply(name, "diff").replace("`prodd`", "prodd")
        assert chat.reactions(name, comment) == REFUSED


def test_status_shows_what_runs_and_what_the_change_moves(chat: Chat) -> None:
    chat.merged({**web("dev", "1.1.0"), **web("prod", "1.0.0")})
    name = chat.opened(web("prod", "1.1.0"))
    chat.merged(web("dev", "1.3.0"))  # the base moves on: the change does not take that back
    chat.says(name, chat.helper, "/status web")
    reply = chat.reply(name, "status")
    assert "| application | dev | prod |" in reply
    assert "| web | `web:1.3.0` | `web:1.0.0` → **`web:1.1.0`** |" in reply and "| shop |" not in reply
    chat.says(name, chat.helper, "/status")
    assert "| shop | no image | no image |" in chat.reply(name, "status")
    assert chat.reactions(name, chat.says(name, chat.helper, "/status wep")) == REFUSED


def test_cancel_ends_the_run_that_waits_and_never_green(chat: Chat, name: PullRequestName) -> None:
    head = chat.pull(name).head
    comment = chat.says(name, chat.dev, "/cancel")
    assert chat.reactions(name, comment) == DONE
    chat.check(name)
    assert chat.state(name) is State.ERROR
    (last,) = [each.status for each in chat.forge.written if each.status.name == REQUIRED][-1:]
    assert "cancelled by dev" in last.title
    assert chat.reactions(name, chat.says(name, chat.dev, "/cancel")) == DONE  # it is
    chat.says(name, chat.dev, "/check")
    chat.check(name, again=True)
    assert chat.state(name) is State.PASSED and not cancelled(chat.memory, name, head)
    late = chat.says(name, chat.dev, "/cancel")
    assert chat.reactions(name, late) == REFUSED and "nothing to cancel" in chat.reply(name, "cancel")


def test_cancel_ends_a_run_between_its_stages(
    chat: Chat, name: PullRequestName, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.service import cancelling
    from bot.service import result as result_module

    monkeypatch.setattr(cancelling, "_ASKED_EVERY", 0.0)

    def judged(_repository: object, _question: object, _settings: object, tell: Callable[..., None]) -> None:
        cancel(chat.memory, name, chat.pull(name).head, "dev")
        tell("rendering", 1, 2)
        raise AssertionError("this stage was to be the last one")

    monkeypatch.setattr(result_module, "judged", judged)
    chat.check(name)
    assert chat.state(name) is State.ERROR


def test_cancel_ends_a_run_that_is_nearly_over(
    chat: Chat, name: PullRequestName, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(run: Run) -> object:
        outcome = concluded(run)
        assert chat.reactions(name, chat.says(name, chat.dev, "/cancel")) == DONE
        return outcome

    monkeypatch.setattr("bot.service.check.concluded", late)
    chat.check(name)
    assert chat.state(name) is State.ERROR


def test_a_cancellation_holds_for_one_head(chat: Chat, name: PullRequestName) -> None:
    chat.says(name, chat.dev, "/cancel")
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.check(name)
    assert chat.state(name) is State.PASSED


def test_a_run_that_ends_while_it_is_cancelled_leaves_no_flag(chat: Chat, name: PullRequestName) -> None:
    head, published = chat.pull(name).head, chat.forge.published
    asked: list[object] = []

    def late(*where: object) -> object:
        asked.append(where)
        if len(asked) == 2:
            chat.forge.publish(chat.repository, head, Status(REQUIRED, State.PASSED, "passed"))
        return published(*where)  # type: ignore[arg-type]

    chat.forge.published = late  # type: ignore[method-assign,assignment]
    comment = chat.says(name, chat.dev, "/cancel")
    assert chat.reactions(name, comment) == REFUSED and not cancelled(chat.memory, name, head)


# -- replies


def test_there_is_one_reply_of_each_kind(chat: Chat, name: PullRequestName) -> None:
    for _ in range(3):
        chat.says(name, chat.dev, "/help")
        chat.says(name, chat.dev, "/status\n/explain docs/a.md\n/explain risk/deletion")
    assert len(chat.replies(name)) == 3
    both = chat.reply(name, "explain")
    assert "docs/a.md" in both and "risk/deletion" in both


def test_a_reply_quotes_the_command_and_pings_nobody(chat: Chat, name: PullRequestName) -> None:
    chat.says(name, chat.dev, "/explain @acme/all </details> ` <!-- gatehouse:reply:help -->")
    reply = chat.reply(name, "explain")
    assert re.search(r"^> dev asked: ", reply, re.MULTILINE)
    assert "@acme" not in reply and "</details>" not in reply and reply.count("<!--") == 2


PIECES = [*"/@`|<>-!&#\\ \n\t*_~[]()aA1:", "\u202e", "</details>", "<!--", "-->", "```", "@acme/all"]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(command=st.sampled_from(["explain", "diff", "status", "override", "cancel", "x", "help"]), rest=HOSTILE)
def test_no_text_of_a_comment_gets_out_of_its_place(chat: Chat, command: str, rest: str) -> None:
    name = chat.opened(BLUE)
    chat.memory.counts.clear()
    chat.says(name, chat.lead, f"/gatehouse {command} {rest}")
    for reply in chat.replies(name):
        assert not any(line.startswith("/") for line in reply.body.split("\n"))
        outside = re.sub(r"`[^`\n]+`", "", reply.body)  # forges look for nothing in code
        assert "</details>" not in outside and outside.count("<!--") == outside.count("-->") == 2
        assert "`" not in outside and not re.search(r"@[A-Za-z]", outside)


def test_a_reply_fits_the_forge(tmp_path: Path) -> None:
    chat = Chat(tmp_path)
    chat.forge._limit = 4_000
    files = {f"apps/app{n}/overlays/{e}/{f}": t for n in range(30) for e in ("dev", "prod") for f, t in (
        ("kustomization.yaml", "resources: [cm.yaml]\n"),
        ("cm.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {a: '" + e * 200 + "'}\n"),
    )}  # fmt: skip
    chat.merged(files)
    name = chat.opened(BLUE)
    for command in ("diff dev prod", "status", "explain apps"):
        assert chat.reactions(name, chat.says(name, chat.dev, f"/{command}")) == DONE
    assert max(len(reply.body) for reply in chat.replies(name)) <= 4_000
    assert "left out" in chat.reply(name, "diff") and "more" in chat.reply(name, "explain")


# -- exactly once


def state(chat: Chat, name: PullRequestName) -> tuple[list[str], list[str]]:
    return [c.body for c in chat.replies(name)], [job.key for job in chat.queue.jobs]


def test_a_second_try_changes_nothing(chat: Chat, name: PullRequestName) -> None:
    comment = chat.says(name, chat.dev, "/check\n/help\n/explain docs/a.md")
    before, writes = state(chat, name), chat.forge.calls["write"]
    assert chat.answers(name, comment) == "answered before"
    assert state(chat, name) == before and chat.forge.calls["write"] == writes


@pytest.mark.parametrize("error", [NotFound, Forbidden])
def test_a_command_is_answered_once_where_the_forge_takes_no_reactions(
    chat: Chat, name: PullRequestName, error: type[ForgeError]
) -> None:
    comment = chat.forge.say(name, chat.dev, "/gatehouse help")
    chat.forge.fail("react", error("There are no reactions here."), times=2)
    assert chat.answers(name, comment) == "answered"
    replies = chat.forge.ours(name)
    assert "check" in chat.reply(name, "help") and not chat.reactions(name, comment)
    assert chat.answers(name, comment) == "answered before" and not unanswered(name, chat.ports)
    assert chat.forge.ours(name) == replies


def test_a_comment_that_goes_before_its_reaction_is_not_obeyed(
    chat: Chat, name: PullRequestName, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = chat.forge.say(name, chat.dev, "/check")
    real = chat.forge.comment
    answers = iter([real(name, comment), None])
    monkeypatch.setattr(chat.forge, "comment", lambda *_: next(answers))
    chat.forge.fail("react", NotFound("It is gone."))
    assert chat.answers(name, comment) == "the comment is gone"
    assert not chat.queue.jobs and not chat.forge.ours(name)


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(("method", "times"), [("react", 1), ("react", 2), ("write", 1), ("write", 2), ("write", 3)])
def test_a_try_that_ends_anywhere_is_made_up_for(
    chat: Chat, name: PullRequestName, method: str, times: int, done: bool, forgets: bool
) -> None:
    """The worker dies before or after its ``times``-th write; Redis may be deleted as well."""
    text = "/check\n/help\n/explain docs/a.md\n/gatehouse foo"
    other = chat.opened({**BLUE, "docs/b.md": ""}, branch="other")
    chat.says(other, chat.dev, text)
    wanted, jobs = chat.forge.ours(other), {job.kind for job in chat.queue.jobs}
    chat.queue.jobs.clear()
    comment = chat.forge.say(name, chat.dev, text)
    real, left = getattr(chat.forge, method), [times]

    def dies(*args: object, **options: object) -> object:
        left[0] -= 1
        if left[0] == 0 and not done:
            raise Unavailable("502")
        answer = real(*args, **options)
        if left[0] == 0:
            raise Unavailable("502")
        return answer

    setattr(chat.forge, method, dies)
    with pytest.raises(RetryLater):
        chat.answers(name, comment)
    setattr(chat.forge, method, real)
    if forgets:
        chat.memory.forget()
    chat.answers(name, comment)
    chat.answers(name, comment)
    assert chat.reactions(name, comment) >= {Reaction.SEEN, Reaction.REFUSED}
    assert [_plain(c) for c in chat.forge.ours(name)] == [_plain(c) for c in wanted]
    assert {job.kind for job in chat.queue.jobs} == jobs


def _plain(comment: Comment) -> str:
    return re.sub(r"answers:\d+|`[0-9a-f]{7}`", "", comment.body)


def test_two_workers_do_not_answer_the_same_comment(chat: Chat, name: PullRequestName) -> None:
    comment = chat.forge.say(name, chat.dev, "/check")
    with chat.locks.hold(f"comment {chat.job(name, comment).key}"):
        assert chat.answers(name, comment) == "another worker answers it"
    with chat.locks.hold(f"reply check {name}"), pytest.raises(RetryLater):
        chat.answers(name, comment)
    chat.answers(name, comment)
    assert chat.reactions(name, comment) == DONE


def test_a_denial_that_was_cut_off_is_made_up_for(chat: Chat, name: PullRequestName) -> None:
    comment = chat.forge.say(name, chat.passer, "/status")
    chat.forge.fail("write", Unavailable("502"))
    with pytest.raises(RetryLater):
        chat.answers(name, comment)
    chat.answers(name, comment)
    assert "`status` is for" in chat.reply(name, "denied")


def test_the_sweep_finds_what_nobody_answered(chat: Chat, name: PullRequestName) -> None:
    lost = chat.forge.say(name, chat.dev, "/gatehouse help")
    chat.forge.say(name, chat.dev, "just words")
    chat.says(name, chat.dev, "/check")
    chat.says(name, chat.passer, "/check")
    chat.forge.say(name, chat.dev, "/promote prod")  # not said to us, so that nobody answers it
    (job,) = unanswered(name, chat.ports)
    assert (job.kind, job.comment) == (JobKind.COMMAND, lost)
    perform(job, chat.ports)
    assert chat.reactions(name, lost) == DONE and not unanswered(name, chat.ports)


def test_what_cannot_be_answered_at_all_is_said_once(
    chat: Chat, name: PullRequestName, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = chat.forge.say(name, chat.dev, "/gatehouse help")
    given_up(chat.job(name, comment), chat.ports, "It is @broken.")
    assert not chat.replies(name)  # nobody was told that it would be
    chat.forge.react(name, comment, Reaction.SEEN)
    for _ in range(2):
        given_up(chat.job(name, comment), chat.ports, "It is @broken.")
    assert "could not be answered: It is `@broken`." in chat.reply(name, "denied")
    assert chat.reactions(name, comment) == REFUSED

    def refuses(*_: object) -> None:
        raise UserError("That is no name of a branch.")

    monkeypatch.setattr(chat.ports.mirrors, "opened", refuses)
    assert chat.reactions(name, chat.says(name, chat.dev, "/help")) == REFUSED
    assert "That is no name of a branch." in chat.reply(name, "denied")


def test_the_report_is_not_a_reply(chat: Chat, name: PullRequestName) -> None:
    check(name, chat.ports)
    chat.says(name, chat.dev, "/help")
    assert len(chat.forge.ours(name)) == 2
