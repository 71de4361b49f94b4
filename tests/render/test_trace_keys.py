"""A field that a template misspells stands in the template, wherever its value comes from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from made_repository import Made

from bot.cli import main
from bot.model.snapshot import FILE, Entry
from bot.model.unit import HelmRender
from bot.render.base import Material
from bot.render.trace_keys import Place, template_line
from bot.render.trace_sources import Sources

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicass: {{ .Values.count }}\n"


def line(**files: str) -> Place | None:
    paths = {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
    entries = tuple(Entry(f"c/{path}", FILE, str(n)) for n, path in enumerate(paths))
    material = Material(HelmRender("c", "r"), entries, lambda entry: paths[entry.path[2:]].encode())
    return template_line(Sources(material), "Deployment", "replicass")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (DEPLOYMENT, 4),
        (DEPLOYMENT.replace("replicass:", '"replicass" :'), 4),
        ("kind: Deployment\nspec: {a: 1, replicass: 3}\n", 2),
        ("a:\n  - - replicass:\n", 2),
        (DEPLOYMENT.replace("replicass", "xreplicass"), 0),
        ("# no replicass: here, but\n", 0),
        (DEPLOYMENT * 2, 0),
    ],
)
def test_the_line_of_a_template(template: str, expected: int) -> None:
    assert line(templates__d=template, values="count: 3\n") == (("c/templates/d.yaml", expected) if expected else None)


def test_of_several_templates_that_of_the_kind() -> None:
    other = DEPLOYMENT.replace("Deployment", "StatefulSet")
    assert line(templates__a=other, templates__d=DEPLOYMENT) == ("c/templates/d.yaml", 4)


def test_a_field_that_values_hold_as_well_is_left_to_its_value() -> None:
    assert line(templates__d=DEPLOYMENT, values="spec:\n  replicass: 3\n") is None


@pytest.mark.skipif(shutil.which("helm") is None, reason="needs helm")
def test_a_finding_about_a_field_names_the_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Made(tmp_path / "r")
    template = DEPLOYMENT.replace("replicass", "replicas").replace("spec:", "metadata: {name: c}\nspec:")
    files = {"Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", "values-prod.yaml": "count: 3\n"}
    made.commit(
        {f"charts/c/{name}": text for name, text in {**files, "templates/d.yaml": template}.items()}
        | {".gatehouse.yaml": "checks: {run: [schema]}\n"},
        "base",
    )
    made.commit({"charts/c/templates/d.yaml": template.replace("replicas", "replicass")}, "head")
    main(["check", "--repo", str(made.path), "--base", "base", "--head", "head", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    found = [f for check in said["checks"] for f in check["findings"] if f["rule"] == "schema/unknown-field"]
    assert [(f["file"], f["line"]) for f in found] == [("charts/c/templates/d.yaml", 5)]
