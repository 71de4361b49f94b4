"""Files and symlinks of a closure land inside of the room, or nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.snapshot import FILE, SYMLINK, Entry
from bot.model.unit import HelmRender, KustomizeRender, Mount
from bot.render.base import Material, RenderError
from bot.render.layout import lay_out
from bot.render.rooms import Room


def material(files: dict[str, str], links: dict[str, str] | None = None, mounts: tuple[Mount, ...] = ()) -> Material:
    """A material whose entries are named by their own content."""
    texts = {**files, **(links or {})}
    entries = [Entry(path, SYMLINK if path in (links or {}) else FILE, path) for path in sorted(texts)]
    part = HelmRender("c", "r", mounts=mounts) if mounts else KustomizeRender("")
    return Material(part, tuple(entries), lambda entry: os.fsencode(texts[entry.oid]))


def test_files_and_links_inside() -> None:
    with Room() as room:
        lay_out(room, material({"a/b.yaml": "x", "c": "y"}, {"a/up": "../c", "a/here": "./b.yaml"}))
        assert Path(room.path, "repo/a/b.yaml").read_text() == "x"
        assert Path(room.path, "repo/a/up").read_text() == "y"
        assert Path(room.path, "repo/a/here").read_text() == "x"
    assert not Path(room.path).exists()


@pytest.mark.parametrize(
    "target",
    ["/etc/passwd", "../x", "a/../../x", "b/../../x", "", "b/../..", "..", "./../x", "//etc", "a\0b", "..//../x"],
)
def test_links_that_could_leave_are_refused(target: str) -> None:
    with Room() as room, pytest.raises(RenderError, match=r"symlink link .* leads out of the repository"):
        lay_out(room, material({"b/c": "x"}, {"link": target}))


@pytest.mark.parametrize(
    "target", ["b/../b/c", "./b/.././b/c", "b/deep/../c", "b/down/../c", "b/up/b/down/../c", "b//..//b/c"]
)
def test_links_that_rise_and_stay_inside(target: str) -> None:
    files = {"b/c": "found", "b/deep/x": ""}
    with Room() as room:
        lay_out(room, material(files, {"link": target, "b/down": "deep", "b/up": ".."}))
        assert Path(room.path, "repo/link").read_text() == "found"


@pytest.mark.parametrize("target", ["b/up/../x", "b/down/../../../x", "b/up/b/up/../b/c"])
def test_links_that_leave_through_others_are_refused(target: str) -> None:
    files = {"b/c": "x", "b/deep/x": ""}
    with Room() as room, pytest.raises(RenderError, match=r"symlink link .* leads out of the repository"):
        lay_out(room, material(files, {"link": target, "b/down": "deep", "b/up": ".."}))


@pytest.mark.parametrize("links", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b/x", "b": "a"}])
def test_a_circle_is_called_one(links: dict[str, str]) -> None:
    with Room() as room, pytest.raises(RenderError, match=r"The symlink a points to .* in a circle"):
        lay_out(room, material({"x": ""}, links))


def test_a_link_that_the_disk_takes_for_another_name_cannot_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a disk holds ``L`` and ``l`` for the same, ``l/../x`` may be above the tree although no text says so."""
    asked: list[str] = []

    def elsewhere(path: str) -> str:
        asked.append(path)
        return "/etc/passwd"

    monkeypatch.setattr("bot.render.layout.os.path.realpath", elsewhere)
    with Room() as room:
        with pytest.raises(RenderError, match="leads out of the repository on this system"):
            lay_out(room, material({"b/c": ""}, {"L": ".", "x": "l/../b/c"}))
        assert asked[0].startswith(room.path)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/x", "a//b", "a/./b", ".", "..", "a/..", ""])
def test_paths_made_by_hand_are_refused(path: str, tmp_path: Path) -> None:
    with Room() as room, pytest.raises(RenderError, match="cannot be laid out"):
        lay_out(room, material({path: "x"}))


def test_a_directory_that_is_also_a_link_is_refused() -> None:
    with Room() as room, pytest.raises(RenderError):
        lay_out(room, material({"a/b": "x", "z": "y"}, {"a": "."}))


def test_names_of_255_bytes_fit_and_longer_ones_are_named() -> None:
    with Room() as room:
        lay_out(room, material({"x" * 255: "x"}))
        with pytest.raises(RenderError, match="cannot be laid out here"):
            lay_out(room, material({"x" * 256: "x"}))


def test_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.render.layout._MOST_BYTES", 10)
    with Room() as room, pytest.raises(RenderError, match="split the unit"):
        lay_out(room, material({"a": "x" * 6, "b": "x" * 6}))


