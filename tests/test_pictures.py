"""README and docs show pictures that are there, and small; none lies there that nobody shows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "images"
MOST = 600 * 1024  # bytes, of all together: whoever clones gets them


def shown() -> set[Path]:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    return {
        (page.parent / path).resolve()
        for page in pages
        for path in re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in path
    }


def test_every_picture_is_there_and_shown() -> None:
    assert len(shown()) >= 3
    assert shown() == set(PICTURES.iterdir())


def test_pictures_are_small_and_webp() -> None:
    files = list(PICTURES.iterdir())
    assert sum(file.stat().st_size for file in files) < MOST
    for file in files:
        head = file.read_bytes()[:16]
        assert (file.suffix, head[:4], head[8:12]) == (".webp", b"RIFF", b"WEBP"), file.name


def test_the_script_takes_just_these() -> None:
    script = (ROOT / "tools" / "screenshots").read_text(encoding="utf-8")
    named = set(re.findall(r'camera\.shoot(?:_end)?\("([a-z-]+)"', script))
    assert named == {file.stem for file in PICTURES.iterdir()}
