"""Helm's names of files become paths of the repository, where that is sure."""

from __future__ import annotations

import pytest

from bot.model.snapshot import FILE, Entry
from bot.model.unit import HelmRender, Mount
from bot.render.base import Material
from bot.render.helm_names import with_paths

FILES = {
    "charts/top/Chart.yaml": "name: umbrella\n"
    "dependencies:\n- {name: web, alias: frontend}\n- {name: api}\n- {name: db}\n- 3\n",
    "charts/top/templates/cm.yaml": "",
    "charts/top/charts/db/Chart.yaml": "name: db\ndependencies: [{name: deep}]\n",
    "charts/top/charts/db/templates/x.yaml": "",
    "charts/web/Chart.yaml": "name: web\n",
    "charts/web/templates/d.yaml": "",
    "charts/api-v2/templates/d.yaml": "",
    "charts/deep/templates/d.yaml": "",
}
DEPENDENCIES = (
    ("charts/top", "web", "charts/web"),
    ("charts/top", "api", "charts/api-v2"),
    ("charts/top/charts/db", "deep", "charts/deep"),
)


def said(sentence: str, part: HelmRender | None = None) -> str:
    entries = tuple(Entry(path, FILE, path) for path in FILES)
    material = Material(
        part or HelmRender("charts/top", "r"), entries, lambda e: FILES[e.oid].encode(), "", DEPENDENCIES
    )
    return with_paths(sentence, material)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("umbrella/templates/cm.yaml", "charts/top/templates/cm.yaml"),
        ("umbrella/charts/frontend/templates/d.yaml", "charts/web/templates/d.yaml"),
        ("umbrella/charts/api/templates/d.yaml", "charts/api-v2/templates/d.yaml"),
        ("umbrella/charts/db/templates/x.yaml", "charts/top/charts/db/templates/x.yaml"),
        ("umbrella/charts/db/charts/deep/templates/d.yaml", "charts/deep/templates/d.yaml"),
        (
            "umbrella/charts/web/templates/d.yaml",
            "umbrella/charts/web/templates/d.yaml",
        ),  # not by its name: it has an alias
        ("umbrella/templates/none.yaml", "umbrella/templates/none.yaml"),
        ("umbrella/charts/none/templates/d.yaml", "umbrella/charts/none/templates/d.yaml"),
        ("x/umbrella/templates/cm.yaml", "x/umbrella/templates/cm.yaml"),
    ],
)
def test_paths(name: str, path: str) -> None:
    assert said(f"parse error at ({name}:10): unexpected") == f"parse error at ({path}:10): unexpected"


def test_names_that_mean_nothing_here_stay() -> None:
    sentence = "parse error at (umbrella/templates/cm.yaml:1)"
    assert said(sentence, HelmRender("charts/none", "r")) == sentence
    assert said(sentence, HelmRender("top", "r", mounts=(Mount("charts/top", "top"),))) == sentence
