"""What the index knows of CRDs and of the Applications of a project: never less than a file says, and no more than names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import repositories
from hypothesis import given
from hypothesis import strategies as st
from repositories import HERE

from bot import documents
from bot.affected.contents import read_facts
from bot.affected.facts import DEFINED, OF_PROJECT, Facts, Role
from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.store import Store
from bot.config.schema import Config
from bot.git.repository import Repository
from bot.kubernetes_schemas import definitions

ARGO = "argoproj.io/v1alpha1"
BLOCK = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.org
spec:
  group: example.org
  names:
    kind: Thing
    listKind: ThingList
  versions: [{name: v1, served: true}]
"""
OTHER = (
    "apiVersion: v1\nkind: ConfigMap # of it\nmetadata: {name: a}\ndata: {a: 'CustomResourceDefinition, kind: Nine'}\n"
)
ROLE = 'apiVersion: v1\n"kind": "Role"\nmetadata: {name: a}\nrules:\n- kind: CustomResourceDefinition\n- kind: Ten\n'


def crd(kind: str = "Thing") -> dict[str, Any]:
    names = {"kind": kind, "plural": "things"}
    spec = {"group": "example.org", "names": names, "versions": [{"name": "v1", "served": True, "storage": True}]}
    metadata = {"name": "things.example.org"}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": definitions.KIND, "metadata": metadata, "spec": spec}


def application(name: str, project: object, kind: str = "Application") -> dict[str, Any]:
    own: dict[str, Any] = {"project": project, "source": {"repoURL": HERE, "path": "apps/a"}}
    spec = own if kind == "Application" else {"generators": [], "template": {"spec": own}}
    return {"apiVersion": ARGO, "kind": kind, "metadata": {"name": name}, "spec": spec}


def named(what: str, text: str | bytes, path: str = "a.yaml") -> set[str]:
    facts = read_facts(Role.MANIFEST, text if isinstance(text, bytes) else text.encode(), path)
    assert set(Facts.load(facts.dump()).names) == set(facts.names)
    return {name for kind, name in facts.names if kind == what}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (BLOCK, {"Thing"}),
        (BLOCK.replace("\n", "\r\n"), {"Thing"}),
        (BLOCK.encode("utf-16"), {"Thing"}),
        (BLOCK.replace("Thing\n", '"Thing" # a thing\n', 1), {"Thing"}),
        (BLOCK.replace("kind: Thing", "kind:\n      Thing"), {"Thing"}),
        (BLOCK.replace("  names:", "  kind:\n    kind: Inner\n  names:"), {"Thing", "Inner", "kind"}),
        (f"{{{{ if .Values.crds }}}}\n{BLOCK}{{{{ end }}}}\n---\n{BLOCK.replace('Thing', 'Other')}", {"Thing", "Other"}),
        (f"# fluxcd.io\n{BLOCK}---\n: ]\n", {"Thing"}),
        (json.dumps(crd()), {"Thing"}),
        (json.dumps(crd(), indent=0), {"Thing"}),
        (f"{OTHER}---\n{BLOCK}", {"Thing"}),
        (OTHER, set()),
        (ROLE, set()),
        (f"{ROLE}...\n{json.dumps(crd())}", {"Thing"}),
        (json.dumps(application("a", "x") | {"spec": {"ignore": [{"kind": definitions.KIND}]}}), set()),
        (json.dumps(application("a", "x")) + "\n---\n" + json.dumps(crd()), {"Thing"}),
        (json.dumps({"apiVersion": "v1", "kind": "Role", "rules": [{"kind": definitions.KIND}]}), {"Role"}),
        (BLOCK.replace("kind: Thing", f"kind: {'x' * 64}"), set()),
        (BLOCK.replace("kind: Thing", "kind: 'pass word'"), {"pass"}),
    ],
)  # fmt: skip
def test_kinds_that_a_file_may_define(text: str | bytes, kinds: set[str]) -> None:
    assert named(DEFINED, text) == kinds


