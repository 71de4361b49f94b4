"""The one comment of a pull request: the report between a mark of ours and a line that says how to go on.

The report is byte for byte what the command in its footer prints (``--format markdown``, with ``--limit`` where the comment
says that it was shortened). Nothing around it is text of the repository.
"""

from __future__ import annotations

from bot.model.forge import PullRequest
from bot.model.result import Report
from bot.report import escape, markdown
from bot.report.phrase import short_id

MARKER = "<!-- gatehouse:report -->"
_AROUND = 1_000  # characters that the mark and the last line have at most
SLOW = "⏳"


def report_comment(report: Report, *, limit: int, link: str, seconds: float) -> str:
    """The comment with a report; ``limit`` is the most characters that the forge takes."""
    text = markdown.render(report, limit=limit - _AROUND, timings=False)
    return f"{MARKER}\n{text}\n{_last_line(link, seconds)}\n"


def stopped_comment(pull_request: PullRequest, reason: str, way_out: str) -> str:
    """The comment where there is no report: a sentence why, and what to do."""
    head = escape.code(short_id(pull_request.head))
    lines = [MARKER, "### ⚠️ Gatehouse: no answer", f"{head} was not checked: {escape.prose(reason, 2000)}", way_out]
    return "\n\n".join(lines) + f"\n\n{_last_line('', 0)}\n"


def progress_comment(pull_request: PullRequest, stage: str, done: int, total: int) -> str:
    """What stands there while a run takes long."""
    head = escape.code(short_id(pull_request.head))
    counted = f" {done:,}/{total:,}" if total else ""
    return (
        f"{MARKER}\n### {SLOW} Gatehouse: checking\n\n{head}: {escape.prose(stage)}{counted} …\n\n{_last_line('', 0)}\n"
    )


def _last_line(link: str, seconds: float) -> str:
    parts = [f"took {seconds:.1f} s"] if seconds else []
    parts += [f"[full report]({link})"] if link else []
    return f"<sub>{' · '.join([*parts, 'commands: `/gatehouse help`'])}</sub>"
