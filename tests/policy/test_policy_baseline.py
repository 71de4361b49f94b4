"""The shipped policies: where they are, what they hold, and that they are explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.checks.rules.policy import RULES
from bot.errors import ToolError
from bot.policy import baseline
from bot.policy.embedded import Embedded

TEXTS = {path.name: path.read_text() for path in baseline.directory().glob("*.rego") if "_test" not in path.name}


def test_every_file_is_known_with_its_rules_and_has_tests() -> None:
    assert TEXTS.keys() == {*baseline.FILES, baseline.SHARED}
    for name, rules in baseline.FILES.items():
        assert set(re.findall(r'"rule": "([a-z-]+)"', TEXTS[name])) == set(rules)
        assert (baseline.directory() / name.replace(".rego", "_test.rego")).is_file()


def test_only_kinds_that_the_policies_name_are_asked() -> None:
    text = "".join(TEXTS.values())
    assert all(f'"{kind}"' in text for kind in baseline.KINDS)
    named = {word for line in text.splitlines() if "_object.kind" in line for word in re.findall(r'"(\w+)"', line)}
    templates = set(re.findall(r'^\t"(\w+)": \[', TEXTS[baseline.SHARED], re.MULTILINE))
    assert named | templates == baseline.KINDS


def test_every_rule_is_explained() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert {f"policy/{rule}" for rule in baseline.RULES} <= set(ids)
    assert all(rule.what and rule.why and rule.mend and rule.title for rule in RULES)


def test_only_what_is_on_is_loaded() -> None:
    assert list(baseline.modules(set())) == []
    names = [module.path for module in baseline.modules({"privileged"})]
    assert names == ["policies/lib.rego of Gatehouse", "policies/privileges.rego of Gatehouse"]


@pytest.mark.parametrize("rule", sorted(baseline.RULES))
def test_each_file_works_alone(rule: str) -> None:
    with Embedded().open(list(baseline.modules({rule}))) as session:
        assert not session.problems


def test_they_are_found_in_an_installed_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the package is nothing then; the distribution's list of files says where they went."""
    installed = tmp_path / "share" / "gitops-gatehouse" / "policies"
    installed.mkdir(parents=True)
    (installed / baseline.SHARED).write_text("package x")

    class File(type(Path())):  # type: ignore[misc]
        def locate(self) -> Path:
            return tmp_path / str(self).removeprefix("../../")

    files = [File("bot/lib.rego"), File("../../share/gitops-gatehouse/policies/lib.rego")]
    monkeypatch.setattr("bot.__file__", str(tmp_path / "site-packages" / "bot" / "__init__.py"))
    monkeypatch.setattr("importlib.metadata.files", lambda name: files)
    assert baseline.directory() == installed
    monkeypatch.setattr("importlib.metadata.files", lambda name: None)
    with pytest.raises(ToolError, match="not installed"):
        baseline.directory()
