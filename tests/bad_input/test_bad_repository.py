"""Repositories and references that cannot be compared: one sentence, and which option to change."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from made_repository import Made, Said, check, config_map, gatehouse

X = {"apps/x/kustomization.yaml": "resources: [a.yaml]\n", "apps/x/a.yaml": config_map()}
MOVED = {"apps/x/a.yaml": config_map(value="2")}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path / "r").change(X, MOVED)


def refused(said: Said, *words: str, code: int = 2) -> None:
    assert said.code == code
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1, said.err
    for word in words:
        assert word in said.err


@pytest.mark.parametrize(
    "ref", ["nope", "-h", "--output=x", "x y", "HEAD~99", "a..b", "HEAD:apps", "é", "x" * 5000, "@{99}"]
)
@pytest.mark.parametrize("option", ["base", "head"])
def test_unknown_ref(made: Made, option: str, ref: str, tmp_path: Path) -> None:
    names = {"base": "base", "head": "head", option: ref}
    said = gatehouse("check", "--repo", str(made.path), f"--base={names['base']}", f"--head={names['head']}")
    refused(said, f"--{option}", "not a commit, branch or tag", "Known branches: base, head, main")
    assert not Path("x").exists()


@pytest.mark.parametrize("ref", ["", "a\nb", "base\n"])
def test_ref_that_can_be_no_name(made: Made, ref: str) -> None:
    refused(gatehouse("check", "--repo", str(made.path), f"--base={ref}"), "--base", "is not the name of a commit")


@pytest.mark.parametrize("ref", ["base", "refs/heads/base", "v1", "HEAD~1", "main^"])
def test_every_spelling_of_a_known_ref(made: Made, ref: str) -> None:
    made.git("tag", "-a", "-m", "v1", "v1", "base")
    said = check(made, base=ref)
    assert said.states() == {"apps/x": "changed"}
    assert said.report["base"] == made.git("rev-parse", "base")


def test_ref_with_an_abbreviated_id(made: Made) -> None:
    assert check(made, base=made.git("rev-parse", "--short", "base")).code == 0


@pytest.mark.parametrize("head", [None, "HEAD"])
def test_empty_repository(tmp_path: Path, head: str | None) -> None:
    made = Made(tmp_path / "r")
    refused(check(made, base="main", head=head), "has no commit yet", "commit first")


def test_repo_that_is_missing(tmp_path: Path) -> None:
    said = gatehouse("check", "--repo", str(tmp_path / "nope"), "--base", "main")
    refused(said, str(tmp_path / "nope"), "is not a directory", "--repo")


def test_repo_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(gatehouse("check", "--repo", str(tmp_path / "file"), "--base", "main"), "is not a directory", "--repo")


@pytest.mark.parametrize(
    "verb", [["check", "--base", "main"], ["units"], ["render", "x"], ["explain", "x"], ["config"]]
)
def test_repo_that_is_no_repository(tmp_path: Path, verb: list[str]) -> None:
    refused(gatehouse(*verb, "--repo", str(tmp_path)), str(tmp_path), "not a git repository")


def test_git_directory_that_is_damaged(made: Made) -> None:
    Path(made.path, ".git/HEAD").write_text("nonsense\n")
    refused(check(made), "not a git repository")


def test_object_that_is_missing(made: Made) -> None:
    blob = made.git("rev-parse", "head:apps/x/a.yaml")
    Path(made.path, ".git/objects", blob[:2], blob[2:]).unlink()
    said = check(made)
    assert said.code in (2, 3)
    assert "apps/x/a.yaml" in said.err + said.out
    assert "git fsck" in said.err + said.out


def test_bare_repository(made: Made, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    made.git("clone", "-q", "--bare", str(made.path), str(bare))
    refused(gatehouse("check", "--repo", str(bare), "--base", "base"), "bare clone", "--head REF")
    refused(gatehouse("units", "--repo", str(bare)), "bare clone", "--at REF")
    said = gatehouse("check", "--repo", str(bare), "--base", "base", "--head", "head", "--format", "json")
    assert said.states() == {"apps/x": "changed"}


def test_a_branch_without_a_commit(made: Made) -> None:
    made.git("checkout", "-q", "--orphan", "new")
    said = gatehouse("check", "--repo", str(made.path), "--base", "base")
    refused(said, "The branch that HEAD of", "has no commit yet; commit first", "--head REF")
    refused(gatehouse("check", "--repo", str(made.path), "--base", "HEAD"), "has no commit yet", "--base REF")


def test_linked_work_tree(made: Made, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    made.git("worktree", "add", "-q", "--detach", str(linked), "base")
    (linked / "apps/x/a.yaml").write_text(config_map(value="3"))
    said = gatehouse("check", "--repo", str(linked), "--base", "base", "--format", "json")
    assert said.states() == {"apps/x": "changed"}
    assert "+  a:" in said.units["apps/x"]["diff"]


def test_subdirectory_of_a_repository(made: Made) -> None:
    Path(made.path, "apps/x/a.yaml").write_text(config_map(value="3"))
    said = gatehouse("check", "--repo", str(made.path / "apps/x"), "--base", "head", "--format", "json")
    assert said.states() == {"apps/x": "changed"}
    said = gatehouse("check", "--repo", str(made.path / ".git"), "--base", "head")
    refused(said, "is the git directory of a clone", "--head REF")
    assert "bare" not in said.err


@pytest.mark.parametrize("name", ["a b", "new\nline", "quo'te", "-dash", "co:lon", "é"])
def test_repository_in_a_strange_directory(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made(tmp_path / name).change(X, MOVED)
    assert check(made).states() == {"apps/x": "changed"}
    made.write({"apps/x/a.yaml": config_map(value="3")})
    assert check(made, head=None).states() == {"apps/x": "changed"}
    monkeypatch.chdir(tmp_path)
    assert gatehouse("check", f"--repo={name}", "--base=base").code == 0


def test_shallow_clone_without_the_merge_base(made: Made, tmp_path: Path) -> None:
    made.git("checkout", "-q", "-b", "side", "base")
    made.commit({"apps/x/b.yaml": config_map("b")}, "side2")
    shallow = tmp_path / "shallow"
    made.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{made.path}", str(shallow))
    said = gatehouse("check", "--repo", str(shallow), "--base", "origin/head", "--head", "origin/side2")
    refused(said, "no common commit in this shallow clone", "git fetch --deepen=100", "--unshallow")
    older = gatehouse("check", "--repo", str(shallow), "--base", "HEAD~1", "--head", "HEAD")
    refused(older, "'HEAD~1' is not a commit", "git fetch --deepen=100", "--unshallow")


def test_shallow_clone_that_holds_the_merge_base(made: Made, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    made.git("clone", "-q", "--depth=2", "--no-single-branch", f"file://{made.path}", str(shallow))
    said = gatehouse("check", "--repo", str(shallow), "--base", "HEAD~1", "--head", "HEAD", "--format", "json")
    assert said.states() == {"apps/x": "changed"}


def test_unrelated_histories(made: Made) -> None:
    made.git("checkout", "-q", "--orphan", "island")
    made.commit({}, "island2")
    refused(check(made, head="island2"), "share no history", "--base")


def test_tags_and_branches_of_one_name(made: Made) -> None:
    made.git("tag", "head", "base")
    said = check(made)
    assert said.code == 0
    assert said.report["head"] == made.git("rev-parse", "refs/tags/head")


def test_conflict_with_the_base_is_said_and_the_diff_is_shown(made: Made) -> None:
    made.git("checkout", "-q", "-b", "other", "base")
    made.commit({"apps/x/a.yaml": config_map(value="9")}, "theirs")
    said = gatehouse("check", "--repo", str(made.path), "--base", "theirs", "--head", "head")
    assert said.code == 0
    assert "conflict" in said.out
    assert "apps/x/a.yaml" in said.out


def test_partial_clone_names_what_is_missing_and_fetches_nothing(made: Made, tmp_path: Path) -> None:
    made.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    made.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{made.path}", str(partial))
    said = gatehouse("check", "--repo", str(partial), "--base", "HEAD~1", "--head", "HEAD")
    assert said.code in (2, 3)
    assert "partial clone" in said.err


def test_a_tree_made_by_hand_cannot_write_elsewhere(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").change(X, MOVED)
    blob = made.git("hash-object", "-w", "--stdin", stdin=b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n")
    tree = f"100644 blob {blob}\tescaped.yaml\n"
    for _ in range(12):
        inner = made.git("mktree", stdin=tree.encode())
        tree = f"040000 tree {inner}\t..\n"
    kustomization = made.git("rev-parse", "base:apps/x/kustomization.yaml")
    top = made.git("mktree", stdin=f"{tree}100644 blob {kustomization}\tkustomization.yaml\n".encode())
    commit = made.git("commit-tree", "-p", "base", "-m", "hostile", top)
    said = check(made, head=commit)
    assert said.code in (0, 1, 2)
    assert not list(tmp_path.parent.rglob("escaped.yaml"))
    assert not Path("/escaped.yaml").exists()


def test_missing_git_is_said(made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused(check(made), "'git' was not found", "PATH", code=3)


@pytest.mark.parametrize(
    "words", [[], ["check"], ["check", "--base"], ["nope"], ["check", "--base", "x", "--format", "pdf"]]
)
def test_bad_usage(words: list[str]) -> None:
    said = gatehouse(*words)
    assert said.code == 2
    assert "usage: gatehouse" in said.err


def test_ids_of_objects_that_are_no_commits(made: Made) -> None:
    blob = made.git("rev-parse", "head:apps/x/a.yaml")
    refused(check(made, base=blob), "--base", "not a commit")


def test_git_settings_of_the_caller_do_not_leak_in(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert check(made).states() == {"apps/x": "changed"}


def test_hooks_filters_and_pagers_do_not_run(made: Made, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for name in ("post-index-change", "pre-commit", "post-checkout", "reference-transaction"):
        hook = Path(made.path, ".git/hooks", name)
        hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
        hook.chmod(0o755)
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.external", "core.fsmonitor"):
        made.git("config", key, f"touch {mark}; cat")
    made.git("config", "filter.evil.required", "true")
    made.write({".gitattributes": "* filter=evil\n", "apps/x/a.yaml": config_map(value="7")})
    said = check(made, head=None)
    assert said.err == ""
    assert said.states() == {"apps/x": "changed"}
    assert not mark.exists()
    subprocess.run(["git", "-C", made.path, "status"], capture_output=True, check=False)
    assert mark.exists()  # git by itself would have run them
