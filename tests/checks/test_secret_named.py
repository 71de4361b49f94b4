"""Passwords by their names in files of values: what is told, what is not, and that an object told of is enough."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository
from hypothesis import given, settings
from hypothesis import strategies as st
from made_evidence import Made, evidence, new

from bot import documents
from bot.checks.secret_named import Reader, may_tell
from bot.checks.secrets import Secrets
from bot.model.evidence import Statement
from bot.model.result import FindingState, Severity

RULE = "secrets/password-in-file"
RANDOM = "Zx9Qm2Kp7Rt4Wv6YbN8c"
PATH = "envs/prod/values.yaml"


def said(text: str, before: str | None = None, path: str = PATH, *made: Made) -> list[Statement]:
    base: dict[str, str | bytes] = {} if before is None else {path: before}
    return new(Secrets().run(evidence(*made, base=base, head={path: text})))


def lines(found: list[Statement]) -> list[tuple[str, int]]:
    return [(each.rule, each.line) for each in found]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (PATH, "a: 1\ndb: {password: hunter2}\n", 2),
        ("envs/prod/shop-values.yml", "db:\n  user: shop\n  password: hunter2\n", 3),
        ("shop.values.yaml", "env:\n- name: API_KEY\n  value: aB3dE5gH7jK9\n", 3),
        ("values-prod.yaml", "args: ['--db-password=hunter2']\n", 1),
        ("values-prod.yaml", "config: |\n  a: 1\n  password: hunter2\n", 3),
        (
            "values-prod.yaml",
            'a: |\n  {"users": [\n    {"name": "app", "password": "Somm3r24x", "tags": "administrator"}\n  ]}\n',
            3,
        ),
        ("values-prod.yaml", "a: |\n  <server>\n    <password>Somm3r24x</password>\n  </server>\n", 3),
        ("values-prod.yaml", "a: |\n  docker login -u ci -p Somm3r24x registry.example.com\n", 2),
        ("values-prod.yaml", "smtp:\n  user: a\n  pass: Somm3r24x\n", 3),
        ("envs/test/values.yaml", "password: hunter2\n", 1),
        ("apps/shop/secrets.prod.yaml", "db:\n  password: hunter2\n", 2),
        ("apps/shop/secrets.yaml", "password: hunter2\n", 1),
        (PATH, "{{ if .x }}\npassword: hunter2\n{{ end }}\n", 2),  # a template is no YAML
        (PATH, "a: [\ndb:\n  password: hunter2\n", 3),
        ("app/.env", "# made by hand\nexport DB_PASSWORD='hunter2' # keep\n", 2),
        ("app/prod.env", "DB_PASSWORD=hunter2", 1),
        ("app/application.properties", "a=b\nspring.datasource.password = hunter2\n", 2),
    ],
)
def test_a_password_by_its_name(path: str, text: str, line: int) -> None:
    found = said(text, path=path)
    assert [(s.rule, s.file, s.line, s.severity) for s in found] == [(RULE, path, line, Severity.WARNING)]
    assert "hunter2" not in repr(found) and "aB3dE5gH7jK9" not in repr(found)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        *((PATH, f"db:\n  password: {value}\n") for value in (
            "''", "null", "changeme", "${DB_PASSWORD}", "'x-$(DB_PASSWORD)'", "'{{ .Values.password }}'",
            "'{{ tpl .Values.x . }}'", "<path:secret/data/shop#password>", "DB_PASSWORD", "true",
            "ENC[AES256_GCM,data:aaaa,iv:bbbb,tag:cccc,type:str]",
        )),
        (PATH, "existingSecret: shop-db\nimagePullSecrets: [regcred]\npasswordKey: db-password\n"),
        (PATH, "secretKeys: {password: db-password}\n"),
        (PATH, "password: '{{ .password }}'\n{{ end }}\n"), (PATH, "a: [\npassword: changeme\n"),
        ("docs/values.yaml", "password: hunter2\n"), ("chart/tests/values.yaml", "password: hunter2\n"),
        ("src/test/values.yaml", "password: hunter2\n"), ("values-example.yaml", "password: hunter2\n"),
        ("app/.env.example", "PASSWORD=hunter2\n"), ("app/.env", "PASSWORD=\nTOKEN=${TOKEN}\nsops_mac_password=hunter2\n"),
        ("app/messages_de.properties", "login.password=Passwort42\n"),
        ("app/a.properties", "login.password=Please type 2 words\n"),
        ("app/.env", "-----BEGIN AGE ENCRYPTED FILE-----\npassword=hunter2\n"),
        ("app/deployment.yaml", "password: hunter2\n"), ("README.md", "password: hunter2\n"),
    ],
)  # fmt: skip
def test_what_is_no_password_or_no_file_of_values(path: str, text: str) -> None:
    assert not said(text, path=path)


def test_values_with_which_charts_are_tested() -> None:
    files: dict[str, str | bytes] = {"chart/ci/values.yaml": "password: hunter2\n"}
    assert lines(new(Secrets().run(evidence(head=files)))) == [(RULE, 1)]
    assert not new(Secrets().run(evidence(head={**files, "chart/Chart.yaml": "name: a\n"})))


def test_a_file_that_a_declaration_names() -> None:
    made = Made("", "", values=frozenset(["envs/prod/db.yaml"]))
    assert lines(said("password: hunter2\n", None, "envs/prod/db.yaml", made)) == [(RULE, 1)]


def test_a_random_one_weighs_more_and_is_told_once() -> None:
    (found,) = said(f"db:\n  password: {RANDOM}\n")
    assert (found.rule, found.severity, RANDOM in repr(found)) == (RULE, Severity.ERROR, False)
    assert lines(said("password: AKIAQWERTYUIOPASDFGH\n")) == [("secrets/credential", 1)]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"password": "hunter2"}}
    assert lines(said(json.dumps(secret))) == [("secrets/plain-value", 1)]


def test_only_what_the_change_adds() -> None:
    old = "db:\n  password: hunter2\n"
    assert not said(old + "more: 1\n", old)
    assert not said("postgres:\n    db:\n        password: 'hunter2'\nmore: 1\n", old)  # written otherwise
    assert lines(said(old.replace("2", "3"), old)) == [(RULE, 2)]
    assert lines(said(old + "cache:\n  token: aB3dE5gH7jK9\n", old)) == [(RULE, 4)]
    assert lines(said("a: |-\n  token=aB3dE5gH7jK9\n", "a: |-\n  token=\n")) == [(RULE, 2)]
    gone = Secrets().run(evidence(base={PATH: old}, head={PATH: "db: {}\n"}))
    assert [each.rule for each in gone.base] == [RULE] and not gone.head
    moved = Secrets().run(evidence(base={PATH: old}, head={"envs/stage/values.yaml": old}))
    assert not new(moved) and not moved.base


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("db:\n  password: |\n    hunter2\n", 3),
        ("db:\n  password: >-\n\n    hunter2\n", 3),
        ("objects: |\n  # one\n\n  kind: Secret\n  stringData: {a: b}\n  ---\n  password: hunter2\n", 0),
        ("a: 1\rb: 2\rpassword: hunter2\r", 3),
        ('a: "x: 1\\npassword: hunter2"\n', 1),
        ("a: \u2028\npassword: hunter2\n", 0),
        ("b: !!binary aHVudGVyMg==\npassword: hunter2\n", 2),
    ],
)
def test_odd_ways_to_write_one(text: str, line: int) -> None:
    found = said(text)
    assert all(each.rule == RULE for each in found) and "hunter2" not in repr(found)
    assert not line or [each.line for each in found] == [line]


@pytest.mark.parametrize(
    "piece", ["{{", "._", "a_", "password: ", "password: ' ", "$( ", "| ", "- ", "key.", "password:\t \t"]
)
def test_hostile_values_take_no_time(piece: str) -> None:
    long = piece * (100_000 // len(piece))
    texts = [
        long,
        f"password: '{long}'",
        f"password=x {long}",
        f"'{long}': {{password: db-password}}",
        f"a: |\n  password: {long}",
    ]
    start = time.process_time()
    for text in texts:
        for path in (PATH, "app/.env"):
            Reader(evidence()).of(path, text)
            may_tell([text], {text.strip()})
    assert time.process_time() - start < 10


_LEAF = (
    st.none()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(["hunter2", "a\npassword: hunter2", "kind: Secret\na: b"])
)
_NAMES = st.sampled_from(["data", "name", "value", "password", "args", "values", "kind", "key", "sops", "a: 1", "b.c"])
_ANY = st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner))


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(_NAMES, _ANY), st.booleans())
def test_values_of_any_shape_can_be_read(values: dict[str, object], flow: bool) -> None:
    said(json.dumps(values) if flow else documents.dump(values))


PIECES = st.sampled_from(
    ["password: hunter2", "- name: DB_PASSWORD", "value: hunter2", "token: >-", "  aB3dE5gH7jK9", "db:", "a: {", "}",
     "x: 1", "secret:", "apiKey: 'aB3dE5gH7jK9'", "a: {password: hunter2}", "args: [--token, aB3dE5gH7jK9]",
     "- --token=aB3dE5gH7jK9", "cfg: |", "  password=hunter2", '"password": "hunter2"', "PASSWORD=hunter2",
     "cmd: mysql -phunter2xx1", "a: '{\"password\": \"hunter2\"}'", 'a: "x: 1\\npassword: hunter2"',
     "a: 1\rpassword: hunter2",
     "name: API_KEY", "key: db-password"]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["", "  ", "- "]), PIECES).map("".join), max_size=6))
def test_what_is_not_read_would_have_told_nothing(rows: list[str]) -> None:
    reader = Reader(evidence())
    for path in (PATH, "app/.env"):
        if reader.of(path, "\n".join(rows)):
            assert may_tell(rows, {row.strip() for row in rows})


def test_a_change_of_other_lines_reads_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "of", None)
    old = "password: hunter2\nimage: {tag: '1'}\nenv:\n- name: A\n  valueFrom: {}\n"
    entry = "- name: TOKEN\n  valueFrom:\n    secretKeyRef:\n      name: a-token\n      key: token\n"
    assert not said(old.replace("'1'", "'2'") + entry, old)


APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: db, namespace: argocd}
spec:
  project: default
  sources:
  - {repoURL: 'https://charts.example', chart: postgresql, targetRevision: 1.2.3,
     helm: {valueFiles: [$values/envs/prod/db.yaml]}}
  - {repoURL: 'https://forge.example/team/repo', targetRevision: main, ref: values}
  destination: {server: 'https://kubernetes.default.svc', namespace: db}
"""


