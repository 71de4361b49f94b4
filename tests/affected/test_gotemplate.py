"""Go templates as ApplicationSets use them; the results were checked against Go's text/template and sprig."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.affected.gotemplate import render
from bot.affected.gotemplate_convert import as_json_values
from bot.affected.gotemplate_functions import FUNCTIONS
from bot.affected.gotemplate_values import TemplateError, go_float

DATA = as_json_values(
    {
        "path": {"path": "apps/Team_A/web", "basename": "web", "segments": ["apps", "Team_A", "web"]},
        "name": "My App.x",
        "n": 8080,
        "big": 1234567,
        "t": True,
        "nil": None,
        "empty": "",
        "list": ["b", "a", "c", ""],
        "dict": {"k": "v", "a": {"b": {"c": "deep"}}},
        "multi": "a\nb",
    }
)


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("no template", "no template"),
        ("{{.name}}", "My App.x"),
        ("{{ .path.basename }}-{{index .path.segments 1 | lower}}", "web-team_a"),
        ("{{.missing}}|{{.missing.deeper}}|{{.nil}}", "<no value>|<no value>|<no value>"),
        ("{{.n}} {{.big}} {{.t}} {{.dict}}", "8080 1.234567e+06 true map[a:map[b:map[c:deep]] k:v]"),
        ("a  {{- .name -}}  x{{/* no */}} y", "aMy App.xx y"),
        ("{{if .empty}}x{{else if .t}}y{{else}}z{{end}}", "y"),
        ("{{or .empty .name}}{{and .t .empty}}{{not .t}}", "My App.xfalse"),
        ("{{range .list}}[{{.}}]{{end}}", "[b][a][c][]"),
        ("{{range $i, $v := .list}}{{$i}}={{$v}};{{end}}", "0=b;1=a;2=c;3=;"),
        ("{{range $k, $v := .dict}}{{$k}}{{end}}{{range .missing}}x{{else}}none{{end}}", "aknone"),
        ('{{range .list}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}', "bc"),
        ('{{range .list}}{{if eq . "c"}}{{break}}{{end}}{{.}}{{end}}', "ba"),
        (
            "{{with .dict.a}}{{.b.c}}{{$.name}}{{end}}{{with .missing}}x{{else with .name}}{{.}}{{end}}",
            "deepMy App.xMy App.x",
        ),
        ('{{$x := .name}}{{$x | upper | quote}}{{$x = "q"}}{{$x}}', '"MY APP.X"q'),
        ("{{(.dict.a).b.c}}{{(index .dict `a`).b.c}}", "deepdeep"),
        ('{{default "d" .missing}}{{.empty | default "e"}}{{coalesce .empty .nil "z"}}', "dez"),
        ('{{replace "_" "-" (index .path.segments 1) | trunc 4}}{{trunc -3 .name}}{{substr 1 3 .name}}', "Teamp.xy "),
        ('{{trimSuffix ".x" .name}}{{trimPrefix "My" .name}}{{trim " a "}}', "My App App.xa"),
        ('{{contains "App" .name}}{{hasPrefix "My" .name}}{{hasSuffix "z" .name}}', "truetruefalse"),
        ("{{quote .n .name}}{{squote .name}}", '"8080" "My App.x"\'My App.x\''),
        ('{{regexReplaceAll "[^a-z]+" (lower .name) "-"}}{{regexReplaceAll "(a)(b)" "xaby" "${2}$1"}}', "my-app-xxbay"),
        ('{{splitList "/" .path.path | last}}{{(split "/" .path.path)._1}}{{join "," .list}}', "webTeam_Ab,a,c,"),
        ('{{dig "a" "b" "c" "def" .dict}}{{dig "a" "zz" "def" .dict}}', "deepdef"),
        ('{{eq .name "x" "My App.x"}}{{ne .name "x"}}{{lt 1 2}}', "truetruetrue"),
        ('{{printf "%s-%d %v %q %05d|%-5s|" .name 3 .n "q" 42 "ab"}}', 'My App.x-3 8080 "q" 00042|ab   |'),
        ("{{len .list}}{{add 1 2 .n}}{{sub 5 3}}{{div -7 2}}{{mod -7 2}}", "480832-3-1"),
        ('{{dict "a" 1 "b" (list) | toJson}}{{(fromYaml "x: 1").x}}', '{"a":1,"b":[]}1'),
        ("{{normalize .name}} {{indent 2 .multi}}", "my-app.x   a\n  b"),
        ('{{$_ := set .dict "new" "v"}}{{.dict.new}}', "v"),
        ('{{title "hello wOrld-x y_z"}}{{`raw {{x}}`}}', "Hello WOrld-X Y_zraw {{x}}"),
    ],
)
def test_templates(template: str, result: str) -> None:
    import copy

    assert render(template, copy.deepcopy(DATA)) == result


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ nosuch .name }}", "function nosuch is not known"),
        ("a-{{path.basename}}", "there is no function path; with goTemplate the parameter is written .path (of a git"),
        ("{{ if false }}{{ lower name }}{{ end }}", "there is no function name; with goTemplate"),
        ("{{ list }}{{ multi }}", "there is no function multi; with goTemplate the parameter is written .multi"),
        ("{{ upper .n }}", "expected text"),
        ("{{ index .list 9 }}", "out of range"),
        ("{{ .name.foo }}", "cannot take field foo"),
        ("{{ eq .n 8080 }}", "incompatible types"),
        ("{{ if .t }}x", "no {{end}}"),
        ("{{ end }}", "unexpected"),
        ("{{ .name", "not closed"),
        ("{{ if }}x{{end}}", "missing value"),
        ('{{ "a" "b" }}', "like a function"),
        ("{{ $y }}", "undefined variable"),
        ('{{ define "x" }}{{end}}', "not supported"),
        ("{{ env `HOME` }}", "function env is not known"),
        ("{{ now }}", "function now is not known"),
        ("{{ fail `no team` }}", "no team"),
        ("{{ repeat 99999999 `x` }}", "more than"),
        ("{{ range until 10000 }}{{ range until 10000 }}x{{ end }}{{ end }}", "too many steps"),
        ("{{ regexMatch `(a+)+$` .name }}", "not supported"),
        ("{{ " + "(" * 100 + ".name" + ")" * 100 + "}}", "nested parentheses"),
        ("{{if .t}}" * 100 + "{{end}}" * 100, "nested blocks"),
    ],
)
def test_what_is_refused(template: str, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template, DATA)
    assert words in str(caught.value)


@pytest.mark.parametrize("template", ["{{.missing}}", "{{.path.missing}}", "{{.nil.x}}", "{{default `d` .missing}}"])
def test_missing_keys_can_be_errors(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, DATA, missing_key_is_error=True)
    assert render("{{.nil}}{{dig `zz` `d` .dict}}", DATA, missing_key_is_error=True) == "<no value>d"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8080, "8080"),
        (100000, "100000"),
        (1e6, "1e+06"),
        (21e6, "2.1e+07"),
        (1e-5, "1e-05"),
        (1.25, "1.25"),
        (-5, "-5"),
    ],
)
def test_numbers_print_as_in_go(value: float, text: str) -> None:
    assert go_float(float(value)) == text


_NAMES = sorted(FUNCTIONS)
_WORDS = st.sampled_from(
    [
        "{{",
        "}}",
        "if",
        "range",
        "with",
        "end",
        "else",
        "|",
        "(",
        ")",
        ".",
        ".name",
        ".list",
        ".dict",
        "$x",
        ":=",
        '"a"',
        "1",
    ]
)


@given(st.lists(_WORDS | st.sampled_from(_NAMES), max_size=14))
def test_any_template_is_answered_or_refused(words: list[str]) -> None:
    import copy

    try:
        render("{{" + " ".join(words) + "}}", copy.deepcopy(DATA))
    except TemplateError as e:
        assert str(e)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(_NAMES), st.lists(_VALUES, max_size=4))
def test_any_call_is_answered_or_refused(name: str, arguments: list[object]) -> None:
    data = {f"a{n}": value for n, value in enumerate(arguments)}
    try:
        render("{{" + name + " " + " ".join(f".{key}" for key in data) + "}}", data)
    except TemplateError as e:
        assert str(e)
