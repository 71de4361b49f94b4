"""What was found out about content before, and need not be found out again.

    remember(topic, name, ask)

gives what ``ask()`` gives, from an earlier run where that is known. ``topic`` says what is asked, ``name`` everything that
the answer depends on but the code of Gatehouse. Answers are JSON (texts, numbers, lists, mappings of texts) and hold no
secret. What ``ask`` raises is raised, and not kept. A port: bot.render.cache keeps them in the cache directory.
"""

from __future__ import annotations

from collections.abc import Callable

WORTH_KEEPING = 20_000  # characters: what less of them says is found out faster than it is read
Remember = Callable[[str, str, Callable[[], object]], object]


def ask_again(_topic: str, _name: str, ask: Callable[[], object]) -> object:
    """Where nothing is kept."""
    return ask()
