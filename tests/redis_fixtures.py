"""A real Redis for the tests of this room: one server for all of them, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bot.queue.connection import connect
from bot.queue.embedded import Embedded, embedded


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.fixture
def client(server: Embedded) -> Iterator[redis.Redis]:
    with connect(server.url) as connected:
        connected.flushall()
        yield connected


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Where the forge of ``fake_forge`` is."""
    place = tmp_path / "forge"
    place.mkdir()
    return place
