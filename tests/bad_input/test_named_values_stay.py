"""Values that are secret by their names, and credentials that the secrets check finds: in no form of the report, in no
byte of the cache; and what only looks like them stays readable."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_repository import Made, chart, gatehouse

from bot import documents
from bot.checks.secret_places import by_name, by_shape
from bot.command_line import FORMATS
from bot.redaction import MARKER, mask, masked_document

KEY = b"key"
ON = {".gatehouse.yaml": "version: 1\nchecks: {run: [secrets, schema, policy, risk]}\n"}
RANDOM = "zX8kQ2mN5pR7tV9wY1aB3cD4eF6gH8jK"
WEAK = "correcthorse"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: web\n    image: web:1\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n"
OTHER = "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: t}\nspec:\n"
PLACES = {
    "env": POD + "    env:\n    - name: DB_PASSWORD\n      value: VALUE\n",
    "flow": POD + "    env: [{name: PGPASSWORD, value: VALUE}]\n",
    "arg": POD + '    args: ["--db-password=VALUE"]\n',
    "args": POD + "    args:\n    - --password\n    - VALUE\n",
    "config-map": MAP + "  DB_PASSWORD: VALUE\n",
    "config-map-block": MAP + "  DB_PASSWORD: |\n    VALUE\n",
    "custom": OTHER + "  admin: {password: VALUE}\n",
    "release": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: h}\n"
    "spec: {values: {auth: {rootPassword: VALUE}}}\n",
}
STRONG_PLACES = {
    **PLACES,
    "token": MAP + "  API_TOKEN: VALUE\n",
    "properties": MAP + "  app.properties: |\n    a=b\n    client.secret=VALUE\n",
    "annotation": OTHER.replace("{name: t}", "{name: t, annotations: {api-key: VALUE}}") + "  a: 1\n",
    "command": POD + '    command: [sh, -c, "export TOKEN=VALUE; run"]\n',
    "token-field": OTHER + "  apiToken: VALUE\n",
}


def everything(made: Made, cache: Path) -> str:
    """Every form of the report, what `render` prints, and every byte of the cache."""
    which = ["--repo", str(made.path), "--base", "base", "--head", "head", "--units", "all"]
    said = [gatehouse("check", *which, "--format", form) for form in FORMATS]
    assert all(one.code in (0, 1) for one in said), said[0].err
    kept = ""
    for file in (f for f in cache.rglob("*") if f.is_file()):
        data = file.read_bytes()
        kept += (data + (zlib.decompress(data[32:]) if file.parent.parent.name == "renders" else b"")).decode("latin-1")
    return "".join(one.out + one.err for one in said) + kept


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def found(made: Made) -> set[tuple[str, str]]:
    """Rule and file of each finding of the secrets check."""
    said = gatehouse("check", "--repo", str(made.path), "--base", "base", "--head", "head", "--format", "json")
    return {(f["rule"], f["file"]) for c in said.report["checks"] if c["name"] == "secrets" for f in c["findings"]}


def shown_masked(made: Made) -> set[str]:
    """The units that show a masked value which changed."""
    said = gatehouse("check", "--repo", str(made.path), "--base", "base", "--head", "head", "--format", "json")
    return {path for path, unit in said.units.items() if "(masked, after)" in unit["diff"]}


def test_a_value_under_the_name_of_a_secret(tmp_path: Path, cache: Path) -> None:
    """Each place in a file of its own, which is a unit."""
    made = Made(tmp_path / "repository")
    places = [*((place, WEAK) for place in PLACES), *((place, RANDOM) for place in STRONG_PLACES)]
    files = {f"environments/prod/{n}.yaml": (STRONG_PLACES[place], value) for n, (place, value) in enumerate(places)}
    made.change(
        {**ON, **{file: text.replace("VALUE", value) for file, (text, value) in files.items()}},
        {file: text.replace("VALUE", value[::-1]) for file, (text, value) in files.items()},
    )
    said = everything(made, cache)
    assert [value for value in (WEAK, WEAK[::-1], RANDOM, RANDOM[::-1]) if value in said] == []
    assert shown_masked(made) == files.keys(), "a change of it shows as a change"
    assert found(made) >= {("secrets/password-in-object", file) for file in files}


MIXED = "hunter2-Secret9"
LOOSE: dict[str, dict[str, Any]] = {
    "pass": {"kind": "ConfigMap", "data": {"MYSQL_PASS": "correcthorse"}},
    "auth": {"kind": "ConfigMap", "data": {"BASIC_AUTH": f"bob:{MIXED}"}},
    "credentials": {"kind": "ConfigMap", "data": {"DB_CREDENTIALS": MIXED}},
    "key": {"kind": "ConfigMap", "data": {"JWT_KEY": MIXED}},
    "salt": {"kind": "ConfigMap", "data": {"SESSION_SALT": MIXED}},
    "token": {"kind": "ConfigMap", "data": {"API_TOKEN": "my-super-secret-token"}},
    "json": {"kind": "ConfigMap", "data": {"c.json": json.dumps({"password": MIXED})}},
    "json in json": {"kind": "ConfigMap", "data": {"c.json": json.dumps({"a": json.dumps({"password": MIXED})})}},
    "line": {"kind": "ConfigMap", "data": {"app.yaml": f"a: b\ndb:\n  password: {MIXED}\n"}},
    "shell": {"kind": "Pod", "spec": {"command": ["sh", "-c", f"export PASSWORD={MIXED}; run"]}},
    "flag in shell": {"kind": "Pod", "spec": {"command": ["sh", "-c", f"run --password {MIXED} now"]}},
    "mysql": {"kind": "Pod", "spec": {"command": ["sh", "-c", f"mysql -u root -p{MIXED} run"]}},
    "header": {"kind": "Pod", "spec": {"args": ["--header", "Authorization: Basic Ym9iOmh1bnRlcjI="]}},
    "auth flag": {"kind": "Pod", "spec": {"args": [f"--auth=bob:{MIXED}"]}},
    "field": {"kind": "Db", "spec": {"nested": {"token": MIXED}}},
    "connection": {"kind": "Db", "spec": {"connectionString": f"Server=x;Password={MIXED};"}},
    "sealed, not encrypted": {"kind": "SealedSecret", "spec": {"encryptedData": {"password": MIXED}}},
    "sealed, template": {"kind": "SealedSecret", "spec": {"template": {"data": {"c": f"password={MIXED}"}}}},
    "sealed, annotation": {
        "kind": "SealedSecret",
        "spec": {"template": {"metadata": {"annotations": {"password": MIXED}}}},
    },
}


@pytest.mark.parametrize("where", LOOSE)
def test_a_password_by_what_stands_before_it(where: str) -> None:
    fields = LOOSE[where]
    masked = mask(fields, key=KEY)
    said = json.dumps(masked)
    assert not any(value in said for value in (MIXED, "correcthorse", "my-super-secret-token", "Ym9iOmh1bnRlcjI="))
    assert by_name(masked) or by_shape(masked), "and the check tells of it"
    assert mask(masked, key=KEY) == masked
    for text in (documents.dump(fields), json.dumps(fields)):
        assert documents.load_one(masked_document(text, key=KEY).text) == masked, "the quick look does not overlook it"


def test_texts_that_only_speak_of_passwords_stay() -> None:
    texts = (
        "password=$(cat /run/secrets/db2)", "password = os.environ['DB_PASSWORD1']", "PASSWORD=${DB_PASSWORD_1}",
        "the password: required since version12", "password: db-password-1", "passwordPolicy=Strict12345",
        "password=config.password_2", "--password /run/secrets/db2pass", "Authorization: Bearer $TOKEN_123",
        "Authorization: Bearer {{ .token1 }}", "authorization: basic authentication", "password: scram-sha-256",
        "mysql -u root -p$MYSQL_PASSWORD1 -h db", "mysql -h db -P 3306", '{"password": "{{ .Values.pass1 }}"}',
        "password: your-password-123!", "password_encryption = Scram256x1",
    )  # fmt: skip
    for text in texts:
        fields: dict[str, object] = {"kind": "ConfigMap", "data": {"text": text}, "spec": {"args": [text]}}
        assert mask(fields, key=KEY) == fields, text
    for name, value in {
        "proxy_pass": "http://web", "AUTH": "oidc", "auth": "oauth2:google", "XSRF_TOKEN": "x-xsrf-token",
        "salt": "sea-salt", "credentials": "include", "GITHUB_TOKEN": "github.token/path", "JWT_KEY": "/run/jwt1",
        "bypass": "Abcdefg1",
    }.items():  # fmt: skip
        assert mask({"kind": "ConfigMap", "data": {name: value}}, key=KEY) == {
            "kind": "ConfigMap",
            "data": {name: value},
        }, name


def test_a_password_that_is_a_number(tmp_path: Path, cache: Path) -> None:
    made = Made(tmp_path / "repository")
    texts = (MAP + "  password: VALUE\n", PLACES["env"], PLACES["custom"])
    files = {f"environments/prod/{n}.yaml": text for n, text in enumerate(texts)}
    made.change(
        {**ON, **{file: text.replace("VALUE", "123456789012") for file, text in files.items()}},
        {file: text.replace("VALUE", "210987654321") for file, text in files.items()},
    )
    said = everything(made, cache)
    assert "123456789012" not in said
    assert "210987654321" not in said
    assert found(made) >= {("secrets/password-in-object", file) for file in files}


def test_what_the_schema_says_of_a_password_quotes_it_not(tmp_path: Path, cache: Path) -> None:
    made = Made(tmp_path / "repository")
    made.change(ON, {"environments/prod/a.yaml": MAP + "  password: 123456789012\n"})
    said = everything(made, cache)
    assert "123456789012" not in said
    assert "data.password is a number (masked) but must be a text." in said


CREDENTIALS = (
    "sk-" + "a1B2" * 5 + "T3BlbkFJ" + "c3D4" * 5, "pypi-AgEIcHlwaS5vcmc" + "a1B2" * 20,
    "SG." + "a1B2" * 5 + "ab." + "c3D4" * 10 + "abc", "0123456789abcdef" * 2 + "-us12", "sq0csp-" + "a1B" * 14 + "a",
    "AccountKey=" + "a1B2" * 21 + "ab==", "GR1348941" + "a1B2" * 5, "A3TX" + "QWERTYUIOPASDFGH",
    "//registry.npmjs.org/:_authToken=12345678-abcd-abcd-abcd-123456789012",
)  # fmt: skip


def test_every_credential_that_is_found_is_hidden(tmp_path: Path, cache: Path) -> None:
    made = Made(tmp_path / "repository")
    files = {f"environments/prod/{n}.yaml": value for n, value in enumerate(CREDENTIALS)}
    made.change(
        {**ON, **dict.fromkeys(files, MAP + "  note: here\n")},
        {file: MAP + f"  note: 'here {value} it is'\n" for file, value in files.items()},
    )
    said = everything(made, cache)
    assert [value for value in CREDENTIALS if (value.partition("=")[2] or value) in said] == []
    assert found(made) >= {("secrets/credential-in-object", file) for file in files}


def test_a_value_that_comes_out_under_another_name(tmp_path: Path, cache: Path, need: Callable[[str], str]) -> None:
    need("helm")
    made = Made(tmp_path / "repository")
    template = MAP + "  DSN: 'user=web pass={{ .Values.databaseToken }} host=db'\n"
    values = {"charts/c/values.yaml": f"databaseToken: {RANDOM}\n"}
    made.change({**ON, **chart("charts/c", a=template), "charts/c/values.yaml": "databaseToken: x\n"}, values)
    which = ["--repo", str(made.path), "--base", "base", "--head", "head"]
    said = "".join(gatehouse("check", *which, "--format", form).out for form in FORMATS)
    assert RANDOM not in said
    assert "user=web pass=•••" in said
    assert {rule for rule, _ in found(made)} == {"secrets/credential-in-object"}  # and nothing of the file


def test_such_a_value_that_is_told_of_its_object_alone(tmp_path: Path, cache: Path, need: Callable[[str], str]) -> None:
    """One credential is told once; that nothing is said of its file does not let it out elsewhere."""
    need("helm")
    made = Made(tmp_path / "repository")
    template = (
        MAP + "  DB_PASSWORD: '{{ .Values.dbPassword }}'\n  DSN: 'user=web pass={{ .Values.dbPassword }} host=db'\n"
    )
    values = {"charts/c/values.yaml": f"dbPassword: {RANDOM}\n"}
    made.change({**ON, **chart("charts/c", a=template), "charts/c/values.yaml": "dbPassword: x\n"}, values)
    which = ["--repo", str(made.path), "--base", "base", "--head", "head"]
    said = "".join(gatehouse("check", *which, "--format", form).out for form in FORMATS)
    assert RANDOM not in said
    assert "user=web pass=•••" in said
    assert "secrets/password-in-object" in {rule for rule, _ in found(made)}


HARMLESS = {
    "secretName": "shop-db", "passwordPolicy": "strict", "tokenReviewer": "yes-please", "password": "$(DB_PASSWORD)",
    "existingSecret": "regcredentials", "imagePullSecret": "regcredentials", "passwordFile": "/run/secrets/x",
    "PASSWORD_FILE": "/run/secrets/x", "tokenPath": "/var/run/token", "token": "true", "MAX_TOKEN": "4096", "pwd": "/",
    "secretKey": "password-key", "passwordRef": "shop", "keyPassword": "${KEY_PASSWORD}", "passwordLength": "12chars",
    "mysql-native-password": "ON",
    "secret": "shop-db-credentials", "tokenUrl": "https://id.example.org/token", "sessionSecret": "",
}  # fmt: skip


def test_ordinary_words_stay() -> None:
    for name, value in HARMLESS.items():
        container = {"env": [{"name": name, "value": value}], "args": [f"--{name}={value}"]}
        objects: tuple[dict[str, object], ...] = (
            {"kind": "ConfigMap", "data": {name: value}},
            {"kind": "Pod", "spec": {"containers": [container]}},
            {"kind": "Thing", "spec": {name: value}},
            {"kind": "HelmRelease", "spec": {"values": {name: value}}},
        )
        for fields in objects:
            assert mask(fields, key=KEY) == fields, (name, value)


def test_references_flags_numbers_and_encrypted_values_stay() -> None:
    fields: list[dict[str, object]] = [
        {"kind": "Thing", "spec": {"password": {"secretKeyRef": {"name": "db", "key": "password"}}, "token": True,
         "maxToken": 3, "superuserPassword": "db-superuser"}},
        {"kind": "SealedSecret", "spec": {"encryptedData": {"password": "AgBx" * 60}}},
        {"kind": "CustomResourceDefinition", "spec": {"password": {"default": "changeit", "password": "some prose"}}},
        {"kind": "ExternalSecret", "spec": {"data": [{"secretKey": "DATABASE_PASSWORD", "remoteRef": {"key": "a/b"}}]}},
        {"kind": "ConfigMap", "data": {"password": "ENC[AES256_GCM,data:aaaa,iv:bbbb,tag:cccc,type:str]"}},
        {"kind": "Pod", "spec": {"containers": [{"args": ["--token-ttl", "15m", "--verbose", "--password", "--user=a"]}]}},
        {"kind": "Pod", "spec": {"volumes": [{"secret": {"secretName": "web-token"}}]}},
    ]  # fmt: skip
    for one in fields:
        assert mask(one, key=KEY) == one


def test_masking_twice_changes_nothing_more() -> None:
    for text in STRONG_PLACES.values():
        fields: Any = documents.load_one(text.replace("VALUE", RANDOM))
        once = mask(fields, key=KEY)
        assert mask(once, key=KEY) == once


NAMES = st.sampled_from(
    ("password", "DB_PASSWORD", "apiKey", "token", "client-secret", "PGPASSWORD", "signing_key", "a", "MYSQL_PASS",
     "JWT_KEY", "BASIC_AUTH", "API_TOKEN", "db_credentials", "salt")
)  # fmt: skip
PLAIN = st.text(st.characters(codec="ascii", exclude_characters="\r\n\x00"), min_size=6, max_size=40)
BEFORE = st.sampled_from(
    ("password", "export PASSWORD=", '{"password": "', "x;Password=", "run --password ", "authorization: basic ", "mysql -p",
     "a\nmysql x -p", "a\tpasswd\t=\t", "bob:", "\\\"pwd\\\": \\\"")
)  # fmt: skip
VALUES = PLAIN | st.builds(
    lambda before, value, after: before + value + after, BEFORE, PLAIN, st.sampled_from(("", '"', ";"))
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, VALUES, st.sampled_from(("data", "env", "args", "spec")))
def test_the_check_tells_of_exactly_what_is_masked(name: str, value: str, where: str) -> None:
    """The law: a place is told if and only if it is masked; then nothing of the value is in the document."""
    fields: dict[str, Any] = {
        "data": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {name: value}},
        "env": {"kind": "Pod", "spec": {"containers": [{"name": "c", "env": [{"name": name, "value": value}]}]}},
        "args": {"kind": "Pod", "spec": {"containers": [{"name": "c", "args": [f"--{name}={value}"]}]}},
        "spec": {"kind": "Thing", "spec": {name: value}},
    }[where]
    for text in (documents.dump(fields), json.dumps(fields)):
        document = masked_document(text, key=KEY)
        shown: Any = documents.load_one(document.text)
        assert bool(by_name(shown) or by_shape(shown)) == (MARKER.search(document.text) is not None)
        assert mask(fields, key=KEY) == shown or document.text == text
        if MARKER.search(document.text) is None:
            assert mask(fields, key=KEY) == fields, "the quick look must not overlook what masking would mask"
