"""Outcomes on disk: kept by content, trusted only when they are ours, bounded, shared."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.model.resource import Document, Failed, Outcome, Rendered
from bot.render.cache import Cache

NAME = "ab" + "0" * 62
OTHER = "ac" + "0" * 62
OUTCOME = Rendered((Document("kind: A\n", "1"), Document("kind: B\n", "2")), ("a note",))


def entry(cache: Path, name: str = NAME) -> Path:
    return cache / name[:2] / name


_OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Failed, st.text(st.characters(codec="utf-8")), elsewhere=st.booleans()),
    st.builds(
        Rendered,
        st.lists(st.builds(Document, st.text(), st.text(max_size=9))).map(tuple),
        st.lists(st.text()).map(tuple),
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(outcome=_OUTCOMES)
def test_what_is_put_comes_back(outcome: Outcome, tmp_path: Path) -> None:
    Cache(tmp_path).put(NAME, outcome)
    assert Cache(tmp_path).get(NAME) == outcome


def test_nothing_is_kept_without_a_directory() -> None:
    cache = Cache(None)
    cache.put(NAME, OUTCOME)
    assert cache.get(NAME) is None
    cache.prune()


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_truncated_entries_are_dropped(tmp_path: Path, cut: int) -> None:
    cache = Cache(tmp_path)
    cache.put(NAME, OUTCOME)
    data = entry(tmp_path).read_bytes()
    entry(tmp_path).write_bytes(data[: min(cut, len(data) - 1)])
    assert cache.get(NAME) is None
    assert not entry(tmp_path).exists()


@pytest.mark.parametrize("at", [0, 31, 32, 40, -1])
def test_changed_entries_are_dropped(tmp_path: Path, at: int) -> None:
    cache = Cache(tmp_path)
    cache.put(NAME, OUTCOME)
    data = bytearray(entry(tmp_path).read_bytes())
    data[at] ^= 1
    entry(tmp_path).write_bytes(data)
    assert cache.get(NAME) is None


def test_an_entry_under_another_name_is_dropped(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(NAME, OUTCOME)
    entry(tmp_path, OTHER).parent.mkdir()
    entry(tmp_path).rename(entry(tmp_path, OTHER))
    assert cache.get(OTHER) is None


def test_an_entry_of_another_cache_is_dropped(tmp_path: Path) -> None:
    Cache(tmp_path / "a").put(NAME, OUTCOME)
    mine = Cache(tmp_path / "b")
    entry(tmp_path / "b").parent.mkdir()
    entry(tmp_path / "a").rename(entry(tmp_path / "b"))
    assert mine.get(NAME) is None


def test_the_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    keys = {Cache(tmp_path / "c").key for _ in range(3)}
    assert len(keys) == 1
    assert (tmp_path / "c/key").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in (tmp_path / "c").iterdir()) == ["key"]


def test_the_oldest_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=3500)
    for number in range(8):
        name = f"{number:02x}" + "0" * 62
        cache.put(name, Rendered((Document(os.urandom(400).hex(), ""),)))
        os.utime(entry(tmp_path, name), ns=(number, number))
    assert cache.get("00" + "0" * 62) is not None  # used just now
    cache.prune()
    kept = sorted(p.parent.name for p in tmp_path.glob("??/*"))
    assert "00" in kept
    assert "01" not in kept
    assert "07" in kept
    assert sum(p.stat().st_size for p in tmp_path.glob("??/*")) <= 3500


def test_recall_remembers_answers_and_no_failures(tmp_path: Path) -> None:
    asked = []

    def ask() -> str:
        asked.append(1)
        return "v1"

    assert [Cache(tmp_path).recall("x", ask) for _ in range(3)] == ["v1"] * 3
    assert len(asked) == 1

    def fail() -> str:
        raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            Cache(tmp_path).recall("y", fail)


def test_answers_come_back_as_they_were_given(tmp_path: Path) -> None:
    answers: list[object] = [None, [], {"a": [1, 1.5, 2**64 - 1, -0.0, "é\n", True, None]}, "text"]
    for number, answer in enumerate(answers):
        said = [Cache(tmp_path).remember("t", str(number), each) for each in (partial(_same, answer), _refused)]
        assert list(map(repr, said)) == [repr(answer)] * 2


def _same(answer: object) -> object:
    return answer


def test_an_answer_that_cannot_be_trusted_is_asked_for_again(tmp_path: Path) -> None:
    for spoil in (lambda data: data[:-3], lambda data: b"", lambda data: bytes((*data[:40], data[40] ^ 1, *data[41:]))):
        assert Cache(tmp_path).remember("t", "n", lambda: ["right"]) == ["right"]
        (kept,) = tmp_path.glob("??/*")
        kept.write_bytes(spoil(kept.read_bytes()))
        assert Cache(tmp_path).remember("t", "n", lambda: ["again"]) == ["again"]
        assert Cache(tmp_path).remember("t", "n", lambda: ["never"]) == ["again"]
        kept.unlink()


def test_what_is_no_json_and_what_fails_is_not_kept(tmp_path: Path) -> None:
    answers: list[object] = [float("nan"), {1, 2}]
    for answer in answers:
        assert Cache(tmp_path).remember("t", "n", partial(_same, answer)) is answer
    with pytest.raises(UserError):
        Cache(tmp_path).remember("t", "n", _refused)
    assert not list(tmp_path.glob("??/*"))


def _refused() -> object:
    raise UserError("no")


def test_other_topics_names_and_code_have_other_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    assert [cache.remember(topic, "n", partial(_same, topic)) for topic in ("a", "b")] == ["a", "b"]
    assert cache.remember("a", "m", lambda: "c") == "c"
    monkeypatch.setattr("bot.render.cache.code_state", lambda: "changed since")
    assert cache.remember("a", "n", lambda: "d") == "d"


def test_a_failing_write_leaves_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)

    def full(self: Path, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    cache.put(NAME, OUTCOME)
    assert "No space left on device" in cache.note
    assert list(entry(tmp_path).parent.iterdir()) == []
