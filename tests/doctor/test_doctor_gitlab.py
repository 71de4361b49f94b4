"""What the doctor says of a GitLab that cannot be asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from bot.doctor.finding import Level
from bot.doctor.gitlab import Doctor
from bot.forge.base import Unavailable


class Silent:
    def login(self) -> str:
        raise Unavailable("GitLab at gitlab.example.com does not answer (ConnectionError): see GITLAB_URL")


def test_a_forge_that_does_not_answer_is_no_wrong_token() -> None:
    nothing = cast(Any, None)
    doctor = Doctor(cast(Any, Silent()), nothing, nothing, public_url="", now=lambda: datetime.now(UTC))
    (finding,) = doctor.examined()
    assert finding.level is Level.MISSING and "does not know" not in finding.what
    assert "GitLab cannot be asked: GitLab at gitlab.example.com does not answer" in finding.what
