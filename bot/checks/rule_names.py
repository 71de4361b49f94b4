"""Which rules there are, for settings that name them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.checks.levels import rule_holds

_OWN = "policy/"  # where the rules of a repository's own policies are, beside ours
_OURS = "gatehouse/"  # what the gate says by itself
_ALIKE = 0.9


class RuleNames:
    """The rules that findings may name. ``ids`` are those of Gatehouse; none: any name may be one."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids = tuple(ids)

    def wrong(self, named: str) -> str:
        """What is wrong with a rule, or a pattern of rules, in a setting, as the end of a sentence; "" for nothing. A rule
        of a repository's own policies may have any name, but hardly one that is like a rule of ours."""
        if not self._ids or any(rule_holds(named, rule) for rule in self._ids):
            return ""
        if named.startswith(_OURS):
            return "which the gate says by itself, whatever the settings are"
        like = self._like(named)
        if named.startswith(_OWN) and not like:
            return ""
        meant = f"; {like} may be meant" if like else ""
        return f"which is no rule{meant}; `gatehouse explain` lists them"

    def _like(self, named: str) -> str:
        from difflib import get_close_matches

        return next(iter(get_close_matches(named, self._ids, 1, _ALIKE)), "")
