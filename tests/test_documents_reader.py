"""YAML as Kubernetes reads it: values, lines, and a clear sentence for everything that cannot be read."""

from __future__ import annotations

import math
import time

import pytest

from bot import documents
from bot.documents import MAX_DEPTH, DocumentError, find_duplicate_keys, find_line, find_lines, load_all, load_one
from bot.errors import TooBig

# What sigs.k8s.io/yaml 1.6.0 gives for each plain scalar (checked against the Go library).
SCALARS: list[tuple[str, object]] = [
    ("yes", True), ("On", True), ("y", True), ("TRUE", True), ("no", False), ("OFF", False), ("n", False),
    ("yEs", "yEs"), ("~", None), ("null", None), ("Null", None), ("nULL", "nULL"),
    ("0644", 420), ("0o644", 420), ("0O17", 15), ("0x1F", 31), ("0b11", 3), ("-0x10", -16), ("+12", 12),
    ("1_000", 1000), ("1__0", 10), ("_1", "_1"), ("0899", 899.0), ("08", 8.0), ("00", 0),
    ("18446744073709551615", 2**64 - 1), ("18446744073709551616", 1.8446744073709552e19),
    ("-9223372036854775808", -(2**63)), ("+18446744073709551615", 1.8446744073709552e19),
    ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), (".1_5", 0.15), ("._5", "._5"), ("1_0.5", 10.5), ("1e400", "1e400"),
    (".inf", math.inf), ("-.INF", -math.inf), ("+.Inf", math.inf),
    ("12:30:45", "12:30:45"), ("190:20:30", "190:20:30"), ("2001-01-01", "2001-01-01"),
    ("2001-12-14T21:59:43.10-05:00", "2001-12-14T21:59:43.10-05:00"), ("1.2.3", "1.2.3"), ("0x", "0x"), ("<<", "<<"),
    ("!!str 5", "5"), ("!!float 5", 5.0), ('!!int "5"', 5), ("!!binary aGk=", "hi"), ("!foo 5", "5"),
    ("!!timestamp 2001-01-01", "2001-01-01"), ("!!str yes", "yes"), ('"0644"', "0644"), ("'on'", "on"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[t for t, _ in SCALARS])
def test_scalars_mean_what_kubernetes_reads(text: str, value: object) -> None:
    read = load_one(f"key: {text}")
    assert read == {"key": value}
    assert isinstance(read, dict)
    assert type(read["key"]) is type(value)


def test_nan() -> None:
    read = load_one("a: .NaN")
    assert isinstance(read, dict)
    assert math.isnan(read["a"])


@pytest.mark.parametrize(
    ("key", "name"),
    [("on", "true"), ("8080", "8080"), ("0644", "420"), ("1.20", "1.2"), ("1e6", "1e+06"), ("100000.0", "100000"),
     ("0.00001", "1e-05"), ("1234567.0", "1.234567e+06"), ("-0.0", "-0"), ("1e300", ".inf"), (".NaN", ".nan"),
     ("'on'", "on"), ("a b", "a b")],
)  # fmt: skip
def test_keys_become_strings(key: str, name: str) -> None:
    assert load_one(f"{key}: x") == {name: "x"}


def test_merge_keys_take_effect_where_they_stand() -> None:
    assert load_one("<<: {a: 1, b: 1}\na: 2") == {"a": 2, "b": 1}
    assert load_one("a: 1\n<<: {a: 2}") == {"a": 2}
    assert load_one("x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}")["z"] == {"a": 1, "b": 2}  # type: ignore[index]
    assert load_one('"<<": 1') == {"<<": 1}


def test_documents_carry_the_line_of_their_content() -> None:
    data = b"# head\na: 1\n---\n# only a comment\n---\n\nb: 2\n...\n---\nnull\n--- {c: 3}\n"
    assert [(d.value, d.line) for d in load_all(data, name="f")] == [({"a": 1}, 2), ({"b": 2}, 7), ({"c": 3}, 11)]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"---\n---\n", b"# nothing\n", b"\xef\xbb\xbf", b"null\n"])
