"""What a chart makes anew in every render is no password in Git, and no change."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, chart

from bot.model.result import Report
from bot.render.made_anew import STAND_IN, steady

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\n"
TEMPLATE = SECRET + (
    "data:\n  password: {{ .Values.password | default (randAlphaNum 16) | b64enc | quote }}\n"
    '{{ $ca := genCA "web" 9 }}\n  tls.key: {{ $ca.Key | b64enc }}\n'
    "stringData: {id: {{ uuidv4 }}}\n"
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
    "data: {REPLICAS: {{ .Values.replicas | quote }}, SESSION_SECRET: {{ randAlphaNum 32 }}}\n"
)


def secrets(report: Report) -> list[tuple[str, str, str]]:
    found = [f for c in report.checks if c.name == "secrets" for f in c.findings]
    return sorted((f.rule, f.severity.value, f.state.value) for f in found)


def files(**values: str) -> dict[str, str | None]:
    made = {f"charts/web/values-{env}.yaml": text for env, text in values.items()}
    return {
        ".gatehouse.yaml": "checks: {run: all}\n",
        **chart("charts/web", web=TEMPLATE),
        "charts/web/values.yaml": "replicas: 1\npassword: ''\n",
        **made,
    }


def test_another_number_of_replicas_brings_no_password(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    report = repository.compare(files(prod="replicas: 2\n"), {"charts/web/values-prod.yaml": "replicas: 3\n"})
    (unit,) = [u for u in report.units if u.environment == "prod"]
    assert not secrets(report)
    assert [changed.id.kind for changed in unit.objects] == ["ConfigMap"]
    assert any("differ in every render" in note for note in unit.notes)


def test_a_password_that_a_values_file_sets_is_one(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    report = repository.compare(
        files(prod="replicas: 2\n"), {"charts/web/values-prod.yaml": "replicas: 2\npassword: Somm3r2024x\n"}
    )
    assert ("secrets/plain-value", "error", "introduced") in secrets(report)


@pytest.mark.parametrize(
    ("one", "other", "left"),
    [
        ("aB3dE5gH", "Xy7kL9mN", STAND_IN),
        ("c2f1-77aa", "91be-0d3c", STAND_IN),
        ("aB3/dE+5gH7x==", "Xy7kL9+mN/1q==", STAND_IN),
        ("ops:$2a$10$abc.def/ghi", "ops:$2a$10$xyz/uvw", STAND_IN),
        ("-----BEGIN RSA PRIVATE KEY-----\nab+c", "-----BEGIN RSA PRIVATE KEY-----\nx/yz+", STAND_IN),
        ("postgres://app:aB3dE5gH@db/x", "postgres://app:Xy7kL9mN@db/x", f"postgres://app:{STAND_IN}@db/x"),
        ('{"password": "hunter2", "salt": "ab+c"}', '{"password": "hunter2", "salt": "wxyz"}', ""),
    ],
)
def test_what_a_file_gives_stays(one: str, other: str, left: str) -> None:
    for field, written in (("stringData", str), ("data", lambda text: base64.b64encode(text.encode()).decode())):
        first, second = (f"{SECRET}{field}:\n  a: {written(text)!r}\n" for text in (one, other))
        (steadied,) = steady([first], [second])
        assert steadied == first if not left else written(left) in steadied


def test_what_is_no_secret_stays_as_it_is() -> None:
    """A label could not hold the placeholder, and what no check takes for a secret is shown as it comes."""
    first, second = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, labels: {{api-token: {made}}}}}\ndata: {{RUN: {made}}}\n"
        for made in ("aB3dE5gH7jK9", "Xy7kL9mN1qR3")
    )
    assert steady([first], [second]) == [first]
    assert steady([first], [second, second]) == [first]
