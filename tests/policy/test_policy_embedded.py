"""The embedded engine: answers, refusals with file and line, and policies that loop, allocate or print."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.policy.base import Answer, Limits, Module
from bot.policy.embedded import Embedded

LOOP = "count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 30000); a * b == -1]) == 1"
GOOD = Module("good.rego", 'package good\ndeny contains "no"')


def module(text: str, path: str = "policies/one.rego") -> Module:
    return Module(path, text)


def ask(
    modules: Sequence[Module], queries: Sequence[str], inputs: Sequence[object] = ({},), limits: Limits | None = None
) -> list[tuple[Answer, ...]]:
    with Embedded(limits).open(modules) as session:
        assert not session.problems
        return list(session.evaluate(queries, inputs))


def problems(*modules: Module, limits: Limits | None = None) -> list[str]:
    with Embedded(limits).open(modules) as session:
        return [str(problem) for problem in session.problems]


def test_each_input_has_its_answers_in_order() -> None:
    found = ask(
        [module("package one\ndeny contains input.n if input.n > 1\nvalue := input.n")],
        ["data.one.deny", "data.one.value"],
        [{"n": n} for n in range(200)] + [{}],
    )
    assert len(found) == 201
    assert found[3] == (Answer([3], defined=True), Answer(3, defined=True))
    assert found[1] == (Answer([], defined=True), Answer(1, defined=True))
    assert found[200] == (Answer([], defined=True), Answer())


VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.text(), some.lists, max_leaves=8
)


@settings(max_examples=5, deadline=None)
@given(some.lists(VALUES, min_size=5))
def test_values_come_back_as_they_were(values: list[object]) -> None:
    found = ask([module("package one\nback := input.value")], ["data.one.back"], [{"value": value} for value in values])
    assert [answer.value for (answer,) in found] == values


def test_a_broken_policy_is_told_with_its_line_and_the_others_work() -> None:
    with Embedded().open([module('package one\ndeny contains "a" if {\n  x := )\n}'), GOOD]) as session:
        assert [str(problem) for problem in session.problems] == [
            "policies/one.rego:3: expecting `}` while parsing set"
        ]
        assert [outline.path for outline in session.outlines] == ["good.rego"]
        assert list(session.evaluate(["data.good.deny"], [{}])) == [(Answer(["no"], defined=True),)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('deny contains "a"', 1, "package"),
        ("package one\ndeny contains http.send({})", 2, "`http.send` reaches outside"),
        ('package one\nx := http["send"]({})', 2, "`http.send` reaches outside"),
        ("package one\nx if {\n  input.a with http.send as 3\n}", 3, "`http.send`"),
        ("package one\nf(x) := x\ny if f(1) with data.one.f as opa.runtime", 3, "`opa.runtime`"),
        ('package one\nx := net.cidr_contains("10.0.0.0/8", "10.0.0.1")', 2, "`net.cidr_contains`"),
        ("package one\nx := [y | y := opa.runtime()[_]]", 2, "`opa.runtime`"),
        ('package one\nx := rand.intn("a", 3)', 2, "another value each time"),
        ("package one\nx := {time.now_ns(): 1}", 2, "`time.now_ns`"),
        ("package one\nhttp.send(x) := 3\ny := http.send(1)", 3, "`http.send`"),
        ('package one\nx := crypto.md5("a")', 2, "not in both engines"),
        ("package one\nx := nothing(1)", 2, "`nothing` is neither"),
        ("package one\nx := count(1, 2, 3)", 2, "takes 1 argument, not 3"),
        ("package one\ncount(x) := 3", 2, "hides the built-in function `count`"),
        ('package one\ndeny[msg] { msg := "a" }', 2, "written in Rego v0 (`if` is missing"),
        ('package one["a-b"]\nx := 1', 1, "letters, digits"),
        ("package one\nimport data.good\nx if { some good in input.a }", 1, "`good` is imported, and a variable"),
        ('package one\n{"a": x} := input', 2, ""),
        ("package one\ny if { unknown > 1 }", 2, "unknown"),
        ("package one\nx := " + "(" * 5000 + "1" + ")" * 5000, 2, "nest"),
        ("package one\nx := 1\nx contains 2", 3, "something else at policies/one.rego:2"),
        ("package one\ndefault x := 1\ndefault x := 2", 3, "a default already"),
    ],
)
def test_refused(text: str, line: int, words: str) -> None:
    found = problems(module(text), GOOD)
    assert len(found) == 1
    assert found[0].startswith(f"policies/one.rego:{line}: ")
    assert words in found[0]
    assert "backtrace" not in found[0]


def test_a_name_in_text_or_comment_is_no_call() -> None:
    assert (
        problems(module('package one\n# http.send({})\nx := "http.send({}) time.now_ns()"\nhttp := {"send": 1}')) == []
    )


def test_packages_that_clash() -> None:
    found = problems(module("package a\nb := 1", "one.rego"), module("package a.b\nc := 1", "two.rego"))
    assert found == ["two.rego:1: package a.b clashes with the rule `b` of package a; rename one"]
    found = problems(module("package a\nf(x) := 1", "one.rego"), module("package a\nf := 1", "two.rego"))
    assert "two.rego:2: `f` is something else at one.rego:2" in found[0]


def test_a_package_in_two_files_is_one() -> None:
    first, second = (
        module('package a\ndeny contains "1" if b', "1.rego"),
        module('package a\ndeny contains "2"\nb := true', "2.rego"),
    )
    assert ask([first, second], ["data.a.deny"]) == [(Answer(["1", "2"], defined=True),)]


def test_what_needs_a_broken_policy_is_broken() -> None:
    found = problems(
        module("package lib\nf(x) := {", "lib.rego"), module("package a\nimport data.lib\nx := lib.f(1)", "a.rego")
    )
    assert [line.partition(":")[0] for line in found] == ["lib.rego", "a.rego"]


def test_a_loop_is_stopped_and_the_others_go_on() -> None:
    looping = module(f'package loop\ndeny contains "a" if {{ input.go; {LOOP} }}')
    inputs = [{}, {"go": True}, {}]
    found = ask([looping, GOOD], ["data.loop.deny", "data.good.deny"], inputs, Limits(seconds=0.4))
    assert [answers[1].value for answers in found] == [["no"]] * 3
    assert found[0][0] == Answer([], defined=True)
    assert found[1][0] == found[2][0] == Answer(error="took longer than 0.4 s, and was stopped", stopped=True)


@pytest.mark.parametrize(
    "expression",
    [
        "count(numbers.range(1, 1000000000))",
        "count([[a, b] | some a in numbers.range(1, 9000); some b in numbers.range(1, 9000)])",
    ],
)
def test_memory_is_bounded(expression: str) -> None:
    greedy = module(f"package big\ndeny contains {expression}")
    (found,) = ask([greedy, GOOD], ["data.big.deny", "data.good.deny"], limits=Limits(seconds=20, memory=64 << 20))
    assert found[0].stopped
    assert "memory" in found[0].error
    assert found[1].value == ["no"]


def test_ten_megabytes_of_message_are_not_taken() -> None:
    loud = module('package loud\ndeny contains concat("", ["0123456789" | some i in numbers.range(1, 1000000)])')
    (found,) = ask([loud, GOOD], ["data.loud.deny", "data.good.deny"], limits=Limits(seconds=20))
    assert found == (Answer(error="gave more than 1024 KiB"), Answer(["no"], defined=True))


def test_ten_megabytes_of_print_go_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    text = 'package loud\ndeny contains "said" if { every i in numbers.range(1, 100000) { print("0123456789", i, input) } }'
    padded = {"pad": "x" * 100}
    assert ask([module(text)], ["data.loud.deny"], [padded], Limits(seconds=20)) == [(Answer(["said"], defined=True),)]
    assert capfd.readouterr() == ("", "")


def test_a_text_that_the_parser_never_ends_with() -> None:
    nested = module("package one\nx := " + "[" * 30 + "]" * 30)
    found = problems(nested, GOOD, limits=Limits(seconds=0.4))
    assert found == ["policies/one.rego: reading this policy took too long; make it smaller or nest it less"]


def test_too_large_and_too_many() -> None:
    found = problems(module("package one\n" + "# x\n" * 100), GOOD, limits=Limits(module=300))
    assert found == ["policies/one.rego: 0 KiB is more than the 0 KiB that a policy may have; split it"]
    found = problems(GOOD, module("package one"), limits=Limits(modules=1))
    assert found == ["policies/one.rego: more than 1 policy files; this one is not used"]


def test_time_of_all_together_is_bounded() -> None:
    slow = module(
        "package slow\ndeny contains count([1 | some a in numbers.range(1, 60); some b in numbers.range(1, 60)])"
    )
    found = ask([slow], ["data.slow.deny"], [{"n": n} for n in range(2000)], Limits(seconds=20, total=0.3))
    assert found[0][0].defined
    assert found[-1][0].stopped
    assert "0.3 s together" in found[-1][0].error


def test_a_builtin_that_fails_is_an_error_and_no_silence() -> None:
    text = "package one\ndeny contains 1 if {\n  to_number(input.a) > 1\n}"
    ((answer,),) = ask([module(text)], ["data.one.deny"], [{"a": "x"}])
    assert answer == Answer(error="could not parse string as number (policies/one.rego:3)")


def test_names_that_are_not_ascii_keep_their_places() -> None:
    text = 'package one\nimport data.lib\n# äöü\nx := [lib.f("ä"), "é", lib.f("ö")]'
    assert ask([module(text), module('package lib\nf(x) := sprintf("<%s>", [x])', "lib.rego")], ["data.one.x"]) == [
        (Answer(["<ä>", "é", "<ö>"], defined=True),)
    ]


def test_what_is_read_of_the_input() -> None:
    text = """package one
