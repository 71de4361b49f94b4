"""What ``explain`` answers is told without credentials in names."""

from __future__ import annotations

from bot.jobs.explained import Way
from bot.service.commands.explain import _fitting

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"


def test_a_way_past_a_file_called_like_a_token() -> None:
    told = _fitting("apps/shop", [Way(f"apps/{TOKEN}", (f"apps/shop lists {TOKEN}.yaml",))], 60_000)
    assert TOKEN not in told and told.count("•••") == 2
