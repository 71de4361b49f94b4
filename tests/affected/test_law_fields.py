"""Every field of kustomize that reads a file, and every trap around it: the change is seen, the closure builds the same.

Each row is a repository that builds, and a change after which the unit builds otherwise (or not at all): checked with
the real program, so that no row can prove nothing.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench import Bench, check_closures, check_nothing_is_missed
from repositories import Tree, config_map, put, store

from bot.git.repository import Repository
from bot.model.snapshot import SYMLINK

CM = json.dumps(config_map("own"))
CM2 = json.dumps(config_map("own", "2"))
OTHER = json.dumps(config_map("other"))
LINK = "link:"
Files = dict[str, str | None]
A = '{"resources": ["a.yaml"]}'
OWN = '{"resources": ["own.yaml"]}'


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    path = tmp_path_factory.mktemp("fields")
    subprocess.run(["git", "init", "-q", "--bare", str(path / "r.git")], check=True)
    with Repository(path / "r.git") as opened:
        yield Bench(opened, path)


def tree(files: Files, base: Tree | None = None) -> Tree:
    found = dict(base or {})
    for path, text in files.items():
        if text is None:
            del found[path]
        elif text.startswith(LINK):
            put(found, path, text.removeprefix(LINK), SYMLINK)
        else:
            put(found, path, text)
    return found


def app(**fields: Any) -> Files:
    return {"app/own.yaml": CM, "app/kustomization.yaml": json.dumps({"resources": ["own.yaml"], **fields})}


def below(folder: str, content: str = CM, name: str = "kustomization.yaml") -> Files:
    return {f"{folder}/{name}": A, f"{folder}/a.yaml": content}


def builtin(kind: str, **fields: Any) -> str:
    return json.dumps({"apiVersion": "builtin", "kind": kind, "metadata": {"name": "n"}, **fields})


JSON = json.dumps([{"op": "replace", "path": "/data/key", "value": "j"}])
JSON2 = JSON.replace('"j"', '"k"')
TARGET = {"version": "v1", "kind": "ConfigMap", "name": "own"}
REPLACE = json.dumps(
    {
        "source": {"kind": "ConfigMap", "name": "own", "fieldPath": "metadata.name"},
        "targets": [{"select": {"kind": "ConfigMap", "name": "own"}, "fieldPaths": ["data.key"]}],
    }
)
CRD = json.dumps(
    {
        "example.Thing": {
            "Schema": {
                "properties": {
                    "kind": {}, "apiVersion": {}, "metadata": {},
                    "ref": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "ConfigMap"},
                }
            }
        }
    }
)  # fmt: skip
THING = json.dumps({"apiVersion": "example/v1", "kind": "Thing", "metadata": {"name": "t"}, "ref": {"name": "own"}})
SCHEMA = json.dumps({"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {}, "definitions": {}})
PLUGIN = builtin("ConfigMapGenerator", name="g", files=["in.txt"])
PATCHER = builtin("PatchTransformer", path="p.yaml", target={"kind": "ConfigMap"})

Row = tuple[Files, Files]
ROWS: dict[str, Row] = {
    "resources: a file": (app(), {"app/own.yaml": CM2}),
    "resources: a file that goes": (app(), {"app/own.yaml": None}),
    "resources: a file in place of which comes a directory": (
        app(),
        {"app/own.yaml": None, "app/own.yaml/kustomization.yaml": A, "app/own.yaml/a.yaml": CM2},
    ),
    "resources: a missing file that comes": (
        app(resources=["own.yaml", "late.yaml"]),
        {"app/late.yaml": OTHER},
    ),
    "resources: a directory": (
        app(resources=["../base"]) | below("base", CM, "kustomization.yml"),
        {"base/a.yaml": CM2},
    ),
    "resources: a directory that gets a second kustomization": (
        app(resources=["../base"]) | below("base", CM, "kustomization.yml"),
        {"base/Kustomization": "{}"},
    ),
    "resources: a directory without kustomization that gets one": (
        app(resources=["own.yaml", "sub"]) | {"app/sub/a.yaml": OTHER},
        {"app/sub/Kustomization": A},
    ),
    "resources: a directory of no files that comes": (
        app(resources=["own.yaml", "sub"]),
        below("app/sub", OTHER),
    ),
    "resources: a name with a space, and non-ASCII ones": (
        app(resources=["sp ace/ü\u00e9.yaml"]) | {"app/sp ace/ü\u00e9.yaml": CM},
        {"app/sp ace/ü\u00e9.yaml": CM2},
    ),
    "resources: a name with a line end": (
        app(resources=["a\nb.yaml"]) | {"app/a\nb.yaml": CM},
        {"app/a\nb.yaml": CM2},
    ),
    "resources: a file whose name looks like an address": (
        app(resources=["me@v1/x/a.yaml"]) | {"app/me@v1/x/a.yaml": CM},
        {"app/me@v1/x/a.yaml": CM2},
    ),
    "resources: a directory whose name looks like an address": (
        app(resources=["me@v1/x"]) | below("app/me@v1/x"),
        {"app/me@v1/x/a.yaml": CM2},
    ),
    "resources: a path that goes through a directory and back": (
        app(resources=["nowhere/../own.yaml"]),
        {"app/own.yaml": CM2},
    ),
    "keys in another case, which kustomize accepts": (
        {
            "app/own.yaml": CM,
            "app/p.yaml": CM2,
            "app/kustomization.yaml": '{"Resources": ["own.yaml"], "PATCHES": [{"Path": "p.yaml"}]}',
        },
        {"app/p.yaml": CM},
    ),
    "a key twice, of which the last counts": (
        {"app/own.yaml": CM, "app/kustomization.yaml": "resources: [gone.yaml]\nresources: [own.yaml]\n"},
        {"app/own.yaml": CM2},
    ),
    "an anchor": (
        {"app/own.yaml": CM, "app/kustomization.yaml": "resources: &r [own.yaml]\nbases: []\n"},
        {"app/own.yaml": CM2},
    ),
    "a byte order mark and CRLF": (
        {"app/own.yaml": CM, "app/kustomization.yaml": "\ufeffresources:\r\n- own.yaml\r\n"},
        {"app/own.yaml": CM2},
    ),
    "names that other YAML readers take for numbers and dates": (
        app(resources=[])
        | {"app/kustomization.yaml": "resources: [2024-01-01, 1:30]\n", "app/2024-01-01": CM, "app/1:30": OTHER},
        {"app/2024-01-01": CM2},
    ),
    "bases": (
        below("base") | {"app/kustomization.yaml": '{"bases": ["../base"]}'},
        {"base/a.yaml": CM2},
    ),
    "components": (
        app(components=["../c"])
        | {
            "c/kustomization.yaml": '{"kind": "Component", "apiVersion": "kustomize.config.k8s.io/v1alpha1",'
            '"patches": [{"path": "p.yaml"}]}',
            "c/p.yaml": CM2,
        },
        {"c/p.yaml": CM},
    ),
    "patches: path": (app(patches=[{"path": "p.yaml"}]) | {"app/p.yaml": CM2}, {"app/p.yaml": CM}),
    "patchesStrategicMerge: path": (app(patchesStrategicMerge=["p.yaml"]) | {"app/p.yaml": CM2}, {"app/p.yaml": CM}),
    "patchesStrategicMerge: beside an inline one with ../ in it": (
        app(patchesStrategicMerge=[json.dumps(config_map("own", "../../../../out")), "p.yaml"]) | {"app/p.yaml": CM2},
        {"app/p.yaml": CM},
    ),
    "patchesJson6902: path": (
        app(patchesJson6902=[{"path": "p.json", "target": TARGET}]) | {"app/p.json": JSON},
        {"app/p.json": JSON2},
    ),
    "configMapGenerator: files": (
        app(configMapGenerator=[{"name": "g", "files": ["in.txt"]}]) | {"app/in.txt": "1"},
        {"app/in.txt": "2"},
    ),
    "configMapGenerator: files with a key": (
        app(configMapGenerator=[{"name": "g", "files": ["k.txt=in/a b.txt"]}]) | {"app/in/a b.txt": "1"},
        {"app/in/a b.txt": "2"},
    ),
    "configMapGenerator: envs": (
        app(configMapGenerator=[{"name": "g", "envs": [".env"]}]) | {"app/.env": "a=1"},
        {"app/.env": "a=2"},
    ),
    "configMapGenerator: env": (
        app(configMapGenerator=[{"name": "g", "env": "x.env"}]) | {"app/x.env": "a=1"},
        {"app/x.env": "a=2"},
    ),
    "secretGenerator: files": (
        app(secretGenerator=[{"name": "g", "files": ["in.txt"]}]) | {"app/in.txt": "1"},
        {"app/in.txt": "2"},
    ),
    "replacements: path": (
        app(replacements=[{"path": "r.yaml"}]) | {"app/r.yaml": REPLACE},
        {"app/r.yaml": REPLACE.replace("metadata.name", "kind")},
    ),
    "crds": (
        app(resources=["own.yaml", "t.yaml"], crds=["crd.json"], namePrefix="p-")
        | {"app/crd.json": CRD, "app/t.yaml": THING},
        {"app/crd.json": CRD.replace('"ref"', '"other"')},
    ),
    "configurations": (
        app(configurations=["c.yaml"], namePrefix="p-") | {"app/c.yaml": '{"namePrefix": [{"path": "data/key"}]}'},
        {"app/c.yaml": '{"namePrefix": [{"path": "metadata/name"}]}'},
    ),
    "openapi: path": (app(openapi={"path": "s.json"}) | {"app/s.json": SCHEMA}, {"app/s.json": None}),
    "generators: a file": (app(generators=["g.yaml"]) | {"app/g.yaml": PLUGIN, "app/in.txt": "1"}, {"app/in.txt": "2"}),
    "generators: a file without an ending": (
        app(generators=["g"]) | {"app/g": PLUGIN, "app/in.txt": "1"},
        {"app/in.txt": "2"},
    ),
    "generators: inline on one line": (app(generators=[PLUGIN]) | {"app/in.txt": "1"}, {"app/in.txt": "2"}),
    "generators: inline on several lines": (
        app(
            generators=[
                "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata:\n  name: n\nname: g\nenvs:\n- my in.txt\n"
            ]
        )
        | {"app/my in.txt": "a=1"},
        {"app/my in.txt": "a=2"},
    ),
    "generators: a directory": (
        app(generators=["gen"])
        | {"app/gen/kustomization.yaml": '{"resources": ["g.yaml"]}', "app/gen/g.yaml": PLUGIN, "app/in.txt": "1"},
        {"app/in.txt": "2"},
    ),
    "generators: a directory whose configuration comes late": (
        app(generators=["gen"]) | {"app/gen/kustomization.yaml": '{"resources": ["g.yaml"]}', "app/in.txt": "1"},
        {"app/gen/g.yaml": PLUGIN},
    ),
    "generators: a directory whose configuration is patched": (
        app(generators=["gen"])
        | {
            "app/gen/kustomization.yaml": json.dumps({"resources": ["g.yaml"], "patches": [{"path": "p.yaml"}]}),
            "app/gen/p.yaml": builtin("ConfigMapGenerator", files=["o t.txt"]),
            "app/gen/g.yaml": PLUGIN,
            "app/in.txt": "1",
            "app/o t.txt": "1",
        },
        {"app/o t.txt": "2"},
    ),
    "generators: a directory that puts the path together": (
        app(generators=["gen"])
        | {
            "app/gen/kustomization.yaml": json.dumps(
                {
                    "resources": ["g.yaml"],
                    "replacements": [
                        {
                            "source": {"kind": "ConfigMapGenerator", "fieldPath": "name"},
                            "targets": [
                                {
                                    "select": {"kind": "ConfigMapGenerator"},
                                    "fieldPaths": ["files.0"],
                                    "options": {"delimiter": "/", "index": 1},
                                }
                            ],
                        }
                    ],
                }
            ),
            "app/gen/g.yaml": builtin("ConfigMapGenerator", name="there", files=["in/x"]),
            "app/in/there": "1",
        },
        {"app/in/there": "2"},
    ),
    "transformers: a file with a path": (
        app(transformers=["t.yaml"]) | {"app/t.yaml": PATCHER, "app/p.yaml": CM2},
        {"app/p.yaml": CM},
    ),
    "transformers: replacements with a path": (
        app(transformers=["t.yaml"])
        | {"app/t.yaml": builtin("ReplacementTransformer", replacements=[{"path": "r.yaml"}]), "app/r.yaml": REPLACE},
        {"app/r.yaml": REPLACE.replace("metadata.name", "kind")},
    ),
    "transformers: paths of patches": (
        app(transformers=["t.yaml"])
        | {"app/t.yaml": builtin("PatchStrategicMergeTransformer", paths=["p.yaml"]), "app/p.yaml": CM2},
        {"app/p.yaml": CM},
    ),
    "transformers: a JSON patch by path": (
        app(transformers=["t.yaml"])
        | {"app/t.yaml": builtin("PatchJson6902Transformer", path="j.json", target=TARGET), "app/j.json": JSON},
        {"app/j.json": JSON2},
    ),
    "transformers: where a value is added": (
        app(transformers=["t.yaml"])
        | {
            "app/t.yaml": builtin("ValueAddTransformer", value="v", targetFilePath="f.yaml"),
            "app/f.yaml": '{"targets": [{"fieldPath": "data/a"}]}',
        },
        {"app/f.yaml": '{"targets": [{"fieldPath": "data/b"}]}'},
    ),
    "validators": (
        app(validators=["v.yaml"])
        | {"app/v.yaml": builtin("PatchTransformer", path="p.yaml", target={"kind": "None"}), "app/p.yaml": CM},
        {"app/p.yaml": "no patch"},
    ),
    "a kustomization file that is a symlink to a file of another name": (
        app() | {"app/kustomization.yaml": LINK + "real.txt", "app/real.txt": OWN},
        {"app/own.yaml": CM2},
    ),
    "a kustomization file that is a symlink, and changes": (
        app() | {"app/kustomization.yaml": LINK + "real.yaml", "app/real.yaml": OWN},
        {"app/real.yaml": '{"resources": ["own.yaml"], "namePrefix": "p-"}'},
    ),
    "a kustomization file that is a symlink to nothing, until it comes": (
        {"app/own.yaml": CM, "app/kustomization.yaml": LINK + "later/k"},
        {"app/later/k": OWN},
    ),
    "a kustomization file that leads nowhere beside one that counts": (
        app() | {"app/Kustomization": LINK + "nowhere"},
        {"app/own.yaml": CM2},
    ),
    "a kustomization file that leads out beside one that counts": (
        app() | {"app/Kustomization": LINK + "../../../../../nowhere"},
        {"app/own.yaml": CM2},
    ),
    "a kustomization file that is a directory beside one that counts": (
        {"app/own.yaml": CM, "app/kustomization.yml": OWN, "app/kustomization.yaml/x": "x"},
        {"app/own.yaml": CM2},
    ),
    "a symlink to a file": (app() | {"app/own.yaml": LINK + "real/x", "app/real/x": CM}, {"app/real/x": CM2}),
    "a symlink to a symlink": (app() | {"app/own.yaml": LINK + "b", "app/b": LINK + "c", "app/c": CM}, {"app/c": CM2}),
    "a symlink that turns elsewhere": (
        app() | {"app/own.yaml": LINK + "one", "app/one": CM, "app/two": CM2},
        {"app/own.yaml": LINK + "two"},
    ),
    "a symlink to a directory": (
        app(resources=["../link"]) | {"link": LINK + "base"} | below("base"),
        {"base/a.yaml": CM2},
    ),
    "a symlink to a directory that turns elsewhere": (
        app(resources=["../link"]) | {"link": LINK + "base"} | below("base") | below("new", CM2),
        {"link": LINK + "new"},
    ),
    "a symlink to a directory, of which only a part is named": (
        app(resources=["link/sub/a.yaml"])
        | {"app/link": LINK + "x/y", "app/x/y/sub": LINK + "../z", "app/x/z/a.yaml": CM},
        {"app/x/z/a.yaml": CM2},
    ),
    "a symlink on the way that becomes a directory": (
        app(resources=["link/a.yaml"]) | {"app/link": LINK + "x", "app/x/a.yaml": CM},
        {"app/link": None, "app/link/a.yaml": CM2},
    ),
    "a file that becomes a symlink out of the root": (
        app() | {"else/a.yaml": CM},
        {"app/own.yaml": LINK + "../else/a.yaml"},
    ),
    "a file that becomes a symlink to itself": (app(), {"app/own.yaml": LINK + "own.yaml"}),
    "a base that becomes a symlink to what uses it": (
        app(resources=["own.yaml", "../base"]) | below("base", OTHER),
        {"base/kustomization.yaml": None, "base/a.yaml": None, "base": LINK + "app"},
    ),
    "a base that begins to use what uses it": (
        app(resources=["own.yaml", "../base"]) | below("base", OTHER),
        {"base/kustomization.yaml": '{"resources": ["a.yaml", "../app"]}'},
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_change_is_seen(bench: Bench, name: str) -> None:
    files, change = ROWS[name]
    base = tree(files)
    head = tree(change, base)
    ids = store(Path(bench.repository.directory), [base, head])
    sides = list(zip(ids, (base, head), strict=True))
    built = [bench.believe(side, tree_id).get("app") for tree_id, side in sides]
    assert built[0] != built[1], "the row proves nothing"
    for one, other in (sides, sides[::-1]):
        check_nothing_is_missed(bench, one, other)
    for tree_id, side in sides:
        check_closures(bench, tree_id, side)
