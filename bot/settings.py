"""Settings of the process, read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Settings(NamedTuple):
    """``cache`` is where the index and the renders live (None: nowhere); ``cache_limit`` bounds the renders in bytes.
    ``kustomize`` and ``helm`` are paths, "" to look on PATH. ``sandbox`` False renders without namespaces.
    ``opa_url`` names an OPA server that evaluates policies, "" for the embedded engine."""

    cache: Path | None
    cache_limit: int = 512 * 1024 * 1024
    kustomize: str = ""
    helm: str = ""
    sandbox: bool = True
    workers: int = 0
    opa_url: str = ""
    opa_token: str = ""

    def __repr__(self) -> str:
        return f"Settings(cache={self.cache}, …)"  # never a token


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """GATEHOUSE_CACHE_DIR ("" or "off" for none; default XDG_CACHE_HOME/gatehouse), GATEHOUSE_CACHE_MIB,
    GATEHOUSE_KUSTOMIZE, GATEHOUSE_HELM, GATEHOUSE_SANDBOX=off, GATEHOUSE_WORKERS, OPA_URL, OPA_TOKEN."""
    return Settings(
        cache=_cache(environ),
        cache_limit=_number(environ.get("GATEHOUSE_CACHE_MIB", ""), 512) * 1024 * 1024,
        kustomize=environ.get("GATEHOUSE_KUSTOMIZE", ""),
        helm=environ.get("GATEHOUSE_HELM", ""),
        sandbox=environ.get("GATEHOUSE_SANDBOX", "").lower() not in ("off", "0", "no", "false"),
        workers=_number(environ.get("GATEHOUSE_WORKERS", ""), 0),
        opa_url=environ.get("OPA_URL", ""),
        opa_token=environ.get("OPA_TOKEN", ""),
    )


def _cache(environ: Mapping[str, str]) -> Path | None:
    told = environ.get("GATEHOUSE_CACHE_DIR")
    if told is not None:
        return None if told in ("", "off") else Path(told).absolute()
    base = environ.get("XDG_CACHE_HOME") or (f"{environ['HOME']}/.cache" if environ.get("HOME") else "")
    return Path(base, "gatehouse") if base.startswith("/") else None


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() else default
