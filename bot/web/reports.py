"""Report pages: behind a signed address, from what the service remembers. A page is of one head, and never shown under the
address of another."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Response

from bot.errors import RetryLater
from bot.model.forge import PullRequestName
from bot.model.outcome import Outcome
from bot.report.links import Links, PageName, Worth
from bot.web.answers import page, policy

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_ANEW = "Write /gatehouse check under the pull request: it is judged again, and the comment there gets a new link."

_PRINTED = "The comment there says what is known, and names the command that prints a whole report."


def report(links: Links, latest: Callable[[PullRequestName], Outcome | None], token: str) -> Response:
    """The page that a token names, or a friendly word where it is gone."""
    named = links.read(token)
    if named is Worth.FORGED:
        return page("No such report", ("This address is not complete, or was never one. Copy it as a whole.",), 404)
    if named is Worth.EXPIRED:
        return page("This report has expired", ("Links to reports are good for 30 days.", _ANEW), 410)
    assert isinstance(named, PageName)
    try:
        found = latest(named.pull_request)
    except RetryLater:
        return page("Not now", ("The place where reports are kept does not answer. Try again in a minute.",), 503)
    if found is not None and found.head != named.head:
        told = f"{named.pull_request} has moved on to another head; its comment there links to the report on that."
        return page("This report is outdated", (told,), 410)
    if found is not None and not found.page:
        told = f"The last report on {named.pull_request} was too large for one, or the check had no answer."
        return page("This report has no page", (told, _PRINTED), 410)
    if found is None:
        told = f"The report on {named.pull_request} at {named.head[:12]} is no longer kept."
        return page("This report is gone", (told, _ANEW), 410)
    return _shown(found.page)


def _shown(html: str) -> Response:
    """A whole page of ours as an answer: the policy allows the one style sheet that stands in its head."""
    response = Response(html, 200, content_type="text/html; charset=utf-8")
    style = _STYLE.search(html, 0, 100_000)
    response.headers["Content-Security-Policy"] = policy(style[1] if style else "")
    return response
