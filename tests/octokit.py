"""GitHub's own descriptions, fetched by ``tools/install octokit``: an example of every webhook, and its API as OpenAPI."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Example(NamedTuple):
    """``source`` is the GitHub that it comes from (``api.github.com``, ``ghes-35``), ``event`` the X-GitHub-Event."""

    source: str
    event: str
    payload: dict[str, Any]

    @property
    def body(self) -> bytes:
        return json.dumps(self.payload).encode()


def directory() -> Path:
    """Where they are: on PATH, or where ``tools/install`` puts them. Skips the test where they are missing."""
    name = f"octokit-{_pin('WEBHOOKS_EXAMPLES_VERSION')}-{_pin('OPENAPI_VERSION')}"
    listed = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if Path(entry).name == name]
    usual = [os.environ.get("GATEHOUSE_TOOLS_DIR"), Path("~/.cache/gatehouse-tools").expanduser(), ROOT / ".tools"]
    for place in [*listed, *(Path(entry) / name for entry in usual if entry)]:
        if (place / "openapi" / "api.github.com.json").is_file():
            return place
    pytest.skip("needs octokit: run `tools/install octokit`")


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def examples() -> Iterator[Example]:
    """Every example of every GitHub, cloud and Enterprise. Nobody may change the payloads: they are shared."""
    for path in sorted((directory() / "webhooks-examples").glob("*/index.json")):
        for row in _read(path):
            yield from (Example(path.parent.name, row["name"], payload) for payload in row["examples"])


def openapi() -> dict[str, Any]:
    """The OpenAPI description of GitHub's REST API."""
    description: dict[str, Any] = _read(directory() / "openapi" / "api.github.com.json")
    return description


def _pin(name: str) -> str:
    rows = (ROOT / "tools" / "versions.env").read_text().splitlines()
    return next(row.partition("=")[2] for row in rows if row.startswith(f"{name}="))
