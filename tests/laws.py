"""How hard the laws are tried: deterministic and quick by default, long with GATEHOUSE_LONG=1."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

LONG = os.environ.get("GATEHOUSE_LONG") == "1"


def profile(*, quick: int, long: int) -> Callable[[Any], Any]:
    """Settings of a law: that many examples, the same ones every time unless the profile is long."""
    return settings(
        max_examples=long if LONG else quick,
        derandomize=not LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=LONG,
    )
