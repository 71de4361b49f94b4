"""docs/operating.md and its neighbours name what there is; links between pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.cli import VERBS
from bot.command_line import parser
from bot.settings_file import FILE_NAME
from bot.web import figures

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_figure_is_explained() -> None:
    named = {word.removesuffix("_total") for word in re.findall(r"`gatehouse_([a-z_]+)", OPERATING)}
    assert set(figures._ABOUT) <= named
    made = set(re.findall(r'"gatehouse_([a-z_]+)"', Path(figures.__file__).read_text(encoding="utf-8")))
    assert made <= named
    assert named <= made | set(figures._ABOUT)


def test_every_verb_is_in_the_readme() -> None:
    for verb in VERBS:
        assert re.search(rf"`(?:gatehouse )?{verb}\b", README), verb


def test_what_lies_in_the_state_directory_is_explained() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").glob("*.py"))
    places = set(re.findall(r'state_dir / "([a-z]+)"', code))
    assert places
    for name in (*(f"{place}/" for place in places), "redis/", FILE_NAME):
        assert f"| `{name}` |" in OPERATING, name


def test_the_procfile_and_the_manifest_are_those_of_the_page() -> None:
    procfile = (ROOT / "Procfile").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+):", procfile, re.MULTILINE)) == {"web", "worker", "commands", "sweep"}
    assert set(re.findall(r"gatehouse (\w+)", procfile)) == {"worker", "sweep"} <= set(VERBS)
    for words in re.findall(r": gatehouse (.*)", procfile):
        assert parser().parse_args(words.split()).verb in VERBS
    granted = yaml.safe_load((ROOT / "app.yaml").read_text(encoding="utf-8"))["default_permissions"]
    written = {name for name, level in granted.items() if level == "write"}
    assert written == {"checks", "pull_requests", "issues"} and "workflows" not in granted
    assert "writes checks and comments" in OPERATING
