"""With whose rights Flux applies, where to, and whose sources it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.checks.about import about_declared
from bot.checks.boundaries_teams import is_of_team, is_of_tenant
from bot.checks.declared_objects import Declarations, Declared, mapping
from bot.checks.words import shown
from bot.model.evidence import Statement
from bot.model.result import Severity

_FLUX = ("kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")
_IDENTITY = ("serviceAccountName", "targetNamespace", "storageNamespace", "kubeConfig")


def statements(declared: Declarations) -> Iterator[Statement]:
    """References into other namespaces, and team's objects that are applied with the controller's own rights."""
    for one in _of_flux(declared):
        for at, reference in _references(one.spec):
            namespace = reference.get("namespace")
            if isinstance(namespace, str) and namespace not in ("", one.id.namespace) and one.id.namespace:
                told = about_declared(
                    one, one.unit, "boundaries/flux-cross-namespace", _severity(one),
                    f"It takes its source {shown(reference.get('name'))} from namespace {shown(namespace)}: whoever "
                    "may change "
                    "it there decides what is applied here, and a Flux with `--no-cross-namespace-refs` refuses it.",
                    "Declare the source in its own namespace.", at,
                )  # fmt: skip
                yield replace(told, mark=f"{told.mark} {namespace}")  # another namespace is another problem
        if is_of_team(one.path) and not one.spec.get("serviceAccountName") and "kubeConfig" not in one.spec:
            yield about_declared(
                one, one.unit, "boundaries/flux-controller-rights", _severity(one),
                f"Without `serviceAccountName` this {one.id.kind} is applied with the controller's own rights, which "
                "most often "
                "are those of the whole cluster.",
                "Name a ServiceAccount of the team's namespace.", ("spec",),
            )  # fmt: skip


def changes(base: Declarations, head: Declarations) -> Iterator[Statement]:
    """Flux objects that act as somebody else or somewhere else."""
    before = {one.id: one for one in _of_flux(base)}
    for one in _of_flux(head):
        old = before.get(one.id)
        if old is None:
            yield from _new(one)
        for key in _IDENTITY if old else ():
            if old and old.spec.get(key) != one.spec.get(key):
                was, now = (_words(s.spec.get(key)) for s in (old, one))
                yield about_declared(
                    one, one.unit, "boundaries/flux-identity", Severity.WARNING,
                    f"`{key}` changes from {was} to {now}: everything that this {one.id.kind} applies is applied with other "
                    "rights or in another place.",
                    "Have the owners of both sides agree.", ("spec", key),
                )  # fmt: skip


def _new(one: Declared) -> Iterator[Statement]:
    """A tenant's newcomer that puts what it applies into somebody else's namespace."""
    target = one.spec.get("targetNamespace")
    if is_of_tenant(one.path) and one.id.namespace and isinstance(target, str) and target not in ("", one.id.namespace):
        yield about_declared(
            one, one.unit, "boundaries/flux-identity", Severity.WARNING,
            f"This new {one.id.kind} of namespace {shown(one.id.namespace)} puts everything it applies into namespace "
            f"{shown(target)}.",
            "Have the owners of that namespace agree, or apply it to its own.", ("spec", "targetNamespace"),
        )  # fmt: skip


def _severity(one: Declared) -> Severity:
    """Where one team has the cluster for itself, both are usual."""
    return Severity.WARNING if is_of_tenant(one.path) else Severity.INFO


def _of_flux(declared: Declarations) -> list[Declared]:
    return [one for one in declared.of("Kustomization", "HelmRelease") if one.id.group in _FLUX]


def _references(spec: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    chart = mapping(mapping(mapping(spec.get("chart")).get("spec")).get("sourceRef"))
    for at, reference in (
        (("spec", "sourceRef"), mapping(spec.get("sourceRef"))),
        (("spec", "chartRef"), mapping(spec.get("chartRef"))),
        (("spec", "chart", "spec", "sourceRef"), chart),
    ):
        if reference:
            yield (*at, "namespace"), reference


def _words(value: Any) -> str:
    if value is None:
        return "nothing"
    return shown(value) if isinstance(value, str) else "another one"
