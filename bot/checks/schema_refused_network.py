"""What the API server refuses in Services, Ingresses and NetworkPolicies, which no schema says.

Source: the validation of Kubernetes (pkg/apis/core and pkg/apis/networking).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from bot.checks.schema_remarks import Item, Remark, refused
from bot.checks.unknown_texts import is_open
from bot.checks.words import shown
from bot.kubernetes_schemas.problem import Place

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_HOST = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z")
_OUTSIDE = ("NodePort", "LoadBalancer")


def of_service(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    """About one Service."""
    way, held = spec.get("type") or "ClusterIP", spec.get("ports")
    if is_open(way):
        return
    if not is_open(item.id.name) and item.id.name and not _NAME.match(item.id.name):
        why = f"{shown(item.id.name, 60)} is no name of a Service, which is a name of DNS too"
        yield refused(item, ("metadata", "name"), why, "Use at most 63 lower-case letters, digits and dashes.")
    ports = [p for p in held if isinstance(p, dict)] if isinstance(held, list) else []
    if not ports and (held is None or held == []) and way != "ExternalName" and spec.get("clusterIP") != "None":
        yield refused(item, ("spec", "ports"), "it has no ports", "Give it a port, or set clusterIP: None.")
    if way == "ExternalName" and not spec.get("externalName"):
        yield refused(item, ("spec", "externalName"), "it has no externalName", "Set externalName, or another type.")
    if spec.get("clusterIP") == "None" and way in _OUTSIDE:
        why = f"clusterIP may not be None where the type is {way}"
        yield refused(item, ("spec", "clusterIP"), why, "Take clusterIP away, or make it a second Service.")
    if way == "ClusterIP" and spec.get("externalTrafficPolicy") and not spec.get("externalIPs"):
        why = "externalTrafficPolicy is for the types NodePort and LoadBalancer, and this is a ClusterIP"
        yield refused(item, ("spec", "externalTrafficPolicy"), why, "Take it away, or set the type.")
    yield from _ports(item, ports, str(way))


def _ports(item: Item, ports: list[dict[str, Any]], way: str) -> Iterator[Remark]:
    bare = next((i for i, port in enumerate(ports) if not port.get("name")), None)
    if len(ports) > 1 and bare is not None:
        yield refused(item, ("spec", "ports", bare), "of several ports each needs a name", "Give each port a name.")
    names: set[str] = set()
    for index, port in enumerate(ports):
        name = port.get("name")
        if isinstance(name, str) and name and not is_open(name):
            if name in names:
                why = f"two of its ports have the name {shown(name, 60)}"
                yield refused(item, ("spec", "ports", index, "name"), why, "Give each port a name of its own.")
            names.add(name)
        if way == "ClusterIP" and port.get("nodePort"):
            why = "nodePort is for the types NodePort and LoadBalancer, and this is a ClusterIP"
            yield refused(item, ("spec", "ports", index, "nodePort"), why, "Take nodePort away, or set the type.")


def of_ingress(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    """About one Ingress."""
    rules = spec.get("rules")
    if not rules and not spec.get("defaultBackend"):
        why = "it has neither rules nor a defaultBackend"
        yield refused(item, ("spec",), why, "Give it a rule or a defaultBackend.")
    yield from _backend(item, ("spec", "defaultBackend"), spec.get("defaultBackend"))
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        at: Place = ("spec", "rules", index)
        if not isinstance(rule, dict):
            continue
        yield from _host(item, (*at, "host"), rule.get("host"))
        http = rule.get("http")
        paths = http.get("paths") if isinstance(http, dict) else None
        for number, each in enumerate(paths if isinstance(paths, list) else ()):
            if not isinstance(each, dict):
                continue
            here = (*at, "http", "paths", number)
            path, exact = each.get("path"), each.get("pathType") in ("Exact", "Prefix")
            wrong = isinstance(path, str) and not path.startswith("/") and (path or exact)
            if (wrong or (path is None and exact)) and not is_open(path):
                why = f"the path {shown(path or '', 60)} does not begin with a slash"
                yield refused(item, (*here, "path"), why, "Begin the path with a slash.")
            yield from _backend(item, (*here, "backend"), each.get("backend"))
    secured = spec.get("tls")
    for index, each in enumerate(secured if isinstance(secured, list) else ()):
        hosts = each.get("hosts") if isinstance(each, dict) else None
        for number, host in enumerate(hosts if isinstance(hosts, list) else ()):
            yield from _host(item, ("spec", "tls", index, "hosts", number), host)


def _host(item: Item, place: Place, host: object) -> Iterator[Remark]:
    if isinstance(host, str) and host and not is_open(host) and (len(host) > 253 or not _HOST.match(host)):
        why = f"{shown(host, 80)} is no name of a host"
        fix = "Write the name alone, in lower case: no scheme, port or path; `*` stands for the first label only."
        yield refused(item, place, why, fix)


def _backend(item: Item, place: Place, backend: object) -> Iterator[Remark]:
    if not isinstance(backend, dict):
        return
    service, port = backend.get("service"), None
    if service is not None and backend.get("resource") is not None:
        yield refused(item, place, "a backend is a service or a resource, and not both", "Keep one of the two.")
    if isinstance(service, dict):
        port = service.get("port")
        given = [name for name in ("name", "number") if isinstance(port, dict) and port.get(name)]
        if len(given) != 1:
            why = f"the port of a backend says {'both name and number' if given else 'neither name nor number'}"
            yield refused(item, (*place, "service", "port"), why, "Write the name or the number of the port.")


def of_network_policy(item: Item, spec: dict[str, Any]) -> Iterator[Remark]:
    """About one NetworkPolicy."""
    for field, word in (("ingress", "from"), ("egress", "to")):
        rules = spec.get(field)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            peers = rule.get(word) if isinstance(rule, dict) else None
            for number, peer in enumerate(peers if isinstance(peers, list) else ()):
                if isinstance(peer, dict):
                    yield from _peer(item, ("spec", field, index, word, number), peer)


def _peer(item: Item, place: Place, peer: dict[str, Any]) -> Iterator[Remark]:
    given = [name for name in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(name) is not None]
    if not given:
        yield refused(item, place, "a peer says nothing", "Write podSelector, namespaceSelector or ipBlock.")
    elif "ipBlock" in given and len(given) > 1:
        why = "a peer with an ipBlock may have no selector beside it"
        yield refused(item, place, why, "Make them two peers.")
    block = peer.get("ipBlock")
    within = block.get("except") if isinstance(block, dict) else None
    for index, each in enumerate(within if isinstance(within, list) else ()):
        if isinstance(block, dict) and not _is_within(each, block.get("cidr")):
            why = f"{shown(each, 60)} is no part of {shown(block.get('cidr'), 60)}"
            yield refused(item, (*place, "ipBlock", "except", index), why, "Except only a smaller network within cidr.")


def _is_within(inner: object, outer: object) -> bool:
    """Whether a network is a part of another one, and not all of it; also where one of the two cannot be read."""
    if is_open(inner) or is_open(outer):
        return True
    try:
        small, large = (ipaddress.ip_network(str(each), strict=False) for each in (inner, outer))
    except ValueError:
        return True  # the schema says so of cidr
    if isinstance(small, ipaddress.IPv4Network) and isinstance(large, ipaddress.IPv4Network):
        return small != large and small.subnet_of(large)
    if isinstance(small, ipaddress.IPv6Network) and isinstance(large, ipaddress.IPv6Network):
        return small != large and small.subnet_of(large)
    return False
