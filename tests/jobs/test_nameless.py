"""Findings about objects without a name stand where the change writes the object."""

from __future__ import annotations

from made_evidence import Files

from bot.checks.judgement import Judged
from bot.jobs.nameless import Place, placed
from bot.model.evidence import Evidence, Statement
from bot.model.result import Finding, FindingState, Severity
from bot.model.snapshot import FILE, Change, Entry
from bot.model.unit import ObjectId

TEXT = "# two\n---\nkind: Job\nmetadata: {generateName: b-}\n---\nkind: Job\nmetadata: {generateName: a-}\n---\nkind: Job\n"
NAMELESS = ObjectId("batch/v1", "Job", "", "(no name)")
WRITTEN, NOWHERE = Entry("jobs.yaml", FILE, "1"), ("", 0)
TREE, EMPTY = Files(dict.fromkeys(("jobs.yaml", "a.yaml", "b.yaml"), TEXT)), Files({})


def place(name: str, state: FindingState = FindingState.INTRODUCED, file: str = "", traced: Place = NOWHERE) -> object:
    found = ObjectId("batch/v1", "Job", "", name)
    finding = Finding("images/latest", Severity.ERROR, state, "jobs", found, file, 0, "It is.", "")
    answer = Judged("images", ((finding, Statement("images/latest", Severity.ERROR, "It is.", ""), True),))
    shown = Evidence((), (Change("jobs.yaml", None, WRITTEN),), EMPTY, TREE)
    ((at,),) = placed([answer], [[traced]], shown)
    return tuple(at)


def test_what_generate_name_begins_with_tells_them_apart() -> None:
    assert place("a-*") == ("jobs.yaml", 6)
    assert place("b-*") == ("jobs.yaml", 3)
    assert place("(no name)") == place("") == ("jobs.yaml", 9)


def test_what_one_file_does_stands_in_it_where_nothing_was_traced() -> None:
    def at(*names: str, state: FindingState = FindingState.INTRODUCED) -> object:
        found = Finding("policy/x", Severity.ERROR, state, "u", ObjectId("v1", "Pod", "", "a"), "", 0, "It is.", "")
        answer = Judged("policy", ((found, Statement("policy/x", Severity.ERROR, "It is.", "", unit="u"), True),))
        changes = tuple(Change(name, None, Entry(name, FILE, "1")) for name in names)
        shown = Evidence((), changes, EMPTY, TREE)
        ((place,),) = placed([answer], [[NOWHERE]], shown)
        return tuple(place)

    assert at("environments/prod.yaml") == ("environments/prod.yaml", 1)
    assert at("a.yaml", "b.yaml") == at("a.yaml", state=FindingState.EXISTING) == NOWHERE  # nobody knows which


def test_objects_that_look_alike_are_told_one_after_the_other() -> None:
    found = Finding("schema/no-name", Severity.ERROR, FindingState.INTRODUCED, "jobs", NAMELESS, "", 0, "None.", "")
    said = (found, Statement("schema/no-name", Severity.ERROR, "None.", "", unit="jobs"), True)
    entries = [Entry(f"{name}.yaml", FILE, name) for name in "ab"]
    shown = Evidence((), tuple(Change(e.path, None, e) for e in entries), EMPTY, TREE)
    (places,) = placed([Judged("schema", (said, said, said))], [[NOWHERE] * 3], shown)
    assert [tuple(place) for place in places] == [("a.yaml", 9), ("b.yaml", 9), ("b.yaml", 9)]


def test_nothing_is_guessed() -> None:
    assert place("c-*") == NOWHERE  # in a file that the change leaves alone
    assert place("web") == NOWHERE  # that tracing did not find it has another reason
    assert place("a-*", FindingState.FIXED) == NOWHERE
    assert place("a-*", file="b.yaml") == NOWHERE  # the check knows better
    assert place("a-*", traced=("t.yaml", 7)) == ("t.yaml", 7)
