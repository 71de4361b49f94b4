"""``gatehouse doctor`` on the playground: what is well, what is missing, and what nobody can know."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from github_openapi import Judge

from bot.cli import main
from bot.doctor import clock
from bot.doctor.examine import examined
from bot.doctor.finding import Finding, Level, Notes
from bot.errors import UserError
from bot.forge.github_doctor import EVENTS, FOR_WHAT, NEEDED, lacking
from bot.model.forge import ForgeKind, Permission
from bot.playground.bot_account import join
from bot.playground.records import Protection, Repository
from bot.playground.serving import LocalForge
from bot.service_settings import ServiceSettings, parsed
from bot.settings import from_environment
from bot.settings_file import NAMES

BOT = "http://127.0.0.1:18999"
GITHUB, GITLAB = "github:acme/gitops", "gitlab:acme/platform/gitops"
ROOT = Path(__file__).resolve().parents[2]


class Ground:
    """A local forge with both halves, and the settings of a bot there."""

    def __init__(self, forge: LocalForge, place: Path) -> None:
        self.forge, self.world = forge, forge.world
        root = self.world.add_user("root")
        self.repositories: dict[ForgeKind, Repository] = {}
        for kind, path in ((ForgeKind.GITHUB, "acme/gitops"), (ForgeKind.GITLAB, "acme/platform/gitops")):
            self.world.add_organisation(kind, path.rpartition("/")[0], {"root": Permission.ADMIN})
            row = self.repositories[kind] = self.world.create_repository(kind, path, private=True)
            self.world.commit(row, root, "main", {"README.md": "Apps\n"}, "Begin")
            self.world.protect(row, Protection("main", checks=("gatehouse",)))
        self.world.add_user("ada")
        self.env = join(self.world, self.repositories, BOT, place)

    def settings(self, **changed: str) -> ServiceSettings:
        return parsed({**self.env, **changed})

    def findings(self, *wanted: str, **changed: str) -> list[Finding]:
        return list(examined(self.settings(**changed), from_environment({}), wanted))

    def about(self, about: str, **changed: str) -> list[Finding]:
        return [finding for finding in self.findings(**changed) if finding.about == about]


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    place = tmp_path / "place"
    place.mkdir()
    (place / "git").mkdir()
    judges: list[Judge] = []

    def judged(application: object) -> Judge:
        judges.append(Judge(application))
        return judges[-1]

    with LocalForge(place / "git", around=judged) as forge:
        yield Ground(forge, place)
    assert not [problem for judge in judges for problem in judge.problems]


def said(findings: list[Finding], level: Level) -> str:
    return "\n".join(f"{finding.what} {finding.todo}" for finding in findings if finding.level is level)


def test_nothing_is_missing_where_all_is_there(ground: Ground) -> None:
    findings = ground.findings()
    assert not said([each for each in findings if each.about != "machine"], Level.MISSING)
    assert {each.about for each in findings} == {"machine", "github", "gitlab", GITHUB, GITLAB}
    fine = said([each for each in findings if each.about == GITHUB], Level.OK)
    assert "every permission" in fine and "every event" in fine and "no .gatehouse.yaml" in fine
    assert "Token, role, webhook" in said([each for each in findings if each.about == GITLAB], Level.OK)
    assert "clocks of this machine and of the forge agree" in said(findings, Level.OK)
    assert "any App may set it" in said(findings, Level.WARNING)  # as classic protection without a source says


def test_permissions_and_events_that_were_not_granted(ground: Ground) -> None:
    (mine,) = ground.world.installations.values()
    del mine.permissions["issues"]
    mine.permissions["checks"] = "read"
    (app,) = ground.world.apps.values()
    app.events.discard("merge_group")
    missing = said(ground.about(GITHUB), Level.MISSING)
    assert "lacks issues: write (for commands" in missing and "lacks checks: write (for the verdict)" in missing
    assert "not told of merge_group" in missing


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_nothing_holds_a_merge(ground: Ground, kind: ForgeKind) -> None:
    row = ground.repositories[kind]
    ground.world.protect(row, Protection("main"))
    missing = said(ground.about(f"{kind}:{row.path}"), Level.MISSING)
    assert {"github": "main does not require the status gatehouse", "gitlab": '"Pipelines must succeed"'}[
        kind
    ] in missing


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_a_configuration_that_cannot_be_used(ground: Ground, kind: ForgeKind) -> None:
    row = ground.repositories[kind]
    root = ground.world.user("root")
    ground.world.commit(row, root, "main", {".gatehouse.yaml": "chekcs: {}\n"}, "Configure")
    missing = said(ground.about(f"{kind}:{row.path}"), Level.MISSING)
    assert "chekcs" in missing and "gatehouse config" in missing
    ground.world.commit(row, root, "main", {".gatehouse.yaml": "checks:\n  run: [schema]\n"}, "Mend")
    findings = ground.about(f"{kind}:{row.path}")
    assert not said(findings, Level.MISSING)
    assert ".gatehouse.yaml of main can be used" in said(findings, Level.OK)


def test_webhooks_that_go_elsewhere(ground: Ground) -> None:
    findings = ground.findings(GATEHOUSE_PUBLIC_URL="http://elsewhere.example.com")
    missing = said(findings, Level.MISSING)
    assert "GitHub sends webhooks to http://127.0.0.1:18999/webhooks/github" in missing
    assert "There is no webhook to http://elsewhere.example.com/webhooks/gitlab" in missing


def test_what_nobody_said_is_not_known(ground: Ground) -> None:
    findings = ground.findings(GATEHOUSE_PUBLIC_URL="")
    unknown = said(findings, Level.UNKNOWN)
    assert "where GitHub sends webhooks, is this service" in unknown and "its webhook goes to this service" in unknown
    ground.repositories[ForgeKind.GITLAB].members[ground.world.user("gatehouse").id] = Permission.WRITE
    unknown = said(ground.about(GITLAB), Level.UNKNOWN)
    assert "Nobody but a Maintainer can tell" in unknown


def test_a_branch_that_cannot_be_read_is_not_fine(ground: Ground) -> None:
    (mine,) = ground.world.installations.values()
    del mine.permissions["contents"]
    findings = ground.about(GITHUB)
    assert "what main asks of a merge" in said(findings, Level.UNKNOWN)
    assert "requires" not in said(findings, Level.OK)
    assert "cannot be cloned" in said(findings, Level.MISSING)


def test_webhooks_that_failed_are_counted(ground: Ground) -> None:
    root = ground.world.user("root")
    row = ground.repositories[ForgeKind.GITHUB]
    ground.world.commit(row, root, "change", {"a.yaml": "a: 1\n"}, "Change")
    ground.world.open_pull(row, root, "A change", "change")
    ground.forge.sender.wait()
    assert "webhooks of the last day were never delivered (" in said(ground.about("github"), Level.WARNING)


def test_an_app_that_is_installed_nowhere_or_suspended(ground: Ground) -> None:
    (number, mine), *_ = ground.world.installations.items()
    ground.world.installations[number] = replace(mine, suspended=True)
    assert "is suspended" in said(ground.about("github"), Level.MISSING)
    ground.world.installations.clear()
    assert "installed nowhere" in said(ground.about("github"), Level.MISSING)


def test_credentials_that_the_forges_refuse(ground: Ground) -> None:
    findings = ground.findings(GITHUB_APP_ID="999999", GITLAB_TOKEN_FILE="", GITLAB_TOKEN="glpat-of-nobody-at-all-4711")
    missing = said(findings, Level.MISSING)
    assert "GitHub does not know the App" in missing and "GitLab does not know the bot's account" in missing
    assert "4711" not in str(findings)


def test_one_repository_alone(ground: Ground) -> None:
    assert {each.about for each in ground.findings(GITLAB)} == {"machine", "github", "gitlab", GITLAB}
    assert "not installed" in said(ground.findings("github:acme/nowhere"), Level.MISSING)
    assert "cannot see acme/nowhere" in said(ground.findings("gitlab:acme/nowhere"), Level.MISSING)
    with pytest.raises(UserError, match="github:acme/gitops or gitlab:acme/gitops"):
        ground.findings("acme/gitops")
    with pytest.raises(UserError, match="names no repository"):
        ground.findings("bitbucket:acme/gitops")


def test_a_clock_that_is_wrong(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "MOST", -1)
    notes = Notes("github")
    clock.compare(ground.forge.url, notes)
    assert "The clock of this machine is" in said(notes.findings, Level.MISSING)
    notes = Notes("github")
    clock.compare("http://127.0.0.1:9", notes)
    assert "whether the clocks agree" in said(notes.findings, Level.UNKNOWN)


def test_the_permissions_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((ROOT / "app.yaml").read_text())
    assert manifest["default_permissions"] == NEEDED
    assert tuple(manifest["default_events"]) == EVENTS
    assert set(FOR_WHAT) == set(NEEDED)
    assert lacking({**NEEDED, "contents": "write"}) == {}
    assert lacking({}) == NEEDED


def test_the_verb(
    ground: Ground, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*NAMES, "GATEHOUSE_ENV_FILE"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in ground.env.items()))
    code = main(["doctor", "--settings", str(file), "--format", "json"])
    told = json.loads(capfdbinary.readouterr().out)
    assert told["fine"] is (code == 0)
    assert {"level", "about", "what", "todo"} == set(told["findings"][0])
    ground.world.protect(ground.repositories[ForgeKind.GITHUB], Protection("main"))
    assert main(["doctor", GITHUB, "--settings", str(file)]) == 1
    text = capfdbinary.readouterr().out.decode()
    assert f"{GITHUB}\n  ok " in text and "missing  Nothing holds a merge" in text and "→ Require the status" in text
    for name, value in ground.env.items():
        if name.endswith("_FILE"):
            assert Path(value).read_text() not in text


def test_settings_that_stop_the_service_are_a_finding(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name in NAMES]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GATEHOUSE_STATE_DIR", str(tmp_path))
    assert main(["doctor"]) == 1
    text = capfdbinary.readouterr().out.decode()
    assert "No forge is configured" in text and "git is version" in text
