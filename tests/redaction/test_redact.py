"""No secret value leaves, however it is written; and what is no secret stays readable."""

from __future__ import annotations

import base64
import json
import string
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from textwrap import indent

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from bot import documents
from bot.diff import resources
from bot.model.resource import Rendered
from bot.redaction import MASKED, hide, hide_row, mask, masked_document, masker, needs_masking, redact, scrub

KEY = b"a key of this machine"
VALUES = st.text(string.ascii_letters + string.digits + "-_+/!$%: ", min_size=9, max_size=40).map(lambda t: f"Zq{t}9")
HEX = "0123456789abcdef"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(**values: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": dict(values)}


@st.composite
def secrets(draw: st.DrawFn) -> tuple[dict[str, object], list[str]]:
    """An object that holds secrets somewhere, and the strings that must not be seen."""
    values = draw(st.lists(VALUES, min_size=1, max_size=4, unique=True))
    made = secret(**{f"k{i}": v for i, v in enumerate(values)})
    if draw(st.booleans()):
        made |= {"data": {f"d{i}": b64(v) for i, v in enumerate(values)}}
    if draw(st.booleans()):
        made["metadata"] = {"name": "s", "annotations": {masker.LAST_APPLIED: json.dumps(made)}}
    wraps = {
        "none": made,
        "list": {"apiVersion": "v1", "kind": "List", "items": [made, {"kind": "List", "items": [made]}]},
        "secret list": {"kind": "SecretList", "items": [{k: v for k, v in made.items() if k != "kind"}]},
        "inside": {"kind": "ResourceSet", "spec": {"resources": [made]}},
        "text": {"kind": "ConfigMap", "data": {"s.yaml": documents.dump(made), "s.json": json.dumps(made)}},
    }
    return draw(st.sampled_from(list(wraps.values()))), values + [b64(v) for v in values]


def spellings(value: dict[str, object]) -> list[str]:
    """The same value as different tools write it."""
    return [
        documents.dump(value),
        json.dumps(value),
        json.dumps(value, indent=1).replace("Secret", "\\u0053ecret"),
        yaml.safe_dump(value, default_style='"', width=20),
        yaml.safe_dump(value, default_style="'", width=20),
        yaml.safe_dump(value, default_flow_style=True),
    ]


@given(secrets(), st.integers(0, 5))
def test_no_secret_value_is_left_in_the_document(made: tuple[dict[str, object], list[str]], spelling: int) -> None:
    value, hidden = made
    text = spellings(value)[spelling]
    assert needs_masking(text)
    masked = masked_document(text, key=KEY).text
    assert not any(h in masked or h in json.dumps(documents.load_one(masked)) for h in hidden)


@given(secrets(), secrets())
def test_no_secret_value_is_left_in_a_change(
    base: tuple[dict[str, object], list[str]], head: tuple[dict[str, object], list[str]]
) -> None:
    sides = [Rendered((masked_document(documents.dump(v), key=KEY),)) for v, _ in (base, head)]
    for one, two in ((0, 1), (1, 0)):
        shown = repr(resources.pair(sides[one], sides[two]))
        assert not any(h in shown for h in base[1] + head[1])
        assert "<secret" not in shown


@given(VALUES, VALUES)
def test_a_changed_secret_shows_as_changed_and_an_equal_one_does_not(one: str, two: str) -> None:
    assume(one != two)
    masked = [masked_document(documents.dump(secret(a=v, same="x")), key=KEY) for v in (one, two)]
    (change,) = resources.pair(Rendered((masked[0],)), Rendered((masked[1],)))
    assert "-  a: ••• (masked, before)\n+  a: ••• (masked, after)" in change.diff
    assert f"   same: {MASKED}" in change.diff
    assert change.lines == (1, 1)


def test_data_is_compared_by_its_bytes() -> None:
    plain, encoded = secret(a="x"), {**secret(), "data": {"a": b64("x")}, "stringData": {}}
    wrapped = {**encoded, "data": {"a": "e\nA=\n="}}
    values = [mask(v, key=KEY) for v in (plain, encoded, wrapped)]
    assert values[0]["stringData"] == values[1]["data"] == values[2]["data"]
    assert mask(plain, key=b"another")["stringData"] != values[0]["stringData"]


def test_keys_nulls_and_other_types() -> None:
    data = {"a": 5, "b": None, "c": {"d": "hunter2"}, "e": ["hunter2"]}
    made: dict[str, object] = {"kind": "Secret", "data": data, "stringData": "hunter2"}
    masked = mask(made, key=KEY)
    assert "hunter2" not in json.dumps(masked)
    assert list(masked["data"]) == ["a", "b", "c", "e"]  # type: ignore[call-overload]
    assert masked["data"]["b"] is None  # type: ignore[index]


def test_masking_twice_changes_nothing_more() -> None:
    once = mask(secret(a="hunter2"), key=KEY)
    assert mask(once, key=KEY) == once


def test_what_is_encrypted_or_no_secret_stays() -> None:
    sops = "ENC[AES256_GCM,data:aGk=,iv:aGk=,tag:aGk=,type:str]"
    assert mask(secret(a=sops), key=KEY)["stringData"] == {"a": sops}
    assert mask(secret(a=sops + " hunter2"), key=KEY)["stringData"] != {"a": sops + " hunter2"}
    for other in (
        {"kind": "SealedSecret", "spec": {"encryptedData": {"a": "AgBy"}}},
        {"kind": "ExternalSecret", "spec": {"data": [{"secretKey": "a", "remoteRef": {"key": "k"}}]}},
        {
            "kind": "ConfigMap",
            "data": {"a": "x", "url": "https://host/path@v2", "mail": "a@b.c", "git": "ssh://git@host/x"},
        },
    ):
        assert mask(other, key=KEY) == other  # type: ignore[arg-type]


CREDENTIALS = [
    "https://user:hunter2@host/path",
    "postgres://app:p@ss@db:5432/x",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\\nMIIhunter2",
    "AKIA" + "ABCDEFGH12345678",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2_" * 9,
    "glpat-" + "a1B2-_" * 4,
    "xoxb-" + "12345-" * 4,
    "hvs." + "a1B2" * 9,
    "eyJ" + "hbGciOiJIUzI1" + ".eyJ" + "zdWIiOiIxMjM0" + ".abcdefghij_-",
]


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("frame", ["{}", "before {} after", "token={}", '{{"a": "{}"}}'])
def test_credentials_are_masked_wherever_they_stand(credential: str, frame: str) -> None:
    value: dict[str, object] = {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": frame.format(credential)}}
    changed = {**value, "data": {"a": frame.format(credential.replace("hunter2", "other").replace("B2", "B3"))}}
    for text in spellings(value):
        assert needs_masking(text)
        document = masked_document(text, key=KEY)
        assert "<secret " in document.text
        if "<secret" in document.text:
            assert not any(w in document.text for w in ("hunter2", "a1B2", "ABCDEFGH", "12345-", "p@ss", "hbGci"))
    if changed != value:
        assert mask(changed, key=KEY) != mask(value, key=KEY)
    assert not any(w in scrub(f"error: {credential}") for w in ("hunter2", "a1B2", "ABCDEFGH", "12345-", "p@ss"))


def test_a_credential_in_a_comment_goes_too() -> None:
    text = "# https://user:hunter2@host\nkind: ConfigMap\n"
    assert "hunter2" not in masked_document(text, key=KEY).text


@pytest.mark.parametrize(
    "text",
    [
        "kind: Secret\n",
        'kind: "\\u0053ecret"\n',
        'kind: "\\x53ecret"\n',
        '"kind": "Sec\\\n  ret"\n',
        "{kind: 'Secret'}",
        '{"kind":"Secret"}',
        "a: &k Secret\nkind: *k\n",
        "kind: !!binary U2VjcmV0\n",
        "kind: !<tag:yaml.org,2002:binary> U2VjcmV0\n",
        "%TAG !e! tag:yaml.org,2002:\n---\nkind: !e!binary U2VjcmV0\n",
        "kind:\n  Secret\n",
        "kind: !!str Secret\n",
        "? kind\n: Secret\n",
        "kind: List\nitems: [{kind: Secret}]",
        "kind: SecretList",
        'a: "{\\"kind\\":\\tSecret}"',
        'u: "https:\\/\\/user:hunter2@host"',
        "k: -----BEGIN RSA PRIVATE\n  KEY-----\n",
    ],
)
def test_every_spelling_is_looked_into(text: str) -> None:
    assert needs_masking(text)


def test_ordinary_objects_are_not_parsed() -> None:
    text = documents.dump({"kind": "Deployment", "spec": {"imagePullSecrets": [{"name": "a"}], "x": "a != b", "s": {
        "secretKeyRef": {"name": "a"}}, "image": "ghcr.io/a/b:1@sha256:" + HEX * 4}})  # fmt: skip
    assert not needs_masking(text)
    assert masked_document(text, key=KEY).text == text
    assert masked_document(text, key=KEY).digest != masked_document(text, key=b"other").digest


def test_what_was_applied_last_and_is_no_object() -> None:
    """Nothing says which part of it is secret."""
    made: dict[str, object] = {
        "kind": "Secret", "metadata": {"annotations": {masker.LAST_APPLIED: "correct-horse-battery-staple"}}
    }  # fmt: skip
    assert "correct-horse" not in json.dumps(redact.mask(made, key=b"k"))


UNITS = ("description: some words, and more\n", "://", "://a:", "@://", "://a:b@", "eyJ", "b")


@pytest.mark.parametrize("unit", [*UNITS, "-----BEGIN ", "-----BEGIN PRIVATE KEY-----"])
def test_masking_grows_with_the_text(unit: str) -> None:
    """And not with its square: a text four times as long would then take sixteen times as long."""

    def cost(characters: int) -> float:
        text = f"://a:{unit * (characters // len(unit))}"
        started = time.process_time()
        needs_masking(text)
        scrub(text)
        return time.process_time() - started

    assert min(cost(400_000) for _ in range(3)) < 9 * max(cost(100_000) for _ in range(2)) + 0.1


def test_a_secret_that_cannot_be_read_is_not_shown() -> None:
    with pytest.raises(documents.DocumentError) as caught:
        masked_document("kind: Secret\nstringData:\n  a: hunter2\n b: [", key=KEY)
    assert "hunter2" not in str(caught.value)


def test_hiding() -> None:
    row = "  a: <secret 0123456789abcdef>"
    assert hide(row) == f"  a: {MASKED}"
    assert hide_row("-" + row) == "-  a: ••• (masked, before)"
    assert hide_row("+" + row) == "+  a: ••• (masked, after)"
    assert hide_row(" " + row) == f"   a: {MASKED}"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("password: hunter2 in x.yaml", "password: ••• in x.yaml"),
        ('client_secret="hunter 2"', "client_secret=•••"),
        ("Authorization: Bearer hunter2", "Authorization: Bearer •••"),
        ("fatal: could not read from https://x:hunter2@host/a.git", "fatal: could not read from https://x:•••@host/a.git"),
        ("wrong Node Kind for data expected: MappingNode was ScalarNode: value: {hunter2}",
         "wrong Node Kind for data expected: MappingNode was ScalarNode: value: •••"),
        ("node contents:\nhunter2\nmore", "node contents:•••"),
        ("yaml: unknown anchor 'hunter2' referenced in a.yaml", "yaml: unknown anchor '•••' referenced in a.yaml"),
        ("a.yaml:5 uses the alias *hunter2, but no anchor", "a.yaml:5 uses the alias *•••, but no anchor"),
        ("line 4: cannot unmarshal !!str `hunter2` into map[string]string",
         "line 4: cannot unmarshal !!str ••• into map[string]string"),
        ("cannot decode !!str `hunter 2` as a !!int", "cannot decode !!str ••• as a !!int"),
        ("json: cannot unmarshal number 12345 into Go value", "json: cannot unmarshal number ••• into Go value"),
        ("json: cannot unmarshal number into Go struct field", "json: cannot unmarshal number into Go struct field"),
        ("json: cannot unmarshal string into Go struct field X.a", "json: cannot unmarshal string into Go struct field X.a"),
        ('strconv.Atoi: parsing "hunter2": invalid syntax', "strconv.Atoi: parsing •••: invalid syntax"),
        ("literal sources [hunter2]: invalid literal source hunter2, expected key=value",
         "literal sources •••, expected key=value"),
        ("trouble with config: ` patch: `hunter2` `: unable to parse", "trouble with config: •••: unable to parse"),
        ('parse SM or JSON patch from [patch: "a: \\"hunter2"]', "parse SM or JSON patch from [patch: •••]"),
        ('failed parsing --set data: key "hunter2" has no value', "failed parsing --set data: •••"),
        ("is a table. Ignoring non-table value (hunter2)", "is a table. Ignoring non-table value (•••)"),
        ("at '/password': 'hunter2' does not match pattern '^x'", "at '/password': ••• does not match pattern '^x'"),
        ('map[string]interface {}{"apiVersion":"v1", "kind":"Secret", "metadata":map[string]interface {}{"labels":'
         'map[string]interface {}{"name":"x"}, "name":"db"}, "stringData":map[string]interface {}{"a":+Inf, "b":"hunter2"}}'
         ": json: unsupported value: +Inf", "••• (Secret db): json: unsupported value: +Inf"),
        ('x: map[string]interface {}{"b":"hunter2"}: json: unsupported', "x: •••: json: unsupported"),
        ("env source files: [a.env]: line [104 117 233] has invalid utf8 bytes : hunter2",
         "env source files: [a.env]: line ••• has invalid utf8 bytes : •••"),
        ("at https://host/a.yaml?ref=v1&token=hunter2, which", "at https://host/a.yaml?ref=v1&token=•••, which"),
        ("https://host/a.yaml?private_token=hunter2: no", "https://host/a.yaml?private_token=•••: no"),
        ('missing Secret "x": not found in a/b.yaml:3', 'missing Secret "x": not found in a/b.yaml:3'),
        ("a: <secret 0123456789abcdef>", "a: ••• (masked)"),
    ],
)  # fmt: skip
def test_the_words_of_tools_are_scrubbed(said: str, shown: str) -> None:
    assert scrub(said) == shown


