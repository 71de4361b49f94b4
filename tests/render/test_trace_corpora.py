"""Every image of every overlay of a real repository: the traced line holds its tag or digest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.affected.units import all_units
from bot.git.repository import Repository
from bot.jobs.material import materials
from bot.process import Limits
from bot.render.base import Material
from bot.render.sandbox import detect
from bot.render.tools import Tools
from bot.render.trace import Tracer
from bot.render.trace_alike import leaves
from bot.render.trace_match import Question, split_image
from bot.settings import Settings
from bot.wiring import configuration, opened, resolve

_CASE = "case/21cb9cb9/head"


@pytest.fixture
def closures(corpora: Path, tmp_path: Path) -> list[Material]:
    """The material of every kustomization, with its files read."""
    path = tmp_path / "bank.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(corpora / "bank-of-anthos.bundle"), str(path)], check=True)
    found = []
    with Repository(path) as repository:
        sides = resolve(repository, _CASE, _CASE, "")
        with opened(repository, configuration(repository, sides.base, None), Settings(None), lambda *_: None) as ports:
            _, view = ports.index.pair(sides.base_tree, sides.head_tree)
            for unit in all_units(view, ports.index.rules, everything=True):
                for material in materials(view, unit):
                    data = {entry.path: view.read(entry) for entry in material.files}
                    read = lambda entry, data=data: data[entry.path]  # noqa: E731 bound now, the repository closes
                    found.append(Material(material.part, material.files, read, material.refusal))
    return found


def test_the_line_of_every_image_holds_its_tag_or_digest(closures: list[Material]) -> None:
    tools = Tools(detect(), Limits())
    seen = 0
    for material in closures:
        files = {entry.path: entry for entry in material.files}
        asked = Tracer(material, tools)
        images = [
            (Question(wanted, path), str(value))
            for wanted in asked.objects()
            for path, value in leaves(asked.fields(wanted))
            if path[-1] == "image"
        ]
        for (_, image), origin in zip(images, asked.trace_all([q for q, _ in images]), strict=True):
            assert origin is not None, (material.part, image)
            line = material.read(files[origin.file]).decode().split("\n")[origin.line - 1]
            name, tag, digest = split_image(image)
            assert (digest or tag or name) in line
            seen += 1
    assert seen > 40
