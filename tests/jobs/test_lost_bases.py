"""Bases that go while overlays build on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest, states

Files = dict[str, str | None]
BASE: Files = {
    "base/kustomization.yaml": kustomization(resources=["a.yaml"]),
    "base/a.yaml": manifest("ConfigMap", "a"),
}
OVERLAYS: Files = {
    f"overlays/{name}/kustomization.yaml": kustomization(resources=["../../base"], namePrefix=f"{name}-")
    for name in ("dev", "prod")
}
BROKEN = {"overlays/dev": "broken", "overlays/prod": "broken"}
GONE: Files = dict.fromkeys(BASE)
COMMON: Files = {path.replace("base/", "common/"): text for path, text in BASE.items()}


@pytest.mark.parametrize(
    ("change", "unmapped"),
    [
        ({"base/kustomization.yaml": None}, set()),
        (
            {"base/kustomization.yaml": None, "base/kustomisation.yaml": BASE["base/kustomization.yaml"]},
            {"base/kustomisation.yaml"},
        ),
        ({**GONE, **COMMON}, {"common/a.yaml", "common/kustomization.yaml"}),
    ],
)
def test_what_is_left_of_one_is_no_unit(
    repository: GitOpsRepository, need: Callable[[str], str], change: Files, unmapped: set[str]
) -> None:
    need("kustomize")
    report = repository.compare({**BASE, **OVERLAYS}, change)
    assert (states(report), set(report.unmapped)) == (BROKEN, unmapped)


def test_one_between(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    between: Files = {"between/kustomization.yaml": kustomization(resources=["../base"])}
    on_it = {path: (text or "").replace("../../base", "../../between") for path, text in OVERLAYS.items()}
    report = repository.compare({**BASE, **between, **on_it}, {"base/kustomization.yaml": None})
    assert states(report) == BROKEN


def test_what_another_overlay_takes_is_mapped(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    mended: Files = {"overlays/dev/kustomization.yaml": kustomization(resources=["../../common"], namePrefix="dev-")}
    report = repository.compare({**BASE, **OVERLAYS}, {**GONE, **COMMON, **mended})
    assert (states(report), report.unmapped) == ({"overlays/dev": "unchanged", "overlays/prod": "broken"}, ())


def test_a_directory_that_was_a_unit_stays_one(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """A kustomization that begins to build on plain manifests fails, and takes nothing away."""
    need("kustomize")
    plain: Files = {"web/a.yaml": manifest("ConfigMap", "w"), **BASE, **OVERLAYS}
    wrong: Files = {
        "overlays/prod/kustomization.yaml": kustomization(resources=["../../base", "../../web"]),
        "web/a.yaml": manifest("ConfigMap", "w", data={"a": "b"}),
    }
    report = repository.compare(plain, wrong)
    assert states(report) == {"overlays/prod": "broken", "web": "changed"}
