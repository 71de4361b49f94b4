"""How a job that waits and another one of the same key become one job."""

from __future__ import annotations

from dataclasses import replace

from bot.model.job import Job, JobKind


def merged(waiting: Job, new: Job) -> Job:
    """One job that does for both: the newer one, under the delivery that came first, and run anew where either asked for
    that. Of a branch that moved several
    times it tells the whole way, in whatever order that was heard of; ``before`` is "" where the steps do not meet, and the
    branch may have moved from anywhere."""
    new = replace(new, again=waiting.again or new.again, delivery=waiting.delivery)
    if new.kind is not JobKind.PUSH:
        return new
    if new.after == waiting.before != "" and new.before != waiting.after:
        return replace(new, after=waiting.after)  # the earlier step came later
    if (waiting.before, waiting.after) == (new.before, new.after) or waiting.after == new.before:
        return replace(new, before=waiting.before)
    return replace(new, before="")
