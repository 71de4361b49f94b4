"""The stored index under every mishap: whatever happens to the file or beside it, the answer is the right one."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from repositories import Tree, config_map, put, store

from bot.affected import database
from bot.affected.connection import NotWritable
from bot.affected.effect import affected
from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.store import Store
from bot.config.schema import Config
from bot.git.repository import Repository

Answer = tuple[list[str], list[str], list[str]]


def trees() -> list[Tree]:
    """A base that forty overlays use, and two changes of it."""
    first: Tree = {}
    put(first, "base/kustomization.yaml", '{"resources": ["a.yaml"]}')
    put(first, "base/a.yaml", str(config_map("a")))
    for number in range(40):
        put(first, f"apps/app{number:02}/kustomization.yaml", '{"resources": ["../../base"]}')
    for number in range(400):  # so that writing takes several pages
        put(first, f"docs/of-the-platform/page-{number:03}.md", "text")
    second, third = dict(first), dict(first)
    put(second, "base/a.yaml", str(config_map("a", "2")))
    put(third, "apps/app07/kustomization.yaml", '{"resources": ["own.yaml"]}')
    put(third, "apps/app07/own.yaml", str(config_map("own")))
    return [first, second, third]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("store") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    store(path, trees())
    with Repository(path) as opened:
        yield opened


@pytest.fixture
def ids(repository: Repository) -> list[str]:
    return [repository.tree_of(repository.commit(f"t{n}", option="--base")) for n in (1, 2, 3)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "index.sqlite"


def answer(repository: Repository, kept: Store, base: str, head: str) -> Answer:
    index = Index(kept, repository, Config(), "", Home([]))
    before, after = index.pair(base, head)
    found = affected(before, after, index.rules, everything=True)
    return [p.unit.key for p in found.pairs], before.kustomizations(), [e.path for e in after.walk("")]


def asked(repository: Repository, path: Path | None, base: str, head: str) -> tuple[Answer, str]:
    kept = Store(path)
    try:
        return answer(repository, kept, base, head), kept.note
    finally:
        kept.close()


@pytest.fixture
def right(repository: Repository, ids: list[str]) -> Answer:
    found, _ = asked(repository, None, ids[0], ids[1])
    assert len(found[0]) == 41
    return found


def test_the_index_is_kept(repository: Repository, ids: list[str], file: Path, right: Answer) -> None:
    assert asked(repository, file, ids[0], ids[1]) == (right, "")
    kept = Store(file)
    assert kept.state()[0] == ids[0]
    kept.close()
    assert asked(repository, file, ids[0], ids[1]) == (right, "")


# -- the file


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(50_000))


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("SQLite format 4, or is it?\n" * 100)


def cut_to(share: float) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return cut


def holes(path: Path) -> None:
    """Every page but the first is overwritten: the file opens, but cannot be read."""
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xee" * (len(data) - 4096)
    path.write_bytes(bytes(data))


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE meta(key TEXT, value TEXT)")
        db.execute("CREATE TABLE letters(sender TEXT)")
    db.close()


def foreign_with_our_number(path: Path) -> None:
    foreign(path)
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version={database.VERSION}")
    db.close()


def other_columns(path: Path) -> None:
    """Our marks, but tables of another make."""
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE units")
        db.execute("CREATE TABLE units(key BLOB)")
    db.close()


DAMAGES = {
    "garbage": garbage, "empty": nothing, "text": text, "half": cut_to(0.5), "most": cut_to(0.9), "header": cut_to(0.01),
    "holes": holes, "foreign": foreign, "foreign with our number": foreign_with_our_number, "columns": other_columns,
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_built_again(
    damage: str, repository: Repository, ids: list[str], file: Path, right: Answer
) -> None:
    asked(repository, file, ids[0], ids[1])
    DAMAGES[damage](database.own_path(file))
    assert asked(repository, file, ids[0], ids[1])[0] == right
    assert asked(repository, file, ids[0], ids[1]) == (right, "")  # and it is kept again


def test_a_file_that_breaks_while_it_is_read(
    repository: Repository, ids: list[str], file: Path, right: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The views were made from a good file; later questions meet damage, and get the same answers."""
    asked(repository, file, ids[0], ids[1])
    kept = Store(file)
    index = Index(kept, repository, Config(), "", Home([]))
    before, after = index.pair(ids[0], ids[1])
    holes(database.own_path(file))
    kept._db.execute("PRAGMA cache_size=0")
    kept._db.execute("PRAGMA shrink_memory")
    kept._db.rollback()
    found = affected(before, after, index.rules, everything=True)
    assert [p.unit.key for p in found.pairs] == right[0]
    assert "built again" in kept.note
    kept.close()