def test_nothing_to_read_is_no_document(data: bytes) -> None:
    assert load_all(data, name="f") == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings(encoding: str) -> None:
    data = "name: grün 😀\r\nlist:\r\n- 1\r\n".encode(encoding)
    assert load_all(data, name="f")[0].value == {"name": "grün 😀", "list": [1]}


def test_utf16_of_both_byte_orders() -> None:
    assert load_all(b"\xff\xfe" + "a: 1".encode("utf-16-le"), name="f")[0].value == {"a": 1}
    assert load_all(b"\xfe\xff" + "a: 1".encode("utf-16-be"), name="f")[0].value == {"a": 1}


def test_json_is_read_even_where_yaml_would_not() -> None:
    assert load_one('{\t"a": [1,\n\t\t2.5, "\\u00e9"],\n\t"b": null}') == {"a": [1, 2.5, "é"], "b": None}
    assert load_one('{"a": "\\ud83d\\ude00", "n": 12345678901234567890123}') == {"a": "😀", "n": 1.2345678901234568e22}
    assert load_one('{"%s": 1}' % ("k" * 3000)) == {"k" * 3000: 1}


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"a: 1\nb:\n\tc: 2\n", 3, "tab"),
        (b"a: b: c", 1, "mapping values are not allowed"),
        (b"a: 'open\n", None, "quoted scalar"),
        (b"a: 1\n\x00", 2, "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x01", 1, "binary"),
        (b"ok: 1\nname: gr\xfcn\n", 2, "not valid UTF-8"),
        (b"\xff\xfea", 1, "UTF-16"),
        (b"a: \x07\n", 1, "control character"),
        (b"a: {{ .Values.x }}", 1, "template"),
        (b"{{- if .Values.x }}\na: 1\n", 1, "template"),
        (b"a: 1\n<<<<<<< HEAD\nb: 2\n=======\n", None, "merge conflict"),
        (b"host: *.example.com", 1, "unquoted *"),
        (b"&x a: 1\nhost: *y", 2, "alias"),
        (b"a: &a [1, *a]", 1, "contains itself"),
        (b"<<: 5", 1, "merge key"),
        (b"? [a, b]\n: 1", 1, "sequence as a key"),
        (b"a: 1\nnull: x", 2, "null"),
        (b"a: !!int x", 1, "no int"),
        (b"a: !!bool 5", 1, "no bool"),
        (b"a: !!binary '@'", 1, "base64"),
        (b'{"a": "\\ud83d"}', 1, "Unicode"),
        (b"%YAML 2.0\n---\na: 1", 1, "incompatible"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(data: bytes, line: int | None, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load_all(data, name="apps/a.yaml")
    assert words in str(caught.value)
    assert line is None or caught.value.line == line
    assert str(caught.value).startswith(f"apps/a.yaml:{caught.value.line} ")


@pytest.mark.parametrize(
    "data",
    [b"[" * 10_000, b"[" * 100_000, b"{a: " * 100_000, b"- " * 100_000, b"? " * 100_000, b"&a " + b"[" * 100_000,
     b'{"a":' * 100_000, b"\n".join(b" " * i + b"a:" for i in range(2000)),
     b"\n".join([b"- &a0 [x]", *(b"- &a%d [*a%d]" % (i, i - 1) for i in range(1, 10_000))])],
    ids=["flow10k", "flow100k", "maps", "lists", "keys", "anchored", "json", "block", "aliases"],
)  # fmt: skip
def test_deep_nesting_is_refused_at_once(data: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(DocumentError, match="levels deep"):
        load_all(data, name="f")
    assert time.perf_counter() - started < 2


def test_nesting_up_to_the_limit_is_read() -> None:
    for lead in ("", "&a "):
        assert load_one(f"{lead}{'[' * MAX_DEPTH}1{']' * MAX_DEPTH}") is not None


LAUGHS = "\n".join(["a0: &a0 [lol]", *(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10))])


@pytest.mark.parametrize("text", [LAUGHS, "a: &a " + "x" * 100_000 + "\nb: [" + "*a," * 10_000 + "]"])
def test_alias_bombs_are_refused_at_once(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(DocumentError, match="aliases are expanded"):
        load_one(text)
    assert time.perf_counter() - started < 1


def test_aliases_share_and_anchors_may_be_defined_again() -> None:
    assert load_one("a: &x {k: [1]}\nb: *x\nc: &x 2\nd: *x") == {"a": {"k": [1]}, "b": {"k": [1]}, "c": 2, "d": 2}


def test_anchors_end_with_their_document() -> None:
    with pytest.raises(DocumentError, match="alias"):
        load_all(b"a: &x 1\n---\nb: *x\n", name="f")


def test_files_over_the_limit_are_not_read() -> None:
    with pytest.raises(TooBig, match=r"big\.yaml is 11 bytes"):
        load_all(b"a: 12345678", name="big.yaml", max_bytes=10)


def test_the_last_duplicate_wins_and_each_is_found() -> None:
    data = b"a: 1\nb: {c: 1, d: 1, c: 2}\non: 1\n'true': 2\nx: &x {a: 9}\nz:\n  <<: *x\n  a: 1\na: 3\n---\na: 1\na: 2\n"
    assert load_all(data, name="f")[0].value["a"] == 3  # type: ignore[index]
    assert find_duplicate_keys(data, name="f") == [("c", 2), ("true", 4), ("a", 9), ("a", 12)]
    for text in (data, b"# c\n\nb: 1\n---\n# d\n\n'b': 1\n'b': [2]\n---\nc: 1\n", b"%YAML 1.1\n---\na: 1\na: 2\n"):
        repeated: list[tuple[str, int]] = []
        load_all(text, name="f", repeated=repeated)
        assert sorted(repeated, key=lambda each: each[1]) == find_duplicate_keys(text, name="f")
    assert find_duplicate_keys(b"a: 1\nb: 2\n", name="f") == []


def test_one_document_where_one_is_expected() -> None:
    assert load_one("# nothing\n") is None
    with pytest.raises(DocumentError, match="second document"):
        load_one("a: 1\n---\nb: 2\n")
    with pytest.raises(DocumentError, match="UTF-8"):
        load_one("a: \udcff")


def test_a_thousand_manifests_are_read_in_time() -> None:
    pod = {"spec": {"containers": [{"name": str(i), "image": "x:1"} for i in range(5)]}}
    manifest = documents.dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, **pod})
    data = ("---\n" + manifest).encode() * 1000
    started = time.process_time()
    assert len(load_all(data, name="f")) == 1000
    assert time.process_time() - started < 1.5


def test_the_line_of_a_place() -> None:
    data = b"a: 1\n---\nb:\n  - c: 1\n  - d: {e: [1,\n      2]}\n"

    def line(*place: str | int) -> int:
        return find_line(data, name="f", document=lambda value: isinstance(value, dict) and "b" in value, place=place)

    assert [line(), line("b"), line("b", 0), line("b", 1, "d"), line("b", 1, "d", "e", 1)] == [3, 3, 4, 5, 6]
    assert [line("x"), line("b", 7), line("b", "x"), line("b", 0, "c", "x")] == [3, 3, 3, 4]  # what is around it
    assert find_line(data, name="f", document=lambda _: False, place=()) == 0
    with pytest.raises(DocumentError):
        find_line(b"a: [", name="f", document=lambda _: True, place=())


@pytest.mark.parametrize("before", ["", "---\n# none\n---\n", "null\n---\n", "~\n---\n--- # none\n---\n"])
def test_lines_are_those_of_the_documents_that_are_given(before: str) -> None:
    data = f"{before}a:\n  b: 1\n---\n---\nc: 2\n".encode()
    rows = data.decode().splitlines()
    given = [document.value for document in load_all(data, name="f")]
    assert given == [{"a": {"b": 1}}, {"c": 2}]
    assert find_lines(data, name="f", number=0, places=[("a", "b")]) == [rows.index("  b: 1") + 1]
    assert find_lines(data, name="f", number=1, places=[("c",)]) == [rows.index("c: 2") + 1]
    assert find_lines(data, name="f", number=2, places=[("c",)]) == [0]