PATHS_IN_ERRORS = {
    "of a patch with a wrong field": (
        "builtin PatchJson6902Transformer with config: ` path: ../patches/web.yaml target: kind: A `: must",
        "builtin PatchJson6902Transformer with config: ••• (path: ../patches/web.yaml): must",
    ),
    "in place of a patch": (
        'unable to parse SM or JSON patch from [patch: "patches/web.yaml"]',
        'unable to parse SM or JSON patch from [patch: "patches/web.yaml"]',
    ),
    "not of an inline patch": (
        r'from [patch: "a: b\npath: hunter2.yaml"]', "from [patch: •••]",
    ),
    "not what only ends like one": ('from [patch: "hunter 2.yaml"]', "from [patch: •••]"),
    "not what holds more": ("with config: ` value: path: s3cr3t,x.yaml `: no", "with config: •••: no"),
    "not a pointer": ("with config: ` patch: - path: /data/key.yaml `: no", "with config: •••: no"),
}  # fmt: skip


@pytest.mark.parametrize("name", PATHS_IN_ERRORS)
def test_paths_of_files_stay_readable_in_errors(name: str) -> None:
    said, expected = PATHS_IN_ERRORS[name]
    assert scrub(said) == expected


def test_hostile_errors_take_no_time() -> None:
    start = time.process_time()
    for text in (
        "with config: `" + "path: a/" * 20_000,
        "with config: `" + " path: " + "../" * 20_000 + "`",
        "path: a." * 20_000,
        "map[string]interface {}{" * 20_000 + "}: json: ",
        '"kind":"A", "metadata":map[string]interface {}{"a":map[string]interface {}{' * 10_000 + "}: json: ",
        "line [" + "1 " * 20_000,
        "?a_token" * 20_000,
    ):
        scrub(text)
    assert time.process_time() - start < 1