def test_another_version_is_left_alone(repository: Repository, ids: list[str], file: Path, right: Answer) -> None:
    file.parent.mkdir()
    other = file.with_name("index-1.sqlite")
    other.write_text("what another version keeps")
    assert asked(repository, file, ids[0], ids[1]) == (right, "")
    assert other.read_text() == "what another version keeps"
    os.utime(other, (0, 0))
    asked(repository, file, ids[0], ids[1])
    assert not other.exists(), "nobody has used it for a month"


# -- the place


def test_a_directory_that_cannot_be_made(repository: Repository, ids: list[str], tmp_path: Path, right: Answer) -> None:
    (tmp_path / "cache").write_text("a file is in the way")
    found, note = asked(repository, tmp_path / "cache" / "index.sqlite", ids[0], ids[1])
    assert found == right
    assert "works without it" in note


class Refusing:
    """A connection that lets nothing be written, as in a read-only directory."""

    def __init__(self, db: sqlite3.Connection, allowed: int = 0) -> None:
        self._db = db
        self.allowed = allowed

    def execute(self, question: str, *arguments: Any) -> Any:
        if question.startswith("BEGIN IMMEDIATE"):
            self.allowed -= 1
            if self.allowed < 0:
                raise sqlite3.OperationalError("attempt to write a readonly database")
        return self._db.execute(question, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


@pytest.mark.parametrize("move", [False, True])
def test_an_index_that_cannot_be_written(
    move: bool, repository: Repository, ids: list[str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept index that describes another tree is still the start of this run's own copy."""
    expected, _ = asked(repository, None, ids[2], ids[1])
    if move:
        asked(repository, file, ids[0], ids[1])
    kept = Store(file)
    monkeypatch.setattr(kept, "_db", Refusing(kept._db))
    assert answer(repository, kept, ids[2], ids[1]) == expected
    assert "readonly" in kept.note
    kept.close()
    again = Store(file)
    assert again.state()[0] == (ids[0] if move else "")
    again.close()


@pytest.mark.parametrize("pages", [0, 1, 4])
def test_a_full_disk(pages: int, repository: Repository, ids: list[str], file: Path, right: Answer) -> None:
    """SQLite's own limit on the file gives its own error for a full disk, at any point of the writing."""
    kept = Store(file)
    kept._db.execute(f"PRAGMA max_page_count={kept._db.execute('PRAGMA page_count').fetchone()[0] + pages}")
    assert answer(repository, kept, ids[0], ids[1]) == right
    assert "full" in kept.note
    kept.close()
    assert asked(repository, file, ids[0], ids[1]) == (right, "")


def test_a_disk_that_is_full_from_the_start(
    repository: Repository, ids: list[str], file: Path, right: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(db: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as context:
        context.setattr(database, "_log_ahead", full)
        found, note = asked(repository, file, ids[0], ids[1])
    assert found == right
    assert "full" in note
    assert asked(repository, file, ids[0], ids[1]) == (right, "")


# -- the others


def test_another_process_moves_it_while_this_one_reads(
    repository: Repository, ids: list[str], file: Path, right: Answer
) -> None:
    """What is held stays as it was, whatever is written meanwhile."""
    kept = Store(file)
    index = Index(kept, repository, Config(), "", Home([]))
    before, after = index.pair(ids[0], ids[1])
    assert asked(repository, file, ids[2], ids[1])[1] == ""
    found = affected(before, after, index.rules, everything=True)
    assert [p.unit.key for p in found.pairs] == right[0]
    assert before.kustomizations() == right[1]
    kept.close()


def test_another_process_moves_it_between_writing_and_holding(
    repository: Repository, ids: list[str], file: Path, right: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again: in the end this run keeps a copy of its own."""
    kept = Store(file)
    index = Index(kept, repository, Config(), "", Home([]))
    bring, meddle = index._bring, iter([2, 1, 2, 1, 2])

    def bring_and_lose(tree: str) -> None:
        bring(tree)
        if kept._path is not None:
            asked(repository, file, ids[next(meddle)], ids[1])

    monkeypatch.setattr(index, "_bring", bring_and_lose)
    before, after = index.pair(ids[0], ids[1])
    found = affected(before, after, index.rules, everything=True)
    assert [p.unit.key for p in found.pairs] == right[0]
    assert "other processes" in kept.note
    kept.close()


def test_a_writer_that_does_not_let_go(
    repository: Repository, ids: list[str], file: Path, right: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.05)
    kept = Store(file)
    other = sqlite3.connect(database.own_path(file), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert answer(repository, kept, ids[0], ids[1]) == right
    assert "locked" in kept.note
    other.close()
    kept.close()


_RUN = """
import sys
from pathlib import Path
from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.store import Store
from bot.affected.effect import affected
from bot.config.schema import Config
from bot.git.repository import Repository

with Repository(sys.argv[1]) as repository:
    for base, head in zip(sys.argv[3::2], sys.argv[4::2]):
        store = Store(Path(sys.argv[2]))
        index = Index(store, repository, Config(), "", Home([]))
        before, after = index.pair(base, head)
        found = affected(before, after, index.rules, everything=True)
        print(",".join(p.unit.key for p in found.pairs), ",".join(before.kustomizations()), store.note, sep="|", flush=True)
        store.close()
"""


def start(repository: Repository, file: Path, *trees: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _RUN, repository.directory, str(file), *trees]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_that_make_and_move_it_at_once(repository: Repository, ids: list[str], file: Path) -> None:
    orders = [(0, 1, 2, 1, 1, 0), (2, 1, 0, 1, 1, 2), (1, 0, 0, 2, 2, 0), (0, 1, 1, 2, 2, 1)]
    running = [start(repository, file, *(ids[n] for n in order)) for order in orders]
    for order, process in zip(orders, running, strict=True):
        said, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
        for line, base, head in zip(said.splitlines(), order[::2], order[1::2], strict=True):
            expected, _ = asked(repository, None, ids[base], ids[head])
            units, kustomizations, _ = line.split("|")
            assert (units.split(","), kustomizations.split(",")) == (expected[0], expected[1])


def test_a_writer_that_is_killed(repository: Repository, ids: list[str], file: Path, right: Answer) -> None:
    """In the middle of its writing: what it began is not there."""
    asked(repository, file, ids[2], ids[1])
    script = _RUN.replace(
        "with Repository",
        "import os, signal\nStore.put_units = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nwith Repository",
    )
    words = [sys.executable, "-c", script, repository.directory, str(file), ids[0], ids[1]]
    assert subprocess.run(words, check=False, capture_output=True).returncode == -signal.SIGKILL
    kept = Store(file)
    assert kept.state()[0] == ids[2]
    kept.close()
    assert asked(repository, file, ids[0], ids[1]) == (right, "")


def test_a_writer_that_is_interrupted(
    repository: Repository, ids: list[str], file: Path, right: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Store(file)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(kept, "put_units", interrupted)
        with pytest.raises(KeyboardInterrupt):
            answer(repository, kept, ids[0], ids[1])
    kept.close()
    assert asked(repository, file, ids[0], ids[1]) == (right, "")


# -- what it keeps


def test_facts_of_a_head_are_remembered(repository: Repository, ids: list[str], file: Path) -> None:
    asked(repository, file, ids[0], ids[2])
    kept = Store(file)
    own = repository.changes(ids[0], ids[2])
    wanted = {change.after.oid for change in own if change.after is not None}
    assert wanted <= {oid for oid, _ in kept.known_facts()}
    kept.close()


def test_facts_of_contents_that_left_are_dropped_in_time(
    repository: Repository, ids: list[str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.affected.store._FORGET", 1)
    asked(repository, file, ids[0], ids[2])
    asked(repository, file, ids[2], ids[0])
    kept = Store(file)
    there = {entry.oid for entry in repository.entries(ids[2])}
    assert {oid for oid, _ in kept.known_facts()} <= there | {e.oid for e in repository.entries(ids[0])}
    kept.close()


def test_writing_says_what_is_wrong(file: Path) -> None:
    kept = Store(file)
    with pytest.raises(NotWritable, match="no such table"), kept.writing():
        kept._db.execute("INSERT INTO letters VALUES (1)")
    kept.close()
