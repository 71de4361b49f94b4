"""What the report of a real pull request has to say: a bot bumps the digest of a database image that four environments'
jobs take from two components, and the change touches no file of theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from judged_cases import JudgedCases, of_check

from bot.model.approvals import NOT_ASKED, agreed
from bot.model.result import CheckStatus, FindingState, Report, Verdict
from bot.report import html, markdown

CASE = "979d735a"
OWNERS = {
    ".github/CODEOWNERS": "* @org/developers\n/src/**/overlays/*production*/ @org/db-owners\n"
    "/src/**/overlays/*staging*/ @org/developers\n"
}
ACCOUNTS = "src/accounts/accounts-db/k8s"
LEDGER = "src/ledger/ledger-db/k8s"
JOB = "components/init-db-job/init-db-job.yaml"


@pytest.fixture(scope="module")
def cases(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> JudgedCases:
    return JudgedCases(corpora, tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def asked(cases: JudgedCases) -> Report:
    """As a forge shows it that was asked: nobody has agreed yet."""
    return cases.moved_onto("bank-of-anthos", CASE, OWNERS, agreed())


@pytest.fixture(scope="module")
def comment(asked: Report) -> str:
    return markdown.render(asked)


def line(comment: str, *words: str) -> str:
    """The only line outside of diffs that holds all the words."""
    (found,) = [each for each in comment.split("\n") if all(word in each for word in words)]
    return found


def test_the_title_alone_is_enough(comment: str) -> None:
    title = comment.split("\n", maxsplit=1)[0]
    assert re.fullmatch(r"### ❌ Gatehouse: blocked · 2 errors, \d+ warnings? · 6 of \d+ known units change", title), (
        title
    )


def test_one_sentence_says_what_moves_where(comment: str) -> None:
    sentence = "`4e6e670b…` replaces `93d55776…` for `postgres:16.13-alpine` in production and staging at once."
    assert comment.split("\n")[2] == sentence


def test_the_table(comment: str) -> None:
    assert line(comment, "| **production** |").startswith(
        "| **production** | 4 changed | 4 Jobs | 1 moves | ❌ immutable field"
    )
    assert line(comment, "| staging |").startswith("| staging | 2 changed | 2 Jobs | 1 moves | ❌ immutable field")
    assert comment.index("| **production** |") < comment.index("| staging |")


def test_an_immutable_field_stops_the_merge(comment: str) -> None:
    said = line(comment, "- ❌ `risk/immutable`")
    assert "`Job/populate-accounts-db` and `Job/populate-ledger-db` in 6 units" in said
    assert "`spec.template` of a Job cannot be changed in place" in said
    assert "the API server refuses the update, and the rollout stays half done" in said  # the consequence
    assert "Give the object a new name, or delete it first" in said  # the way out
    assert f"`{ACCOUNTS}/{JOB}:267`" in said and f"`{LEDGER}/{JOB}:264`" in said  # the source line of a rendered value


def test_owners_by_effect_stop_the_merge(comment: str) -> None:
    said = line(comment, "- ❌ `owners/effect`")
    assert "touches no file of `@org/db-owners`, yet it reaches production" in said
    assert "`@org/db-owners` must agree" in said
    hops = (f"`{ACCOUNTS}/overlays/init-db-production`", f"`{ACCOUNTS}/components/init-db-job`", f"`{ACCOUNTS}/{JOB}`")
    assert " → ".join(hops) in said
    assert comment.index("**Stops the merge**") < comment.index(said) < comment.index("**Worth a look**")


def test_production_gets_it_together_with_staging(comment: str) -> None:
    said = line(comment, "- ⚠️ `images/promotion-order`")
    assert "at the same moment as staging: nothing has run it yet" in said
    assert comment.index("**Worth a look**") < comment.index(said)


def test_who_must_agree_and_why(comment: str) -> None:
    said = line(comment, "- `@org/db-owners`")
    assert "(`.github/CODEOWNERS:2 (/src/**/overlays/*production*/)`): production is reached in 4 units" in said


def test_what_does_not_count_is_said_quietly(comment: str) -> None:
    said = line(comment, "deployed by no unit")
    assert re.match(r"\d+ existing findings are not counted · 2 changed files are deployed by no unit: ", said)
    assert "`extras/cloudsql/populate-jobs/populate-accounts-db.yaml` and `…/populate-ledger-db.yaml`" in said


def test_each_environment_is_folded_and_an_equal_diff_is_shown_once(comment: str) -> None:
    folds = re.findall(r"<details><summary>(.*?)</summary>", comment)
    assert folds == ["production · 4 units · +4 −4 lines", "staging · 2 units · +2 −2 lines", "checks"]
    assert comment.count("```diff") == 2  # one for each of the two Jobs, which differ
    assert comment.count("\n-        image: postgres:16.13-alpine@sha256:93d55776") == 2
    assert comment.count("\n+        image: postgres:16.13-alpine@sha256:4e6e670b") == 2
    for database, job in ((ACCOUNTS, "populate-accounts-db"), (LEDGER, "populate-ledger-db")):
        head = line(comment, f"`{database}/overlays/init-db-production` — `batch/v1`")
        assert f"**Job `bank-of-anthos-production/{job}`**" in head
        assert f"- Job `bank-of-anthos-staging/{job}` in `init-db-staging`: the same change as in production" in comment
    assert comment.count("The same change in 1 more: `init-db-production-fwi`.") == 2


def test_every_check_has_its_word(comment: str) -> None:
    said = line(comment, "schema ", " · risk ")
    words = [word.split(" (")[0] for word in said.split(" · ")]
    assert words == [
        "schema ✅", "policy ✅", "owners ❌", "secrets ✅", "images ⚠️", "boundaries ✅", "risk ❌",
    ]  # fmt: skip


def test_the_last_line_says_what_was_compared_and_not_affected(comment: str) -> None:
    last = comment.rstrip("\n").split("\n")[-1]
    assert re.match(
        r"<sub>head `[0-9a-f]{7}` against merge base `[0-9a-f]{7}` · [\d.]+ s, \d+ rendered, \d+ cached, "
        r"\d+ proven untouched",
        last,
    ), last


def test_the_page_says_it_too(asked: Report) -> None:
    page = html.render(asked)
    for word in ("risk/immutable", "owners/effect", "images/promotion-order", "@org/db-owners", "4e6e670b…"):
        assert word in page


# -- the same without a forge, and as the repository really is


def test_in_a_terminal_owners_are_listed_and_stop_nothing(cases: JudgedCases) -> None:
    report = cases.moved_onto("bank-of-anthos", CASE, OWNERS, NOT_ASKED)
    owners = of_check(report, "owners")
    assert owners.status is CheckStatus.PASSED
    assert "owners/effect" in {f.rule for f in owners.findings if f.state is FindingState.INTRODUCED}
    assert ("@org/db-owners",) in {row.required for row in report.owners}
    assert report.verdict is Verdict.FAILED  # for the immutable field
    assert "- ⚠️ `owners/effect`" in markdown.render(report)


def test_an_approval_of_the_owners_leaves_only_the_immutable_field(cases: JudgedCases) -> None:
    people = agreed({"@org/db-owners"})
    report = cases.moved_onto("bank-of-anthos", CASE, OWNERS, people)
    assert of_check(report, "owners").status is CheckStatus.PASSED
    assert [result.name for result in report.checks if result.status is CheckStatus.FAILED] == ["risk"]


def test_the_owners_that_the_repository_really_has_own_everything(cases: JudgedCases) -> None:
    comment = markdown.render(cases.case("bank-of-anthos", CASE))
    assert comment.startswith("### ❌ Gatehouse: blocked · 1 error, 3 warnings · 6 of 45 known units change\n")
    said = "- One of `@GoogleCloudPlatform/devrel-flagship-app-maintainers` and `@yoshi-approver`"
    assert said in comment and "- production is reached in 4 units" in comment
