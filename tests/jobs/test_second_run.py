"""A second run says what the first one said, with all checks, whatever became of the cache, which holds no secret."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization

from bot.cli import main
from bot.documents import dump
from bot.render.base import Material
from bot.render.trace import Tracer
from bot.render.trace_edit import Trial

PASSWORD = "hunter2-Zq9x-s3cret"
RANDOM = "zX8kQ2mN5pR7tV9wY1aB3cD4eF6gH8jK"
OVERLAY = "apps/web/overlays/prod"


def definition(about: str) -> str:
    """A CRD as long as those of operators."""
    properties = {f"field{number}": {"type": "string", "description": f"{about} {number}"} for number in range(500)}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"}
    spec = {"group": "example.org", "names": names, "scope": "Namespaced", "versions": [version]}
    head = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    return dump({**head, "metadata": {"name": "widgets.example.org"}, "spec": spec})


def manifests(word: str) -> dict[str, str]:
    labels = {"app": word}
    env = [{"name": "DB_PASSWORD", "value": f"{RANDOM}{word}"}]
    pod = {"containers": [{"name": "web", "image": f"example.com/web:{word}", "env": env}]}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    objects: dict[str, dict[str, Any]] = {
        "web": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec},
        "secret": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": PASSWORD + word}},
        "widget": {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"field1": 1}},
        "settings": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": f"{word} " * 5000}},
    }  # fmt: skip
    texts = {f"apps/web/base/{name}.yaml": dump(fields) for name, fields in objects.items()}
    twice = dump({**objects["settings"], "metadata": {"name": "d"}}) + "kind: ConfigMap\n" * (word == "new")
    return {**texts, "apps/web/base/crd.yaml": definition(word), "environments/prod/d.yaml": twice}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """The report of the change, but for what tells how it was made."""
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(tmp_path / "cache"))
    repository = GitOpsRepository(tmp_path / "r")
    names = sorted(path.rpartition("/")[2] for path in manifests("old") if path.startswith("apps"))
    overlay = kustomization(resources=["../../base"], commonAnnotations={"example.org/note": "new"})
    base = {
        "apps/web/base/kustomization.yaml": kustomization(resources=names),
        f"{OVERLAY}/kustomization.yaml": overlay,
    }
    repository.commit({**base, **manifests("old"), ".gatehouse.yaml": "version: 1\nchecks: {run: all}\n"})
    repository.git("checkout", "-q", "-B", "base")
    repository.git("checkout", "-q", "--detach")
    repository.commit(manifests("new"))

    def report() -> str:
        main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
        said = json.loads(capsys.readouterr().out)
        del said["timings"], said["counts"]["rendered"], said["counts"]["cached"]
        return json.dumps(said)

    return report


def test_it_says_the_same_and_keeps_no_secret(
    run: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced: list[Tracer] = []
    real = Tracer.changed

    def changed(self: Tracer, trial: Trial) -> Material:
        traced.append(self)
        return real(self, trial)

    monkeypatch.setattr(Tracer, "changed", changed)
    first = run()
    rules = {finding["rule"] for check in json.loads(first)["checks"] for finding in check["findings"]}
    assert {"secrets/plain-value", "schema/wrong-type", "schema/duplicate-key", "risk/immutable"} <= rules, rules
    proofs = len(traced)
    assert proofs
    assert run() == first
    assert len(traced) == proofs, "a line is proven once"

    kept = list((tmp_path / "cache/renders").glob("??/*"))
    assert_no_secret(kept)
    for number, path in enumerate(kept):
        data = path.read_bytes()
        path.write_bytes(data[:-1] if number % 2 else bytes((*data[:40], data[40] ^ 1, *data[41:])))
    assert run() == first
    assert_no_secret(kept)


def assert_no_secret(kept: list[Path]) -> None:
    texts = [zlib.decompress(path.read_bytes()[32:]).decode() for path in kept]
    topics = ('"documents"', '"said": [{"id"', '"said": {"apiVersion"', '"places"', '"said": [["kind"', '"said": {"v1"')
    assert all(any(topic in text for text in texts) for topic in topics), "all kinds of entries are looked at"
    for value in (PASSWORD, RANDOM):
        for shape in (value, base64.b64encode(value.encode()).decode()[:-4]):
            assert not any(shape in text for text in texts), shape
