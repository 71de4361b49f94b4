"""Gates, levels and waivers for environments that nothing here can have: without a word about it, people would believe in a
strictness, or a waiver, that is not in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.environment_words import rank_of

if TYPE_CHECKING:
    from bot.config.schema import Config


def unknown_environments(config: Config) -> Iterator[str]:
    """Notes about them. Where the configuration lists environments, reading it asks for the names; where it lists none,
    each environment has a usual name in its own, or one that an entry under ``units`` gives it."""
    if config.environments:
        return
    given = {rule.environment for rule in config.units}
    for place, word in dict.fromkeys(_named(config)):
        if word not in given and rank_of(word) is None:
            yield (
                f"`{place}` names the environment {word}, which nothing here is called: write a usual name (`dev`, "
                "`staging`, `prod` …), or list the environments under `environments`."
            )


def _named(config: Config) -> Iterator[tuple[str, str]]:
    if config.checks:
        yield from (("checks.gates", word) for gate in config.checks.gates for word in gate.environments)
        yield from (("checks.levels", word) for level in config.checks.levels for word in level.environments)
    yield from (("waivers", word) for waiver in config.waivers for word in waiver.environments)
