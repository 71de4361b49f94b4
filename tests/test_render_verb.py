"""``gatehouse render`` and ``units``: which unit a name means, and how it is found."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from deployers import flux
from gitops_repository import GitOpsRepository, chart, kustomization, manifest

from bot.cli import main

Files = dict[str, str | None]


def variable(value: str) -> dict[str, object]:
    return {"postBuild": {"substitute": {"A": value}}}


FILES: Files = {
    "flux/ks.yaml": flux("apps", "./apps"),
    "apps/kustomization.yaml": kustomization(resources=["web.yaml"]),
    "apps/web.yaml": flux("web", "./web", **variable("one")),
    "web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "web/cm.yaml": manifest("ConfigMap", "web", data={"a": "${A}"}),
}


@pytest.fixture
def run(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def ran(files: Files, *words: str) -> tuple[int, str, str]:
        repository.commit(files)
        code = main([*words, "--repo", str(repository.path), "--at", "HEAD"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


def test_a_path_means_what_is_deployed_of_it(
    run: Callable[..., tuple[int, str, str]], need: Callable[[str], str]
) -> None:
    """Not the build of its directory alone, without what Flux puts in."""
    need("kustomize")
    code, out, _ = run(FILES, "render", "web")
    assert (code, "a: one" in out) == (0, True)
    two = flux("web", "./web", **variable("one")) + "---\n" + flux("more", "./web", **variable("two"))
    code, _, err = run({"apps/web.yaml": two}, "render", "web")
    assert (code, "2 units render 'web'; name one by its key: " in err) == (2, True)
    key = next(word.rstrip(".") for word in err.replace(",", "").split() if word.rstrip(".").endswith("/more"))
    code, out, _ = run({}, "render", key)
    assert (code, "a: two" in out) == (0, True)
    code, out, _ = run({}, "units")
    assert key in out
    code, _, err = run({}, "render", "we")
    assert err.count("web") == 1


def test_the_root_of_a_repository_has_one_name(
    run: Callable[..., tuple[int, str, str]], need: Callable[[str], str]
) -> None:
    need("kustomize")
    files = {"kustomization.yaml": kustomization(resources=["cm.yaml"]), "cm.yaml": manifest("ConfigMap", "x")}
    _, out, _ = run(files, "units", "--format", "json")
    assert [unit["path"] for unit in json.loads(out)] == ["."]
    code, out, _ = run({}, "render", ".")
    assert (code, "name: x" in out) == (0, True)


def test_the_name_under_which_a_report_shows_a_unit(
    run: Callable[..., tuple[int, str, str]], need: Callable[[str], str]
) -> None:
    need("helm")
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '{{ .Values.a }}'}\n"
    files = {
        **chart("charts/web", a=template),
        "charts/web/values-dev.yaml": "a: 1\n",
        "charts/web/values-prod.yaml": "a: 2\n",
    }
    code, out, _ = run(files, "render", "charts/web (prod)")
    assert (code, "a: '2'" in out) == (0, True)
    code, _, err = run({}, "render", "charts/web (qa)")
    assert (code, "charts/web@dev, charts/web@prod" in err) == (2, True)
    code, _, err = run({}, "render", "charts/api (prod)")
    assert (code, "There is no unit" in err) == (2, True)
