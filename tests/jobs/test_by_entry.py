"""What an entry of ``.gatehouse.yaml`` names, taken away together with the entry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_repository import Made, check

UNITS = "version: 1\nunits:\n"
ENTRY = "  - {path: chart, renderer: helm, values: [envs/prod.yaml], environment: prod}\n"
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ .Values.a }}}\n",
    "envs/prod.yaml": "a: b\n",
    ".gatehouse.yaml": UNITS + ENTRY,
}


@pytest.mark.skipif(shutil.which("helm") is None, reason="needs helm")
def test_values_that_go_with_their_entry_say_how_they_can(tmp_path: Path) -> None:
    moved = {
        "envs/prod.yaml": None,
        "values/prod.yaml": "a: b\n",
        ".gatehouse.yaml": UNITS + ENTRY.replace("envs", "values"),
    }
    said = check(Made(tmp_path / "moved").change(CHART, moved))
    assert (said.code, said.states()) == (1, {"chart": "broken"})
    (unit,) = said.report["units"]
    assert (
        "one that edits the entry and leaves the files where they are, then one that takes the files away"
        in unit["notes"][-1]
    )
    # the two steps do pass
    first = check(
        Made(tmp_path / "first").change(CHART, {path: text for path, text in moved.items() if text is not None})
    )
    assert first.code == 0
    then = check(
        Made(tmp_path / "then").change(
            {**CHART, **{path: text for path, text in moved.items() if text}}, {"envs/prod.yaml": None}
        )
    )
    assert then.code == 0


def test_without_an_edit_of_the_configuration_nothing_is_said(tmp_path: Path) -> None:
    plain = {
        "site/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        ".gatehouse.yaml": f"{UNITS}  - path: site\n",
    }
    gone = {"site/a.yaml": None, "README.md": "hello\n"}
    (unit,) = check(Made(tmp_path / "r").change(plain, gone)).report["units"]
    assert (unit["change"], unit.get("notes", [])) == ("removed", [])
    (unit,) = check(Made(tmp_path / "with").change(plain, {**gone, ".gatehouse.yaml": "version: 1\n"})).report["units"]
    assert unit["change"] == "removed"
    assert "but here the base's copy counts" in unit["notes"][-1]
