"""The state of the code: what was worked out by other code is not used."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.render import code_state


def test_it_changes_with_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_state, "_ROOT", tmp_path)
    (tmp_path / "room").mkdir()

    def state() -> str:
        code_state.code_state.cache_clear()
        return code_state.code_state()

    seen = [state()]
    for name, text in (("room/a.py", "1"), ("room/a.py", "22"), ("b.py", ""), ("b.txt", "no code")):
        (tmp_path / name).write_text(text)
        seen.append(state())
    assert len(set(seen)) == 4
    assert seen[-1] == seen[-2]
    code_state.code_state.cache_clear()
