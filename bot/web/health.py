"""Whether the service lives (``/healthz``) and whether it can do its work (``/readyz``)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from flask import Response

from bot.errors import GatehouseError
from bot.process import Limits
from bot.render.sandbox import detect
from bot.render.tools import Tools
from bot.settings import from_environment
from bot.web.answers import as_json


class Part(NamedTuple):
    """Something that work needs: ``check`` raises GatehouseError or OSError where it does not do. What is not ``needed`` is
    only told."""

    name: str
    check: Callable[[], object]
    needed: bool = True


def ready(parts: tuple[Part, ...]) -> Response:
    """200 where all that is needed does, 503 otherwise. Says which part, not how it is configured: anyone may ask."""
    told, fine = {}, True
    for part in parts:
        try:
            part.check()
            told[part.name] = "ok"
        except (GatehouseError, OSError):
            told[part.name] = "failing" if part.needed else "missing"
            fine = fine and not part.needed
    return as_json(200 if fine else 503, ready=fine, parts=told)


def usual_parts(
    redis: Callable[[], object], state_dir: Path, environ: Mapping[str, str] = os.environ
) -> tuple[Part, ...]:
    """Redis, a disk that takes files, kustomize (or kubectl), and Helm where there is one."""
    settings = from_environment(environ)
    tools = Tools(lambda: detect(allowed=settings.sandbox), Limits(), settings.kustomize, settings.helm)
    return (
        Part("redis", redis),
        Part("disk", lambda: _writable(state_dir)),
        Part("kustomize", tools.kustomize),
        Part("helm", tools.helm, needed=False),
    )


def _writable(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory) as file:
        file.write(b"x" * 4096)
        file.flush()
