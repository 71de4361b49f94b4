"""Real repositories: their CRDs can be used, their objects are right, and what is wrong in them is found."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from schema_evidence import Files, resource, unit

from bot import documents
from bot.checks.schema import Schema
from bot.errors import UserError
from bot.kubernetes_schemas import bundled, definitions
from bot.model.evidence import Evidence, Statement
from bot.model.unit import PlainRender


def _files(corpora: Path, name: str, into: Path, *paths: str) -> Files:
    """The YAML files of the main branch of a bundle, below paths."""
    clone = into / f"{name}.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(corpora / f"{name}.bundle"), str(clone)], check=True)
    out = into / name
    out.mkdir()
    archive = subprocess.run(["git", "-C", str(clone), "archive", "HEAD", *paths], check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(out)], check=True, input=archive.stdout)
    found = sorted(p for p in out.rglob("*.yaml") if p.is_file() and not p.is_symlink())
    return Files({str(p.relative_to(out)): p.read_text() for p in found})


def _objects(files: Files, path: str) -> list[dict[str, object]]:
    try:
        loaded = documents.load_all(files.texts[path].encode(), name=path)
    except UserError:
        return []
    return [d.value for d in loaded if isinstance(d.value, dict) and "kind" in d.value and "apiVersion" in d.value]


def _said(files: Files, *paths: str) -> list[Statement]:
    units = [unit(p, _objects(files, p), part=PlainRender(p)) for p in paths]
    return list(Schema().run(Evidence(tuple(units), (), files, files)).head)


def _with(files: Files, text: str) -> list[str]:
    """The small files that hold a text: not those of CRDs."""
    return [path for path, held in sorted(files.texts.items()) if text in held and len(held) < 20_000]


@pytest.fixture(scope="module")
def kubeflow(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    return _files(corpora, "kubeflow-manifests", tmp_path_factory.mktemp("kubeflow"))


def test_silent_on_the_plain_manifests_of_bank_of_anthos(corpora: Path, tmp_path: Path) -> None:
    files = _files(corpora, "bank-of-anthos", tmp_path, "kubernetes-manifests")
    assert files.texts
    assert _said(files, *files.texts) == []


def test_the_crds_of_kubeflow_are_judges(kubeflow: Files) -> None:
    bundle = bundled.bundle(bundled.versions()[-1])
    read = 0
    for path in [path for path, text in kubeflow.texts.items() if "CustomResourceDefinition" in text][::3]:
        for fields in _objects(kubeflow, path):
            found = definitions.read(resource(fields).fields, path)
            if found is None:
                continue
            read += 1
            assert (found.problems, found.unjudged) == ([], []), path
            for name, version in found.versions.items():
                if version.schema is not None:
                    assert found.found({}, name, bundle, 10)[1] is not None, (path, name)
    assert read > 10


def test_speaks_of_a_deployment_of_kubeflow_that_lacks_its_selector(kubeflow: Files) -> None:
    path = "applications/jupyter/notebook-controller/upstream/manager/manager.yaml"
    assert [(s.rule, s.at) for s in _said(kubeflow, path)] == [("schema/missing-field", ("spec", "selector"))]


def test_custom_resources_of_kubeflow_are_judged_by_crds_in_its_files(kubeflow: Files) -> None:
    custom = [
        path
        for path, text in kubeflow.texts.items()
        if any(f"kind: {kind}\n" in text for kind in ("Gateway", "VirtualService", "AuthorizationPolicy", "Image"))
        and "CustomResourceDefinition" not in text
        and "/patch" not in path
        and "$(" not in text
    ]
    assert len(custom) > 20
    said = _said(kubeflow, *custom)
    known = {s.mark for s in said if s.rule == "schema/unknown-kind"}
    assert not [mark for mark in known if "istio.io" in mark], "their CRDs are in the repository"
    wrong = [s for s in said if s.rule in ("schema/unknown-field", "schema/wrong-type", "schema/bad-value")]
    assert wrong == []


def test_a_mistake_in_any_field_of_a_real_custom_resource_is_found(kubeflow: Files) -> None:
    fields = next(
        o
        for p in _with(kubeflow, "kind: VirtualService\n")
        for o in _objects(kubeflow, p)
        if o["kind"] == "VirtualService"
    )
    assert isinstance(fields["spec"], dict)
    fields["spec"]["gateway"] = fields["spec"].pop("gateways", [])
    said = Schema().run(Evidence((unit("u", [fields]),), (), kubeflow, kubeflow)).head
    assert [(s.rule, s.fix) for s in said] == [("schema/unknown-field", "Did you mean spec.gateways?")]
