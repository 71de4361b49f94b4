"""What checks ask of a repository does not grow with it: files are found by the index, and only those are read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from gitops_repository import GitOpsRepository
from made_evidence import Made, evidence

from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.store import Store
from bot.checks.boundaries import Boundaries
from bot.checks.schema import Schema
from bot.config.schema import Config
from bot.git.repository import Repository
from bot.model.evidence import Evidence
from bot.model.snapshot import Entry

ARGO = "argoproj.io/v1alpha1"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: KINDs.example.org}
spec: {group: example.org, names: {kind: KIND}, versions: [{name: v1, served: true, schema: {openAPIV3Schema:
  {type: object, properties: {spec: {type: object}}}}}]}
"""
PROJECT = f"apiVersion: {ARGO}\nkind: AppProject\nmetadata: {{name: team-a}}\nspec: {{sourceRepos: ['*']}}\n"
OBJECTS = "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\nspec: {}\nwrong: 1\n"


def application(name: str, project: str) -> str:
    kinds = [{"kind": "CustomResourceDefinition"}, {"kind": "Thing"}]
    spec = {"project": project, "destination": {"namespace": "team-a"}, "ignoreDifferences": kinds}
    return json.dumps({"apiVersion": ARGO, "kind": "Application", "metadata": {"name": name}, "spec": spec}, indent=1)


def files(count: int) -> dict[str, str]:
    """A project with its application, a CRD, and ``count`` files of each kind beside them."""
    found = {
        "argocd/p.yaml": PROJECT,
        "argocd/a.yaml": application("a", "team-a"),
        "crds/a.yaml": CRD.replace("KIND", "Thing"),
    }
    for n in range(count):
        found[f"argocd/{n}.json"] = application(f"a{n}", "team-b")
        found[f"crds/{n}.yaml"] = CRD.replace("KIND", f"Other{n}")
        found[f"apps/{n}.yaml"] = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{n}}}\n"
    return found


def asked(repository: GitOpsRepository, count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many questions to the index and how many files two checks cost where a project goes, beside ``count`` others."""
    base = repository.commit(files(count))
    head = repository.commit({"argocd/p.yaml": None})
    with Repository(repository.path) as git:
        store = Store(None)
        trees = (repository.git("rev-parse", f"{commit}^{{tree}}") for commit in (base, head))
        before, after = Index(store, git, Config(), "", Home(())).pair(*trees)
        questions: list[str] = []
        read: list[str] = []
        real = git.blob

        def blob(entry: Entry) -> bytes:
            read.append(entry.path)
            return real(entry)

        monkeypatch.setattr(git, "blob", blob)
        store._db.set_trace_callback(questions.append)
        shown: Evidence = evidence(Made(None, OBJECTS))
        shown = replace(shown, base=before, head=after, changes=tuple(after.changes))
        said = {
            s.rule for check in (Schema(), Boundaries()) for s in (*check.run(shown).head, *check.run(shown).change)
        }
        store._db.set_trace_callback(None)
    assert {"schema/unknown-field", "boundaries/project-missing"} <= said
    return len(questions), len(read)


def test_crds_and_applications_of_a_project_are_found_without_looking_through_all_files(
    repository: GitOpsRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(repository, 2, monkeypatch) == asked(repository, 60, monkeypatch)
