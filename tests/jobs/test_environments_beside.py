"""Two environments beside each other, and what runs where: by application, rendered, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository, application, kustomization, manifest

from bot.affected.view import View
from bot.errors import UserError
from bot.git.repository import Repository
from bot.jobs import deployed
from bot.jobs.across import across
from bot.jobs.deployed import NoSuch
from bot.jobs.ports import Ports
from bot.jobs.running import running
from bot.model.environments import Beside, Running
from bot.model.result import ObjectState
from bot.settings import Settings
from bot.wiring import configuration, opened


@contextmanager
def looking(repository: GitOpsRepository, files: Mapping[str, str | None]) -> Iterator[tuple[View, Ports]]:
    commit = repository.commit(files)
    with (
        Repository(repository.path) as git,
        opened(git, configuration(git, commit, None), Settings(None), lambda *_: None) as ports,
    ):
        yield ports.index.at(git.tree_of(commit)), ports


def compared(repository: GitOpsRepository, files: Mapping[str, str | None], *words: str) -> list[Beside]:
    with looking(repository, files) as (view, ports):
        return across(view, ports, *words)[1]


def overlay(path: str, *objects: str, **fields: object) -> dict[str, str]:
    files = {f"{path}/{number}.yaml": text for number, text in enumerate(objects)}
    names = [name.rpartition("/")[2] for name in files]
    return {**files, f"{path}/kustomization.yaml": kustomization(resources=names, **fields)}


def deployment(image: str, name: str = "web") -> str:
    return manifest("Deployment", name, spec={"template": {"spec": {"containers": [{"name": "c", "image": image}]}}})


def test_objects_are_paired_by_kind_and_name_whatever_the_namespace(repository: GitOpsRepository) -> None:
    files = {
        **overlay(
            "apps/web/overlays/dev", deployment("web:2"), manifest("ConfigMap", "only-here"), namespace="web-dev"
        ),
        **overlay("apps/web/overlays/prod", deployment("web:1"), manifest("Service", "more"), namespace="web-prod"),
    }
    (web,) = compared(repository, files, "dev", "prod")
    assert (web.app, web.left, web.right) == ("web", "apps/web/overlays/dev", "apps/web/overlays/prod")
    assert [(o.id.kind, o.state) for o in web.objects] == [
        ("ConfigMap", ObjectState.REMOVED),
        ("Deployment", ObjectState.CHANGED),
        ("Service", ObjectState.ADDED),
    ]
    assert "-      - image: web:2" in web.objects[1].diff and "namespace: web-dev" not in web.objects[1].diff
    assert not any(each.danger for each in web.objects)  # nothing is taken away from anybody


def test_names_that_hold_the_environment_are_paired(repository: GitOpsRepository) -> None:
    files = {
        **overlay("apps/web/overlays/dev", deployment("web:2"), namePrefix="dev-"),
        **overlay("apps/web/overlays/prod", deployment("web:1"), nameSuffix="-prod"),
    }
    (web,) = compared(repository, files, "dev", "prod")
    (only,) = web.objects
    assert only.was is not None and (only.was.name, only.id.name) == ("dev-web", "web-prod")


def test_generated_names_are_paired(repository: GitOpsRepository) -> None:
    def generated(value: str) -> str:
        return kustomization(configMapGenerator=[{"name": "settings", "literals": [f"A={value}"]}])

    files = {f"apps/web/overlays/{e}/kustomization.yaml": generated(v) for e, v in (("dev", "1"), ("prod", "2"))}
    (web,) = compared(repository, files, "dev", "prod")
    (only,) = web.objects
    assert '-  A: "1"' in only.diff and '+  A: "2"' in only.diff


def test_a_secret_is_masked(repository: GitOpsRepository) -> None:
    files = {
        f"apps/web/overlays/{e}/secret.yaml": manifest("Secret", "s", stringData={"password": f"hunter2-{e}"})
        for e in ("dev", "prod")
    }
    files |= {f"apps/web/overlays/{e}/kustomization.yaml": "resources: [secret.yaml]\n" for e in ("dev", "prod")}
    (web,) = compared(repository, files, "dev", "prod")
    (only,) = web.objects
    assert "hunter2" not in only.diff and "masked" in only.diff and only.state is ObjectState.CHANGED


def test_applications_that_are_called_after_their_environment_are_one(repository: GitOpsRepository) -> None:
    files = {f"argo/{e}.yaml": application(f"orders-{e}", f"orders/{e}") for e in ("staging", "prod")}
    files |= {**overlay("orders/staging", deployment("o:2")), **overlay("orders/prod", deployment("o:1"))}
    found = {each.app: each for each in compared(repository, files, "staging", "prod")}
    assert found["orders"].left == "orders/staging" and found["orders"].right == "orders/prod"
    assert len(found["orders"].objects) == 1


def test_several_units_of_an_application_are_paired_by_their_paths(repository: GitOpsRepository) -> None:
    files: dict[str, str] = {}
    for environment in ("dev", "prod"):
        for part in ("api", "jobs"):
            files |= overlay(
                f"envs/{environment}/apps/shop/{part}", manifest("ConfigMap", part, data={"e": environment})
            )
    config = {".gatehouse.yaml": "apps: [{name: shop, match: ['envs/*/apps/shop/']}]\n"}
    found = compared(repository, {**files, **config}, "dev", "prod")
    assert {(each.left.rpartition("/")[2], each.right.rpartition("/")[2]) for each in found} == {
        ("api", "api"), ("jobs", "jobs"),
    }  # fmt: skip


def test_what_is_in_one_environment_alone_and_what_does_not_render(repository: GitOpsRepository) -> None:
    files = {
        **overlay("apps/one/overlays/dev", deployment("a:1")),
        "apps/two/overlays/dev/kustomization.yaml": "resources: [gone.yaml]\n",
        **overlay("apps/two/overlays/prod", deployment("a:1")),
    }
    one, two = compared(repository, files, "dev", "prod")
    assert (one.left, one.right, one.objects) == ("apps/one/overlays/dev", "", ())
    assert "gone.yaml" in two.left_error and not two.right_error and not two.is_same


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("dev", "nowhere"), "There is no environment nowhere; there are dev, prod"),
        (("dev", "prod", "nothing"), "There is no application nothing; there are web"),
    ],
)
def test_names_that_mean_nothing(repository: GitOpsRepository, words: tuple[str, ...], text: str) -> None:
    files = {**overlay("apps/web/overlays/dev"), **overlay("apps/web/overlays/prod")}
    with pytest.raises(UserError, match=text):
        compared(repository, files, *words)


@pytest.mark.parametrize("word", ["prod", "PROD", "production", "live", "customers"])
def test_an_environment_has_several_names(repository: GitOpsRepository, word: str) -> None:
    config = {".gatehouse.yaml": "environments: [dev, {name: prod, aliases: [customers]}]\n"}
    files = {
        **overlay("apps/web/overlays/dev", deployment("a:1")),
        **overlay("apps/web/overlays/prod", deployment("a:2")),
    }
    (web,) = compared(repository, {**files, **config}, "dev", word)
    assert web.right == "apps/web/overlays/prod"


def test_images_of_each_application_in_each_environment(repository: GitOpsRepository) -> None:
    files = {
        **overlay("apps/web/overlays/dev", deployment("reg.example.com/web:2"), deployment("side:1", "z-side")),
        **overlay("apps/web/overlays/prod", deployment("reg.example.com/web:1")),
        "apps/two/overlays/prod/kustomization.yaml": "resources: [gone.yaml]\n",
    }
    with looking(repository, files) as (view, ports):
        two, *web = running(view, ports)
        assert running(view, ports, "web") == web
        with pytest.raises(NoSuch):
            running(view, ports, "three")
    assert (two.app, two.environment, two.images) == ("two", "prod", ()) and "gone.yaml" in two.error
    assert web == [
        Running("web", "dev", ("reg.example.com/web:2", "side:1")),
        Running("web", "prod", ("reg.example.com/web:1",)),
    ]


def test_more_units_than_one_question_may_render(repository: GitOpsRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployed, "MOST_UNITS", 1)
    files = {**overlay("apps/web/overlays/dev"), **overlay("apps/web/overlays/prod")}
    with looking(repository, files) as (view, ports), pytest.raises(UserError, match="name an application"):
        running(view, ports)


def test_two_runs_say_the_same(repository: GitOpsRepository, tmp_path: Path) -> None:
    files = {
        **overlay("apps/web/overlays/dev", deployment("a:1")),
        **overlay("apps/web/overlays/prod", deployment("a:2")),
    }
    assert compared(repository, files, "dev", "prod") == compared(repository, {}, "dev", "prod")
