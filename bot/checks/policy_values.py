"""What a policy says, in conftest's conventions, to the parts of a statement.

A rule ``deny``, ``violation`` or ``warn`` (or with a name behind, ``deny_root``) gives texts or objects: ``msg`` or
``message``, and, beyond conftest, ``severity``, ``rule``, ``fix``, ``at`` and ``mark``. Nothing of it is trusted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.model.result import Severity
from bot.policy.base import Outline, RuleHead

_QUESTION = re.compile(r"(deny|violation|warn)(?:_([A-Za-z0-9_]+))?")
_RULE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MOVING = re.compile(r"\S*\d\S*")
_LONGEST_MESSAGE, _LONGEST_DETAILS, _LONGEST_MARK, _DEEPEST = 2000, 200, 300, 64


@dataclass(frozen=True, slots=True)
class Question:
    """One rule that is asked: ``data.PACKAGE.RULE``, the name its findings get, and their severity."""

    query: str
    rule: str
    severity: Severity
    path: str
    line: int = 0
    map: bool = False  # `deny[msg] if …` of Rego v1: an object whose keys are the messages
    shipped: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation."""

    rule: str
    severity: Severity
    message: str
    fix: str
    at: tuple[str | int, ...]
    mark: str


def questions(outline: Outline) -> Iterator[Question]:
    """The rules of a module that are asked."""
    for head in outline.rules:
        found = _QUESTION.fullmatch(head.name)
        if found and _has_values(head):
            severity = Severity.WARNING if found[1] == "warn" else Severity.ERROR
            rule = found[2] or outline.package.removeprefix("main.")
            name = _plain_rule(rule) or "unnamed"
            query = f"data.{outline.package}.{head.name}"
            yield Question(query, name, severity, outline.path, head.line, head.kind == "object")


def _has_values(head: RuleHead) -> bool:
    return head.kind in ("set", "value", "object") and head.arity == 0


def _plain_rule(name: object) -> str:
    text = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") if isinstance(name, str) else ""
    return text[:63] if _RULE.match(text) else ""


def said(question: Question, value: object) -> Iterator[Violation]:
    """The violations in the value of a rule; ``true`` is one without words."""
    if value is False or value is None:
        return
    if question.map and isinstance(value, dict):
        value = [key for key, holds in value.items() if holds is not False]
    for one in value if isinstance(value, list) else [value]:
        yield _one(question, one if isinstance(one, dict) else {"msg": one})


def _one(question: Question, fields: dict[str, object]) -> Violation:
    words = fields.get("msg", fields.get("message"))
    if words is None or isinstance(words, bool):
        words = f"The policy {question.rule} in {question.path} does not allow this"
    message = words if isinstance(words, str) else _json(words)
    if details := fields.get("details"):
        shown = details if isinstance(details, str) else _json(details)
        message += f" ({shown})" if len(shown) <= _LONGEST_DETAILS else ""
    rule = _plain_rule(fields.get("rule")) or question.rule
    fix = fields.get("fix")
    at = _at(fields.get("at"))
    return Violation(
        rule,
        _severity(fields.get("severity"), question.severity),
        message[:_LONGEST_MESSAGE],
        fix[:_LONGEST_MESSAGE] if isinstance(fix, str) and fix else _fix(question),
        at,
        f"{question.query} {_mark(fields.get('mark'), at, message)}",
    )


def _fix(question: Question) -> str:
    return f"Change the object so that {question.path} has nothing to say, or agree with the owners of that policy."


def _severity(value: object, default: Severity) -> Severity:
    return Severity(value) if isinstance(value, str) and value in set(Severity) else default


def _at(value: object) -> tuple[str | int, ...]:
    if not isinstance(value, list) or len(value) > _DEEPEST:
        return ()
    steps = tuple(step for step in value if isinstance(step, (str, int)) and not isinstance(step, bool))
    return steps if len(steps) == len(value) else ()


def _mark(told: object, at: tuple[str | int, ...], message: str) -> str:
    """What stays the same while the problem does: the policy's own word, else the place, else the message without the words
    that hold a number (versions, digests and counts move while the problem stays)."""
    if isinstance(told, str):
        return told[:_LONGEST_MARK]
    if at:
        return "/".join(map(str, at))[:_LONGEST_MARK]
    return _MOVING.sub("#", message)[:_LONGEST_MARK]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
