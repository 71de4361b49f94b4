"""What the playground's pages say where there is nothing, or nothing yet, and what they do not take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playground_forge import PATHS, Answer, ask, scene

from bot.model.forge import ForgeKind
from bot.playground.serving import LocalForge

KIND = ForgeKind.GITHUB
PAGE = f"/{KIND}/{PATHS[KIND]}/-/pull/1"
REPOSITORY = f"/{KIND}/{PATHS[KIND]}"


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[LocalForge]:
    with LocalForge(tmp_path) as forge:
        scene(forge.world, KIND)
        yield forge


def as_ben(forge: LocalForge, path: str, form: dict[str, str] | None = None) -> Answer:
    return ask(forge.url, path, form, Cookie="playground-actor=ben")


@pytest.mark.parametrize(
    ("path", "form", "status", "said"),
    [
        ("/nowhere", None, 404, "There is no such page."),
        ("/github", None, 404, "There is no such page."),
        ("/", {}, 405, "There is no such form."),
        (f"{PAGE}/comment", {"body": "x" * 3_000_000}, 413, "push it with git"),
        (f"{REPOSITORY}/-/blob/main/nowhere.yaml", None, 404, "There is no nowhere.yaml at"),
        (f"{REPOSITORY}/-/blob/main/old.txt%00", None, 404, "There is no old.txt"),
    ],
)
def test_what_is_not_there_has_a_page_that_says_so(
    forge: LocalForge, path: str, form: dict[str, str] | None, status: int, said: str
) -> None:
    answer = as_ben(forge, path, form)
    assert answer.status == status and said in answer.text and 'class="brand" href="/"' in answer.text


def test_no_name_of_a_file_is_a_defect(forge: LocalForge) -> None:
    assert as_ben(forge, f"{REPOSITORY}/-/edit?file=a%00b").status == 200


def test_the_apis_answer_in_their_own_way(forge: LocalForge) -> None:
    for path, form in (("/api/v3/nothing", None), ("/api/v4/nothing", None), ("/git/github/x.git/info/refs", {})):
        assert 'class="brand"' not in as_ben(forge, path, form).text, path


def test_who_acts_as_somebody_else_after_a_refusal_comes_to_a_page(forge: LocalForge) -> None:
    refused = ask(forge.url, f"{PAGE}/comment", {"body": ""}, Referer=forge.url + PAGE)
    assert refused.status == 422 and f'name="back" value="{PAGE}"' in refused.text
    assert 'name="back" value="/"' in ask(forge.url, f"{PAGE}/comment", {"body": ""}).text
    assert f'name="back" value="{PAGE}9?"' in ask(forge.url, f"{PAGE}9").text


@pytest.mark.parametrize("name", [".git/config", ".GIT/config", "a/git~1/b", "a/.Git", ".git /x", ".git::$INDEX"])
def test_git_s_own_names_are_no_files(forge: LocalForge, name: str) -> None:
    head = forge.world.pulls[max(forge.world.pulls)].head
    answer = as_ben(forge, f"{PAGE}/push", {"file": name, "text": "x", "commit": head})
    assert answer.status == 422 and "Git takes no file of that name" in answer.text


@pytest.mark.parametrize(
    ("kind", "route", "status"),
    [
        ("latency", "HOOK *", 422), ("lost", "POST *", 422), ("429", "nonsense", 422), ("latency", "[", 422),
        ("latency", "P* */comments", 303), ("lost", "*pull_request*", 303), ("lost", "HOOK push", 303),
    ],
)  # fmt: skip
def test_a_fault_that_no_request_can_meet_is_refused(forge: LocalForge, kind: str, route: str, status: int) -> None:
    assert as_ben(forge, "/-/faults", {"kind": kind, "route": route}).status == status


def test_a_forge_that_is_still_filled_says_so_and_looks_again(forge: LocalForge) -> None:
    forge.world.begins = True
    for pull in list(forge.world.pulls):
        del forge.world.pulls[pull]
    page = as_ben(forge, "/").text
    assert "are being made" in page and '<meta http-equiv="refresh"' in page and "No open pull request" not in page
    forge.world.begins = False
    assert "No open pull request" in as_ben(forge, "/").text
