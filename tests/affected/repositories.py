"""Generated repositories, and histories of small changes to them: what the laws of closure and index are tried on.

A tree is a dict from path to (mode, content). What is generated is meant to build most of the time, and to use every
field of kustomize that reads a file; changes then break, mend, move and link what is there.
"""

from __future__ import annotations

import json
import os
import posixpath
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bot.model.snapshot import EXECUTABLE, FILE, SYMLINK

File = tuple[int, bytes]
Tree = dict[str, File]
Draw = Callable[[st.SearchStrategy[Any]], Any]

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
HERE = "https://git.example/org/repo"
_DIRECTORIES = (
    "shared", "apps/web/base", "apps/web/overlays/dev", "apps/web/overlays/prod", "components/tls", "clusters/prod",
    "sp ace/ünï", "infra", "",
)  # fmt: skip
_API = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


# -- trees as git has them


def put(tree: Tree, path: str, data: bytes | str, mode: int = FILE) -> None:
    """Write a path, as a file system would: what is in its way goes."""
    for other in list(tree):
        if other.startswith(path + "/") or path.startswith(other + "/"):
            del tree[other]
    tree[path] = (mode, data.encode(errors="surrogateescape") if isinstance(data, str) else data)


def tree(files: Mapping[str, str]) -> Tree:
    """The tree of some texts; one that begins with ``link:`` is a symlink to what follows."""
    found: Tree = {}
    for path, text in files.items():
        put(found, path, text.removeprefix("link:"), SYMLINK if text.startswith("link:") else FILE)
    return found


def store(repository: Path, trees: Iterable[Tree]) -> list[str]:
    """Write trees into a bare git repository, all by one process; returns their ids."""
    lines: list[bytes] = []
    for number, tree in enumerate(trees, start=1):
        lines.append(
            b"commit refs/heads/t%d\nmark :%d\ncommitter a <a@b> 0 +0000\ndata 0\ndeleteall\n" % (number, number)
        )
        for path, (mode, data) in tree.items():
            lines.append(b"M %o inline %s\ndata %d\n%s\n" % (mode, _quoted(path), len(data), data))
    lines.append(b"done\n")
    run = ["git", "-C", str(repository)]
    subprocess.run(
        [*run, "fast-import", "--done", "--quiet", "--force", "--date-format=raw"], input=b"".join(lines), check=True
    )
    asked = b"".join(b"refs/heads/t%d^{tree}\n" % n for n in range(1, sum(x.startswith(b"commit ") for x in lines) + 1))
    found = subprocess.run([*run, "cat-file", "--batch-check"], input=asked, check=True, capture_output=True).stdout
    return [line.split()[0].decode() for line in found.splitlines()]


def _quoted(path: str) -> bytes:
    raw = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + raw + b'"'


def check_out(tree: Tree, folder: Path) -> None:
    """Write a tree as ``git checkout`` does."""
    for path, (mode, data) in tree.items():
        target = os.path.join(os.fsencode(folder), os.fsencode(path))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if mode == SYMLINK:
            os.symlink(data, target)
        else:
            with open(target, "wb") as file:
                file.write(data)


# -- repositories


def config_map(name: str, value: str = "1") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": value}}


