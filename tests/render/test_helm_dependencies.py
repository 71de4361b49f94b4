"""``file://`` dependencies: put in place, or taken from the archive that was committed for them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping

import pytest
from made_repository import chart, config_map

from bot.model.snapshot import FILE, Entry
from bot.model.unit import HelmRender
from bot.process import Limits
from bot.render.base import Material, RenderError
from bot.render.helm import render
from bot.render.sandbox import detect
from bot.render.tools import Tools

SOURCE = ("charts/c", "d", "charts/d")


@pytest.fixture
def tools(need: Callable[[str], str]) -> Tools:
    need("helm")
    return Tools(detect(), Limits(seconds=30))


def archive(directory: str, files: dict[str, str]) -> bytes:
    """A chart as ``helm package`` packs it."""
    kept = io.BytesIO()
    with tarfile.open(fileobj=kept, mode="w:gz") as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(f"d{path.removeprefix(directory)}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return kept.getvalue()


def packed(version: str = "1.0.0", kept: str = "packed") -> bytes:
    return archive("x", d_of(version, kept, "x"))


def d_of(version: str, name: str, directory: str = "charts/d", needs: str = "") -> dict[str, str]:
    text = f"apiVersion: v2\nname: d\nversion: {version}\n{needs}"
    return {**chart(directory, x=config_map(name)), f"{directory}/Chart.yaml": text}


def needing(*names: str, version: str = "1.0.0") -> str:
    rows = "".join(f"- {{name: {n}, version: '{version}', repository: 'file://../{n}'}}\n" for n in names)
    return f"dependencies:\n{rows}"


def made(
    tools: Tools, files: Mapping[str, str | bytes], *dependencies: tuple[str, str, str], asked: str = "1.0.0"
) -> str:
    """What a chart renders to that asks for ``d`` in a version."""
    texts: dict[str, str | bytes] = {
        "charts/c/Chart.yaml": f"apiVersion: v2\nname: c\nversion: 1.0.0\n{needing('d', version=asked)}",
        **files,
    }
    entries = tuple(Entry(path, FILE, path) for path in sorted(texts))

    def read(entry: Entry) -> bytes:
        data = texts[entry.oid]
        return data if isinstance(data, bytes) else data.encode()

    part = HelmRender("charts/c", "r")
    return "\n".join(render(Material(part, entries, read, dependencies=(SOURCE, *dependencies)), tools).documents)


@pytest.mark.parametrize(
    ("file", "asked", "version"),
    [("d-1.0.0.tgz", "1.0.0", "1.0.0"), ("d-1.0.0.tgz", "~1.0", "1.0.0"), ("d-any.tgz", ">=1 <2", "1.0.0")],
)
def test_an_archive_that_fits_counts_and_not_the_directory(file: str, asked: str, version: str, tools: Tools) -> None:
    files: dict[str, str | bytes] = {**d_of("1.0.0", "edited"), f"charts/c/charts/{file}": packed(version)}
    text = made(tools, files, asked=asked)
    assert "packed" in text and "edited" not in text


def test_a_directory_of_another_version_is_not_asked_about_where_an_archive_fits(tools: Tools) -> None:
    assert "packed" in made(tools, {**d_of("1.1.0", "edited"), "charts/c/charts/d-1.0.0.tgz": packed()})


@pytest.mark.parametrize("file", ["d-0.9.0.tgz", "d-more-1.0.0.tgz"])
def test_an_archive_of_something_else_leaves_the_directory(file: str, tools: Tools) -> None:
    other = (
        packed("0.9.0")
        if file == "d-0.9.0.tgz"
        else archive("x", {"x/Chart.yaml": "apiVersion: v2\nname: d-more\nversion: 1.0.0\n"})
    )
    assert "edited" in made(tools, {**d_of("1.0.0", "edited"), f"charts/c/charts/{file}": other})


def test_several_archives_of_one_chart_are_left_to_helm(tools: Tools) -> None:
    both = {"charts/c/charts/d-1.0.0.tgz": packed(), "charts/c/charts/d-1.0.1.tgz": packed("1.0.1", "newer")}
    assert "edited" not in made(tools, {**d_of("1.0.0", "edited"), **both}, asked="~1.0")


def test_what_the_directory_needs_is_not_asked_for_where_an_archive_stands_for_it(tools: Tools) -> None:
    needed = {**chart("charts/e"), "charts/e/Chart.yaml": "apiVersion: v2\nname: e\nversion: 2.0.0\n"}
    files = {**d_of("1.0.0", "edited", needs=needing("e")), **needed}
    below = ("charts/d", "e", "charts/e")
    assert "packed" in made(tools, {**files, "charts/c/charts/d-1.0.0.tgz": packed()}, below)
    with pytest.raises(RenderError, match=r"charts/d/Chart.yaml asks for version 1.0.0 of e"):
        made(tools, dict(files), below)


def test_an_archive_in_a_directory_that_is_put_in_place(tools: Tools) -> None:
    inner = archive(
        "x", {**chart("x", x=config_map("inner")), "x/Chart.yaml": "apiVersion: v2\nname: e\nversion: 1.0.0\n"}
    )
    files: dict[str, str | bytes] = {
        **d_of("1.0.0", "edited", needs=needing("e")), "charts/d/charts/e-1.0.0.tgz": inner,
        **chart("charts/e", x=config_map("outer")),
    }  # fmt: skip
    text = made(tools, files, ("charts/d", "e", "charts/e"))
    assert "edited" in text and "inner" in text and "outer" not in text


def test_errors_in_an_archive_are_not_told_of_the_directory(tools: Tools) -> None:
    broken = archive("x", {**d_of("1.0.0", "x", "x"), "x/templates/x.yaml": "{{ fail `no` }}"})
    with pytest.raises(RenderError, match=r"\bc/charts/d/templates/x.yaml"):
        made(tools, {**d_of("1.0.0", "edited"), "charts/c/charts/d-1.0.0.tgz": broken})
