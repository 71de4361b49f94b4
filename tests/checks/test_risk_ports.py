"""Ports and Services that are named and not there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import Made, evidence, new

from bot.checks.risk import Risk
from bot.model.evidence import Move, Statement
from bot.model.unit import ObjectId


def thing(kind: str, version: str, spec: Any, name: str = "web") -> str:
    metadata = {"name": name, "namespace": "shop"}
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}) + "\n---\n"


def told(head: str, base: str = "", **made: Any) -> list[Statement]:
    return [s for s in new(Risk().run(evidence(Made(base, head, **made)))) if s.rule == "risk/no-effect"]


def places(head: str, base: str = "", **made: Any) -> list[str]:
    return [".".join(map(str, s.at)) for s in told(head, base, **made)]


# -- probes


def probed(port: object, kind: str = "readinessProbe", ask: str = "httpGet", **container: Any) -> str:
    made = {"name": "web", "ports": [{"name": "http", "containerPort": 8080}], kind: {ask: {"port": port}}} | container
    return thing("Deployment", "apps/v1", {"template": {"spec": {"containers": [made]}}})


@pytest.mark.parametrize("kind", ["readinessProbe", "livenessProbe", "startupProbe"])
@pytest.mark.parametrize("ask", ["httpGet", "tcpSocket"])
def test_a_probe_of_a_port_by_a_name_that_is_not_there(kind: str, ask: str) -> None:
    (found,) = told(probed("htttp", kind, ask))
    assert found.at == ("spec", "template", "spec", "containers", 0, kind, ask, "port")
    assert ("killed" in found.message) is (kind == "livenessProbe")
    for port in ("http", 8080, 9, "8080", "${PORT}", None):
        assert places(probed(port, kind, ask)) == []


def test_probes_of_one_port_are_one_finding() -> None:
    (found,) = told(probed("htttp", livenessProbe={"tcpSocket": {"port": "htttp"}}))
    assert found.message.startswith("readinessProbe and livenessProbe of container `web` ask its port `htttp`")
    assert "never gets ready" in found.message
    assert len(places(probed("htttp", livenessProbe={"tcpSocket": {"port": "more"}}))) == 2


def test_a_probe_asks_its_own_container() -> None:
    assert places(probed("http", ports=[])) == places(probed("http", ports=None)) != []
    known = probed("htttp")
    assert places(known.replace("8080", "8081"), known) == []


# -- routes


def service(name: str = "web", *ports: Any) -> str:
    return thing("Service", "v1", {"ports": list(ports or ({"name": "http", "port": 80},))}, name)


def ingress(name: str = "web", **port: Any) -> str:
    backend = {"service": {"name": name, "port": port or {"number": 80}}}
    rules = [{"host": "a.example.com", "http": {"paths": [{"path": "/", "backend": backend}]}}]
    return thing("Ingress", "networking.k8s.io/v1", {"rules": rules})


def named_port(port: str) -> str:
    return ingress(number=80).replace('{"number": 80}', json.dumps({"name": port}))


def route(name: str = "web", port: Any = 80, **more: Any) -> str:
    rules = [{"backendRefs": [{"name": name, "port": port} | more]}]
    return thing("HTTPRoute", "gateway.networking.k8s.io/v1", {"rules": rules})


BACKEND = "spec.rules.0.http.paths.0.backend.service"


def test_a_port_that_the_service_lacks() -> None:
    assert places(service() + ingress(number=80)) == places(service() + named_port("http")) == []
    assert places(service() + named_port("use-annotation")) == []  # of AWS load balancers
    assert places(service() + named_port("web")) == [f"{BACKEND}.port.name"]
    assert places(service() + ingress(number=8080)) == [f"{BACKEND}.port.number"]
    assert places(service() + route(port=8080)) == ["spec.rules.0.backendRefs.0.port"]
    assert places(service() + route(port=80)) == []
    default = {"defaultBackend": {"service": {"name": "web", "port": {"number": 81}}}}
    assert places(service() + thing("Ingress", "networking.k8s.io/v1", default)) == [
        "spec.defaultBackend.service.port.number"
    ]


def test_a_service_whose_ports_nobody_knows() -> None:
    external = thing("Service", "v1", {"type": "ExternalName", "externalName": "a.example.com"})
    open_port = service("web", {"port": "${PORT}"})
    assert places(external + ingress(number=81)) == places(open_port + ingress(number=81)) == []


def test_a_service_that_the_unit_no_longer_has() -> None:
    both = service() + ingress()
    assert places(service("shop") + ingress(), both) == [f"{BACKEND}.name"]
    assert places(ingress(), both) == [f"{BACKEND}.name"]
    found = ObjectId("v1", "Service", "shop", "web")
    assert places(ingress(), both, moves={found: Move("apps/more", declared=False)}) == []  # it comes elsewhere
    assert places(service("shop") + ingress()) == []  # it may lie elsewhere
    assert places(ingress() + service("more"), ingress()) == []  # and did before


def test_a_name_that_is_misspelt() -> None:
    both = service() + service("api") + ingress()
    assert places(service() + service("api") + ingress("webs"), both) != []
    assert places(service() + service("api") + ingress("api"), both) == []
    assert places(service() + service("api") + ingress("maintenance"), both) == []  # of another unit
    assert places(service() + service("api") + ingress("${NAME}"), both) == []


def test_a_route_to_elsewhere() -> None:
    both = service() + route()
    assert places(route(), both) == ["spec.rules.0.backendRefs.0.name"]
    for other in ({"namespace": "more"}, {"kind": "ServiceImport", "group": "multicluster.x-k8s.io"}):
        assert places(service() + route(port=81, **other)) == []


@pytest.mark.parametrize("odd", ["", [], {}, 3, None, [3], {"rules": 3}, {"rules": [3]}, {"rules": [{"http": 3}]}])
def test_any_shape_of_a_route_can_be_judged(odd: object) -> None:
    for kind, version in (("Ingress", "networking.k8s.io/v1"), ("HTTPRoute", "gateway.networking.k8s.io/v1")):
        assert places(service() + thing(kind, version, odd)) == []
