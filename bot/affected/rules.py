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

    def kube_version(self, environment: str) -> str:
        """The Kubernetes version that charts of an environment are told; "" for Helm's own."""
        return self.config.kubernetes.get(environment.lower(), self.config.render.kube_version or "")


def reader(config: Config) -> Reader:
    return Reader(config, Namer(config), Globs(config.plain), Globs(config.ignore))