def test_values_here_for_a_chart_of_a_registry(repository: GitOpsRepository) -> None:
    on = "version: 1\nchecks: {run: [secrets]}\n"
    base = repository.commit(
        {".gatehouse.yaml": on, "argocd/db.yaml": APPLICATION, "envs/prod/db.yaml": "auth: {user: a}\n"}
    )
    head = repository.commit({"envs/prod/db.yaml": "auth: {user: a}\ndb:\n  password: hunter2\n"})
    report = repository.check(base, head)
    found = [f for check in report.checks for f in check.findings if f.state is FindingState.INTRODUCED]
    assert [(f.rule, f.file, f.line) for f in found] == [(RULE, "envs/prod/db.yaml", 3)]
    assert "hunter2" not in repr(report)


CHART = {
    "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "shop/values.yaml": "db: {password: ''}\n",
    "shop/templates/a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
    "stringData: {password: '{{ .Values.db.password }}'}\n",
}


def test_an_object_that_tells_of_it_is_enough(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    base = repository.commit({".gatehouse.yaml": "version: 1\nchecks: {run: [secrets]}\n", **CHART})
    head = repository.commit({"shop/values.yaml": "db: {password: hunter2}\n"})
    report = repository.check(base, head)
    found = [f for check in report.checks for f in check.findings if f.state is FindingState.INTRODUCED]
    assert [(f.rule, f.file, f.line) for f in found] == [("secrets/plain-value", "shop/values.yaml", 1)]


def test_of_an_object_of_several_values_each_is_told_once(repository: GitOpsRepository) -> None:
    """The object has one line, and the file has two."""
    generator = "configMapGenerator: [{name: a, envs: [shop.env]}]\n"
    base = repository.commit(
        {
            ".gatehouse.yaml": "version: 1\nchecks: {run: [secrets]}\n",
            "k/kustomization.yaml": generator,
            "k/shop.env": "A=b\n",
        }
    )
    head = repository.commit({"k/shop.env": "A=b\nDB_PASSWORD=hunter2\nAPI_TOKEN=aB3dE5gH7jK9\n"})
    found = [f for check in repository.check(base, head).checks for f in check.findings]
    assert [(f.rule, f.file, f.line) for f in found] == [("secrets/password-in-object", "k/shop.env", 3)]


def test_a_private_key_in_a_secret_of_several_documents(repository: GitOpsRepository) -> None:
    body = "\n".join(f"    MIIEowIBAAKCAQEA7bqH0Zr8xw1vTqkR{n}" for n in range(3))
    key = f"    -----BEGIN RSA PRIVATE KEY-----\n{body}\n    -----END RSA PRIVATE KEY-----\n"
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  id: |\n{key}"
    base = repository.commit(
        {".gatehouse.yaml": "version: 1\nchecks: {run: [secrets]}\n", "k/a.yaml": "", "k/b.yaml": ""}
    )
    head = repository.commit({"k/a.yaml": text})
    found = [f for check in repository.check(base, head).checks for f in check.findings]
    assert [(f.rule, f.file) for f in found] == [("secrets/credential-in-object", "k/a.yaml")]
