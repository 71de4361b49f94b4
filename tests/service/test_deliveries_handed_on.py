"""A job that comes of another one goes on under its delivery, so that logs tell what led to what."""

from __future__ import annotations

from pathlib import Path

from scene import BASE, FILES, Scene

from bot import logs

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}


def test_another_pull_request_of_the_commit_is_asked_for_under_the_same_delivery(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.origin.git("branch", "release", "base")
    name = scene.opened(BLUE)
    other = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=scene.pull(name).head, head_branch="change", base_branch="release"
    )
    with logs.bound(delivery="d-1"):
        scene.check(name)
    assert [(job.number, job.delivery) for job in scene.queue.jobs] == [(other.number, "d-1")]
