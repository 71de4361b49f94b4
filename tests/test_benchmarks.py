"""The benchmarks measure what they say: repositories of the promised shape, honest opponents, every suite runs."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import brute_force, scan
from benchmarks.__main__ import _table
from benchmarks.alarms import said_of, table
from benchmarks.generate import FAN_OUT, FLUX, FLUX_KUSTOMIZE, LAYOUTS, OVERLAYS, Layout, write
from benchmarks.measure import Runs, Unsuitable, alternating, environment, measure, peak_memory, show
from benchmarks.row import Row
from benchmarks.subjects import Place
from benchmarks.suites import SUITES

ROOT = Path(__file__).resolve().parents[1]


def git(directory: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(directory), *words], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_second_commit_changes_one_file_of_the_first(layout: Layout, tmp_path: Path) -> None:
    repository = write(tmp_path / "r.git", layout, 8)
    assert git(repository, "rev-list", "--count", "main") == "2\n"
    assert git(repository, "diff", "--name-status", "HEAD~1", "HEAD") == f"M\t{layout.change(8)[0]}\n"
    assert git(repository, "fsck", "--strict") == ""


@pytest.mark.parametrize(("layout", "files"), [(OVERLAYS, 5 * 4), (FLUX, 1 + 8 * 3), (FLUX_KUSTOMIZE, 1 + 8 * 4)])
def test_as_many_files_as_units_need(layout: Layout, files: int, tmp_path: Path) -> None:
    repository = write(tmp_path / "r.git", layout, 8)
    assert len(git(repository, "ls-tree", "-r", "--name-only", "HEAD").split()) == files


def test_the_same_arguments_give_the_same_commits(tmp_path: Path) -> None:
    heads = {git(write(tmp_path / name, FLUX, 5), "rev-parse", "HEAD") for name in ("one", "two")}
    assert len(heads) == 1


def test_a_checkout_is_clean(tmp_path: Path) -> None:
    assert git(write(tmp_path / "r", FLUX, 3, checkout=True), "status", "--porcelain") == ""


def test_flux_takes_a_directory_without_kustomization_in_one_layout_only(tmp_path: Path) -> None:
    plain, kustomized = write(tmp_path / "a.git", FLUX, 3), write(tmp_path / "b.git", FLUX_KUSTOMIZE, 3)
    assert "kustomization.yaml" not in git(plain, "ls-tree", "-r", "HEAD")
    assert git(kustomized, "ls-tree", "-r", "HEAD").count("apps/a2/kustomization.yaml") == 1


@pytest.mark.parametrize("layout", [OVERLAYS, FAN_OUT], ids=lambda layout: layout.name)
def test_brute_force_finds_as_many_units_as_the_layout_says(
    layout: Layout, tmp_path: Path, need: Callable[[str], str]
) -> None:
    need("kustomize")
    repository = write(tmp_path / "r.git", layout, 4)
    found = brute_force.changed(repository, "HEAD~1", "HEAD")
    units = [path for path in found if not path.endswith("base")]
    assert len(units) == layout.affects(4)


def test_brute_force_leaves_components_out(tmp_path: Path) -> None:
    for name, kind in (("one", "Kustomization"), ("two", "Component")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kustomization.yml").write_text(f"apiVersion: kustomize.config.k8s.io/v1\nkind: {kind}\n")
    assert brute_force.kustomizations(tmp_path) == ["one"]


def test_measure_counts_runs_and_refuses_a_strange_exit(tmp_path: Path) -> None:
    ran: list[int] = []
    env = environment(tmp_path)
    runs = measure([sys.executable, "-c", "print(1)"], env=env, times=2, before=lambda: ran.append(1))
    assert (len(runs.seconds), len(ran), runs.output) == (2, 2, b"1\n")
    with pytest.raises(RuntimeError, match="ended with 3"):
        measure([sys.executable, "-c", "raise SystemExit(3)"], env=env, times=1)
    turns = alternating({"a": ["true"], "b": ["true"]}, env=env, times=3)
    assert {name: len(found.seconds) for name, found in turns.items()} == {"a": 3, "b": 3}


def test_memory_counts_children_too(tmp_path: Path) -> None:
    child = "import time; held = bytearray(60 * 1024 * 1024); time.sleep(0.3)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    try:
        alone = peak_memory([sys.executable, "-c", "pass"], env=environment(tmp_path))
        together = peak_memory([sys.executable, "-c", parent], env=environment(tmp_path))
    except Unsuitable:
        pytest.skip("this system has no /proc")
    assert together > alone + 50 * 1024 * 1024


def test_a_missed_goal_is_shown_and_a_row_without_goal_has_none() -> None:
    rows = [
        Row("fast", "1 s", ratio=12, at_least=10),
        Row("slow", "9 s", ratio=2, at_least=10),
        Row("told", "5 s", ratio=2),
    ]
    assert [row.met for row in rows] == [True, False, None]
    table = _table(rows, goals=True).splitlines()
    assert "≥ 10 " in table[2]
    assert "≥ 10 MISSED" in table[3]
    assert "≥" not in table[4]
    assert "MISSED" not in _table(rows, goals=False)
    assert len({len(line) for line in table}) == 1


def test_figures_keep_the_digits_that_mean_something() -> None:
    assert [show(s) for s in (0.0123, 1.2345, 12.345)] == ["12 ms", "1.23 s", "12 s"]
    assert str(Runs((2.0, 1.0, 4.0))) == "2.00 s (1.00 s–4.00 s)"


@pytest.mark.parametrize("name", [name for name in SUITES if name not in ("real", "flate", "scan")])
def test_every_suite_runs(name: str, need: Callable[[str], str]) -> None:
    need("kustomize")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", name], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"## {name}\n" in done.stdout
    assert done.stdout.count("\n|") > 2


def test_the_table_of_what_the_checks_say() -> None:
    said = {
        "one": (3, Counter({("risk/rbac", "error"): 2, ("risk/rbac", "info"): 1})),
        "other": (1, Counter({("images/latest", "warning"): 4})),
    }
    assert table(said).splitlines() == [
        "| rule | one (3 units) | other (1 units) |",
        "| --- | --- | --- |",
        "| `images/latest` | – | 4 warning |",
        "| `risk/rbac` | 2 error, 1 info | – |",
    ]


def test_what_the_checks_say_about_a_real_repository(corpora: Path, tmp_path: Path, need: Callable[[str], str]) -> None:
    need("kustomize"), need("helm")
    units, found = said_of(Place(tmp_path, 1), "podinfo")
    written = (ROOT / "docs" / "false-alarms.md").read_text().split("\n")
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in written if line.startswith("| `")]
    listed = {row[0] for row in rows if len(row) == 6 and row[-1] != "–"}  # the last column is podinfo's
    assert units == 11
    assert {rule for rule, _ in found} == listed
    assert not [rule for rule in said_of(Place(tmp_path, 1), "govuk-image-tags")[1] if rule[0] == "owners/missing"]


def test_what_the_others_say_has_to_be_said_here_as_well() -> None:
    schema = [
        {"rule": "schema/unknown-field", "object": {"kind": "Job", "name": "a"}},
        {"rule": "schema/x", "object": None},
    ]
    policy = [{"rule": "policy/probes"}, {"rule": "policy/probes"}, {"rule": "policy/resources"}]
    report = {"checks": [{"name": "schema", "findings": schema}, {"name": "policy", "findings": policy}]}
    assert scan.missed(report, frozenset({("Job", "a")}), Counter(probes=2, resources=1)) == 0
    assert scan.missed(report, frozenset({("Job", "b")}), Counter(probes=3)) == 2


def test_a_scan_gives_the_others_what_they_need_to_speak(
    corpora: Path, tmp_path: Path, need: Callable[[str], str]
) -> None:
    for program in ("kustomize", "kubeconform", "conftest"):
        need(program)
    of = scan.Scan(Place(tmp_path, 1, quick=True), "podinfo")
    _, _, report = of.gatehouse("all")
    assert of.write() > 0
    wrong = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: wrong}\n"
    wrong += "spec: {replica: 1, template: {spec: {hostPID: true}}}\n"
    (of.files / "wrong.yaml").write_text(wrong)
    _, refused = of.kubeconform()
    _, denied = of.conftest()
    assert refused == {("Deployment", "wrong")}
    assert denied["host-namespaces"] == 1
    assert scan.missed(report, refused, denied) == 2  # in the file that only they have
