"""``.gatehouse.yaml`` and ``--config``: every problem with its line and what is allowed, before anything is rendered."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_repository import Made, check, config_map, gatehouse

X = {"apps/x/kustomization.yaml": "resources: [a.yaml]\n", "apps/x/a.yaml": config_map()}
MOVED = {"apps/x/a.yaml": config_map(value="2")}
BAD = """\
version: 1
environmets: []
render:
  timeout_seconds: -5
  load_restrictor: Never
units:
- path: /etc
- renderer: helm
  path: apps/x
  colour: red
"""


def test_every_problem_with_line_and_allowed_values(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").change({**X, ".gatehouse.yaml": BAD}, MOVED)
    for verb in (["check", "--base", "base", "--head", "head"], ["config"], ["units"], ["render", "apps/x"]):
        said = gatehouse(*verb, "--repo", str(made.path))
        assert (said.code, said.out) == (2, "")
        for words in (
            ":2",
            "environmets",
            "environments",
            ":4",
            "timeout_seconds",
            ":5",
            "RootOnly",
            ":7",
            "/etc",
            ":10",
            "colour",
        ):
            assert words in said.err, words


def test_the_change_cannot_bring_its_own_rules(tmp_path: Path) -> None:
    """The configuration is read at the base: neither a broken one nor a permissive one in the change counts."""
    for text in (BAD, "version: 1\nignore: ['**']\n"):
        made = Made(tmp_path / str(len(text))).change(X, {**MOVED, ".gatehouse.yaml": text})
        said = check(made)
        assert (said.code, said.states()) == (int(text == BAD), {"apps/x": "changed"})
        assert [stop.partition(":")[0] for stop in said.report["stops"]] == (
            ["The change leaves 5 problems in .gatehouse.yaml, the first in line 2"] if text == BAD else []
        )
        assert check(made, head=None).states() == {"apps/x": "changed"}


def test_a_change_can_mend_what_nobody_can_use(tmp_path: Path) -> None:
    """Otherwise no change would ever pass again. It is judged by every check, as nobody knows what was asked for."""
    made = Made(tmp_path / "r").change({**X, ".gatehouse.yaml": BAD}, {**MOVED, ".gatehouse.yaml": "version: 1\n"})
    said = check(made)
    assert (said.code, said.states()) == (0, {"apps/x": "changed"})
    assert [
        note for note in said.report["notes"] if note.startswith(".gatehouse.yaml of the base cannot be used: it has 5")
    ]
    assert len(said.report["checks"]) == 7
    taken = Made(tmp_path / "taken").change({**X, ".gatehouse.yaml": BAD}, {**MOVED, ".gatehouse.yaml": None})
    assert check(taken).code == 0
    worse = Made(tmp_path / "worse").change({**X, ".gatehouse.yaml": BAD}, {**MOVED, ".gatehouse.yaml": f"{BAD}a: 1\n"})
    assert check(worse).code == 2


def test_the_tip_of_the_base_counts_and_not_the_merge_base(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").change(X, MOVED)
    made.git("checkout", "-q", "-b", "later", "base")
    made.commit({".gatehouse.yaml": BAD}, "tip")
    assert check(made, base="tip").code == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"version: [\n", [".gatehouse.yaml"], id="broken"),
        pytest.param(b"\xff\xfe\x00\x01" * 9, [".gatehouse.yaml"], id="binary"),
        pytest.param(b"- a\n", [".gatehouse.yaml"], id="list"),
        pytest.param(b"version: 1\nversion: 1\n", [":2:1: version is written twice (first on line 1)"], id="duplicate"),
        pytest.param(b"version: 2\n", [".gatehouse.yaml", "version", "1"], id="version"),
        pytest.param(
            b"version: 1\nignore: ['" + b"{a,b}" * 40 + b"']\n", [".gatehouse.yaml", "ignore"], id="glob-bomb"
        ),
        pytest.param(b"version: 1\nx: " + b"[" * 5000, [".gatehouse.yaml"], id="deep"),
    ],
)
def test_configuration_that_cannot_be_read(tmp_path: Path, content: bytes, words: list[str]) -> None:
    said = check(Made(tmp_path / "r").change({**X, ".gatehouse.yaml": content}, MOVED))
    assert (said.code, said.out) == (2, "")
    for word in words:
        assert word in said.err, word


@pytest.mark.parametrize("name", ["nope.yaml", "."])
def test_config_option_that_names_no_file(tmp_path: Path, name: str) -> None:
    made = Made(tmp_path / "r").change(X, MOVED)
    said = check(made, "--config", str(tmp_path / name))
    assert said.code == 2
    assert f"--config {tmp_path / name} cannot be read" in said.err


def test_configuration_that_is_a_symlink_is_not_followed_out(tmp_path: Path) -> None:
    from made_repository import Link

    (tmp_path / "outside.yaml").write_text("secret: hunter2\n")
    made = Made(tmp_path / "r").change({**X, ".gatehouse.yaml": Link("../outside.yaml")}, MOVED)
    said = check(made)
    assert "hunter2" not in said.out + said.err
    assert said.code in (0, 2)


def test_a_configuration_that_is_not_committed_is_called_by_its_file(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").change(X, MOVED)
    made.write({".gatehouse.yaml": "versoin: 1\n"})
    said = gatehouse("units", "--repo", str(made.path))
    assert said.err.splitlines()[1].startswith("  .gatehouse.yaml:1:1: unknown key")
    commit = made.commit({}, "wrong")
    said = gatehouse("units", "--repo", str(made.path), "--at", "wrong")
    assert f".gatehouse.yaml at {commit[:12]}:1:1: unknown key" in said.err


def test_a_directory_is_no_configuration_and_a_change_can_mend_it(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").change({**X, ".gatehouse.yaml/more.yaml": "a: 1\n"}, MOVED)
    said = check(made)
    assert (said.code, "it is a directory" in said.err, "UTF-8" in said.err) == (2, True, False)
    made.commit({".gatehouse.yaml/more.yaml": None}, "head")
    assert check(made).code == 0


def test_a_misnamed_configuration_is_said(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").change(X, {**MOVED, ".gatehouse.yml": "versoin: 1\n"})
    words = ".gatehouse.yml is not read: the configuration is .gatehouse.yaml. Rename it."
    assert words in check(made).report["notes"]
    assert words in gatehouse("units", "--repo", str(made.path), "--at", "head").out
    assert f"# {words}" in gatehouse("config", "--repo", str(made.path)).out
    assert words not in gatehouse("units", "--repo", str(made.path), "--at", "base").out
