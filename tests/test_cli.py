"""The command as a contract: arguments, exit codes, formats, and that all doors give the same bytes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot import __version__
from bot.cli import VERBS, main
from bot.command_line import FORMATS, GROUPS
from bot.report import markdown

SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "report.schema.json").read_text())
UNIT = "apps/web/overlays/prod"


@pytest.fixture
def shop(repository: GitOpsRepository) -> GitOpsRepository:
    repository.commit(
        {
            "apps/web/base/kustomization.yaml": kustomization(resources=["cm.yaml", "secret.yaml"]),
            "apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "1"}),
            "apps/web/base/secret.yaml": manifest("Secret", "db", stringData={"password": "correct-horse-battery"}),
            f"{UNIT}/kustomization.yaml": kustomization(resources=["../../base"]),
            "README.md": "hello",
        }
    )
    repository.git("checkout", "-q", "-b", "change")
    return repository


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        code = main(words)
    except SystemExit as stop:  # argparse
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def check(capsys: pytest.CaptureFixture[str], at: GitOpsRepository, *words: str) -> tuple[int, str, str]:
    return run(capsys, "check", "--repo", str(at.path), "--base", "base", *words)


def report(capsys: pytest.CaptureFixture[str], at: GitOpsRepository, *words: str) -> dict[str, Any]:
    code, out, err = check(capsys, at, "--format", "json", *words)
    assert not err
    value: dict[str, Any] = json.loads(out)
    jsonschema.validate(value, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert code == {"passed": 0, "failed": 1, "error": 3}[value["verdict"]]
    return value


def test_passed(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "2"})})
    value = report(capsys, shop, "--head", "change")
    assert value["verdict"] == "passed"
    (unit,) = value["units"]
    assert (unit["path"], unit["renderer"], unit["source"], unit["app"]) == (UNIT, "kustomize", None, "web")
    assert (unit["environment"], unit["change"], unit["error"]) == ("prod", "changed", None)
    assert unit["objects"]["changed"] == [
        {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "", "name": "settings"}
    ]
    assert '-  a: "1"\n+  a: "2"' in unit["diff"]
    assert value["base"] == value["merge_base"] == shop.git("rev-parse", "base")
    assert value["head"] == shop.git("rev-parse", "change")
    assert {check["status"] for check in value["checks"]} <= {"passed", "skipped"}
    assert [f for check in value["checks"] for f in check["findings"] if f["state"] == "introduced"] == []
    assert value["owners"] == []


def test_failed_and_fixed(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"apps/web/base/cm.yaml": None})
    broken = report(capsys, shop, "--head", "change")
    assert broken["verdict"] == "failed"
    assert broken["units"][0]["change"] == "broken"
    assert "cm.yaml" in broken["units"][0]["error"]
    code, out, _ = run(capsys, "check", "--repo", str(shop.path), "--base", "change", "--head", "change")
    assert (code, "nothing" in out) == (0, True)


def test_an_added_unit_that_does_not_render_fails(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"apps/new/overlays/dev/kustomization.yaml": kustomization(resources=["missing.yaml"])})
    value = report(capsys, shop, "--head", "change")
    assert (value["verdict"], value["units"][0]["change"]) == ("failed", "unrenderable")


@pytest.mark.parametrize(
    ("reference", "verdict"), [("../../../../../outside.yaml", "failed"), ("https://example.com/base.yaml", "passed")]
)
def test_only_what_lies_elsewhere_may_stay_unknown(
    reference: str, verdict: str, shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new unit that leads out of the tree is wrong; one with a remote base cannot be judged from here."""
    shop.commit({"apps/new/overlays/dev/kustomization.yaml": kustomization(resources=[reference])})
    value = report(capsys, shop, "--head", "change")
    assert (value["verdict"], value["units"][0]["change"]) == (verdict, "unrenderable")


def test_the_work_tree_is_checked_without_a_head(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write({"apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "3"}), "new.txt": "x"})
    before = shop.git("status", "--porcelain")
    value = report(capsys, shop)
    assert value["units"][0]["change"] == "changed"
    assert value["unmapped"] == ["new.txt"]
    assert shop.git("status", "--porcelain") == before


def test_units_all_shows_the_base_too(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "2"})})
    value = report(capsys, shop, "--head", "change", "--units", "all")
    assert {unit["path"] for unit in value["units"]} == {"apps/web/base", UNIT}


