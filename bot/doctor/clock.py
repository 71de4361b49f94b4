"""Whether this machine's clock agrees with a forge's.

GitHub refuses an App whose tokens come from the future or live longer than ten minutes (GitHub docs, "Generating a JSON Web
Token for a GitHub App"); signatures of GitLab are good for five minutes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from bot.doctor.finding import Notes

_SECONDS = 10
MOST = 30  # seconds


def compare(url: str, notes: Notes) -> None:
    """Ask ``url`` for nothing but its Date (RFC 9110, 6.6.1), which is told in whole seconds."""
    todo = "Let the system keep its clock (NTP); tokens and signatures are good for minutes."
    try:
        answer = requests.head(url, timeout=_SECONDS, allow_redirects=False, auth=lambda request: request)
        told = parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (requests.RequestException, KeyError, ValueError, TypeError) as error:
        notes.unknown(f"Not known is whether the clocks agree: {url} told no time ({type(error).__name__}).", todo)
        return
    away = (datetime.now(UTC) - told).total_seconds()
    if abs(away) > MOST:
        how = "before" if away > 0 else "behind"
        notes.missing(f"The clock of this machine is {abs(away):.0f} seconds {how} that of the forge.", todo)
    else:
        notes.ok("The clocks of this machine and of the forge agree.")
