"""What the embedded engine is given instead of the author's text, so that it answers as OPA does."""

from __future__ import annotations

import pytest

from bot.policy.base import Module
from bot.policy.embedded import Embedded
from bot.policy.regular import for_rust


def answer(body: str, value: object) -> object:
    """What `x` is for an input: its value, None where it has none, or what is wrong with it."""
    with Embedded().open([Module("a.rego", f"package a\n{body}\n")]) as session:
        if session.problems:
            return str(session.problems[0])
        ((found,),) = session.evaluate(["data.a.x"], [value])
        return found.error or (found.value if found.defined else None)


@pytest.mark.parametrize(
    ("negated", "missing"),
    [
        ('startswith(input.m, "t")', None),
        ("input.m > 1", None),
        ('lower(input.m) == "a"', None),
        ("input.o[input.m]", None),
        ("input.m", True),
        ("input.m == 1", True),
        ("object.get(input, ['m'], 1) == 2".replace("'", '"'), True),
    ],
)
def test_what_a_negated_call_reads_has_to_be_there(negated: str, missing: object) -> None:
    """As OPA does it: only what is asked for as a whole, or compared with ==, may be missing."""
    for body in (f"x if not {negated}", f"x if {{ not {negated} }}"):
        assert answer(body, {"o": {}}) is missing
    assert answer('x if not startswith(input.m, "t")', {"m": "other"}) is True


@pytest.mark.parametrize("name", ["_", "i"])
def test_a_variable_that_only_a_negation_names(name: str) -> None:
    said = answer(f"x if {{ not startswith(input.l[{name}], 'a') }}".replace("'", '"'), {})
    assert str(said).startswith(f"a.rego:2: nothing but a `not` names `{name}`: say what it stands for before")


def test_regular_expressions_know_ascii_classes_only() -> None:
    assert answer(r"x := regex.match(`^[\w-]{1,63}$`, input)", "web-1") is True
    assert answer(r"x := regex.match(`^\w+$`, input)", "équipe") is False
    assert for_rust(r"\\w\b[\w]") == r"\\w(?-u:\b)[[0-9A-Za-z_]]"


def test_functions_of_go() -> None:
    assert answer("x := [upper(input), lower(`İ`), urlquery.encode(`~`)]".replace("`", '"'), "ß") == ["ß", "i", "~"]
    assert answer('x := strings.replace_n({"a": "b", "b": "c"}, "ab")', {}) == "bc"
    assert answer("x := upper(input)", 1) == "`upper`: a text is expected (a.rego:2)"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("f(y) := f(y - 1) if y > 0\nx if f(3)", "a.rego:2: `f` needs itself to be known; Rego has no recursion"),
        ("x if y\ny if data.a.x", "a.rego:2: `x` needs itself to be known; Rego has no recursion"),
        (
            'x if { every k, v in {"a": 1} { v > 0 } }',
            "a.rego:2: `k` is declared and not used; use it, or write `_` for it",
        ),
        ("x if { some k; input }", "a.rego:2: `k` is declared and not used; use it, or write `_` for it"),
        ("f(x) := x\nx if f(true)", True),
        ("y := z\nz := 1\nx if { y }", True),
        ("x if { some k; input.a[k] == 1 }", True),
        ("x if { every _, v in [1] { v > 0 } }", True),
        ("f(1) := 1\nf(y) := g(y) if y > 1\ng(f) := f\nx if f(2)", True),
    ],
)
def test_what_a_server_refuses(body: str, said: object) -> None:
    assert answer(body, {"a": [1]}) == said
