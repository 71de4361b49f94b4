"""What goes out of a report because it is a secret in a changed file, and what stays because it is a name as well."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest
from made_evidence import evidence

from bot.checks.secret_files import ChangedFiles
from bot.jobs.withheld import _hiding
from bot.redaction import MASKED

POD = """apiVersion: v1
kind: Pod
metadata: {name: bouwmeester-web}
spec: {containers: [{name: web, image: 'example.com/bouwmeester-web:TAG'}]}
"""


def shown(repository: GitOpsRepository, url: str) -> str:
    """All that a report says of a change that brings an image and a line beside such a URL."""
    config = manifest("ConfigMap", "config", DATABASE_URL=url)
    files: dict[str, str | None] = {
        ".gatehouse.yaml": "checks: {run: [secrets, images]}\n", "k8s/config.yaml": config,
        "k8s/pod.yaml": POD.replace("TAG", "1"),
        "k8s/kustomization.yaml": kustomization(resources=["pod.yaml", "config.yaml"]),
    }  # fmt: skip
    after = {"k8s/pod.yaml": POD.replace("TAG", "2"), "k8s/config.yaml": config + "# more\n"}
    report = repository.compare(files, after)
    return f"{report.units} {[replace(check, notes=()) for check in report.checks]}"


def test_the_name_of_an_application_that_is_its_password_too(repository: GitOpsRepository) -> None:
    text = shown(repository, "postgres://bouwmeester:bouwmeester@db/bouwmeester")
    assert "example.com/bouwmeester-web:2" in text
    assert "bouwmeester:bouwmeester" not in text and "secrets/credential" in text
    text = shown(repository, "postgres://app:bouwmeester@db/bouwmeester")
    assert f"example.com/{MASKED}-web:2" in text and "app:bouwmeester" not in text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a://shop:shop@db", f"a://{MASKED}:{MASKED}@db"), ("mysql -pshop", f"mysql -p{MASKED}"), ("shop", MASKED),
        ("user/shop", f"user/{MASKED}"), ("--shop", f"--{MASKED}"), ("shop-", f"{MASKED}-"), ("shop:1", f"{MASKED}:1"),
        ("shop-web", "shop-web"), ("my-shop", "my-shop"), ("shop-h4rd", MASKED), ("other-web", f"{MASKED}-web"),
    ],
)  # fmt: skip
def test_a_part_of_a_name_stays_and_nothing_else(text: str, left: str) -> None:
    assert _hiding(["shop-h4rd", "other", "shop"], {"shop"})(text) == left


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("a: b://shop:shop@c\n", {"shop"}),
        ("a: b://shop:shop@c\nd: b://root:shop@c\n", set()),
        ("a: b://shop1:shop1@c\n", set()),
        ("a: b://shop:h4rd@c\n", set()),
    ],
)
def test_which_passwords_are_like_their_users(text: str, alike: set[str]) -> None:
    assert ChangedFiles(evidence(head={"a.txt": text})).like_their_users() == alike


def test_an_object_called_like_a_credential_is_named_without_the_keyed_hash(repository: GitOpsRepository) -> None:
    """The key is another one on each machine: with it in the name, two of them would not say the same."""
    called = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
    files: dict[str, str | None] = {
        ".gatehouse.yaml": "checks: {run: [schema, secrets]}\n",
        "k8s/config.yaml": manifest("ConfigMap", "config"),
        "k8s/kustomization.yaml": kustomization(resources=["config.yaml"]),
    }
    report = repository.compare(files, {"k8s/config.yaml": manifest("ConfigMap", called, SIZE="1")})
    told = [finding.object.name for check in report.checks for finding in check.findings if finding.object]
    assert MASKED in told and MASKED in [each.id.name for unit in report.units for each in unit.objects]
    assert called not in str(report) and "<secret" not in str(report)


def test_a_credential_that_a_finding_quotes(repository: GitOpsRepository) -> None:
    """It stands in no render and no changed file: a line of CODEOWNERS, which the change leaves alone."""
    files: dict[str, str | None] = {
        "CODEOWNERS": "* https://bot:h4rd-to-guess@example.com\n",
        ".gatehouse.yaml": "checks: {run: [owners]}\n",
        "k8s/config.yaml": manifest("ConfigMap", "config"),
        "k8s/kustomization.yaml": kustomization(resources=["config.yaml"]),
    }
    report = repository.compare(files, {"k8s/config.yaml": manifest("ConfigMap", "config", SIZE="1")})
    said = str([finding.message for check in report.checks for finding in check.findings])
    assert f"https://bot:{MASKED}@example.com" in said and "h4rd" not in said