def test_mounts_place_parts_elsewhere_and_the_last_one_wins() -> None:
    mounts = (Mount("charts/c", "c"), Mount("envs/prod/values.yaml", "c/values.yaml"))
    files = {
        "charts/c/Chart.yaml": "chart",
        "charts/c/values.yaml": "old",
        "envs/prod/values.yaml": "new",
        "other": "no",
    }
    with Room() as room:
        lay_out(room, material(files, mounts=mounts))
        laid = {str(p.relative_to(room.path)): p.read_text() for p in Path(room.path).rglob("*") if p.is_file()}
    assert laid == {"repo/c/Chart.yaml": "chart", "repo/c/values.yaml": "new"}


def laid(files: dict[str, str], *mounts: Mount) -> dict[str, str]:
    """What lies where after the mounts."""
    with Room() as room:
        lay_out(room, material(files, mounts=mounts))
        root = Path(room.path, "repo")
        return {str(p.relative_to(root)): p.read_text() for p in root.rglob("*") if p.is_file()}


def test_a_file_that_two_rules_take_lies_in_both_places() -> None:
    found = laid({"a/x": "1", "a/y": "2"}, Mount("a", "one"), Mount("a", "two/deep"), Mount("a/x", "x"))
    assert found == {"one/x": "1", "one/y": "2", "two/deep/x": "1", "two/deep/y": "2", "x": "1"}


@pytest.mark.parametrize(("order", "wins"), [(1, "b"), (-1, "a")])
def test_of_two_files_for_one_place_the_last_rule_wins(order: int, wins: str) -> None:
    assert laid({"a/x": "a", "b/x": "b"}, *[Mount("a", ""), Mount("b", "")][::order]) == {"x": wins}


EXCLUDES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "nothing": ((), ["d/a.md", "d/a.yaml", "d/sub/b.md", "d/sub/b.yaml"]),
    "a name at any depth": (("*.md",), ["d/a.yaml", "d/sub/b.yaml"]),
    "a directory by its name": (("sub",), ["d/a.md", "d/a.yaml"]),
    "a path": (("s/d/sub/*.md",), ["d/a.md", "d/a.yaml", "d/sub/b.yaml"]),
    "a directory by its path": (("s/*/sub",), ["d/a.md", "d/a.yaml"]),
    "everything below": (("s/d/**",), []),
    "choices": (("*.{md,yaml}",), []),
    "what is above the copied directory is not asked": (("s",), ["d/a.md", "d/a.yaml", "d/sub/b.md", "d/sub/b.yaml"]),
    "a pattern that is none": (("[",), ["d/a.md", "d/a.yaml", "d/sub/b.md", "d/sub/b.yaml"]),
}


@pytest.mark.parametrize("name", EXCLUDES)
def test_what_a_rule_excludes_is_not_there(name: str) -> None:
    patterns, kept = EXCLUDES[name]
    files = {f"s/d/{path}": "x" for path in ("a.md", "a.yaml", "sub/b.md", "sub/b.yaml")}
    assert sorted(laid(files, Mount("s", "", patterns))) == kept


def test_a_file_that_is_copied_by_itself_may_be_excluded() -> None:
    assert laid({"s/a.md": "x", "s/b": "x"}, Mount("s/a.md", "a", ("*.md",)), Mount("s/b", "b", ("s",))) == {"b": "x"}


def test_harmless_aliases_pass_and_a_bomb_does_not() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
    )
    usual = "a: &a {x: 1}\n" + "".join(f"b{n}: *a\n" for n in range(50))
    script = "run: |\n" + "  ls *.yaml && echo *\n" * 50
    with Room() as room:
        lay_out(room, material({"usual.yaml": usual, "script.yaml": script, "no-yaml": "& " + " *x" * 50 + "\n\t\t["}))
        with pytest.raises(RenderError, match=r"bomb\.yaml:7 .* aliases"):
            lay_out(room, material({"bomb.yaml": bomb}))


_STEP = st.sampled_from(["a", "b", "..", ".", "l", ""])


@given(
    links=st.dictionaries(
        st.sampled_from(["l", "a/l", "a/b/l", "b/l"]), st.lists(_STEP, max_size=7).map("/".join), max_size=4
    )
)
def test_no_link_leads_out_whatever_it_passes(links: dict[str, str]) -> None:
    with Room() as room:
        try:
            lay_out(room, material({"a/f": "", "a/b/f": "", "b/f": ""}, links))
        except RenderError:
            return
        inside = Path(room.path, "repo")
        for item in inside.rglob("*"):
            try:
                assert item.resolve(strict=True).is_relative_to(inside)
            except (OSError, RuntimeError):
                continue  # dangling, or a loop
