"""The name that an application has in all environments, where each of them calls it after itself too.

Argo CD keeps all Applications in one namespace, so that those of several environments have names of their own:
``orders-prod`` beside ``orders-staging``, ``prod-orders`` beside ``dev-orders``. Reports show what is written; only who
looks for the same application elsewhere asks for this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.environment_words import MOST_WORDS, WORD, is_place, means_environment, plain, rank_of

if TYPE_CHECKING:
    from bot.affected.naming import Namer

_LONGEST = 253  # of a name in Kubernetes


def shared_name(app: str, environment: str, namer: Namer) -> str:
    """``app`` without the name of its own environment (or another usual or configured name of the same), which stands at the
    beginning, or at the end with at most places behind it (``orders-prod-eu-1``). Any other is as it is, and so is one that
    has nothing else in its name."""
    if not environment or len(app) > _LONGEST or namer.is_environment(app):
        return app
    words = list(WORD.finditer(app))
    for at in range(1, len(words)):
        for end in range(min(at + MOST_WORDS, len(words)), at, -1):
            named = _is_named(app[words[at].start() : words[end - 1].end()], environment, namer)
            if named and all(is_place(word[0]) for word in words[end:]):
                return app[: words[at - 1].end()]
    for end in range(min(MOST_WORDS, len(words) - 1), 0, -1):
        if _is_named(app[: words[end - 1].end()], environment, namer):
            return app[words[end].start() :]
    return app


def _is_named(text: str, environment: str, namer: Namer) -> bool:
    """Whether a part of a name is a name of the environment."""
    word = plain(text)
    if word == plain(environment) or plain(namer.environment(text)) == plain(environment):
        return True
    return means_environment(word) and rank_of(word) == rank_of(environment)
