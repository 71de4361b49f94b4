"""A file that deploys something turns into one that cannot: its unit does not just go away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from made_repository import Link, Made, Said, check, config_map

OTHER = {"apps/other/kustomization.yaml": "resources: [a.yaml]\n", "apps/other/a.yaml": config_map("other")}
OTHER_MOVES = {"apps/other/a.yaml": config_map("other", "2")}
BINARY = bytes(range(256)) * 40
FILE = "environments/prod/web.yaml"
BEFORE = {
    **OTHER,
    FILE: config_map("web"),
    "environments/prod/api.yaml": config_map("api"),
    "shared/web.txt": config_map("web"),
}
DIRECTORY = {**OTHER, "deploy/web.yaml": config_map("web"), "deploy/package.json": "{}"}
BIG = config_map("web") + "# a comment that is long\n" * (17 * 1024 * 1024 // 25)


def after(path: Path, before: Mapping[str, object], files: Mapping[str, object]) -> Said:
    said = check(Made(path).change(before, {**OTHER_MOVES, **files}))
    assert said.err == ""
    assert said.states()["apps/other"] == "changed"
    return said


@pytest.mark.parametrize(
    ("content", "state", "words"),
    [
        pytest.param(BINARY, "broken", "is binary, not YAML", id="binary"),
        pytest.param(b"\xff\xfe\x00", "broken", FILE, id="half-utf-16"),
        pytest.param("{{{", "broken", "is not", id="broken"),
        pytest.param("a: b: c\n", "broken", "is not valid YAML", id="broken-values"),
        pytest.param("<<<<<<< ours\nkind: A\n=======\n>>>>>>> theirs\n", "broken", "merge conflict", id="conflict"),
        pytest.param(BIG, "broken", "files over", id="big"),
        pytest.param(Link("/etc/passwd"), "broken", "leads out of the repository", id="link-out"),
        pytest.param(Link("web.yaml"), "broken", "leads in a circle", id="link-in-a-circle"),
        pytest.param("", "changed", "-kind: ConfigMap", id="empty"),
        pytest.param("# later\n", "changed", "-kind: ConfigMap", id="comment"),
        pytest.param("replicas: 2\n", "changed", "-kind: ConfigMap", id="values"),
        pytest.param(Link("gone.yaml"), "changed", "-kind: ConfigMap", id="link-to-nothing"),
        pytest.param(Link("../../shared/web.txt"), "unchanged", "", id="link-to-the-same"),
    ],
)
def test_a_plain_file(tmp_path: Path, content: object, state: str, words: str) -> None:
    said = after(tmp_path / "r", BEFORE, {FILE: content})
    assert said.states() == {"apps/other": "changed", FILE: state}
    unit = said.units[FILE]
    assert words in (unit["error"] or unit["diff"])
    assert said.code == (1 if state == "broken" else 0)


@pytest.mark.parametrize(("content", "state"), [(BINARY, "broken"), ("", "changed"), (Link("x"), "changed")])
def test_the_only_manifest_of_a_directory(tmp_path: Path, content: object, state: str) -> None:
    said = after(tmp_path / "r", DIRECTORY, {"deploy/web.yaml": content})
    assert said.states()["deploy"] == state


@pytest.mark.parametrize(
    ("before", "files", "path"),
    [
        (BEFORE, {FILE: None}, FILE),
        (DIRECTORY, {"deploy/web.yaml": None}, "deploy"),
        (BEFORE, {FILE: "replicas: 2\n", "environments/prod/kustomization.yaml": "resources: [api.yaml]\n"}, FILE),
        (BEFORE, {FILE: "x", "apps/y/kustomization.yaml": f"resources: [../../{FILE}]\n"}, FILE),
        (BEFORE, {FILE: None, f"{FILE}/x.txt": "x"}, FILE),
    ],
    ids=["deleted", "directory-deleted", "kustomization-comes", "claimed", "file-becomes-directory"],
)
def test_what_goes_is_removed(tmp_path: Path, before: dict[str, object], files: dict[str, object], path: str) -> None:
    assert after(tmp_path / "r", before, files).states()[path] == "removed"


def test_what_comes_back_is_added(tmp_path: Path) -> None:
    said = after(tmp_path / "r", {**BEFORE, FILE: BINARY}, {FILE: config_map("web")})
    assert said.states()[FILE] == "added"


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: x, namespace: argocd}
spec:
  destination: {namespace: prod, server: https://kubernetes.default.svc}
  source: {repoURL: https://example.org/o/r, path: apps/x, directory: {recurse: true}}
"""
DECLARED = {**OTHER, "clusters/prod/x.yaml": APPLICATION, "apps/x/a.yaml": config_map("x")}


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (BINARY, "broken"),
        (APPLICATION + "\t- [", "broken"),
        (Link("/etc/passwd"), "broken"),
        ("", "removed"),
        (None, "removed"),
    ],
    ids=["binary", "broken", "link-out", "empty", "deleted"],
)
def test_a_declaration(tmp_path: Path, content: object, state: str) -> None:
    said = after(tmp_path / "r", DECLARED, {"clusters/prod/x.yaml": content})
    found = {unit["source"]["name"]: unit for unit in said.report["units"] if unit["source"]}
    assert found["x"]["change"] == state
    assert state == "removed" or "clusters/prod/x.yaml" in found["x"]["error"]
