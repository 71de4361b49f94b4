"""One credential in a file and in what is rendered from it is told once; two are told as two."""

from __future__ import annotations

from made_evidence import Files

from bot.checks.secret_once import once, signs_of
from bot.model.evidence import Statement
from bot.model.result import CheckResult, CheckStatus, Finding, FindingState, Severity
from bot.model.unit import ObjectId

CONFIG = ObjectId("v1", "ConfigMap", "shop", "web")
TEXT = "kind: ConfigMap\ndata:\n  token: ghp_1\n  app.properties: |\n    a=1\n\n    token=ghp_2\n  b: c\n"
NEW = FindingState.INTRODUCED


def finding(
    rule: str, line: int, severity: Severity = Severity.ERROR, state: FindingState = NEW, file: str = "a.yaml"
) -> Finding:
    found = CONFIG if rule.endswith(("-object", "plain-value")) else None
    return Finding(
        f"secrets/{rule}", severity, state, "apps/shop" if found else "", found, file, line, "It holds one.", ""
    )


def left(*findings: Finding) -> list[tuple[str, int]]:
    result = once(CheckResult("secrets", CheckStatus.FAILED, findings, "", ()), Files({"a.yaml": TEXT}))
    return [(each.rule.removeprefix("secrets/"), each.line) for each in result.findings]


def test_the_object_says_more_than_its_file() -> None:
    assert left(finding("credential-in-object", 3), finding("credential", 3)) == [("credential-in-object", 3)]
    named = Severity.WARNING
    assert left(finding("password-in-object", 3, named), finding("random-value", 3, named)) == [
        ("password-in-object", 3)
    ]


def test_several_objects_of_one_line_stay_several() -> None:
    both = finding("credential-in-object", 3), finding("credential-in-object", 3, Severity.WARNING)
    assert left(*both, finding("credential", 3)) == [("credential-in-object", 3)] * 2


def test_what_weighs_more_stays() -> None:
    """The gate is milder in development, and the repository is not: the file still stops the merge."""
    lenient = finding("credential-in-object", 3, Severity.WARNING)
    assert left(lenient, finding("credential", 3)) == [("credential", 3)]


def test_a_text_of_several_lines_is_one_place() -> None:
    assert left(finding("credential-in-object", 4), finding("credential", 7)) == [("credential-in-object", 4)]
    two = finding("credential", 5), finding("credential", 7)
    assert left(finding("credential-in-object", 4), *two) == [("credential-in-object", 4), ("credential", 7)]


def test_other_places_are_other_credentials() -> None:
    said = [("credential-in-object", 3), ("credential", 7)]
    assert left(finding("credential-in-object", 3), finding("credential", 7)) == said  # `token` is one line
    assert left(finding("credential-in-object", 4), finding("credential", 8))[1:] == [("credential", 8)]  # behind it
    assert left(finding("credential-in-object", 3), finding("credential", 3, file="b.yaml"))[1:] == [("credential", 3)]
    assert left(finding("credential-in-object", 0), finding("credential", 0))[1:] == [
        ("credential", 0)
    ]  # no line known


def test_a_credential_by_its_shape_is_none_by_its_name() -> None:
    """Both may stand on one line of flow style."""
    named = finding("password-in-object", 3, Severity.WARNING)
    assert left(named, finding("credential", 3)) == [("password-in-object", 3), ("credential", 3)]
    shaped = finding("credential-in-object", 3)
    assert left(named, shaped, finding("credential", 3)) == [("password-in-object", 3), ("credential-in-object", 3)]


def test_what_was_there_before_does_not_stand_for_what_is_new() -> None:
    known = finding("credential-in-object", 3, Severity.WARNING, FindingState.EXISTING)
    assert left(known, finding("credential", 3)) == [("credential-in-object", 3), ("credential", 3)]


A, B = frozenset("a"), frozenset("b")


def by_value(*said: tuple[Finding, frozenset[str]]) -> list[tuple[str, int]]:
    """The same where signs of the values are known."""
    result = CheckResult("secrets", CheckStatus.FAILED, tuple(one for one, _ in said), "", ())
    result = once(result, Files({"a.yaml": TEXT}), [signs for _, signs in said])
    return [(each.rule.removeprefix("secrets/"), each.line) for each in result.findings]


def untraced(rule: str, severity: Severity = Severity.ERROR, state: FindingState = NEW) -> Finding:
    return finding(rule, 0, severity, state, file="")


def test_the_same_value_is_told_once_where_the_object_has_no_line() -> None:
    shape = finding("credential", 3)
    assert by_value((untraced("credential-in-object"), A), (shape, A)) == [("credential-in-object", 3)]
    assert by_value((untraced("plain-value"), A | B), (shape, A), (finding("password-in-file", 8), B)) == [
        ("plain-value", 3)
    ]
    assert by_value((untraced("plain-value"), B), (shape, A)) == [("plain-value", 0), ("credential", 3)]
    known = untraced("plain-value", state=FindingState.EXISTING)
    assert by_value((known, A), (shape, A)) == [("plain-value", 0), ("credential", 3)]


def test_of_one_value_in_two_files_nobody_knows_which_was_rendered() -> None:
    two = (finding("credential", 3), A), (finding("credential", 3, file="b.yaml"), A)
    assert by_value((untraced("plain-value"), A), *two) == [("plain-value", 0), ("credential", 3), ("credential", 3)]
    assert by_value((finding("plain-value", 1), A), *two) == [("plain-value", 1), ("credential", 3)]


def test_the_file_stays_where_it_weighs_more_and_holds_all_of_the_object() -> None:
    mild = untraced("password-in-object", Severity.WARNING)
    assert by_value((mild, A), (finding("password-in-file", 3), A)) == [("password-in-file", 3)]
    assert by_value((mild, A | B), (finding("password-in-file", 3), A)) == [
        ("password-in-object", 0),
        ("password-in-file", 3),
    ]


def test_findings_without_known_values_stay() -> None:
    said = Statement("secrets/credential", Severity.ERROR, "It holds one.", "")
    assert signs_of([said, said], {}, {said: {"x"}}, str) == []
    about = Statement("secrets/plain-value", Severity.ERROR, "It holds one.", "", object=CONFIG)
    assert signs_of([said, about], {about: A}, {said: {"x", "y"}}, str.upper) == [frozenset("XY"), A]
