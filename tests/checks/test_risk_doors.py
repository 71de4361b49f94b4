"""A load balancer or Ingress of production that was internal, or let in some addresses only."""

from __future__ import annotations

from typing import Any

import pytest
from made_evidence import Made, evidence, new
from test_risk_exposure import found, thing

from bot.checks.risk import Risk

SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
GOOGLE = "networking.gke.io/load-balancer-type"
NGINX = "nginx.ingress.kubernetes.io/whitelist-source-range"


def balancer(annotations: dict[str, str] | None = None, **spec: Any) -> str:
    return thing("Service", "v1", {"type": "LoadBalancer", **spec}, annotations=annotations or {})


def ingress(annotations: dict[str, str] | None = None, **spec: Any) -> str:
    return thing("Ingress", "networking.k8s.io/v1", spec, annotations=annotations or {})


@pytest.mark.parametrize(
    ("old", "after", "told"),
    [
        (balancer({SCHEME: "internal"}), balancer({SCHEME: "internet-facing"}), True),
        (balancer({SCHEME: "internal"}), balancer(), False),
        (balancer(), balancer({SCHEME: "internet-facing"}), True),
        (balancer({GOOGLE: "Internal"}), balancer({GOOGLE: "External"}), True),
        (balancer({GOOGLE: "Internal"}), balancer(), True),
        (balancer({GOOGLE: "Internal", "x": "${A}"}), balancer({"x": "${A}"}), True),
        (balancer({"cloud.google.com/load-balancer-type": "Internal"}), balancer({GOOGLE: "Internal"}), False),
        (balancer({SCHEME: "internet-facing"}), balancer({SCHEME: "internal"}), False),
        (balancer({SCHEME: "internal"}), balancer({SCHEME: "${SCHEME}"}), False),
        (balancer({SCHEME: "internal", "a": "1"}), balancer({SCHEME: "internal", "a": "2"}), False),
        (balancer({SCHEME: "internal"}), thing("Service", "v1", {"type": "ClusterIP"}), False),
        (balancer(loadBalancerSourceRanges=["10.0.0.0/8"]), balancer(), True),
        (balancer(loadBalancerSourceRanges=["10.0.0.0/8"]), balancer(loadBalancerSourceRanges=["0.0.0.0/0"]), True),
        (balancer(loadBalancerSourceRanges=["10.0.0.0/8"]), balancer(loadBalancerSourceRanges=["10.1.0.0/16"]), False),
        (balancer(loadBalancerSourceRanges=["0.0.0.0/0"]), balancer(), False),
        (balancer(), balancer(loadBalancerSourceRanges=["10.0.0.0/8"]), False),
        (ingress({NGINX: "10.0.0.0/8, 192.0.2.1"}), ingress(), True),
        (ingress({NGINX: "10.0.0.0/8"}), ingress({NGINX: "10.0.0.0/8,::/0"}), True),
        (ingress({NGINX: "10.0.0.0/8"}), ingress({NGINX: "10.0.0.0/8,192.0.2.1"}), False),
        (ingress({"alb.ingress.kubernetes.io/scheme": "internal"}), ingress(), False),
        (ingress(ingressClassName="nginx-internal"), ingress(ingressClassName="nginx"), True),
        (ingress({"kubernetes.io/ingress.class": "internal"}), ingress(ingressClassName="public"), True),
        (ingress(ingressClassName="nginx-internal"), ingress(ingressClassName="nginx-internal-2"), False),
        (ingress(ingressClassName="nginx"), ingress(ingressClassName="traefik"), False),
    ],
)
def test_a_door_that_opens_wider(old: str, after: str, *, told: bool) -> None:
    assert found(old, after) == (["exposure"] if told else [])
    assert found(old, after, production=False) == []


def test_a_door_that_opens_wider_is_shown_where_that_is_written() -> None:
    (said,) = new(Risk().run(evidence(Made(ingress({NGINX: "10.0.0.0/8"}), ingress({NGINX: "::/0"}), production=True))))
    assert said.at == ("metadata", "annotations", NGINX)
    assert said.message.startswith("It let in `10.0.0.0/8` alone")
