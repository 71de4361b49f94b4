"""What waited on disk while Redis was away goes to the queue as soon as that is there again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from bot.errors import RetryLater

_SECONDS = 5.0
_logger = logging.getLogger("bot.web")


def keep_draining(drain: Callable[[], int], wait: Callable[[float], object] = time.sleep) -> None:
    """For a thread of its own, as long as the process lives. Who else drains the same disk is left to it."""
    while True:
        try:
            if count := drain():
                _logger.info("Deliveries that waited on disk are in the queue.", extra={"deliveries": count})
        except RetryLater:
            pass  # still away
        except Exception:
            _logger.exception("Deliveries on disk stay there.")
        wait(_SECONDS)
