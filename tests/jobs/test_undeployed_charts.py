"""A new chart that is forgotten where those beside it are listed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, application, by_path, chart, manifest

Files = dict[str, str | None]
WORDS = "deploy the charts beside it (services/billing, services/orders), and none deploys this one"


def service(name: str) -> Files:
    return chart(f"services/{name}", cm=manifest("ConfigMap", name))


def notes(repository: GitOpsRepository, before: Files, after: Files) -> str:
    return " ".join(
        by_path(repository.compare({**service("billing"), **service("orders"), **before}, after))[
            "services/invoices"
        ].notes
    )


def test_forgotten_in_the_list_of_a_chart(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    text = json.loads(application("NAME", "services/NAME"))
    template = json.dumps(text).replace("NAME", "{{ . }}")
    root: Files = {
        "root.yaml": application("root", "root"),
        **chart("root", services=f"{{{{- range .Values.services }}}}\n---\n{template}\n{{{{- end }}}}\n"),
        "root/values.yaml": "services: [billing, orders]\n",
    }
    assert WORDS in notes(repository, root, service("invoices"))


def test_forgotten_beside_files(repository: GitOpsRepository) -> None:
    listed: Files = {f"apps/{name}.yaml": application(name, f"services/{name}") for name in ("billing", "orders")}
    assert WORDS in notes(repository, listed, service("invoices"))


def test_nothing_is_said_where_one_beside_it_stands_alone_or_it_is_deployed(repository: GitOpsRepository) -> None:
    one: Files = {"apps/orders.yaml": application("orders", "services/orders")}
    assert notes(repository, one, service("invoices")) == ""
    report = repository.compare(
        {"apps/billing.yaml": application("billing", "services/billing"), **dict.fromkeys(service("invoices"))},
        {**service("invoices"), "apps/invoices.yaml": application("invoices", "services/invoices")},
    )
    assert by_path(report)["services/invoices"].notes == ()


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ({}, "The charts beside it (services/billing, services/orders) are deployed as dependencies of others"),
        ({"a.yaml": application("orders", "services/orders")}, "Argo CD or Flux objects, or charts that need them, deploy"),
    ],
)  # fmt: skip
def test_charts_that_others_depend_on(repository: GitOpsRepository, objects: Files, words: str) -> None:
    names = ("billing", "orders")
    rows = "".join(f"- {{name: {n}, version: 1.0.0, repository: 'file://../services/{n}'}}\n" for n in names)
    above = {"prod/Chart.yaml": f"apiVersion: v2\nname: prod\nversion: 1.0.0\ndependencies:\n{rows}"}
    assert notes(repository, {**above, **objects}, service("invoices")).startswith(words)


def test_one_that_an_object_names_is_not_forgotten_although_that_fails(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    templates = {name: application(name, f"services/{name}") for name in ("billing", "orders")}
    fails = json.loads(application("invoices", "services/invoices"))
    fails["spec"]["source"]["helm"] = {"valueFiles": ["nowhere.yaml"]}
    report = repository.compare(
        {
            **service("billing"),
            **service("orders"),
            "root.yaml": application("root", "root"),
            **chart("root", **templates),
        },
        {**service("invoices"), "root/templates/invoices.yaml": json.dumps(fails)},
    )
    assert any("nowhere.yaml" in unit.error for unit in report.units)
    assert not any(WORDS in note for unit in report.units for note in unit.notes)
