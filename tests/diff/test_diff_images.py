"""Image moves of every container."""

from __future__ import annotations

from typing import Any

from bot.diff.images import moves
from bot.model.result import ImageMove


def workload(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "w"}, "spec": spec}


def pod(**images: str) -> dict[str, Any]:
    return {"containers": [{"name": n, "image": i} for n, i in images.items()]}


def test_moved_added_and_removed_containers() -> None:
    base = workload("Deployment", {"template": {"spec": pod(a="a:1", b="b:1", gone="g:1")}})
    head = workload("Deployment", {"template": {"spec": pod(a="a:2", b="b:1", new="n:1")}})
    assert moves(base, head) == (
        ImageMove("Deployment/w: a", "a:1", "a:2"),
        ImageMove("Deployment/w: new", "", "n:1"),
        ImageMove("Deployment/w: gone", "g:1", ""),
    )


def test_all_places() -> None:
    def cron(tag: str) -> dict[str, Any]:
        spec = {**pod(c=f"c:{tag}"), "initContainers": [{"name": "i", "image": f"i:{tag}"}],
                "ephemeralContainers": [{"image": f"e:{tag}"}]}  # fmt: skip
        return workload("CronJob", {"jobTemplate": {"spec": {"template": {"spec": spec}}}})

    assert [m.container for m in moves(cron("1"), cron("2"))] == [
        "CronJob/w: i",
        "CronJob/w: c",
        "CronJob/w: ephemeralContainers[0]",
    ]


def test_one_side() -> None:
    only = workload("Pod", pod(a="a:1"))
    assert moves(None, only) == (ImageMove("Pod/w: a", "", "a:1"),)
    assert moves(only, None) == (ImageMove("Pod/w: a", "a:1", ""),)
    assert moves(only, only) == ()


def test_reordered_containers_and_odd_values_are_no_moves() -> None:
    base = workload("Pod", pod(a="a:1", b="b:1"))
    head = workload("Pod", pod(b="b:1", a="a:1"))
    assert moves(base, head) == ()
    odd = {"spec": {"containers": [1, {"image": {}}, {"name": 3, "image": None}]}}
    assert moves({"spec": {"containers": "x"}}, odd) == ()


def test_nothing_secret_or_unprintable_in_an_image() -> None:
    head = workload("Pod", pod(a="https://x:<secret 0123456789abcdef>@host/a\n\x1b[0m"))
    (move,) = moves(None, head)
    assert move.to_image == "https://x:••• (masked)@host/a\ufffd\ufffd[0m"


def test_fields_of_custom_resources() -> None:
    def app(tag: str, sidecar: str = "nginx:1") -> dict[str, Any]:
        spec = {"image": {"repository": "r.io/x", "tag": tag}, "parts": [{"name": "p", "sidecarImage": sidecar}]}
        return {"apiVersion": "apps.example/v1", **workload("App", spec)}

    assert moves(app("1"), app("2")) == (ImageMove("App/w: image", "r.io/x:1", "r.io/x:2"),)
    assert moves(app("1"), app("1", "nginx:2")) == (ImageMove("App/w: parts[p].sidecarImage", "nginx:1", "nginx:2"),)
    assert moves(app("1"), app("1")) == ()
    assert moves(app("1"), app("1", "not an image")) == (ImageMove("App/w: parts[p].sidecarImage", "nginx:1", ""),)