KINDS = st.from_regex(r"[A-Z][a-z]{0,5}(-[a-z]{1,3})?", fullmatch=True)
WRITTEN = st.sampled_from(
    [documents.dump, json.dumps, lambda v: json.dumps(v, indent=0), lambda v: json.dumps(v, indent=2).replace('"', "'")]
)


@given(st.lists(st.tuples(KINDS, WRITTEN, st.sampled_from(["", "# a kind: of\n", OTHER, ROLE])), max_size=4))
def test_every_crd_of_a_file_is_found(made: list[tuple[str, Any, str]]) -> None:
    """The law: what reading the documents finds, the text says."""
    text = "".join(f"{before}---\n{write(crd(kind))}\n---\n" for kind, write, before in made)
    read = (
        definitions.read(d.value, "") for d in documents.load_all(text.encode(), name="x") if isinstance(d.value, dict)
    )
    assert {found.kind for found in read if found} == {kind for kind, _, _ in made}
    assert {kind for kind, _, _ in made} <= named(DEFINED, text)


@pytest.mark.parametrize(
    ("project", "names"),
    [("team-a", {"team-a"}), ("{{ team }}", set()), (3, set()), (None, set()), (["a"], set()), ("a b", set()),
     ("a" * 254, set())],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["Application", "ApplicationSet"])
def test_projects_to_which_applications_belong(kind: str, project: object, names: set[str]) -> None:
    text = json.dumps(application("a", project, kind))
    assert named(OF_PROJECT, text) == names
    items = {"apiVersion": "v1", "kind": "List", "items": [application("a", project, kind)]}
    assert named(OF_PROJECT, json.dumps(items)) == names


@pytest.mark.parametrize("spec", [None, [], {"template": []}, {"template": {"spec": "x"}}])
@pytest.mark.parametrize("kind", ["Application", "ApplicationSet", "AppProject"])
def test_what_is_no_application_belongs_to_none(kind: str, spec: object) -> None:
    assert named(OF_PROJECT, json.dumps({**application("a", "b", kind), "spec": spec})) == set()


def test_a_file_of_too_many_names_may_define_any_kind() -> None:
    many = "".join(f"  name: n{n}\n" for n in range(50_001))
    assert named(DEFINED, f"{BLOCK}---\n{OTHER}{many}") == {""}
    assert named(DEFINED, OTHER + many) == set()


def test_the_index_says_which_files_to_read(tmp_path: Path) -> None:
    """On both sides of a change, and after the index has moved there."""
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    many = "".join(f"  name: n{n}\n" for n in range(50_001))
    base = {
        "crds/thing.yaml": BLOCK, "crds/gone.json": json.dumps(crd("Gone")), "crds/other.txt": BLOCK,
        "argocd/a.yaml": json.dumps(application("a", "team-a")), "many.yaml": f"{BLOCK}---\n{OTHER}{many}",
    }  # fmt: skip
    head = {**base, "crds/gone.json": OTHER, "crds/new.yml": BLOCK, "argocd/a.yaml": json.dumps(application("a", "b"))}
    ids = repositories.store(tmp_path, [repositories.tree(files) for files in (base, head)])
    with Repository(tmp_path) as repository:
        index = Index(Store(None), repository, Config(), "", Home([HERE]))
        before, after = index.pair(*ids)
        assert before.defining("Thing") == ["crds/thing.yaml", "many.yaml"]
        assert (before.defining("Gone"), before.of_project("team-a")) == (
            ["crds/gone.json", "many.yaml"],
            ["argocd/a.yaml"],
        )
        for view in (after, index.at(ids[1])):
            assert view.defining("Thing") == ["crds/new.yml", "crds/thing.yaml", "many.yaml"]
            assert view.defining("Gone") == ["many.yaml"]
            assert (view.of_project("team-a"), view.of_project("b")) == ([], ["argocd/a.yaml"])
