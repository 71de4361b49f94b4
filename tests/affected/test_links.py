"""Symlinks are followed as a system follows them; what passes one is found again from where it leads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.affected.links import Links

TREE = {
    "link": "base",
    "chain": "link",
    "deep/a": "../base/sub",
    "deep/dir": "..",
    "up": "deep/dir/..",  # deep/dir is the root, and above that is outside, although the text stays inside
    "back": "deep/a/../x",  # beside where deep/a leads, not beside deep/a
    "loop": "pool",
    "pool": "loop",
    "self": "self",
    "dangling": "nowhere/file",
    "absolute": "/etc",
    "out": "../outside",
    "empty": "",
    "nul": "a\0b",
}
FILES = ("base/file", "base/sub/file", "base/x", "deep/file")
LEADS = {
    "base/file": "base/file",
    "link/file": "base/file",
    "chain/sub/file": "base/sub/file",
    "deep/a/file": "base/sub/file",
    "deep/dir/base/x": "base/x",
    "deep/dir/deep/dir/link/x": "base/x",
    "back": "base/x",
    "dangling": "nowhere/file",
    "up": None,
    "up/etc": None,
    "loop/x": None,
    "self": None,
    "absolute/passwd": None,
    "out": None,
    "empty": None,
    "nul": None,
    "": "",
}


@pytest.mark.parametrize("path", LEADS)
def test_where_a_path_leads(path: str) -> None:
    assert Links(TREE).way(path).real == LEADS[path]


@pytest.mark.parametrize("path", [p for p, real in LEADS.items() if real])
def test_the_system_agrees(path: str, tmp_path: Path) -> None:
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
    for link, text in TREE.items():
        if text and "\0" not in text:
            (tmp_path / link).symlink_to(text)
    assert os.path.realpath(tmp_path / path) == os.path.realpath(tmp_path / (LEADS[path] or ""))


def test_what_a_way_depends_on() -> None:
    way = Links(TREE).way("back")
    assert way.links == ("back", "deep/a")
    assert way.left == ("deep", "base/sub")
    assert all(way.depends_on(path) for path in ("back", "deep/a", "base/sub", "base/sub/file", "base"))
    assert not any(way.depends_on(path) for path in ("base/x", "base/file", "link", "other"))


@pytest.mark.parametrize(
    ("path", "carriers"),
    [
        ("base/file", {"link", "chain", "deep/dir"}),
        ("base/sub/file", {"link", "chain", "deep/a", "back", "deep/dir"}),
        ("nowhere/file", {"dangling", "deep/dir"}),
        ("nowhere", {"dangling", "deep/dir"}),
        ("loop", {"loop", "pool", "deep/dir"}),
    ],
)
def test_through_which_links_a_path_is_seen(path: str, carriers: set[str]) -> None:
    assert Links(TREE).carriers(path) >= carriers
    assert Links({}).carriers(path) == set()


def test_a_forest_of_links_costs_no_more_than_its_size() -> None:
    """Each link leads into a directory that holds the others: the names of a file are without number, its links are not."""
    links = Links({f"d/l{n}": "." for n in range(2000)})
    assert links.carriers("d/file") == {f"d/l{n}" for n in range(2000)}
    assert links.way("d/" + "l1/" * 39 + "file").real == "d/file"
    assert links.way("d/" + "l1/" * 41 + "file").real is None  # as the system: too many