def test_names_mean_nothing_in_a_definition_and_much_in_what_looks_like_one() -> None:
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  password: correct-horse-7\n"
    )
    assert masked_document(definition, key=KEY).text == definition
    other = f"apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n{indent(definition, '    ')}  password: correct-horse-7\n"
    assert "  password: <named" in masked_document(other, key=KEY).text


def test_what_is_kept_for_the_next_time_holds_no_secret() -> None:
    redact._MASKED.update({f"of another thread {number}": "" for number in range(300)})
    for number in range(300):
        text = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a{number}\ndata:\n  password: correct-horse-{number}\n"
        assert masked_document(text, key=KEY).text == masked_document(text, key=KEY).text
    kept = redact._MASKED
    assert len(kept) <= 256
    assert not any("correct-horse" in part for pair in kept.items() for part in pair)


def test_threads_that_meet_the_same_object_read_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    masked = redact._masked_text

    def noted(text: str, key: bytes) -> str:
        read.append(text)
        return masked(text, key)

    monkeypatch.setattr(redact, "_masked_text", noted)
    monkeypatch.setattr(redact, "_MASKED", {})
    texts = [
        "kind: ConfigMap\ndata:\n  password: correct-horse-met-7\n",
        "kind: ConfigMap\ndata:\n  password: ${MET}\n",
    ]
    begin = threading.Barrier(4)

    def work(_: int) -> list[str]:
        begin.wait()
        return [masked_document(text, key=KEY).text for text in texts]

    with ThreadPoolExecutor(4) as pool:
        results = [*pool.map(work, range(4))]
    assert sorted(read) == sorted(texts)
    assert all(result == results[0] for result in results)
    assert results[0][1] == texts[1]


def test_what_is_known_to_be_harmless_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_HARMLESS", {})
    monkeypatch.setattr(redact, "_MOST_HARMLESS", 3)
    for number in range(9):
        masked_document(f"kind: ConfigMap\ndata:\n  a: b{number}\n", key=KEY)
    assert len(redact._HARMLESS) == 3
