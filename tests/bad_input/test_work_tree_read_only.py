"""A check of the work tree sees what committing it would give, and writes nothing into the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_repository import Link, Made, check, config_map, fingerprint, gatehouse

K = "resources: [a.yaml]\n"
BASE = {
    f"apps/{name}/{file}": text
    for name in "abcdefgh"
    for file, text in (("kustomization.yaml", K), ("a.yaml", config_map()))
}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "r")
    made.commit({**BASE, ".gitignore": "ignored.yaml\n"}, "base")
    return made


def messy(made: Made) -> None:
    """Every state that a file of a work tree can be in."""
    made.write({"apps/a/a.yaml": config_map(value="unstaged")})
    made.write({"apps/b/a.yaml": config_map(value="staged")})
    made.git("add", "apps/b/a.yaml")
    made.write({"apps/b/a.yaml": config_map(value="after staging")})
    made.write({"apps/new/kustomization.yaml": K, "apps/new/a.yaml": config_map(value="untracked")})
    made.write({"apps/c/ignored.yaml": "a: [", "apps/c/a.yaml": None, "apps/c/kustomization.yaml": "resources: []\n"})
    made.git("rm", "-q", "--cached", "apps/d/a.yaml")
    Path(made.path, "apps/e/a.yaml").chmod(0o755)
    made.write({"apps/f/a.yaml": None, "apps/f/a.yaml/kustomization.yaml": "resources: [b.yaml]\n"})
    made.write({"apps/f/a.yaml/b.yaml": config_map(value="directory")})
    made.write({"apps/g/a.yaml": Link("b.yaml"), "apps/g/b.yaml": config_map(value="linked")})


def test_every_state_of_a_file_counts_as_if_committed(made: Made) -> None:
    messy(made)
    seen = check(made, head=None)
    made.commit(branch="head")
    committed = check(made)
    assert seen.units == committed.units
    assert seen.report["head"] == made.git("rev-parse", "head^{tree}")
    states = seen.states()
    assert states["apps/new"] == "added"
    assert [states[f"apps/{name}"] for name in "abcfg"] == ["changed"] * 5
    assert "apps/d" not in states  # the file is there, whatever the index says
    assert states["apps/e"] == "unchanged"
    assert "apps/h" not in states
    assert "after staging" in seen.units["apps/b"]["diff"]
    assert "apps/c/ignored.yaml" not in seen.out


@pytest.mark.parametrize(
    "verb", [["check", "--base", "base"], ["units"], ["render", "apps/a"], ["explain", "apps/a/a.yaml"]]
)
def test_nothing_of_the_repository_is_written(made: Made, verb: list[str]) -> None:
    messy(made)
    before = fingerprint(made.path)
    assert gatehouse(*verb, "--repo", str(made.path)).code == 0
    assert fingerprint(made.path) == before


@pytest.mark.parametrize(
    "setting", ["core.splitIndex=true", "core.untrackedCache=true", "index.threads=2", "feature.manyFiles=true"]
)
def test_settings_that_make_git_write_more(made: Made, setting: str) -> None:
    name, _, value = setting.partition("=")
    made.git("config", name, value)
    made.git("update-index", "--refresh")
    made.git("add", "-A")
    messy(made)
    before = fingerprint(made.path)
    assert check(made, head=None).code == 0
    after = fingerprint(made.path)
    assert after.keys() == before.keys()
    # git keeps a shared index from being removed by touching it whenever it reads it
    assert [name for name in before if before[name] != after[name] and "sharedindex" not in name] == []


def test_a_conflict_with_the_base_is_tried_outside_of_the_repository(made: Made) -> None:
    made.commit({"apps/a/a.yaml": config_map(value="head")}, "head")
    made.git("checkout", "-q", "-b", "side", "base")
    made.commit({"apps/a/a.yaml": config_map(value="side")}, "side2")
    before = fingerprint(made.path)
    assert "conflict" in gatehouse("check", "--repo", str(made.path), "--base", "side2", "--head", "head").out
    assert fingerprint(made.path) == before


def test_unmerged_files_are_read_as_they_stand(made: Made) -> None:
    for branch, value in (("one", "1a"), ("two", "2b")):
        made.git("checkout", "-q", "-b", branch, "base")
        made.commit({"apps/a/a.yaml": config_map(value=value)})
    with pytest.raises(AssertionError):
        made.git("merge", "one")
    before = fingerprint(made.path)
    said = check(made, head=None)
    assert said.code == 1
    assert said.states()["apps/a"] == "broken"  # the conflict markers are in it
    assert fingerprint(made.path) == before
    made.write({"apps/a/a.yaml": config_map(value="solved")})
    assert "solved" in check(made, head=None).units["apps/a"]["diff"]


def test_line_ends_that_git_would_convert_are_no_change(made: Made) -> None:
    made.git("config", "core.autocrlf", "true")
    made.git("config", "core.safecrlf", "true")
    for name in "ab":
        made.write({f"apps/{name}/a.yaml": config_map().replace("\n", "\r\n")})
    made.write({"apps/c/a.yaml": config_map(value="2").replace("\n", "\r\n")})
    said = check(made, head=None)
    assert (said.code, said.states()) == (0, {"apps/c": "changed"})


def test_lfs_filter_is_not_run(made: Made, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    made.git("config", "filter.lfs.process", f"touch {mark}")
    made.git("config", "filter.lfs.clean", f"touch {mark}; cat")
    made.git("config", "filter.lfs.required", "true")
    made.write(
        {".gitattributes": "*.bin filter=lfs\n", "apps/a/x.bin": "large", "apps/a/a.yaml": config_map(value="2")}
    )
    said = check(made, head=None)
    assert (said.err, said.states()) == ("", {"apps/a": "changed"})
    assert not mark.exists()


def test_a_change_in_the_same_moment_and_of_the_same_size_is_seen(made: Made) -> None:
    """git trusts times only for files older than the index; the copy that is worked on must not look newer."""
    target, index = Path(made.path, "apps/a/a.yaml"), Path(made.path, ".git/index")
    stat = target.stat()
    target.write_text(config_map(value="2"))
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    os.utime(index, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    made.git("config", "core.trustctime", "false")
    made.git("config", "core.checkStat", "minimal")
    assert check(made, head=None).states() == {"apps/a": "changed"}


def test_sparse_checkout(made: Made) -> None:
    made.git("sparse-checkout", "set", "--cone", "apps/a")
    assert check(made, head=None).states() == {}
    made.write({"apps/a/a.yaml": config_map(value="2"), "apps/h/extra.yaml": config_map("extra")})
    before = fingerprint(made.path)
    said = check(made, head=None)
    assert (said.err, said.states()) == ("", {"apps/a": "changed"})
    assert fingerprint(made.path) == before


def test_repository_inside_of_the_repository(made: Made) -> None:
    Made(made.path / "vendor/inner").commit({"a.yaml": config_map()})
    made.write({"apps/a/a.yaml": config_map(value="2")})
    said = check(made, head=None)
    assert (said.code, said.states()) == (0, {"apps/a": "changed"})


def test_empty_repository_inside_of_the_repository_is_named(made: Made) -> None:
    Made(made.path / "vendor/inner")
    said = check(made, head=None)
    assert said.code == 2
    assert "vendor/inner" in said.err


def test_unborn_head_with_a_base_elsewhere(made: Made) -> None:
    made.git("checkout", "-q", "--orphan", "fresh")
    said = check(made, head=None)
    assert said.code == 2
    assert "HEAD" in said.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_that_may_not_be_read(made: Made) -> None:
    Path(made.path, "apps/a/a.yaml").chmod(0)
    said = check(made, head=None)
    assert said.code == 2
    assert "apps/a/a.yaml" in said.err
