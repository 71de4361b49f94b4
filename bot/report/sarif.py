"""The report as SARIF 2.1.0 (OASIS, with errata 01), for forges and editors that show findings beside the code.

``baselineState`` says how a result came: ``new``, ``unchanged``, or ``absent`` for what the change mends; waived findings
carry a suppression. Readers that know neither (GitHub is one) are given ``only_new``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import quote_from_bytes

from bot import __version__
from bot.model.result import CheckStatus, FindingState, Report, Severity, Verdict
from bot.report.escape import plain, shorten, visible
from bot.report.issues import Issue, issues

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# A message that is longer than this helps nobody; what a renderer prints may have any size.
_WIDTH = 2000
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_STATES = {
    FindingState.INTRODUCED: "new",
    FindingState.EXISTING: "unchanged",
    FindingState.WAIVED: "unchanged",  # unless it came with the change
    FindingState.FIXED: "absent",
}


class RuleText(Protocol):
    """What is said about a rule; its texts are ours and may hold Markdown code spans."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def mend(self) -> str: ...


def render(report: Report, rules: Sequence[RuleText], *, only_new: bool = False) -> str:
    """One SARIF log, ASCII only; ends with a line feed. ``only_new`` leaves out what the change did not introduce."""
    found = [issue for issue in issues(report) if not only_new or issue.state is FindingState.INTRODUCED]
    described = _rules(rules, found)
    places = {str(rule["id"]): number for number, rule in enumerate(described)}
    run = {
        "tool": {"driver": {
            "name": "Gatehouse", "version": __version__, "semanticVersion": __version__, "rules": described,
        }},
        "automationDetails": {"id": "gatehouse/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(issue, places) for issue in found],
        "properties": {
            "base": plain(report.base), "head": plain(report.head), "mergeBase": plain(report.merge_base),
            "verdict": report.verdict.value,
        },
    }  # fmt: skip
    value = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _rules(rules: Sequence[RuleText], found: Iterable[Issue]) -> list[dict[str, object]]:
    """Every rule of ours, and by its name alone each other one that a finding names: a policy of the repository."""
    known = {rule.id for rule in rules}
    others = sorted({plain(issue.rule) for issue in found} - known)
    return [*map(_rule, rules), *map(_unknown, others)]


def _rule(rule: RuleText) -> dict[str, object]:
    text = f"{rule.what} {rule.why}"
    return {
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": _braced(rule.title)},
        "fullDescription": {"text": _braced(shorten(text, 1000))},  # GitHub shows 1024 characters
        "help": {
            "text": _braced(f"What it finds: {rule.what}\n\nWhy it matters: {rule.why}\n\nHow to mend it: {rule.mend}"),
            "markdown": _braced(
                f"**What it finds.** {rule.what}\n\n**Why it matters.** {rule.why}\n\n**How to mend it.** {rule.mend}\n\n"
                f"`gatehouse explain {rule.id}` says the same and how to waive it."
            ),
        },
        "properties": {"tags": [rule.id.partition("/")[0]]},
    }


def _unknown(rule: str) -> dict[str, object]:
    text = f"The rule {_words(rule)} of this repository."
    return {
        "id": rule,
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": "Its own message says what it finds and how to mend it."},
    }


def _result(issue: Issue, places: dict[str, int]) -> dict[str, object]:
    fixed = issue.state is FindingState.FIXED
    result: dict[str, object] = {
        "ruleId": plain(issue.rule),
        "ruleIndex": places[plain(issue.rule)],
        # SARIF 3.27.10: only what fails has a level
        "kind": "pass" if fixed else "fail",
        "level": "none" if fixed else _LEVELS[issue.severity],
        "message": {"text": _words(f"{issue.subject}: {issue.message}" if issue.subject else issue.message)},
        "locations": [_location(issue)],
        # GitHub tells results of several runs apart by the second name and by no other
        "partialFingerprints": {
            "gatehouse/v1": issue.fingerprint, "primaryLocationLineHash": f"{issue.fingerprint}:1",
        },
        "baselineState": "new" if issue.new else _STATES[issue.state],
    }  # fmt: skip
    if issue.state is FindingState.WAIVED:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": "Waived in .gatehouse.yaml."}
        ]
    return result


def _location(issue: Issue) -> dict[str, object]:
    physical = {"artifactLocation": {"uri": uri(issue.file)}, "region": {"startLine": issue.line}}
    location: dict[str, object] = {"physicalLocation": physical}
    if issue.object is not None:
        name = f"{issue.object.kind}/{issue.object.name}"
        full = " ".join((issue.unit or ".", issue.object.api_version, issue.object.kind, issue.object.namespace, name))
        location["logicalLocations"] = [{"name": _words(name), "fullyQualifiedName": _words(full), "kind": "object"}]
    return location


def uri(path: str) -> str:
    """The path as a relative reference (RFC 3986, 4.2): everything but plain characters is percent-encoded, a colon too,
    which would end a scheme."""
    data = path.encode("utf-8", "surrogateescape" if _is_bytes(path) else "surrogatepass")
    return quote_from_bytes(data, safe="/")


def _is_bytes(path: str) -> bool:
    """Whether every surrogate stands for a byte, as in paths that Python read."""
    return not re.search("[\ud800-\udc7f\udd00-\udfff]", path)


def _invocation(report: Report) -> dict[str, object]:
    told = []
    for result in report.checks:
        if result.status is CheckStatus.ERROR:
            told.append(("error", f"The check {result.name} could not run. {result.reason}".strip()))
        elif result.status is CheckStatus.SKIPPED:
            told.append(("note", f"The check {result.name} was skipped. {result.reason}".strip()))
    told += [("error", stop) for stop in report.stops] + [("note", note) for note in report.notes]
    return {
        "executionSuccessful": report.verdict is not Verdict.ERROR,
        "toolExecutionNotifications": [{"level": level, "message": {"text": _words(text)}} for level, text in told],
    }


def _words(text: str) -> str:
    """Text of the repository as a SARIF message: nothing unseen, no embedded link (3.11.6), no placeholder (3.11.5)."""
    return _braced(visible(shorten(text, _WIDTH)).replace("](", "] ("))


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