import input.object as o
a := input.unit.production
b := input["unit"]["path"]
c := o.kind
d := 1 if input.unit.path == "x" with input as {"pull_request": 1}
e := walk(input.old)
"""
    with Embedded().open([module(text)]) as session:
        assert {name for name, _ in session.outlines[0].reads} == {"object", "unit.production", "unit.path", "old"}
    with Embedded().open([module("package one\nf(x) := x.unit\na := f(input)\nb := input[input.key]")]) as session:
        assert session.outlines[0].reads == (("", 3), ("key", 4))


NEVER_THERE = "which no policy defines and which is never there"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('package a\ndeny contains "x" if not input.k in data.allowed', "data.allowed"),
        ('package a\nimport data.limits as top\ndeny contains "x" if input.n > top.cpu[input.k]', "data.limits.cpu"),
        ('package a\ndeny contains "x" if data.good.denny', "data.good.denny"),
        ('package a\ndeny contains x if some x in data.config[input.k].names', "data.config"),
        ('package a\ndeny contains x if x := object.get(data.config, "a", 1)', "data.config"),
    ],
)  # fmt: skip
def test_data_that_no_policy_defines_is_refused(text: str, read: str) -> None:
    (said,) = problems(module(text), GOOD)
    assert f"it reads `{read}`, {NEVER_THERE}" in said


@pytest.mark.parametrize(
    "text",
    [
        'package a\ndeny contains "x" if count(data.good.deny) > 0',
        'package a\nlimits.cpu := 3\ndeny contains "x" if input.n > data.a.limits.cpu',
        'package a\ndeny contains "x" if data.good["deny"]["no"]',
        'package a\nimport data.good\ndeny contains "x" if "no" in good.deny',
        'package a\ndeny contains "x" if count(object.keys(data.good)) > 0',
        'package a\ndeny contains "x" if count(data) > 0',
        'package a\nf(x) := x\ndeny contains "x" if data.a.f(1) == 1',
        'package a\nok if input.k in data.allowed with data.allowed as ["b"]',
    ],
)  # fmt: skip
def test_data_that_a_policy_defines_or_replaces_is_there(text: str) -> None:
    assert problems(module(text), GOOD) == []


def test_rego_of_v0_is_called_by_its_name() -> None:
    (said,) = problems(module('package a\n\ndeny[msg] {\n  msg := "x"\n}\n'))
    assert "written in Rego v0" in said and "opa fmt --write --v0-v1" in said
