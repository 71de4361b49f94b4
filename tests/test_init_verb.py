"""``gatehouse init``: a file that says what is there and changes nothing of it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.cli import main
from bot.config.load import load
from bot.config.schema import FILE_NAME
from bot.jobs.init import Found, compose
from bot.model.unit import PlainRender, Renderer, Unit


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    return code, *capsys.readouterr()


def units(capsys: pytest.CaptureFixture[str], at: Path, *words: str) -> list[dict[str, object]]:
    code, out, _ = run(capsys, "units", "--repo", str(at), "--format", "json", "--units", "all", *words)
    assert code == 0
    return list(json.loads(out))


@pytest.fixture
def gitops(repository: GitOpsRepository) -> GitOpsRepository:
    files: dict[str, str | None] = {
        "apps/web/base/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "1"}),
        "sites/dev/prod/kustomization.yaml": kustomization(resources=["../../../apps/web/base"]),
    }
    for environment in ("prod", "dev", "staging"):
        files[f"apps/web/overlays/{environment}/kustomization.yaml"] = kustomization(resources=["../../base"])
    repository.commit(files)
    return repository


def test_it_says_what_is_there_and_changes_nothing(
    gitops: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    before = units(capsys, gitops.path)
    code, out, _ = run(capsys, "init", "--repo", str(gitops.path))
    assert (code, f"Wrote {FILE_NAME}" in out) == (0, True)
    assert gitops.git("status", "--porcelain") == f"?? {FILE_NAME}"
    text = (gitops.path / FILE_NAME).read_text()
    config = load(text.encode(), name=FILE_NAME)
    assert [(rule.name, rule.production) for rule in config.environments] == [
        ("dev", None), ("staging", None), ("prod", True),
    ]  # fmt: skip
    assert "# - web: dev, prod, staging\n" in text
    assert "# - apps/web/overlays/dev: kustomize (web in dev)\n" in text
    assert "sites/dev/prod" in text.partition("could not decide:")[2]
    assert units(capsys, gitops.path) == before
    code, _, err = run(capsys, "config", "--repo", str(gitops.path))
    assert (code, err) == (0, "")


def test_it_never_overwrites(gitops: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    (gitops.path / FILE_NAME).write_text("version: 1\n")
    code, _, err = run(capsys, "init", "--repo", str(gitops.path))
    assert (code, "already" in err) == (2, True)
    assert (gitops.path / FILE_NAME).read_text() == "version: 1\n"


def test_it_writes_through_no_link(
    gitops: GitOpsRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (gitops.path / FILE_NAME).symlink_to(tmp_path / "elsewhere")
    code, _, _ = run(capsys, "init", "--repo", str(gitops.path))
    assert (code, (tmp_path / "elsewhere").exists()) == (2, False)


def test_print_only_prints(gitops: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "init", "--print", "--repo", str(gitops.path))
    assert code == 0
    assert gitops.git("status", "--porcelain") == ""
    (gitops.path / FILE_NAME).write_text("nonsense: [\n")  # what is there already does not count
    _, again, _ = run(capsys, "init", "--print", "--repo", str(gitops.path))
    assert [line for line in again.splitlines() if line not in out.splitlines()] == []


def test_a_bare_clone_has_no_place_for_it(
    gitops: GitOpsRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(gitops.path), str(bare)], check=True)
    code, _, err = run(capsys, "init", "--repo", str(bare))
    assert (code, "--print" in err) == (2, True)
    code, out, _ = run(capsys, "init", "--print", "--repo", str(bare))
    assert (code, "name: prod" in out) == (0, True)


def test_an_empty_repository(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit({"README.md": "hello"})
    code, _, _ = run(capsys, "init", "--repo", str(repository.path))
    text = (repository.path / FILE_NAME).read_text()
    assert (code, "None was found" in text) == (0, True)
    assert load(text.encode(), name=FILE_NAME) == load(b"version: 1", name=FILE_NAME)


def test_names_that_differ_in_case_alone_are_switched_off(
    repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written down, the one would stand for the other: the file must not change what is found."""
    repository.commit(
        {
            f"apps/{app}/overlays/{environment}/kustomization.yaml": kustomization(namePrefix="a-")
            for app, environment in (("web", "prod"), ("api", "Prod"))
        }
    )
    before = units(capsys, repository.path)
    assert {unit["environment"] for unit in before} == {"prod", "Prod"}
    run(capsys, "init", "--repo", str(repository.path))
    assert "\n#  - name: Prod  # 1 unit\n" in (repository.path / FILE_NAME).read_text()
    assert units(capsys, repository.path) == before


def test_every_key_may_be_switched_on() -> None:
    for found in (Found((), (), (), True), Found((), ("note",), (("dev", False), ("prod", True)), False)):
        text = compose(found, environments=not found.assumed)
        config = load(re.sub(r"(?m)^#(?=[^ \n]|  )", "", text).encode(), name="all")
        assert config.environments
        assert config.apps
        assert config.units
        assert config.ignore
        assert config.plain
        assert config.waivers
        assert config.checks


def test_the_example_of_a_gate_never_opens_production() -> None:
    def gate(*environments: tuple[str, bool]) -> str:
        return compose(Found((), (), environments, False)).partition("#  gates:\n")[2].partition("\n\n")[0]

    assert gate() == gate(("dev", False), ("prod", True)) == gate(("dev", False))
    assert gate(("dev", False)) == "#    - fails_on: nothing\n#      environments:\n#        - dev"
    assert gate(("prod", True)) == "#    - fails_on: warning\n#      environments:\n#        - prod"


def test_text_of_the_repository_stays_a_comment() -> None:
    nasty = "a\nversion: 2\r\u2028b\x85\x1b[31m\udcff #:{[" + "x" * 500
    unit = Unit(nasty, nasty, Renderer.PLAIN, (PlainRender(nasty),), app=nasty, environment="dev", notes=(nasty,))
    text = compose(Found((unit,), (nasty,), (("dev", False),), False))
    assert max(map(len, text.splitlines())) < 400
    text.encode()
    (rule,) = load(text.encode(), name="nasty").environments
    assert rule.name == "dev"


@pytest.mark.parametrize(
    ("name", "ref"), [("bank-of-anthos", "main"), ("flux2-kustomize-helm-example", "main"), ("podinfo", "master")]
)
def test_it_changes_nothing_in_real_repositories(
    name: str, ref: str, corpora: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / name
    subprocess.run(["git", "clone", "-q", str(corpora / f"{name}.bundle"), str(place)], check=True)
    before = units(capsys, place)
    code, _, err = run(capsys, "init", "--repo", str(place))
    assert (code, err) == (0, "")
    assert load((place / FILE_NAME).read_bytes(), name=FILE_NAME).environments
    assert units(capsys, place) == before
