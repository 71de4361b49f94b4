"""Addresses of report pages: only our own open anything, for as long as they should, whichever key is in use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.forge import ForgeKind, PullRequestName, RepositoryName
from bot.report.links import LIFE_SECONDS, WEEK, Links, PageName, Worth

BASE = "https://bot.example.com"
HEAD = "a" * 40
DAY = 86_400
names = st.builds(
    PullRequestName,
    st.builds(RepositoryName, st.sampled_from(ForgeKind), st.text(min_size=1, max_size=60)),
    st.integers(1, 10**9),
)


def name(number: int = 3) -> PullRequestName:
    return PullRequestName(RepositoryName(ForgeKind.GITLAB, "group/sub/project"), number)


def token(link: str) -> str:
    begin = f"{BASE}/reports/"
    assert link.startswith(begin)
    return link.removeprefix(begin)


@given(names, st.text(alphabet="0123456789abcdef", min_size=40, max_size=40))
def test_what_is_signed_is_read(pull_request: PullRequestName, head: str) -> None:
    links = Links((b"one",), BASE)
    written = token(links.link(pull_request, head))
    assert written.isascii()
    assert not set(written) & set("/?#&% ")
    assert links.read(written) == PageName(pull_request, head)


def test_another_key_opens_nothing_and_an_older_one_still_does() -> None:
    old, new, stranger = Links((b"old",), BASE), Links((b"new", b"old"), BASE), Links((b"other",), BASE)
    written = token(old.link(name(), HEAD))
    assert new.read(written) == PageName(name(), HEAD)
    assert stranger.read(written) is Worth.FORGED
    assert old.read(token(new.link(name(), HEAD))) is Worth.FORGED  # the first key signs


@pytest.mark.parametrize("wrong", ["", "x", "a.b.c", "é" * 20, "A" * 5000, "\x00"])
def test_nonsense_opens_nothing(wrong: str) -> None:
    assert Links((b"one",), BASE).read(wrong) is Worth.FORGED


@given(st.data())
def test_no_character_may_change(data: st.DataObject) -> None:
    links = Links((b"one",), BASE)
    written = token(links.link(name(), HEAD))
    place = data.draw(st.integers(0, len(written) - 1))
    letter = data.draw(st.sampled_from("ABCabc019-_."))
    changed = written[:place] + letter + written[place + 1 :]
    opened = links.read(changed)
    assert opened is Worth.FORGED or opened == PageName(name(), HEAD)  # base64 has spare bits at its end


@given(st.integers(0, 60 * DAY), st.integers(0, 90 * DAY))
def test_it_lives_for_its_time(begin: int, age: int) -> None:
    clock = [1_700_000_000 + begin]
    links = Links((b"one",), BASE, now=lambda: clock[0])
    written = token(links.link(name(), HEAD))
    clock[0] += age
    if age <= LIFE_SECONDS:
        assert links.read(written) == PageName(name(), HEAD)
    if age > LIFE_SECONDS + WEEK:
        assert links.read(written) is Worth.EXPIRED


def test_one_page_has_one_address_for_the_week() -> None:
    clock = [float(WEEK * 3000)]
    links = Links((b"one",), BASE, now=lambda: clock[0])
    first = links.link(name(), HEAD)
    clock[0] += WEEK - 1
    assert links.link(name(), HEAD) == first
    clock[0] += 1
    assert links.link(name(), HEAD) != first


def test_without_a_public_address_there_are_no_links() -> None:
    assert Links((b"one",), "").link(name(), HEAD) == ""
    assert Links((), BASE).link(name(), HEAD) == ""
    assert Links((), BASE).read("x") is Worth.FORGED
