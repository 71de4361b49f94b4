"""docs/configuration.md is what the table of keys says."""

from __future__ import annotations

import re
from pathlib import Path

from bot.config.keys import FILE
from bot.config.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run: python -m bot.config.reference > docs/configuration.md"
    )


def test_every_table_row_has_four_cells() -> None:
    rows = [row for row in reference().splitlines() if row.startswith("| `")]
    assert len(rows) > len(FILE.keys)
    tables = reference().split("## Patterns")[0]
    cells = [len(re.findall(r"(?<!\\)\|", row)) for row in tables.splitlines() if row.startswith("| `")]
    assert set(cells) == {5}
