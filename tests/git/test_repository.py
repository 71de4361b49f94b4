"""One repository, read: commits, trees, the work tree as git itself would commit it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_repository import Link, Made

from bot.errors import UserError
from bot.git.place import locate
from bot.git.repository import Repository
from bot.model.snapshot import EXECUTABLE, FILE, SUBMODULE, SYMLINK
from bot.wiring import resolve


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "r")
    made.commit({"a.txt": "one", "dir/b.txt": "two", "link": Link("a.txt")}, "base")
    return made


def test_locate_finds_the_top_from_below(made: Made) -> None:
    place = locate(made.path / "dir")
    assert place.work_tree == str(made.path.resolve())
    assert place.common == place.git_dir == str(made.path.resolve() / ".git")
    assert not place.shallow


def test_locate_a_linked_work_tree(made: Made, tmp_path: Path) -> None:
    made.git("worktree", "add", "-q", str(tmp_path / "linked"))
    place = locate(tmp_path / "linked")
    assert place.work_tree == str((tmp_path / "linked").resolve())
    assert place.common == str(made.path.resolve() / ".git")
    assert place.git_dir.endswith(".git/worktrees/linked")


@pytest.mark.parametrize("inside", [".git", ".git/objects"])
def test_locate_a_git_directory_is_bare(made: Made, inside: str) -> None:
    assert locate(made.path / inside).work_tree == ""


def test_locate_a_separate_git_directory(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    subprocess.run(["git", "init", "-q", "--separate-git-dir", tmp_path / "g\nit", tmp_path / "w"], check=True)
    place = locate(tmp_path / "w")
    assert place.git_dir == place.common == str((tmp_path / "g\nit").resolve())
    assert place.work_tree == str((tmp_path / "w").resolve())


def test_entries_have_modes_and_ids(made: Made) -> None:
    Path(made.path, "run").write_text("x")
    Path(made.path, "run").chmod(0o755)
    made.git("add", "-A")
    made.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    made.git("commit", "-q", "-m", "modes")
    with Repository(made.path) as repository:
        found = {e.path: e for e in repository.entries(repository.tree_of(repository.commit("HEAD", option="x")))}
        assert repository.blob(found["sub"]) == b""
        assert repository.blob(found["link"]) == b"a.txt"
    modes = {path: entry.mode for path, entry in found.items()}
    assert modes == {"a.txt": FILE, "dir/b.txt": FILE, "link": SYMLINK, "run": EXECUTABLE, "sub": SUBMODULE}


def test_changes_are_deletions_additions_and_mode_changes(made: Made) -> None:
    Path(made.path, "a.txt").chmod(0o755)
    made.commit({"dir/b.txt": None, "dir/c.txt": "two"}, "head")
    with Repository(made.path) as repository:
        base, head = (repository.tree_of(repository.commit(n, option="x")) for n in ("base", "head"))
        found = {c.path: c for c in repository.changes(base, head)}
        assert repository.changes(base, base) == []
    assert found["dir/b.txt"].after is None
    assert found["dir/c.txt"].before is None
    before, after = found["a.txt"].before, found["a.txt"].after
    assert before is not None
    assert after is not None
    assert (before.mode, after.mode, before.oid == after.oid) == (FILE, EXECUTABLE, True)


def test_dangerous_refs_stay_names(made: Made) -> None:
    with Repository(made.path) as repository:
        for ref in ("--all", "-h", "@{99}", "x\ty", "base^{blob}", "::", "base..base"):
            with pytest.raises(UserError, match="--base"):
                repository.commit(ref, option="--base")
        assert repository.commit("base", option="--base") == made.git("rev-parse", "base")


def test_trial_merge_names_the_conflicts(made: Made) -> None:
    made.commit({"a.txt": "mine", "new": "1"}, "mine")
    made.git("checkout", "-q", "-b", "side", "base")
    made.commit({"a.txt": "theirs"}, "theirs")
    with Repository(made.path) as repository:
        mine, theirs = (repository.commit(n, option="x") for n in ("mine", "theirs"))
        assert repository.conflicts(mine, theirs) == ("a.txt",)
        assert repository.merged_tree(mine, theirs) == ""
        assert repository.merged_tree(mine, mine) == repository.tree_of(mine)
        assert repository.merge_base(mine, theirs) == made.git("rev-parse", "base")


@pytest.mark.parametrize("linked", [False, True])
def test_a_merge_that_is_not_committed_counts_like_its_commit(made: Made, tmp_path: Path, linked: bool) -> None:
    made.commit({"a.txt": "theirs"}, "theirs")
    made.git("checkout", "-q", "-b", "side", "base")
    made.commit({"a.txt": "mine", "new": "1"}, "mine")
    if linked:
        made.git("checkout", "-q", "--detach")
        made.git("worktree", "add", "-q", str(tmp_path / "linked"), "side")
        made.path = tmp_path / "linked"
    with Repository(made.path) as repository:
        assert repository.merging() == ()
        assert resolve(repository, "theirs", None, "").conflicts == ("a.txt",)
    made.git("merge", "-q", "--no-commit", "-s", "ours", "theirs")
    made.write({"a.txt": "both"})
    with Repository(made.path) as repository:
        before = resolve(repository, "theirs", None, "")
        assert resolve(repository, "theirs", "side", "").conflicts == ("a.txt",)
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "merged")
    with Repository(made.path) as repository:
        after = resolve(repository, "theirs", None, "")
    assert before == after
    assert (before.merge_base, before.conflicts) == (made.git("rev-parse", "theirs"), ())


def test_what_stands_in_the_place_of_a_merge_is_no_option(made: Made) -> None:
    Path(made.path, ".git", "MERGE_HEAD").write_text("--all\n\xff")
    with Repository(made.path) as repository:
        assert repository.merging() == ()


def test_remotes_as_configured(made: Made) -> None:
    made.git("remote", "add", "origin", "https://example.org/o/r.git")
    with Repository(made.path) as repository:
        assert repository.remotes() == ("https://example.org/o/r.git",)


def test_a_sha256_repository(tmp_path: Path) -> None:
    made = Made(tmp_path / "plain")
    subprocess.run(["git", "init", "-q", "-b", "main", "--object-format=sha256", tmp_path / "r"], check=True)
    made.path = tmp_path / "r"
    made.commit({"a.txt": "one", "d/b": "two"}, "base")
    made.write({"d/b": "three"})
    with Repository(made.path) as repository:
        tree = repository.work_tree()
    made.commit(branch="head")
    assert tree == made.git("rev-parse", "head^{tree}")
    assert len(tree) == 64


_NAMES = st.sampled_from(["a", "a.b", "a-b", "a/b", "a/c/d", "b", "b/x", "c d/e", "é", "z"])
_FILES = st.dictionaries(_NAMES, st.sampled_from(["1", "2", ""]), max_size=6)


def _fits(files: dict[str, str]) -> dict[str, str]:
    """Without files that lie below another file."""
    return {p: t for p, t in files.items() if not any(p.startswith(q + "/") for q in files)}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=_FILES.map(_fits), after=_FILES.map(_fits))
def test_the_work_tree_is_the_tree_that_git_would_commit(
    before: dict[str, str], after: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = Made(tmp_path_factory.mktemp("work") / "r")
    made.commit(before, "base")
    for path in before:
        Path(made.path, path).unlink()
    for folder in sorted((d for d in made.path.rglob("*") if d.is_dir() and ".git" not in d.parts), reverse=True):
        folder.rmdir()
    made.write(after)
    with Repository(made.path) as repository:
        tree = repository.work_tree()
        listed = {e.path for e in repository.entries(tree)}
    made.commit(branch="head")
    assert tree == made.git("rev-parse", "head^{tree}")
    assert listed == set(after)


def test_an_unborn_branch_has_a_work_tree(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").write({"a": "1"})
    with Repository(made.path) as repository:
        assert [e.path for e in repository.entries(repository.work_tree())] == ["a"]


def test_no_directory_is_left_behind(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    made.write({"a.txt": "changed"})
    with Repository(made.path) as repository:
        repository.work_tree()
        assert list(scratch.iterdir()) != []
    assert list(scratch.iterdir()) == []
