"""What reading a repository needs besides the repository: the configuration, and the rules of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.affected.naming import Namer
from bot.config.globs import Globs

if TYPE_CHECKING:
    from bot.config.schema import Config


class Reader(NamedTuple):
    """The configuration, and what is made of it once."""

    config: Config
    namer: Namer
    plain: Globs
    ignore: Globs


def reader(config: Config) -> Reader:
    return Reader(config, Namer(config), Globs(config.plain), Globs(config.ignore))
