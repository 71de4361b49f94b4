"""Symlinks, strange names, cycles and references that lead nowhere or elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from made_repository import Link, Made, Said, chart, check, config_map, gatehouse

OTHER = {"apps/other/kustomization.yaml": "resources: [a.yaml]\n", "apps/other/a.yaml": config_map("other")}
OTHER_MOVES = {"apps/other/a.yaml": config_map("other", "2")}
X = {**OTHER, "apps/x/kustomization.yaml": "resources: [a.yaml]\n", "apps/x/a.yaml": config_map()}
DEEP = "apps/x/d1/d2/d3/d4"


def after(path: Path, files: Mapping[str, object], before: dict[str, str] | None = None) -> Said:
    said = check(Made(path).change(before or X, {**OTHER_MOVES, **files}))
    assert said.err == ""
    assert said.states()["apps/other"] == "changed"
    return said


# -- symlinks


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../etc/passwd", "../../../../../../../../../../etc/passwd"])
def test_symlink_out_of_the_repository_in_a_kustomization(tmp_path: Path, target: str) -> None:
    said = after(tmp_path / "r", {"apps/x/a.yaml": Link(target)})
    assert (said.code, said.states()["apps/x"]) == (1, "broken")
    assert f"The symlink apps/x/a.yaml points to '{target}', which leads out of the repository" in said.error("apps/x")
    assert "root:" not in said.out


def test_symlink_that_leaves_only_through_another_one(tmp_path: Path) -> None:
    files = {
        "apps/x/kustomization.yaml": "resources: [t.yaml]\n",
        f"{DEEP}/up": Link("../../../.."),
        "apps/x/t.yaml": Link("d1/d2/d3/d4/up/../../../etc/passwd"),
    }
    said = after(tmp_path / "r", files)
    assert said.states()["apps/x"] == "broken"
    assert "apps/x/t.yaml" in said.error("apps/x")
    assert "leads out of the repository" in said.error("apps/x")


@pytest.mark.parametrize("name", ["values.yaml", "templates/x.yaml", "files/x.txt"])
@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../../../../etc/passwd"])
def test_symlink_out_of_the_repository_in_a_chart(
    tmp_path: Path, name: str, target: str, need: Callable[[str], str]
) -> None:
    need("helm")
    before = {**OTHER, **chart("charts/c", x=config_map()), "charts/c/values.yaml": "v: 1\n"}
    said = after(tmp_path / "r", {f"charts/c/{name}": Link(target)}, before)
    assert said.states()["charts/c"] == "broken"
    assert f"charts/c/{name}" in said.error("charts/c")
    assert "leads out of the repository" in said.error("charts/c")


def test_symlink_inside_of_the_repository_is_followed(tmp_path: Path) -> None:
    said = after(tmp_path / "r", {"apps/x/a.yaml": Link("../../shared/b.yaml"), "shared/b.yaml": config_map(value="2")})
    assert said.states()["apps/x"] == "broken"  # kustomize itself: the file is outside of the kustomization's root
    assert "apps/x" in said.error("apps/x")
    said = after(tmp_path / "s", {"apps/x/a.yaml": Link("b/c.yaml"), "apps/x/b/c.yaml": config_map(value="2")})
    assert said.states()["apps/x"] == "changed"


def test_symlink_loop(tmp_path: Path) -> None:
    said = after(tmp_path / "r", {"apps/x/a.yaml": Link("b.yaml"), "apps/x/b.yaml": Link("a.yaml")})
    assert (said.code, said.states()["apps/x"]) == (1, "broken")
    assert "apps/x/a.yaml" in said.error("apps/x")
    assert "leads in a circle" in said.error("apps/x")
    assert "out of the repository" not in said.error("apps/x")


@pytest.mark.parametrize(
    ("before", "unit"),
    [
        ({**OTHER, "deploy/x.yaml": config_map(), "deploy/l.yaml": config_map("l")}, "deploy"),
        ({**OTHER, **chart("deploy", x=config_map()), "deploy/l.yaml": config_map("l")}, "deploy"),
    ],
    ids=["plain", "chart"],
)
def test_symlink_loop_in_other_units(
    tmp_path: Path, before: dict[str, str], unit: str, need: Callable[[str], str]
) -> None:
    if "deploy/Chart.yaml" in before:
        need("helm")
    said = after(tmp_path / "r", {"deploy/l.yaml": Link("l.yaml")}, before)
    assert (said.code, said.states()[unit]) == (1, "broken")
    assert said.error(unit).startswith("The symlink deploy/l.yaml points to 'l.yaml', which leads in a circle")


def test_symlink_that_rises_and_stays_inside(tmp_path: Path) -> None:
    """``d`` and ``e/f`` must be there for the kernel to go through them, although nothing reads a file of theirs."""
    files = {
        "apps/x/kustomization.yaml": "resources: [l.yaml]\n",
        "apps/x/l.yaml": Link("d/../in/e/../b.yaml"),
        "apps/x/d/f/unread.txt": "x",
        "apps/x/in": Link("."),
        "apps/x/e/unread.txt": "x",
        "apps/x/b.yaml": config_map(value="2"),
    }
    said = after(tmp_path / "r", files)
    assert said.states()["apps/x"] == "changed", said.out
    gone = dict.fromkeys(("apps/x/d/f/unread.txt", "apps/x/a.yaml"))
    made = Made(tmp_path / "s").change({**X, **files}, {**OTHER_MOVES, **gone})
    assert check(made).states()["apps/x"] == "broken"  # without ``d`` the kernel finds nothing


def test_directories_that_contain_themselves_end(tmp_path: Path) -> None:
    loops = {
        "apps/x/one": Link("."),
        "apps/x/two": Link("."),
        "apps/x/kustomization.yaml": "resources: [one/two/a.yaml]\n",
    }
    assert after(tmp_path / "r", loops).states()["apps/x"] == "unchanged"


# -- names


FOLDERS = ("a b", "new\nline", "quo'te\"s", "-dash", "--help", "tab\t", "é", "$(id)", "a,b", "a=b")


def test_names_that_break_command_lines(tmp_path: Path) -> None:
    files, moved = {}, {}
    for folder in FOLDERS:
        files[f"apps/{folder}/kustomization.yaml"] = 'resources: ["- x.yaml"]\n'
        files[f"apps/{folder}/- x.yaml"] = config_map()
        moved[f"apps/{folder}/- x.yaml"] = config_map(value="2")
    made = Made(tmp_path / "r").change({**X, **files}, {**OTHER_MOVES, **moved})
    said = check(made)
    assert said.states() == {"apps/other": "changed", **{f"apps/{folder}": "changed" for folder in FOLDERS}}
    for form in ("text", "markdown", "html"):
        shown = gatehouse("check", "--repo", str(made.path), "--base", "base", "--head", "head", "--format", form)
        assert shown.code == 0
        assert "new\nline" not in shown.out
    for folder in FOLDERS:
        assert gatehouse("render", f"apps/{folder}", "--repo", str(made.path)).code == 0, folder


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    folder = os.fsdecode(b"apps/\xff\xfe")
    files = {f"{folder}/kustomization.yaml": "resources: [x.yaml]\n", f"{folder}/x.yaml": config_map()}
    made = Made(tmp_path / "r").change({**X, **files}, {**OTHER_MOVES, f"{folder}/x.yaml": config_map(value="2")})
    said = check(made)
    assert sorted(said.states().values()) == ["changed", "changed"]
    for form in ("text", "markdown", "html", "json"):
        assert (
            gatehouse("check", "--repo", str(made.path), "--base", "base", "--head", "head", "--format", form).code == 0
        )


@pytest.mark.parametrize("name", ["a,b.yaml", 'a"b.yaml', "a b.yaml", "a\\b.yaml"])
def test_values_file_with_a_name_that_helm_would_split(tmp_path: Path, name: str, need: Callable[[str], str]) -> None:
    need("helm")
    unit = f"version: 1\nunits:\n- path: charts/c\n  renderer: helm\n  values: ['charts/c/{name}']\n"
    text = config_map().replace("'1'", "{{ .Values.v }}")
    before = {**OTHER, **chart("charts/c", x=text), f"charts/c/{name}": "v: one\n", ".gatehouse.yaml": unit}
    said = after(tmp_path / "r", {f"charts/c/{name}": "v: two\n"}, before)
    assert said.states()["charts/c"] == "changed"
    assert "+  a: two" in said.units["charts/c"]["diff"]


# -- references


def test_kustomizations_in_a_circle(tmp_path: Path) -> None:
    files = {"apps/x/kustomization.yaml": "resources: [../z]\n", "apps/z/kustomization.yaml": "resources: [../x]\n"}
    said = after(tmp_path / "r", files)
    assert (said.code, said.states()["apps/x"]) == (1, "broken")
    assert "cycle detected" in said.error("apps/x")
    assert "apps/z" in said.error("apps/x")


def test_kustomization_that_names_itself(tmp_path: Path) -> None:
    said = after(tmp_path / "r", {"apps/x/kustomization.yaml": "resources: [.]\n"})
    assert "cycle detected" in said.error("apps/x")


@pytest.mark.parametrize("missing", ["nope.yaml", "../nope", "nope/"])
def test_missing_resource(tmp_path: Path, missing: str) -> None:
    said = after(tmp_path / "r", {"apps/x/kustomization.yaml": f"resources: [{missing}]\n"})
    assert (said.code, said.states()["apps/x"]) == (1, "broken")
    assert "nope" in said.error("apps/x")
    assert "no such file" in said.error("apps/x")


URLS = (
    "https://example.org/a.yaml", "HTTPS://example.org/a.yaml", "http://127.0.0.1:1/a.yaml", "oci://example.org/a",
    "github.com/org/repo//base?ref=v1", "gitlab.com/org/repo", "git@github.com:org/repo.git", "ssh://git@host/repo",
    "git::https://example.org/a", "file:///etc", "gh:org/repo", "https://user:hunter2@example.org/a.yaml",
)  # fmt: skip


@pytest.mark.parametrize("field", ["resources: [a.yaml, '%s']", "components: ['%s']", "patches: [{path: '%s'}]"])
def test_remote_reference_is_named_and_never_fetched(tmp_path: Path, field: str) -> None:
    """Each in a unit of its own."""
    units = {url: f"apps/x{number}" for number, url in enumerate(URLS)}
    before, files = dict(OTHER), {}
    for url, unit in units.items():
        before |= {f"{unit}/kustomization.yaml": "resources: [a.yaml]\n", f"{unit}/a.yaml": config_map()}
        files[f"{unit}/kustomization.yaml"] = "resources: [a.yaml]\n" * (field[0] != "r") + field % url
    said = after(tmp_path / "r", files, before)
    assert said.code == 1
    assert "hunter2" not in said.out
    for url, unit in units.items():
        assert said.states()[unit] == "broken", url
        error = said.error(unit)
        if field.startswith("patches") and not url.lower().startswith("http"):
            assert "no such file" in error, url  # kustomize takes it for a path
        else:
            assert error.startswith(f"{unit}/kustomization.yaml refers to "), url
            assert "never fetched" in error, url
            assert "vendor it" in error, url


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../etc/passwd", "//etc/passwd", "/"])
def test_reference_out_of_the_repository(tmp_path: Path, path: str) -> None:
    said = after(tmp_path / "r", {"apps/x/kustomization.yaml": f"resources: [a.yaml, '{path}']\n"})
    assert (said.code, said.states()["apps/x"]) == (1, "broken")
    assert f"apps/x/kustomization.yaml refers to '{path}'" in said.error("apps/x")
    assert "leads out of the repository" in said.error("apps/x")


def test_remote_reference_that_was_there_before_does_not_fail_the_gate(tmp_path: Path) -> None:
    before = {**X, "apps/x/kustomization.yaml": "resources: [a.yaml, 'https://example.org/a.yaml']\n"}
    said = after(tmp_path / "r", {"apps/x/a.yaml": config_map(value="2")}, before)
    assert (said.code, said.states()["apps/x"]) == (0, "unrenderable")
    assert "https://example.org/a.yaml" in said.error("apps/x")


def test_submodule_that_a_unit_needs(tmp_path: Path) -> None:
    library = Made(tmp_path / "library")
    library.commit({"kustomization.yaml": "resources: []\n"})
    made = Made(tmp_path / "r").write(X)
    made.git("submodule", "--quiet", "add", str(library.path), "vendor/library")
    made.commit({}, "base")
    made.commit({**OTHER_MOVES, "apps/x/kustomization.yaml": "resources: [a.yaml, ../../vendor/library]\n"}, "head")
    said = check(made)
    assert said.states() == {"apps/x": "broken", "apps/other": "changed"}
    assert "submodule vendor/library" in said.error("apps/x")
    assert "vendor them" in said.error("apps/x")


def test_moved_submodule_reaches_the_unit_that_needs_it(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").write({**X, "apps/x/kustomization.yaml": "resources: [a.yaml, ../../vendor/library]\n"})
    for number, branch in ((1, "base"), (2, "head")):
        made.git("update-index", "--add", "--cacheinfo", f"160000,{str(number) * 40},vendor/library")
        made.git("add", "apps")
        made.git("commit", "-q", "-m", branch)
        made.git("branch", "-f", branch)
    said = check(made)
    assert (said.code, said.states()) == (0, {"apps/x": "unrenderable"})
    assert "vendor/library" in said.error("apps/x")


def test_lfs_pointer_instead_of_a_manifest(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12345\n"
    said = after(tmp_path / "r", {"apps/x/a.yaml": pointer})
    assert (said.code, said.states()["apps/x"]) == (1, "broken")
    assert "a.yaml" in said.error("apps/x")
