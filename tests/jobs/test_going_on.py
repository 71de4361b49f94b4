"""An overlay over another overlay of its environment comes or goes: the lower one goes on, and that is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest

Files = dict[str, str | None]
LOWER: Files = {
    "overlays/prod/kustomization.yaml": kustomization(resources=["ns.yaml", "cm.yaml"]),
    "overlays/prod/ns.yaml": manifest("Namespace", "shop"),
    "overlays/prod/cm.yaml": manifest("ConfigMap", "web", namespace="shop"),
}
UPPER: Files = {
    "overlays/prod-more/kustomization.yaml": kustomization(resources=["../prod", "more.yaml"]),
    "overlays/prod-more/more.yaml": manifest("ConfigMap", "more", namespace="shop"),
}
ALONE = kustomization(resources=["more.yaml"])
STILL = "2 of the 3 objects that go here are still in overlays/prod, which is deployed by itself now."
ALREADY = "2 of the 3 objects that are new here were already in overlays/prod, which goes up in this one."


@pytest.fixture(autouse=True)
def _program(need: Callable[[str], str]) -> None:
    need("kustomize")


def test_the_upper_one_goes_and_comes(repository: GitOpsRepository) -> None:
    (unit,) = repository.compare({**LOWER, **UPPER}, dict.fromkeys(UPPER)).units
    assert (unit.path, str(unit.state), unit.notes) == ("overlays/prod-more", "removed", (STILL,))
    assert {each.id.name: each.danger for each in unit.objects} == {
        "shop": "deletes a Namespace and everything in it; still in overlays/prod",
        "web": "deletes an object; still in overlays/prod",
        "more": "deletes an object",
    }
    (unit,) = repository.compare({}, UPPER).units
    assert (unit.path, str(unit.state), unit.notes) == ("overlays/prod-more", "added", (ALREADY,))


def test_what_was_in_the_upper_one_goes_into_the_lower_one(repository: GitOpsRepository) -> None:
    into = {
        "overlays/prod/kustomization.yaml": kustomization(resources=["ns.yaml", "cm.yaml", "more.yaml"]),
        "overlays/prod/more.yaml": UPPER["overlays/prod-more/more.yaml"],
    }
    found = by_path(repository.compare({**LOWER, **UPPER}, {**dict.fromkeys(UPPER), **into}))
    assert found["overlays/prod-more"].notes == (
        "1 of the 3 objects that go here comes in overlays/prod with this change.", STILL,
    )  # fmt: skip


def test_the_upper_one_lets_go_of_it_and_takes_it_again(repository: GitOpsRepository) -> None:
    (unit,) = repository.compare({**LOWER, **UPPER}, {"overlays/prod-more/kustomization.yaml": ALONE}).units
    assert unit.notes == ("Both objects that go here are still in overlays/prod, which is deployed by itself now.",)
    (unit,) = repository.compare({}, {"overlays/prod-more/kustomization.yaml": UPPER[unit.file]}).units
    assert unit.notes == ("Both objects that are new here were already in overlays/prod, which goes up in this one.",)


def part(name: str) -> Files:
    return {
        f"services/{name}/overlays/prod/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        f"services/{name}/overlays/prod/cm.yaml": manifest("ConfigMap", name, namespace="shop"),
    }


def test_parts_like_others_that_an_environment_lists_are_not_deployed_by_themselves(
    repository: GitOpsRepository,
) -> None:
    def listing(*names: str) -> Files:
        paths = [f"../../services/{name}/overlays/prod" for name in names]
        return {"environments/prod/kustomization.yaml": kustomization(resources=paths)}

    before = part("web") | part("api") | part("mail")
    (unit,) = repository.compare({**before, **listing("web", "api", "mail")}, listing("web", "api")).units
    assert unit.notes == (
        "The object that goes here is still in services/mail/overlays/prod, on which nothing here builds any more.",
    )
    assert [each.danger for each in unit.objects] == ["deletes an object"]
    (unit,) = repository.compare({}, listing("web", "api", "mail")).units
    assert unit.notes == (
        "The object that is new here was already in services/mail/overlays/prod, on which nothing here built before.",
    )


@pytest.mark.parametrize("lower", ["base", "overlays/prod/base", "overlays/dev"])
def test_a_base_or_another_environment_keeps_nothing(repository: GitOpsRepository, lower: str) -> None:
    files: Files = {
        f"{lower}/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        f"{lower}/cm.yaml": manifest("ConfigMap", "web", namespace="shop"),
    }
    above = "/".join([".."] * 2) + f"/{lower}"
    upper: Files = {"overlays/prod/kustomization.yaml": kustomization(resources=[above])}
    found = by_path(repository.compare({**files, **upper}, dict.fromkeys(upper)))
    assert found["overlays/prod"].notes == ()
