"""Who may give which command: defaults, configuration, and what is never possible."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from fakes.forge import FakeForge
from hypothesis import given
from hypothesis import strategies as st

from bot.config.serving import CommandName, CommandRule, CommandsRule, OverrideRule, Role
from bot.forge.base import Forbidden, NotFound, Unavailable
from bot.model.forge import Permission, Person, PullRequest
from bot.service.authority import Authority

TEAM = "@acme/release"
ROLES = tuple(Role)
ALL = set(CommandName)
LOOKS = {CommandName.CHECK, CommandName.EXPLAIN, CommandName.DIFF, CommandName.STATUS}


class World:
    """A pull request of ``author`` and one other person, ``other``."""

    def __init__(
        self, permission: Permission = Permission.NONE, *, in_team: bool = False, is_bot: bool = False
    ) -> None:
        self.forge = FakeForge()
        repository = self.forge.add_repository("acme/gitops")
        self.author = self.forge.add_person("author")
        self.other = self.forge.add_person("other", is_bot=is_bot)
        self.forge.set_permission(repository, self.author, Permission.READ)
        self.forge.set_permission(repository, self.other, permission)
        self.forge.set_members(TEAM, *([self.other] if in_team else []))
        name = self.forge.open_pull_request(repository, author=self.author, head="a" * 40)
        self.pull: PullRequest = self.forge.pull_request(name)

    def may(self, person: Person, rules: CommandsRule | None = CommandsRule()) -> set[CommandName]:  # noqa: B008
        authority = Authority(self.forge, self.pull, person, rules)
        return {command for command in CommandName if authority.may(command)}


def everywhere(rule: CommandRule, override: OverrideRule = OverrideRule()) -> CommandsRule:  # noqa: B008
    return CommandsRule(rule, rule, rule, rule, rule, override, rule)


@pytest.mark.parametrize(
    ("permission", "may"),
    [
        (Permission.NONE, set()),
        (Permission.READ, {CommandName.HELP}),
        (Permission.TRIAGE, {CommandName.HELP, *LOOKS}),
        (Permission.WRITE, {CommandName.HELP, CommandName.CANCEL, *LOOKS}),
        (Permission.ADMIN, {CommandName.HELP, CommandName.CANCEL, *LOOKS}),
    ],
)
def test_without_configuration(permission: Permission, may: set[CommandName]) -> None:
    world = World(permission)
    assert world.may(world.other) == may
    assert world.may(world.author) == ALL - {CommandName.OVERRIDE}


def test_nobody_overrides_unless_somebody_is_named() -> None:
    world = World(Permission.ADMIN, in_team=True)
    assert CommandName.OVERRIDE not in world.may(world.other)
    named = CommandsRule(override=OverrideRule((TEAM,)))
    assert CommandName.OVERRIDE in world.may(world.other, named)
    assert CommandName.OVERRIDE not in world.may(world.author, named)


def test_who_is_named_and_has_lost_the_permission_may_not() -> None:
    world = World(Permission.READ, in_team=True)  # such as a login that somebody else took
    assert CommandName.OVERRIDE not in world.may(world.other, CommandsRule(override=OverrideRule((TEAM, "@other"))))
    assert CommandName.OVERRIDE in world.may(world.other, CommandsRule(override=OverrideRule((TEAM,), Role.READ)))


def test_the_author_may_be_left_out() -> None:
    world = World()
    assert world.may(world.author, everywhere(CommandRule(Role.WRITE, author=False))) == set()


def test_bots_may_nothing() -> None:
    world = World(Permission.ADMIN, in_team=True, is_bot=True)
    assert world.may(world.other, everywhere(CommandRule(Role.READ), OverrideRule((TEAM,), Role.READ))) == set()


def test_people_are_their_ids() -> None:
    world = World()
    impostor = Person(world.other.id + 1000, "author")
    assert world.may(impostor) == set()
    renamed = Person(world.author.id, "somebody-new")
    assert CommandName.CHECK in world.may(renamed)


def test_a_configuration_that_cannot_be_used_leaves_help() -> None:
    world = World(Permission.ADMIN, in_team=True)
    assert world.may(world.other, None) == {CommandName.HELP}
    assert "cannot be used" in Authority(world.forge, world.pull, world.other, None).denial(CommandName.CHECK)


@pytest.mark.parametrize("method", ["permission", "is_member"])
@pytest.mark.parametrize("error", [NotFound("no such team"), Forbidden("no right to see members")])
def test_what_nobody_can_tell_is_no(method: str, error: Exception) -> None:
    world = World(Permission.ADMIN, in_team=True)
    world.forge.fail(method, error)
    assert not Authority(world.forge, world.pull, world.other, CommandsRule(override=OverrideRule((TEAM,)))).may(
        CommandName.OVERRIDE
    )


def test_a_forge_that_does_not_answer_is_asked_again_later() -> None:
    world = World(Permission.ADMIN)
    world.forge.fail("permission", Unavailable("502"))
    with pytest.raises(Unavailable):
        Authority(world.forge, world.pull, world.other, CommandsRule()).may(CommandName.CANCEL)


def test_the_forge_is_asked_once_for_each_thing() -> None:
    world = World(Permission.WRITE, in_team=True)
    authority = Authority(world.forge, world.pull, world.other, everywhere(CommandRule(allow=(TEAM,))))
    assert {command for command in CommandName if authority.may(command)} == ALL - {CommandName.OVERRIDE}
    assert (world.forge.calls["permission"], world.forge.calls["is_member"]) == (1, 1)


@pytest.mark.parametrize("command", list(CommandName))
def test_denials_say_who_may_and_name_no_member(command: CommandName) -> None:
    world = World(Permission.NONE, in_team=True)
    named = everywhere(CommandRule(Role.MAINTAIN, (TEAM,)), OverrideRule((TEAM,), Role.ADMIN))
    text = Authority(world.forge, world.pull, world.other, named).denial(command)
    assert f"`{TEAM}`" in text  # code: nobody is pinged
    assert "admin" in text if command is CommandName.OVERRIDE else "maintain" in text
    assert "other" not in text
    nobody = Authority(world.forge, world.pull, world.other, CommandsRule()).denial(CommandName.OVERRIDE)
    assert "commands.override.allow" in nobody


RULES = st.builds(
    CommandRule, st.none() | st.sampled_from(ROLES), st.sampled_from([(), (TEAM,), ("@x",)]), st.none() | st.booleans()
)
OVERRIDES = st.builds(OverrideRule, st.sampled_from([(), (TEAM,), ("@x",), (TEAM, "@x")]), st.sampled_from(ROLES))


@given(RULES, OVERRIDES, st.booleans())
def test_more_permission_never_allows_less(rule: CommandRule, override: OverrideRule, in_team: bool) -> None:
    rules = everywhere(rule, override)
    allowed = [(world := World(permission, in_team=in_team)).may(world.other, rules) for permission in Permission]
    assert all(less <= more for less, more in pairwise(allowed))


@given(OVERRIDES, st.sampled_from(Permission))
def test_naming_more_people_or_asking_less_never_allows_fewer_to_override(
    rule: OverrideRule, permission: Permission
) -> None:
    world = World(permission, in_team=True)
    at = ROLES.index(rule.permission)
    wider = [
        rule._replace(permission=role, allow=(*rule.allow, *more))
        for role, more in product(ROLES[: at + 1], [(), ("@other",)])
    ]
    if CommandName.OVERRIDE in world.may(world.other, CommandsRule(override=rule)):
        assert all(CommandName.OVERRIDE in world.may(world.other, CommandsRule(override=each)) for each in wider)
    if not rule.allow:
        assert CommandName.OVERRIDE not in world.may(world.other, CommandsRule(override=rule))
