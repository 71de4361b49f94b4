"""Passwords in URLs of the own machine, and those that everybody knows."""

from __future__ import annotations

import pytest
from made_evidence import evidence, new

from bot.checks.secret_local import weight
from bot.checks.secrets import Secrets
from bot.model.result import Severity


@pytest.mark.parametrize(
    ("value", "line", "severity"),
    [
        ("postgres", "DATABASE_URL: postgres://postgres:postgres@localhost:5432/test", None),
        ("ledger", "export DATABASE_URL=postgresql://ledger:ledger@db/ledger", None),
        ("postgres", "DATABASE_URL: postgresql://ledger:postgres@db:5432/ledger", None),
        ("redis", "REDIS_URL=redis://:redis@redis:6379", None),
        ("postgres", "DATABASE_URL: postgres://postgres:postgres@127.0.0.1:5432/test", None),
        ("postgres", "DATABASE_URL: postgres://postgres:postgres@db.prod.example.com/test", Severity.WARNING),
        ("app", "DATABASE_URL: postgres://app:app@db.shop.svc:5432/app", Severity.WARNING),
        ("postgres", "DATABASE_URL: mysql://ledger:postgres@db:5432/ledger", Severity.ERROR),
        ("devpassword9", "CACHE = 'redis://:devpassword9@127.0.0.1:6379/1'", Severity.WARNING),
        ("Somm3r24x", "mysql://root:Somm3r24x@localhost/x", Severity.WARNING),
        ("Somm3r24x", "mysql://root:Somm3r24x@localhost.example.com/x", Severity.ERROR),
        ("Somm3r24x", "mysql://root:Somm3r24x@db.prod/x", Severity.ERROR),
        ("Somm3r24x", "a://x:Somm3r24x@localhost/ b://x:Somm3r24x@db.prod/", Severity.ERROR),
        ("Somm3r24x", "a://Somm3r24x:Somm3r24x@db.prod/", Severity.ERROR),
        ("ghp_0123", "token: ghp_0123", Severity.ERROR),
    ],
)
def test_weight(value: str, line: str, severity: Severity | None) -> None:
    assert weight(value, line) is severity


def test_a_workflow_with_a_database_for_its_tests() -> None:
    path = ".github/workflows/test.yml"
    text = "env:\n  DATABASE_URL: postgres://postgres:postgres@localhost:5432/test\n"
    assert not new(Secrets().run(evidence(base={}, head={path: text})))
    (said,) = new(Secrets().run(evidence(base={}, head={path: text.replace("postgres:postgres@", "app:Somm3r24x@")})))
    assert (said.rule, said.severity, said.line) == ("secrets/credential", Severity.WARNING, 2)
    (said,) = new(Secrets().run(evidence(base={}, head={path: "key: AKIA5QXR7TLMN2WPZKVD\n"})))
    assert said.severity is Severity.ERROR and "an AWS key" in said.message