class Builder:
    """Draws one repository."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.tree: Tree = {}
        self.made: list[str] = []  # directories with a kustomization that is no Component
        self.components: list[str] = []
        self.wanted: list[str] = []  # paths that something refers to, there or not
        self.count = 0

    def chance(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def one(self, items: Any) -> Any:
        return self.draw(st.sampled_from(items))

    def number(self) -> int:
        self.count += 1
        return self.count

    def build(self) -> Tree:
        chosen = [d for d in _DIRECTORIES if self.chance(55)] or ["apps/web/base"]
        for directory in chosen:
            if directory.startswith("components"):
                self.kustomization(directory, component=True)
            elif self.chance(85):
                self.kustomization(directory)
            else:
                self.file(directory, f"plain{self.number()}.yaml", json.dumps(config_map(f"plain-{self.count}")))
        if self.chance(40):
            self.declarations()
        if self.chance(20):
            self.chart("charts/web")
        for _ in range(self.draw(st.integers(0, 2))):
            self.linked()
        return self.tree

    def file(self, directory: str, name: str, text: str, percent: int = 94) -> str:
        """A file that something refers to; now and then it is forgotten."""
        path = posixpath.normpath(posixpath.join(directory, name)).lstrip("/")
        self.wanted.append(path)
        if not path.startswith("..") and self.chance(percent):
            put(self.tree, path, text)
        return name

    def kustomization(self, directory: str, *, component: bool = False) -> None:
        value: dict[str, Any] = {"resources": []}
        own = f"own{self.number()}"
        value["resources"].append(self.file(directory, f"{own}.yaml", json.dumps(config_map(own))))
        for _ in range(self.draw(st.integers(0, 3))):
            self.one(FEATURES)(self, directory, own, value)
        self.users(directory, value)
        if component:
            value |= {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
            self.components.append(directory)
        else:
            self.made.append(directory)
        if self.chance(10):
            value = {key.title() if self.chance(50) else key.upper(): item for key, item in value.items()}
        name = NAMES[0] if self.chance(80) else self.one(NAMES)
        put(self.tree, posixpath.join(directory, name), json.dumps(value, ensure_ascii=self.chance(50)))

    def users(self, directory: str, value: dict[str, Any]) -> None:
        """Refer to kustomizations that are there, rarely to one that is not or to itself."""
        for other in self.made:
            if self.chance(30) and (other not in (directory, "") or self.chance(5)):
                field = "resources" if self.chance(80) else "bases"
                value.setdefault(field, []).append(self.relative(other, directory))
        for other in self.components:
            if self.chance(40):
                value.setdefault("components", []).append(self.relative(other, directory))
        if self.chance(8):
            value["resources"].append(self.relative(self.one(_DIRECTORIES), directory))

    def relative(self, path: str, directory: str) -> str:
        found = posixpath.relpath("/" + path, "/" + directory)
        return found + "/" if self.chance(15) else found

    def declarations(self) -> None:
        """Argo CD and Flux objects on some of the directories, with or without kustomization."""
        objects = []
        for number, directory in enumerate([d for d in (*_DIRECTORIES, "nowhere") if self.chance(25)]):
            objects.append(self.one(DECLARED)(f"d{number}", directory))
        text = "\n---\n".join(json.dumps(o) for o in objects)
        homes = ("clusters", "argocd", "clusters/prod", "charts/web/deploy", "charts/web/files")
        self.file(self.one(homes), "declared.yaml", text)

    def chart(self, directory: str) -> None:
        chart: dict[str, Any] = {"apiVersion": "v2", "name": "web", "version": "1.0.0"}
        template = (
            'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {v: "{{ .Values.v }}"}\n'
        )
        if self.chance(40):
            chart["dependencies"] = [{"name": "lib", "version": "1.0.0", "repository": "file://../lib"}]
            put(self.tree, "charts/lib/Chart.yaml", json.dumps({"apiVersion": "v2", "name": "lib", "version": "1.0.0"}))
            put(self.tree, "charts/lib/values.yaml", "v: lib\n")
            put(self.tree, "charts/lib/templates/a.yaml", template.replace("Release.Name", "Chart.Name"))
        put(self.tree, f"{directory}/Chart.yaml", json.dumps(chart))
        if self.chance(50):  # around it, where only one chart can be meant
            put(
                self.tree,
                self.one(("environments/dev/values.yaml", "values-prod.yaml", "values/qa/web.yaml")),
                "v: x\n",
            )
        put(self.tree, f"{directory}/values.yaml", "v: 0\n")
        put(self.tree, f"{directory}/templates/a.yaml", template)
        for environment in ("dev", "prod"):
            if self.chance(60):
                put(self.tree, f"{directory}/values-{environment}.yaml", f"v: {environment}\n")

    def linked(self) -> None:
        """Put a symlink in place of a file or directory, and what it held somewhere else."""
        moved = self.one(sorted(self.tree))
        if self.chance(30) and "/" in moved:
            moved = posixpath.dirname(moved)
        link(self.draw, self.tree, moved)


def link(draw: Draw, tree: Tree, path: str) -> None:
    """Move a file or directory and leave a symlink behind."""
    home = draw(st.sampled_from(("shared/real", posixpath.dirname(path), posixpath.dirname(path) + "/real", "x/y")))
    names = ("r1", "caf\udce9.txt", "r 2", "k.yaml", "kustomization.yaml")
    target = posixpath.normpath(posixpath.join(home, draw(st.sampled_from(names)))).lstrip("/")
    if target == path or target.startswith(path + "/") or path.startswith(target + "/"):
        return
    held = {p: f for p, f in tree.items() if p == path or p.startswith(path + "/")}
    for old in held:
        del tree[old]
    for old, (mode, data) in held.items():
        put(tree, target + old[len(path) :], data, mode)
    put(tree, path, posixpath.relpath("/" + target, "/" + posixpath.dirname(path)), SYMLINK)


# -- the fields of a kustomization; each takes (builder, directory, name of an object in it, value)

Feature = Callable[[Builder, str, str, dict[str, Any]], None]


def _more(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    name = b.one(("deploy.yaml", "sub/a b.yaml", "ü.json", "$x.yml", "app@v1/x.yaml", "a,b'c.yaml"))
    v["resources"].append(b.file(d, name, json.dumps(config_map(f"more{b.number()}"))))


def _directory(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    name = f"dir{b.number()}"
    b.file(f"{d}/{name}", "a.yaml", json.dumps(config_map(name)))
    b.file(f"{d}/{name}", b.one(NAMES), json.dumps({"resources": ["a.yaml"]}), 80)
    v["resources"].append(name)


def _patch(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    text = json.dumps(config_map(own, f"patched{b.number()}"))
    entry: Any = {"patch": text} if b.chance(30) else {"path": b.file(d, f"patch{b.count}.yaml", text)}
    v.setdefault("patches", []).append(entry)


def _merge(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    text = json.dumps(config_map(own, f"merged{b.number()}"))
    v.setdefault("patchesStrategicMerge", []).append(text if b.chance(30) else b.file(d, f"sm {b.count}.yaml", text))


def _json(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    text = json.dumps([{"op": "replace", "path": "/data/key", "value": f"json{b.number()}"}])
    target = {"version": "v1", "kind": "ConfigMap", "name": own}
    v.setdefault("patchesJson6902", []).append({"path": b.file(d, f"j{b.count}.json", text), "target": target})


def _generated(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    field = b.one(("configMapGenerator", "secretGenerator"))
    name = b.file(d, b.one((f"data{b.number()}.txt", f"conf/app{b.count}.ini", "../../up.txt")), f"a={b.count}\n")
    sources = [{"files": [name]}, {"files": [f"the.key={name}"]}, {"envs": [name]}, {"env": name}]
    v.setdefault(field, []).append({"name": f"gen{b.count}", **b.one(sources)})


def _replaced(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    rule = {
        "source": {"kind": "ConfigMap", "name": own, "fieldPath": "metadata.name"},
        "targets": [{"select": {"kind": "ConfigMap", "name": own}, "fieldPaths": ["data.key"]}],
    }
    v["replacements"] = [{"path": b.file(d, f"rep{b.number()}.yaml", json.dumps(rule))}]


def _crds(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    schema = {
        "properties": {"kind": {"type": "string"}, "apiVersion": {"type": "string"}, "metadata": {"type": "object"}}
    }
    text = json.dumps({"example.v1.Thing": {"Schema": schema, "Dependencies": []}})
    v["crds"] = [b.file(d, f"crd{b.number()}.json", text)]


def _configuration(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    text = json.dumps({"namePrefix": [{"path": b.one(("data/key", "metadata/name"))}]})
    v["configurations"] = [b.file(d, f"config{b.number()}.yaml", text)]
    v["namePrefix"] = "p-"


def _openapi(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    text = json.dumps({"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {}, "definitions": {}})
    v["openapi"] = {"path": b.file(d, f"schema{b.number()}.json", text)}


def _vars(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    v["vars"] = [{"name": f"V{b.number()}", "objref": {"apiVersion": "v1", "kind": "ConfigMap", "name": own}}]


def _plugin(b: Builder, d: str, own: str, v: dict[str, Any]) -> None:
    """A builtin plugin: its configuration in a file, inline on one line or several, or built by a kustomization."""
    field, value = b.one(PLUGINS)(b, d, own)
    text = json.dumps(
        {"apiVersion": "builtin", "metadata": {"name": f"n{b.number()}"}, **value}, indent=b.one((None, 1))
    )
    how = b.one(("file", "inline", "directory"))
    if how == "file":
        text = b.file(d, b.one((f"plug{b.count}.yaml", f"plug{b.count}")), text)
    elif how == "directory":
        name = f"plugins{b.count}"
        b.file(f"{d}/{name}", b.one(NAMES), json.dumps({"resources": ["one.yaml"]}))
        b.file(f"{d}/{name}", "one.yaml", text)
        text = name
    v.setdefault(field, []).append(text)


def _plugin_map(b: Builder, d: str, own: str) -> tuple[str, dict[str, Any]]:
    name = b.file(d, f"in put{b.number()}.txt", "x\n")
    source = b.one(({"files": [name]}, {"files": [f"k={name}"]}, {"envs": [name]}))
    return "generators", {"kind": b.one(("ConfigMapGenerator", "SecretGenerator")), "name": f"pm{b.count}", **source}


def _plugin_patch(b: Builder, d: str, own: str) -> tuple[str, dict[str, Any]]:
    path = b.file(d, f"pp{b.number()}.yaml", json.dumps(config_map(own, f"plugin{b.count}")))
    return "transformers", {"kind": "PatchTransformer", "path": path, "target": {"kind": "ConfigMap", "name": own}}


def _plugin_replacement(b: Builder, d: str, own: str) -> tuple[str, dict[str, Any]]:
    v: dict[str, Any] = {}
    _replaced(b, d, own, v)
    return "transformers", {"kind": "ReplacementTransformer", "replacements": v["replacements"]}


def _plugin_merge(b: Builder, d: str, own: str) -> tuple[str, dict[str, Any]]:
    path = b.file(d, f"ps{b.number()}.yaml", json.dumps(config_map(own, f"plugin{b.count}")))
    return "transformers", {"kind": "PatchStrategicMergeTransformer", "paths": [path]}


def _validator(b: Builder, d: str, own: str) -> tuple[str, dict[str, Any]]:
    path = b.file(d, f"va{b.number()}.yaml", json.dumps(config_map("none", "no")))
    return "validators", {"kind": "PatchTransformer", "path": path, "target": {"kind": "Nothing"}}


PLUGINS = (_plugin_map, _plugin_patch, _plugin_replacement, _plugin_merge, _validator)
FEATURES: tuple[Feature, ...] = (
    _more, _directory, _patch, _merge, _json, _generated, _replaced, _crds, _configuration, _openapi, _vars, _plugin,
    _plugin, _directory,
)  # fmt: skip


# -- objects that deliver


def _flux(name: str, path: str) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"path": f"./{path}", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "flux-system"}},
    }  # fmt: skip


def _flux_more(name: str, path: str) -> dict[str, Any]:
    value = _flux(name, path)
    value["spec"] |= {"targetNamespace": "there", "components": ["../tls", "missing"], "ignoreMissingComponents": True}
    return value


def _application(name: str, path: str) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"source": {"repoURL": HERE, "path": path, "targetRevision": "HEAD"}, "destination": {"namespace": name}},
    }  # fmt: skip


def _application_more(name: str, path: str) -> dict[str, Any]:
    value = _application(name, path)
    value["spec"]["source"] |= {"kustomize": {"namePrefix": "a-"}}
    return value


def _set(name: str, path: str) -> dict[str, Any]:
    source = {"repoURL": HERE, "path": "{{path}}", "targetRevision": "HEAD"}
    directories = [{"path": f"{path}/*" if path else "*"}, {"path": "components/*", "exclude": True}]
    return {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "generators": [{"git": {"repoURL": HERE, "revision": "HEAD", "directories": directories}}],
            "template": {
                "metadata": {"name": f"{name}-{{{{path.basename}}}}"},
                "spec": {"source": source, "destination": {"namespace": "x"}, "project": "default"},
            },
        },
    }  # fmt: skip


DECLARED = (_flux, _flux_more, _application, _application_more, _set)


# -- changes


def change(draw: Draw, tree: Tree, wanted: list[str]) -> Tree:
    """The tree after one small change (a few of them touch several paths)."""
    new = dict(tree)
    draw(st.sampled_from(CHANGES))(draw, new, wanted)
    return new


def _some(draw: Draw, tree: Tree, wanted: list[str]) -> str:
    return str(draw(st.sampled_from(sorted(tree)))) if tree else "only.yaml"


def _edit(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    path = _some(draw, tree, wanted)
    mode, data = tree.get(path, (FILE, b""))
    if mode == SYMLINK:
        return
    words = [b'"1"', b"patched", b"merged", b"json", b"a=", b"plugin", b"x\n", b"v: "]
    word = next((w for w in words if w in data), None)
    put(tree, path, data.replace(word, word[:1] + b"7" + word[1:]) if word else data + b"\n")


def _break(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    path = _some(draw, tree, wanted)
    put(tree, path, tree.get(path, (FILE, b""))[1][:-3] + draw(st.sampled_from((b"}: [", b"", b"\xff\xfe\x00"))))


def _delete(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    tree.pop(_some(draw, tree, wanted), None)


def _delete_directory(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    above = posixpath.dirname(_some(draw, tree, wanted))
    for path in [p for p in tree if above and p.startswith(above + "/")]:
        del tree[path]


def _appear(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    """What somebody looked for in vain comes, or a kustomization where there was none."""
    missing = sorted({p for p in wanted if p not in tree and not p.startswith("..")})
    folders = sorted({posixpath.dirname(p) for p in tree})
    other = [
        posixpath.join(folder, name) for folder in folders for name in NAMES if posixpath.join(folder, name) not in tree
    ]
    path = draw(st.sampled_from(missing if missing and draw(st.booleans()) else other or ["new.yaml"]))
    text = json.dumps({"resources": []} if path.endswith(NAMES) else config_map("appeared"))
    put(tree, path, text)


def _chart_appears(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    folder = posixpath.dirname(_some(draw, tree, wanted))
    put(tree, posixpath.join(folder, "Chart.yaml"), json.dumps({"apiVersion": "v2", "name": "c", "version": "1.0.0"}))


def _rename(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    path = _some(draw, tree, wanted)
    held = tree.pop(path, (FILE, b"{}"))
    name = draw(st.sampled_from(("moved.yaml", "kustomization.yml", "Kustomization", "a.yaml", "sub/x.yaml")))
    put(tree, posixpath.join(posixpath.dirname(path), name), held[1], held[0])


def _mode(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    path = _some(draw, tree, wanted)
    mode, data = tree.get(path, (FILE, b""))
    if mode != SYMLINK:
        put(tree, path, data, EXECUTABLE if mode == FILE else FILE)


def _link_file(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    path = _some(draw, tree, wanted)
    link(draw, tree, path)


def _link_directory(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    above = posixpath.dirname(_some(draw, tree, wanted))
    if above:
        link(draw, tree, above)


def _link_anywhere(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    """A symlink to another unit, to nothing, to itself, in a ring, or out of the tree; in place of a file or a new one."""
    path = _some(draw, tree, wanted)
    folder = posixpath.dirname(path)
    if draw(st.booleans()):
        path = posixpath.join(folder, draw(st.sampled_from(("new", "kustomization.yaml", "sub"))))
    there = (*sorted(tree), *sorted({posixpath.dirname(p) for p in tree}))
    other = draw(st.sampled_from(there or ("",)))  # a change may have deleted everything
    near = posixpath.relpath("/" + other, "/" + posixpath.dirname(path))
    texts = (near, near, near, "nothing", ".", "..", posixpath.basename(path) or "x", "../" * 9 + "nowhere")
    put(tree, path, draw(st.sampled_from(texts)), SYMLINK)


def _retarget(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    links = sorted(p for p, (mode, _) in tree.items() if mode == SYMLINK)
    if not links:
        return _link_anywhere(draw, tree, wanted)
    path = draw(st.sampled_from(links))
    other = draw(st.sampled_from(sorted(tree)))
    put(tree, path, posixpath.relpath("/" + other, "/" + posixpath.dirname(path)), SYMLINK)
    return None


def _refer(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    """A kustomization gains a reference to something that lies about."""
    files = sorted(p for p in tree if posixpath.basename(p) in NAMES)
    if not files:
        return
    path = draw(st.sampled_from(files))
    try:
        value = json.loads(tree[path][1])
    except ValueError:
        return
    if not isinstance(value, dict):
        return
    folders = sorted({posixpath.dirname(p) for p in tree})
    other = draw(st.sampled_from((*sorted(tree), *folders)))
    field = draw(st.sampled_from(("resources", "components", "generators", "configurations", "patchesStrategicMerge")))
    held = value.get(field)
    value[field] = [
        *(held if isinstance(held, list) else []),
        posixpath.relpath("/" + other, "/" + posixpath.dirname(path)),
    ]
    put(tree, path, json.dumps(value))


def _forget(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    """A kustomization loses a field."""
    files = sorted(p for p in tree if posixpath.basename(p) in NAMES)
    if not files:
        return
    path = draw(st.sampled_from(files))
    try:
        value = json.loads(tree[path][1])
    except ValueError:
        return
    if isinstance(value, dict) and value:
        value.pop(draw(st.sampled_from(sorted(value))))
        put(tree, path, json.dumps(value))


def _leave_out(draw: Draw, tree: Tree, wanted: list[str]) -> None:
    """A .sourceignore comes or changes somewhere above a file."""
    path = _some(draw, tree, wanted)
    above = posixpath.dirname(path)
    lines = (posixpath.basename(path), f"/{path}", f"!{path}", "*.yaml", "kustomization.yaml", "/*", "!/apps", "base/")
    text = "\n".join(draw(st.lists(st.sampled_from(lines), max_size=3)))
    put(tree, posixpath.join(draw(st.sampled_from(("", above, posixpath.dirname(above)))), ".sourceignore"), text)


CHANGES = (
    _edit, _edit, _edit, _break, _delete, _delete, _delete_directory, _appear, _appear, _chart_appears, _rename, _mode,
    _link_file, _link_directory, _link_anywhere, _link_anywhere, _retarget, _refer, _refer, _forget, _leave_out,
)  # fmt: skip


@st.composite
def histories(draw: Draw, changes: int = 3) -> list[Tree]:
    """A repository and what it becomes, one change after another."""
    builder = Builder(draw)
    trees = [builder.build()]
    for _ in range(changes):
        trees.append(change(draw, trees[-1], builder.wanted))
    return trees
