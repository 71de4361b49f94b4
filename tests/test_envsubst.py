"""Flux's postBuild substitution; the tables were checked against Flux's own engine."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.envsubst import BadSubstitution, substitute, substitute_document
from bot.model.unit import Substitution

VALUES = Substitution(
    variables=(("a", "hello/World-hello"), ("b", ""), ("c", "x"), ("f", "/usr/lib/x.tar.gz"), ("n", "2"), ("u", "üx"))
)
UNKNOWN = Substitution(variables=(("c", "x"),), unknown=("Secret s",))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("k: ${c}", "k: x"),
        ("${c}${c} $c {c}", "xx $c {c}"),
        ("$${c}", "${c}"),
        ("$$$${c} $$", "$${c} $"),
        ("$$${c}", "$x"),
        ("${zz}|", "|"),
        ("${zz:-d}${b:-d}${c:-d}", "ddx"),
        ("${zz:=d}${zz=d}${zz:?d}${zz:+d}", "dddd"),
        ("${c:+d}", "x"),
        ("${zz:-}", ""),
        ("${zz:-a b: {c\n}", "a b: {c\n"),
        ("${zz:-${c}-${n}}", "x-2"),
        ("${zz:-$$}", "$$"),
        ("${c^}${c^^}${a,}${a,,}", "XXhello/World-hellohello/world-hello"),
        ("${#a} ${#u} ${#zz}", "17 3 0"),
        ("${a:6} ${a:0:5} ${a:6:-6} ${a:99}", "World-hello hello World "),
        ("${a:x}", "hello/World-hello"),
        ("${a: -5}", "hello/World-hello"),
        ("${a:${n}:1}", "l"),
        ("${a/hello/by}", "by/World-hello"),
        ("${a//hello/by}", "by/World-by"),
        ("${a//hello/}", "/World-"),
        ("${a/#hello/by} ${a/%hello/by}", "by/World-hello hello/World-by"),
        ("${a/\\//+}", "hello+World-hello"),
        ("${f#*/} ${f##*/}", "usr/lib/x.tar.gz x.tar.gz"),
        ("${f%.*} ${f%%.*}", "/usr/lib/x.tar /usr/lib/x"),
        ("${a#[a-h]} ${a#?e}", "ello/World-hello llo/World-hello"),
        ("${a#zz}", "hello/World-hello"),
    ],
)
def test_expressions(text: str, result: str) -> None:
    assert substitute(text, VALUES) == result


@pytest.mark.parametrize(
    "text",
    ["${", "${}", "${c", "${c-d}", "${c?}", "${{ x }}", "${c:}", "${c/x}", "${#}", "${c#}", "${c:-d", "${ c}", "${c!}"],
)
def test_what_flux_refuses(text: str) -> None:
    with pytest.raises(BadSubstitution, match=r"line 2 of the object"):
        substitute("first: line\n" + text, VALUES)


def test_invalid_variable_name() -> None:
    with pytest.raises(BadSubstitution, match="'a-b'"):
        substitute("x", Substitution(variables=(("a-b", "1"),)))


def test_deep_nesting_ends() -> None:
    with pytest.raises(BadSubstitution, match="nested"):
        substitute("${a:-" * 1000 + "}" * 1000, VALUES)


def test_long_patterns_end() -> None:
    long = Substitution(variables=(("a", "x" * 100_000),))
    with pytest.raises(BadSubstitution, match="too long"):
        substitute("${a#" + "*x" * 100 + "}", long)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${c} ${zz}", "x ${zz}"),
        ("${zz:-d}", "${zz:-d}"),
        ("${c:-${zz}}", "x"),
        ("${c/x/${zz}}", "${c/x/${zz}}"),
        ("${zz^^}${#zz}", "${zz^^}${#zz}"),
        ("$${zz}", "${zz}"),
    ],
)
def test_unknown_variables_stay(text: str, result: str) -> None:
    assert substitute(text, UNKNOWN) == result


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_object_that_opts_out(field: str) -> None:
    fields = {"metadata": {field: {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}}}
    assert substitute_document("${c}", fields, VALUES) == "${c}"
    assert substitute_document("${c}", {"metadata": {field: None}}, VALUES) == "x"
    assert substitute_document("${c}", {"metadata": []}, VALUES) == "x"


@given(st.text(alphabet="${}abc:-=#%/,^\\*?[]! \n", max_size=40))
def test_any_text_is_answered_or_refused(text: str) -> None:
    try:
        substitute(text, VALUES)
        substitute(text, UNKNOWN)
    except BadSubstitution as e:
        assert str(e)


@given(st.text().filter(lambda t: "${" not in t and "$$" not in t))
def test_text_without_expressions_is_untouched(text: str) -> None:
    assert substitute(text, VALUES) == text


@given(st.text(alphabet=st.characters(exclude_characters="$"), max_size=30))
def test_value_arrives_unchanged(value: str) -> None:
    assert substitute("a: ${v}!", Substitution(variables=(("v", value),))) == f"a: {value}!"


@pytest.mark.parametrize("operator", "-?+")
def test_an_operator_without_its_colon(operator: str) -> None:
    with pytest.raises(
        BadSubstitution, match=re.escape(f"the colon in front of {operator} is missing: write ${{a:{operator}")
    ):
        substitute(f"${{a{operator}1Gi}}", Substitution())


def test_hidden_variables_stay_as_they_are_written() -> None:
    known = Substitution(variables=(("a", "1"),), hidden=("b",))
    assert substitute("${a} ${b} ${b:=x} ${c} ${c:=${b}} ${c:=y}", known) == "1 ${b} ${b:=x}  ${c:=${b}} y"
