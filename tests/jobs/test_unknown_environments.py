"""Settings for environments that are not there."""

from __future__ import annotations

import pytest

from bot.config.load import load
from bot.jobs.unknown_environments import unknown_environments

TEXT = """
version: 1
checks:
  gates: [{fails_on: warning, environments: [WORD]}]
  levels: [{rule: risk/*, severity: info, environments: [WORD]}]
waivers:
- {rule: risk/immutable, owner: "@sre", reason: it is known, expires: "2099-01-01", environments: [WORD]}
"""


@pytest.mark.parametrize("word", ["prod", "PRD", "production", "prod-eu", "pre-prod", "qa2", "eu-staging"])
def test_usual_names(word: str) -> None:
    assert list(unknown_environments(load(TEXT.replace("WORD", word).encode(), name="it"))) == []


def test_a_name_of_nothing_is_said_once_for_each_place() -> None:
    text = TEXT.replace("WORD", "prdo, prdo")
    notes = list(unknown_environments(load(text.encode(), name="it")))
    assert [note.split(",")[0] for note in notes] == [
        f"`{place}` names the environment prdo" for place in ("checks.gates", "checks.levels", "waivers")
    ]


def test_a_name_that_the_configuration_gives() -> None:
    text = TEXT.replace("WORD", "blue") + "units:\n- {path: deploy/blue, environment: blue}\n"
    assert list(unknown_environments(load(text.encode(), name="it"))) == []
    listed = TEXT.replace("WORD", "blue") + "environments: [blue]\n"
    assert list(unknown_environments(load(listed.encode(), name="it"))) == []
