"""``gatehouse policy test``: outcomes, exit codes and what cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import main

POLICY = 'package main\ndeny contains "no owner" if not input.object.owner'
TEST = """package main_test
import data.main
test_owner if count(main.deny) == 0 with input as {"object": {"owner": "x"}}
test_cases[name] if {
  some name, object in {"none": {}, "empty": {"owner": false}}
  count(main.deny) == 1 with input as {"object": object}
}
"""


def write(directory: Path, **files: str) -> Path:
    for name, text in files.items():
        (directory / f"{name}.rego").write_text(text)
    return directory


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["policy", "test", *words])
    out, err = capsys.readouterr()
    return code, out + err


def test_all_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run(capsys, str(write(tmp_path, main=POLICY, main_test=TEST)))
    assert code == 0
    assert f"pass   main_test.test_owner  ({tmp_path}/main_test.rego:3)" in text
    assert "pass   main_test.test_cases[none]" in text
    assert text.endswith("3 tests, 3 passed, 0 failed\n")


def test_one_fails_and_one_cannot_be_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = """package bad_test
test_false if 1 == 2
test_undefined := input.nothing
test_error if to_number("a")
test_good := 1
"""
    code, text = run(capsys, str(write(tmp_path, main=POLICY, bad_test=bad)))
    assert code == 1
    assert "FAIL   bad_test.test_false" in text
    assert "FAIL   bad_test.test_undefined" in text
    assert "ERROR  bad_test.test_error" in text
    assert "could not parse string as number" in text
    assert "4 tests, 1 passed, 3 failed" in text


def test_tests_elsewhere_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run(capsys, str(write(tmp_path, main=POLICY + "\ntest_here if true")))
    assert code == 2
    assert "No test_* rule in a *_test.rego" in text


def test_a_policy_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run(capsys, str(write(tmp_path, main=POLICY, main_test=TEST, bad="package bad\nx := http.send({})")))
    assert code == 2
    assert "bad.rego:2: `http.send` reaches outside" in text
    assert "3 passed" in text


@pytest.mark.parametrize(("name", "words"), [("nowhere", "is no directory"), (".", "There are no policies")])
def test_nothing_to_test(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, words: str) -> None:
    code, text = run(capsys, str(tmp_path / name))
    assert code == 2
    assert words in text


def test_the_shipped_policies_hold(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run(capsys, str(Path(__file__).parents[2] / "policies"))
    assert code == 0, text


def test_the_engine_is_that_of_a_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPA_URL is asked here as well; a server that is not there is a sentence about OPA_URL."""
    monkeypatch.setenv("OPA_URL", "http://127.0.0.1:1")
    code, text = run(capsys, str(write(tmp_path, main=POLICY, main_test=TEST)))
    assert code == 3
    assert "which OPA_URL names, cannot be reached" in text


def test_a_case_that_does_not_hold_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rule has entries only for the cases that hold; `opa test` fails for the others."""
    bad = """package bad_test
test_object[c.n] if { some c in [{"n": "one", "v": 1}, {"n": "two", "v": 2}]; y := c.v; y == 1 }
test_key[name] if {
  some name, c in {"three": 3, "four": 4}
  every x in [3] { c == x }
}
test_none[i] if { some i, c in [5]; c == 6 }
"""
    code, text = run(capsys, str(write(tmp_path, bad_test=bad)))
    assert code == 1
    for line in (
        "pass   bad_test.test_object[one]",
        "FAIL   bad_test.test_object[two]",
        "pass   bad_test.test_key[three]",
        "FAIL   bad_test.test_key[four]",
        "FAIL   bad_test.test_none[0]",
        "5 tests, 2 passed, 3 failed",
    ):
        assert line in text
