"""Parameters of generated Applications: one set for each, and how one is laid on another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.affected.template import Params


@dataclass(frozen=True, slots=True)
class ParamSet:
    """The parameters of one Application, and the files of the repository they were read from. ``partial``: those of the
    cluster that Argo CD runs in, of which it may know more than is seen here. ``doubt``: why Argo CD may not have them."""

    values: Params
    files: tuple[str, ...] = ()
    partial: bool = False
    doubt: str = ""


def merged(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """``base`` with ``over`` laid on it, mappings in depth; empty values do not hide anything (Go's mergo)."""
    result = dict(base)
    for key, value in over.items():
        mine = result.get(key)
        if isinstance(mine, Mapping) and isinstance(value, Mapping):
            result[key] = merged(mine, value)
        elif value or key not in result:
            result[key] = value
    return result
