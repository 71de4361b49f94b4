"""Every rule explains itself: at the terminal, on its page, and with a waiver that can be pasted."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository

from bot.checks import explain
from bot.checks.all_checks import rules as judged
from bot.checks.rules import Rule, gatehouse
from bot.cli import main
from bot.config.load import load

PAGES = Path(__file__).parents[2] / "docs" / "rules"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["explain", *words])
    return code, *capsys.readouterr()


def test_there_is_an_up_to_date_page_for_each_rule_and_no_other() -> None:
    wanted = explain.pages()
    assert {path.name for path in PAGES.iterdir()} == set(wanted), "run `make docs`"
    assert [name for name in wanted if (PAGES / name).read_text(encoding="utf-8") != wanted[name]] == [], (
        "run `make docs`"
    )
    assert len(wanted) == len(explain.rules()) + 1


def test_the_index_links_every_page() -> None:
    links = re.findall(r"\]\(([^)]+)\)", explain.pages()["README.md"])
    assert sorted(links) == sorted(explain.file_name(rule) for rule in explain.rules())


def test_ids_are_unique_and_can_be_named_in_a_waiver() -> None:
    ids = [rule.id for rule in explain.rules()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+/[a-z0-9-]+", rule) for rule in ids)


@pytest.mark.parametrize("rule", explain.rules(), ids=lambda rule: rule.id)
def test_each_rule_says_what_why_and_how(rule: Rule, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, rule.id)
    flat = " ".join(out.split())
    assert code == 0
    for words in (rule.title, rule.what, rule.why, rule.mend):
        assert words
        assert " ".join(words.split()) in flat


@pytest.mark.parametrize("rule", judged(), ids=lambda rule: rule.id)
def test_the_waiver_may_be_pasted_as_it_is(rule: Rule, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, rule.id)
    _, found, block = out.partition("  waivers:\n")
    assert found
    (waiver,) = load(textwrap.dedent(found + block).encode(), name="pasted").waivers
    assert waiver.rule == rule.id


@pytest.mark.parametrize("rule", gatehouse.RULES, ids=lambda rule: rule.id)
def test_what_the_gate_itself_says_cannot_be_waived(rule: Rule, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, rule.id)
    assert "cannot be waived" in out
    assert "waivers:" not in out + explain.page(rule)


def test_without_a_word_it_lists_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys)
    assert code == 0
    assert [rule.id for rule in explain.rules() if f"  {rule.id}  " not in out] == []


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("risk/immutible", "risk/immutable"),
        ("immutable", "risk/immutable"),
        ("Risk/Replicas_Zero", "risk/replicas-zero"),
    ],
)
def test_a_rule_that_is_not_there(
    word: str, meant: str, repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit({"a.txt": "a"})
    code, _, err = said(capsys, word, "--repo", str(repository.path))
    assert code == 2
    assert f"no rule {word}" in err
    assert f"did you mean {meant}" in err


def test_a_word_like_no_rule_is_a_path(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit({"risk/other.yaml": "a: 1"})
    code, out, _ = said(capsys, "risk/other.yaml", "--repo", str(repository.path))
    assert (code, "reaches no unit" in out) == (0, True)
    code, _, err = said(capsys, "apps/shop.yaml", "--repo", str(repository.path))
    assert (code, "is not in the repository" in err) == (2, True)


def test_a_path_with_the_name_of_a_rule(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit({"risk/immutable": "a"})
    _, out, _ = said(capsys, "risk/immutable", "--repo", str(repository.path))
    assert "What it finds" in out
    _, out, _ = said(capsys, "./risk/immutable", "--repo", str(repository.path))
    assert "reaches no unit" in out


def test_pages_of_rules_that_are_gone_go(tmp_path: Path) -> None:
    (tmp_path / "risk-old.md").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    explain.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*explain.pages(), "notes.txt"}


def test_a_mistyped_rule_needs_no_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "risk/nope", "--repo", str(tmp_path))
    assert code == 2
    assert "There is no rule risk/nope; " in err
    assert "cannot be read as a git repository" in said(capsys, "a.yaml", "--repo", str(tmp_path))[2]


def test_every_rule_can_be_told_in_a_comment() -> None:
    for rule in explain.rules():
        told = explain.markdown(rule, expires="2026-12-31")
        assert told.startswith(f"**`{rule.id}`**: ") and len(told) < 20_000
        assert not any(line.startswith(("/", "#")) for line in told.split("\n"))
        assert told.count("```") % 2 == 0 and "<!--" not in told
        assert ("waivers:" in told) == (rule not in gatehouse.RULES)
