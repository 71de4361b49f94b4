"""Contents of objects: one, many, too large, missing; the conversation with git goes on in step."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_repository import Made

from bot.errors import TooBig, ToolError
from bot.git.repository import Repository
from bot.model.snapshot import FILE, Entry


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "r")
    made.commit({"a.txt": "one"}, "base")
    return made


def test_a_file_over_the_limit_is_refused_alone_and_cut_in_bulk(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.git.objects.MAX_BLOB", 1000)
    made.commit({"big": "x" * 5000, "small": "fine", "zlast": "last"}, "head")
    with Repository(made.path) as repository:
        tree = repository.tree_of(repository.commit("head", option="x"))
        entries = {e.path: e for e in repository.entries(tree)}
        with pytest.raises(TooBig, match="big has"):
            repository.blob(entries["big"])
        assert repository.blob(entries["small"]) == b"fine"  # the conversation goes on in step
        held = {e.path: len(data) for e, data in repository.blobs(entries.values())}
        assert (held["big"], held["zlast"]) == (1000, 4)
        assert repository.blob(entries["zlast"]) == b"last"


def test_bulk_reading_gives_every_content_in_order(made: Made) -> None:
    made.commit({f"files/{n:03}": f"content {n}" for n in range(600)}, "head")
    with Repository(made.path) as repository:
        entries = list(repository.entries(repository.tree_of(repository.commit("head", option="x"))))
        found = [(e.path, data) for e, data in repository.blobs(entries)]
        assert [path for path, _ in found] == [e.path for e in entries]
        assert dict(found)["files/321"] == b"content 321"
        next(repository.blobs(entries))  # stopping early leaves nothing behind
        assert repository.blob(entries[0]) == b"one"


def test_missing_object_names_the_file(made: Made) -> None:
    with Repository(made.path) as repository, pytest.raises(ToolError, match=r"content of some/file .* `git fsck`"):
        repository.blob(Entry("some/file", FILE, "1" * 40))