def test_secrets_are_masked_in_every_format(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "correct-horse-battery-staple-2"
    shop.commit({"apps/web/base/secret.yaml": manifest("Secret", "db", stringData={"password": secret})})
    for form in FORMATS:
        _, out, err = check(capsys, shop, "--head", "change", "--format", form)
        assert "correct-horse" not in out + err
        assert "password" in out or form in ("sarif", "codequality")  # they show findings, no diffs
    _, out, _ = run(capsys, "render", UNIT, "--repo", str(shop.path), "--at", "change")
    assert "correct-horse" not in out
    assert "password" in out


def test_markdown_of_the_command_is_that_of_the_library(
    shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.commit({"apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "2"})})
    _, first, _ = check(capsys, shop, "--head", "change", "--format", "markdown")
    again = markdown.render(shop.check("base", "change", judged=True), timings=False)
    assert first.partition("\n\n<sub>")[0] == again.partition("\n\n<sub>")[0]


def test_output_goes_to_a_file(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    code, out, _ = check(capsys, shop, "--head", "change", "--format", "html", "--output", str(target))
    assert (code, out) == (0, "")
    assert target.read_text().startswith("<!")
    assert "</html>" in check(capsys, shop, "--head", "change", "--format", "html", "--output", "-")[1]
    code, _, err = check(capsys, shop, "--head", "change", "--output", str(tmp_path / "no" / "where"))
    assert code == 2
    assert "--output" in err
    assert "No such file" in err


def test_one_run_writes_several_forms(
    shop: GitOpsRepository, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shop.commit({"apps/web/base/cm.yaml": None})
    files = {form: tmp_path / form for form in FORMATS}
    words = [word for form, file in files.items() for word in ("--also", f"{form}={file}")]
    code, out, err = check(capsys, shop, "--head", "change", "--format", "markdown", "--limit", "2000", *words)
    assert (code, err) == (1, "")
    assert files["markdown"].read_text() == out
    assert len(out) <= 2000
    assert json.loads(files["json"].read_text())["verdict"] == "failed"
    results = json.loads(files["sarif"].read_text())["runs"][0]["results"]
    (result,) = [r for r in results if r["level"] == "error" and r["baselineState"] == "new"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert (result["ruleId"], place) == ("gatehouse/broken", f"{UNIT}/kustomization.yaml")
    assert json.loads(files["codequality"].read_text())[0]["location"]["path"] == place
    assert "\x1b" not in files["text"].read_text()
    code, _, err = check(capsys, shop, "--head", "change", "--also", f"sarif={tmp_path}/no/where")
    assert (code, "--also" in err) == (2, True)


def test_units_render_explain_config(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--repo", str(shop.path), "--at", "change")
    code, out, _ = run(capsys, "units", *at)
    assert code == 0
    assert UNIT in out
    _, out, _ = run(capsys, "units", *at, "--format", "json", "--units", "all")
    assert [unit["path"] for unit in json.loads(out)] == ["apps/web/base", UNIT]
    code, out, _ = run(capsys, "explain", "apps/web/base/cm.yaml", *at)
    assert code == 0
    assert out.splitlines()[-3:] == [
        f"{UNIT} (prod), rendered by kustomize",
        "    apps/web/base refers to it: apps/web/base/cm.yaml",
        f"    {UNIT} refers to it: apps/web/base",
    ]
    code, out, _ = run(capsys, "explain", "README.md", *at)
    assert "reaches no unit" in out
    code, out, _ = run(capsys, "config", *at)
    assert code == 0
    assert "no .gatehouse.yaml" in out


def test_a_unit_that_is_not_there(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "render", "overlays/prod", "--repo", str(shop.path), "--at", "change")
    assert code == 2
    assert UNIT in err  # what was probably meant
    code, _, err = run(capsys, "explain", "nowhere.yaml", "--repo", str(shop.path), "--at", "change")
    assert code == 2
    assert "nowhere.yaml is not in the repository" in err


def test_configuration_counts_from_the_base_side(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({".gatehouse.yaml": "version: 1\nenvironmnets: []\n"})
    code, out, err = check(capsys, shop, "--head", "change")
    assert (code, err) == (1, "")  # the base's counts, and what would stop everybody after the merge stops it
    assert (
        "The change leaves 1 problem in .gatehouse.yaml, the first in line 2: merged, it would end every check" in out
    )
    code, _, err = run(capsys, "check", "--repo", str(shop.path), "--base", "change", "--head", "change")
    assert code == 2
    assert "environmnets" in err
    assert "environments" in err
    code, _, err = run(capsys, "config", "--repo", str(shop.path))
    assert code == 2
    assert ".gatehouse.yaml" in err


def test_a_conflict_is_said_and_the_diff_shown(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "2"})})
    shop.git("checkout", "-q", "base")
    shop.commit({"apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "3"})})
    shop.git("checkout", "-q", "change")
    for head in (["--head", "change"], []):  # and of the work tree
        value = report(capsys, shop, *head)
        assert value["base"] != value["merge_base"]
        assert '-  a: "1"\n+  a: "2"' in value["units"][0]["diff"]
        assert any("conflicts" in note and "apps/web/base/cm.yaml" in note for note in value["notes"])


def test_help_names_every_verb_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(VERBS)
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for verb in VERBS:
        assert len(re.findall(rf"^  {verb}\s", out, re.MULTILINE)) == 1, verb


def test_a_wrong_option_is_told_by_its_verb(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "serve", "--wrkers", "3")
    assert code == 2
    assert "usage: gatehouse serve [-h]" in err and "--wrkers 3: not known here; `gatehouse serve --help`" in err


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, verb, "--help")
    assert code == 0
    assert re.search(rf"example: (?:\S+=\S+ )?gatehouse {verb}\b", " ".join(out.split()))


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "--base"],
        ["check", "--base", "x", "--wrong"],
        ["chek"],
        [],
        ["check", "--base", "x", "--format", "pdf"],
        ["check", "--base", "x", "--also", "sarif"],
        ["check", "--base", "x", "--also", "pdf=x"],
        ["check", "--base", "x", "--also", "json="],
        ["check", "--base", "x", "--limit", "1999"],
        ["check", "--base", "x", "--limit", "-1"],
    ],
)
def test_bad_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert "usage: gatehouse" in err


def test_version_is_quick_to_say() -> None:
    ask = "import sys, bot.cli; bot.cli.main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    version, _, modules = done.stdout.partition("\n")
    assert version == f"gatehouse {__version__}"
    assert not {"argparse", "yaml", "rich", "sqlite3", "subprocess", "json"} & set(modules.split())


def test_a_file_of_a_tool_that_is_not_read_is_said(shop: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shop.commit({"fleet.yaml": "defaultNamespace: x\n"})
    value = report(capsys, shop, "--head", "change")
    assert any("fleet.yaml" in note and "Fleet" in note for note in value["notes"])
