"""What a file says when it is too big to be read: nobody knows, so it may be anything, and it costs next to nothing."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import HERE, Tree, put, store

from bot.affected.closure import closure
from bot.affected.contents import LARGEST, read_facts
from bot.affected.effect import Affected, affected
from bot.affected.facts import ANY, NOTHING, OBJECT, Facts, Role
from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.store import Store
from bot.affected.units import all_units
from bot.config.schema import Config
from bot.errors import TooBig
from bot.git.repository import Repository
from bot.model.unit import KustomizeRender

CM = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
BIG = CM + b"# a long comment, and nothing else\n" * (LARGEST // 35 + 1)
KUSTOMIZATION = b"resources: [../lib/a.yaml]\n" + b"# a long comment, and nothing else\n" * (LARGEST // 35 + 1)
FLUX = f"""\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: x, namespace: flux-system}}
spec:
  path: ./apps/x
  sourceRef: {{kind: GitRepository, name: flux-system}}
  postBuild: {{substituteFrom: [{{kind: ConfigMap, name: anything}}]}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{url: "{HERE}"}}
"""
Files = dict[str, bytes | str]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("contents") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


def tree(files: Files) -> Tree:
    found: Tree = {}
    for path, data in files.items():
        put(found, path, data)
    return found


def compare(repository: Repository, before: Files, after: Files) -> Affected:
    base, head = store(Path(repository.directory), [tree(before), tree(after)])
    index = Index(Store(None), repository, Config(), "", Home([HERE]))
    return affected(*index.pair(base, head), index.rules, everything=False)


def keys(found: Affected) -> set[str]:
    return {pair.unit.key for pair in found.pairs}


@pytest.mark.parametrize(
    ("role", "data", "expected"),
    [
        (Role.MANIFEST, BIG, Facts(manifest=True, names=(ANY,), unread=True)),
        (Role.MANIFEST, BIG + b"# fluxcd.io", Facts(manifest=True, names=(ANY,), delivers=True, unread=True)),
        (Role.MANIFEST, BIG.decode().encode("utf-16"), Facts(manifest=True, names=(ANY,), unread=True)),
        (Role.MANIFEST, BIG.replace(b"kind", b'"\\x6bind"', 1), Facts(manifest=True, names=(ANY,), unread=True)),
        (Role.MANIFEST, BIG.replace(b"kind", b"kin_"), NOTHING),
        (Role.KUSTOMIZATION, KUSTOMIZATION, Facts(names=(ANY,), unread=True)),
        (Role.CHART, KUSTOMIZATION, Facts(unread=True)),
    ],
)
def test_over_the_limit(role: Role, data: bytes, expected: Facts) -> None:
    assert read_facts(role, data, "x.yaml") == expected
    assert Facts.load(expected.dump()) == expected


@pytest.mark.parametrize("role", [Role.MANIFEST, Role.KUSTOMIZATION, Role.CHART])
@pytest.mark.parametrize(
    "line", [b"- name: n\n", b"kind apiVersion   ", b'{"kind": "x", "apiVersion": "v1"}, ', b'- "\\\\"\n']
)
def test_fifty_megabytes_cost_no_seconds(role: Role, line: bytes) -> None:
    data = CM + line * (50 * 1024 * 1024 // len(line))
    started = time.process_time()
    assert read_facts(role, data, "x.yaml").unread
    assert time.process_time() - started < 0.5


def test_more_names_than_anyone_looks_up_are_any() -> None:
    many = CM + b"".join(b"  name: n%d\n" % n for n in range(50_001))
    assert read_facts(Role.MANIFEST, many, "x.yaml") == Facts(manifest=True, names=(ANY,))


def test_what_an_object_refers_to_is_not_in_its_file() -> None:
    """Else every Flux object that takes values from the settings of its cluster would be read for each of the others."""
    names = read_facts(Role.MANIFEST, FLUX.encode(), "x.yaml").names
    assert ("Kustomization", "x") in names
    assert ("ConfigMap", "anything") not in names
    held = FLUX + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: anything}\n"
    assert ("ConfigMap", "anything") in read_facts(Role.MANIFEST, held.encode(), "x.yaml").names
    garbled = held + "---\n: ]\n"
    assert ("ConfigMap", "anything") in read_facts(Role.MANIFEST, garbled.encode(), "x.yaml").names


def test_whatever_changes_reaches_a_kustomization_that_is_not_read(repository: Repository) -> None:
    before: Files = {"apps/x/kustomization.yaml": KUSTOMIZATION, "lib/a.yaml": CM, "deploy/b.yaml": CM, "c.txt": "1"}
    for path in ("lib/a.yaml", "c.txt"):
        assert "apps/x" in keys(compare(repository, before, {**before, path: "# other\n" + str(before[path])}))
    found = compare(repository, before, {**before, "deploy/b.yaml": CM + b"# more\n"})
    assert keys(found) == {"apps/x", "deploy/*"}  # it claims nothing: what others deploy stays a unit
    with pytest.raises(TooBig, match=r"apps/x/kustomization\.yaml is over 16 MiB"):
        view = Index(Store(None), repository, Config(), "", Home([HERE])).at(
            store(Path(repository.directory), [tree(before)])[0]
        )
        closure(view, KustomizeRender("apps/x"))


def test_a_plugin_configuration_that_is_not_read_may_name_anything(repository: Repository) -> None:
    before: Files = {"apps/x/kustomization.yaml": "generators: [g.yaml]\n", "apps/x/g.yaml": BIG, "apps/x/in.txt": "1"}
    assert keys(compare(repository, before, {**before, "apps/x/in.txt": "2"})) == {"apps/x"}


def test_a_file_that_is_not_read_may_hold_any_object(repository: Repository) -> None:
    before: Files = {"clusters/x.yaml": FLUX, "apps/x/a.yaml": CM, "config/big.yaml": BIG}
    found = compare(repository, before, {**before, "config/big.yaml": BIG + b"# more\n"})
    assert keys(found) == {"clusters/x.yaml#Kustomization/flux-system/x", "config/*"}
    found = compare(repository, {**before, "config/big.yaml": CM}, before)
    assert keys(found) == {"clusters/x.yaml#Kustomization/flux-system/x", "config/*"}


def test_an_index_knows_what_is_not_read(repository: Repository) -> None:
    """Moved there and read from scratch say the same."""
    small: Files = {
        "clusters/x.yaml": FLUX,
        "apps/x/kustomization.yaml": "resources: [a.yaml]\n",
        "apps/x/a.yaml": CM,
        "b.yaml": CM,
    }
    large: Files = {**small, "apps/x/kustomization.yaml": KUSTOMIZATION, "b.yaml": BIG}
    ids = store(Path(repository.directory), [tree(small), tree(large)])
    moved = Index(Store(None), repository, Config(), "", Home([HERE]))
    for at in (0, 1, 0, 1):
        fresh = Index(Store(None), repository, Config(), "", Home([HERE])).at(ids[at])
        view = moved.at(ids[at])
        assert all_units(view, moved.rules, everything=True) == all_units(fresh, moved.rules, everything=True)
        assert set(view.onto_object(*ANY)) == set(fresh.onto_object(*ANY)) != set()
        assert set(view.onto("b.yaml")) == set(fresh.onto("b.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  name: hunter2\n  username: hunter2\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringdata: {name: hunter2, username: hunter2}\n",
        '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"name": "hunter2"}}',
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: db}, name: hunter2}\n",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  username: hunter2\n  b: [\n",
    ],
)
def test_what_a_secret_holds_is_not_kept(text: str) -> None:
    facts = read_facts(Role.MANIFEST, text.encode(), "db.yaml")
    assert ("Secret", "db") in facts.names
    assert (OBJECT, "db") in facts.names
    assert "hunter2" not in facts.dump()


def test_a_definition_that_speaks_of_secrets_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Definitions are long, and hold apiVersion and ``kind: Secret`` in their schemas and descriptions."""
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: webs.example.com\nspec:\n"
        "  description: |\n    kind: Secret\n  properties:\n    apiVersion: {type: string}\n"
    )
    secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\nstringData:\n  name: hunter2\n"
    monkeypatch.setattr("bot.documents.load_all", lambda *_, **__: pytest.fail("parsed"))
    facts = read_facts(Role.MANIFEST, f"{definition}---\n{secret}---\n{definition}".encode(), "a.yaml")
    assert {name for kind, name in facts.names if kind == OBJECT} == {"webs.example.com", "web"}
