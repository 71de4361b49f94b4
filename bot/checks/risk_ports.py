"""Names of ports and Services that hold for nothing: the API server takes them, and nobody gets an answer.

Sources: documentation of Kubernetes, "Configure Liveness, Readiness and Startup Probes" (a port by its name is one of the
container's own) and "Ingress" (a backend is a Service of the same namespace, and one of its ports by number or by name);
Gateway API, ``BackendRef``.

What lies in other units may be there all the same. So the Service of a route counts as missing only where the unit holds it
on the other side, or where the route named one there that the unit has, and this is nearly the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import product
from typing import Any, NamedTuple

from bot.checks.about import Place, about
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.kubernetes.pods import CONTAINER_LISTS
from bot.kubernetes.workloads import Template
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

RULE = "risk/no-effect"
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
_ASKS = ("httpGet", "tcpSocket")
_HTTP_ROUTES = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute")
_ALIKE = 0.7


class Backend(NamedTuple):
    """A Service that a route names: its name, its port by number or name (None: not said), and where each is said."""

    service: str
    port: int | str | None
    at: Place
    port_at: Place


def probes(unit: UnitEvidence, workload: Resource, pods: Template) -> Iterator[Statement]:
    """Probes of a port by a name that their own container does not have: the pod never gets ready, or is killed."""
    for key in CONTAINER_LISTS:
        for number, container in enumerate(_list(pods.spec.get(key))):
            if not isinstance(container, dict):
                continue
            names = {port.get("name") for port in _list(container.get("ports")) if isinstance(port, dict)}
            lost = [found for found in _asked(container) if found[1] not in names and not is_open(found[1])]
            for wanted in dict.fromkeys(port for _, port in lost):
                asking = [place for place, port in lost if port == wanted]
                probes = " and ".join(place[0] for place in asking)
                follows = "is killed again and again" if probes == "livenessProbe" else "never gets ready"
                yield about(
                    unit, workload, RULE, Severity.WARNING,
                    f"{probes} of container {shown(container.get('name'), 60)} {'ask' if len(asking) > 1 else 'asks'} its "
                    f"port {shown(wanted, 40)}, and it has no port of that name: the pod {follows}.",
                    "Name the port as the container does, or give its number.",
                    (*pods.at, "spec", key, number, *asking[0], "port"),
                )  # fmt: skip


def _asked(container: dict[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """The probes of a container that ask a port by its name."""
    for probe, ask in product(_PROBES, _ASKS):
        port = _mapping(_mapping(container.get(probe)).get(ask)).get("port")
        if isinstance(port, str) and not port.isdigit():
            yield (probe, ask), port


def routes(
    unit: UnitEvidence, route: Resource, objects: tuple[Resource, ...], other: tuple[Resource, ...]
) -> Iterator[Statement]:
    """Backends of an Ingress, or of a route of the Gateway API, that are not there. ``other`` is the other side."""
    here, there = _services(route, objects), _services(route, other)
    for backend in _backends(route):
        service = here.get(backend.service)
        if service is None and (_was_there(unit, backend, there) or _is_misspelt(backend, route, here, other)):
            beside = f" (there is {listed(sorted(here), 3)})" if here else ""
            yield about(
                unit, route, RULE, Severity.WARNING,
                f"Its backend is the Service {shown(backend.service, 80)}, which this unit does not have{beside}: whoever "
                "calls gets an error.",
                "Name the Service as it is called.", backend.at,
            )  # fmt: skip
        elif service is not None and not _opens(service, backend.port):
            yield about(
                unit, route, RULE, Severity.WARNING,
                f"The Service {shown(backend.service, 80)} has no port {shown(backend.port, 40)}: whoever calls gets an "
                "error.",
                "Name one of the Service's own ports (`port`, not `targetPort`).", backend.port_at,
            )  # fmt: skip


def is_route(resource: Resource) -> bool:
    """Whether an object sends what comes from outside to Services."""
    group, kind = resource.id.group, resource.id.kind
    return (group, kind) == ("networking.k8s.io", "Ingress") or (
        group == "gateway.networking.k8s.io" and kind in _HTTP_ROUTES
    )


def _backends(route: Resource) -> Iterator[Backend]:
    spec = _mapping(route.fields.get("spec"))
    if route.id.kind != "Ingress":
        for i, rule in enumerate(_list(spec.get("rules"))):
            for j, ref in enumerate(_list(_mapping(rule).get("backendRefs"))):
                yield from _of_gateway(route, ref, ("spec", "rules", i, "backendRefs", j))
        return
    yield from _of_ingress(spec.get("defaultBackend"), ("spec", "defaultBackend"))
    for i, rule in enumerate(_list(spec.get("rules"))):
        for j, path in enumerate(_list(_mapping(_mapping(rule).get("http")).get("paths"))):
            yield from _of_ingress(_mapping(path).get("backend"), ("spec", "rules", i, "http", "paths", j, "backend"))


def _of_ingress(backend: Any, at: Place) -> Iterator[Backend]:
    service = _mapping(_mapping(backend).get("service"))
    port, name = _mapping(service.get("port")), service.get("name")
    key = "number" if "number" in port else "name"
    if isinstance(name, str) and not is_open(name):
        yield Backend(name, port.get(key), (*at, "service", "name"), (*at, "service", "port", key))


def _of_gateway(route: Resource, ref: Any, at: Place) -> Iterator[Backend]:
    said = _mapping(ref)
    name, elsewhere = said.get("name"), said.get("namespace") or route.id.namespace
    is_service = (said.get("group") or "", said.get("kind") or "Service") == ("", "Service")
    if is_service and elsewhere == route.id.namespace and isinstance(name, str) and not is_open(name):
        yield Backend(name, said.get("port"), (*at, "name"), (*at, "port"))


def _services(route: Resource, objects: tuple[Resource, ...]) -> dict[str, Resource]:
    """Services beside a route, by name."""
    near = (r for r in objects if r.id.kind == "Service" and not r.id.group)
    return {r.id.name: r for r in near if r.id.namespace == route.id.namespace}


def _opens(service: Resource, wanted: int | str | None) -> bool:
    """Whether a Service has a port; one that lists none (ExternalName), or lists what nobody can tell, counts as if, and so
    does what the controller of AWS load balancers reads its annotations for."""
    ports = [port for port in _list(_mapping(service.fields.get("spec")).get("ports")) if isinstance(port, dict)]
    said = [port.get(key) for port in ports for key in ("port", "name")]
    if (
        not ports
        or wanted in (None, "use-annotation")
        or is_open(wanted)
        or any(is_open(each) for each in said if each is not None)
    ):
        return True
    return wanted in said


def _was_there(unit: UnitEvidence, backend: Backend, there: dict[str, Resource]) -> bool:
    """Whether the other side of the unit has the Service, and no other unit gets it."""
    return backend.service in there and there[backend.service].id not in unit.moves


def _is_misspelt(backend: Backend, route: Resource, here: dict[str, Resource], other: tuple[Resource, ...]) -> bool:
    """Whether a name is like that of a Service which the route names on the other side, and which is still here."""
    old = next((r for r in other if r.id == route.id), None)
    meant = sorted({b.service for b in _backends(old)} & here.keys()) if old else []
    return bool(get_close_matches(backend.service, meant, n=1, cutoff=_ALIKE))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
