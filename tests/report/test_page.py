"""The HTML page: complete, closed in itself, and harmless."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sample_reports import blocked, friendly, hostile, large, quiet

from bot.model.result import Report
from bot.report import html

VOID = {"meta", "col", "br"}
OURS = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "footer", "h1", "h2", "small", "p", "code", "b",
    "table", "tr", "th", "td", "a", "span", "ul", "li", "details", "summary", "div", "pre", "colgroup", "col", "del",
    "ins", "br",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects tags, attributes and text, and insists that every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.comments: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("build", [friendly, blocked, quiet, hostile])
def test_the_page_is_well_formed_and_has_only_our_elements(build: object) -> None:
    assert callable(build)
    report: Report = build()
    page = html.render(report)
    page.encode()
    reader = Reader(page)
    assert reader.tags <= OURS
    assert reader.comments == []
    assert {name for name, _ in reader.attributes} <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "open", "colspan",
    }  # fmt: skip


@pytest.mark.parametrize("build", [friendly, blocked, hostile])
def test_links_stay_inside_the_page_and_have_a_target(build: object) -> None:
    assert callable(build)
    reader = Reader(html.render(build()))
    ids = [value for name, value in reader.attributes if name == "id"]
    links = [value for name, value in reader.attributes if name == "href"]
    assert links
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert all(link.startswith("#") for link in links)


def test_nothing_is_loaded_or_run() -> None:
    page = html.render(hostile())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    style = re.search(r"(?s)<style>(.*?)</style>", page)
    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1] == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert not re.search(r"(?i)<script|<img|<iframe|<link|javascript:[^()]*\"|\son[a-z]+=\"", page)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\u200b\ufeff]", page)
    assert r"\x1b[31m" in page


def test_each_diff_is_shown_once_and_linked_from_the_others() -> None:
    page = html.render(friendly())
    assert page.count('<table class="diff">') == 1
    assert page.count('<a href="#d1">') == 5
    assert "The same change in 5 more" in page


def test_everything_that_matters_is_on_the_page() -> None:
    words = " ".join("".join(Reader(html.render(blocked())).words).split())
    for part in (
        "1 unit breaks",
        "doesn't exist; add it or take it out of",
        "opens the network to every pod",
        "head conflicts with base in apps/ledger/base/deployment.yaml",
        "2 changed files are deployed by no unit: extras/cloudsql/populate-jobs/populate-accounts-db.yaml",
        "Known noise folded: spec.template.metadata.annotations.checksum/config",
        "via Kustomization flux-system/infra",
        "the variable DOMAIN comes from the Secret",
        "was settings-6f8d2c",
        "@org/db-owners and @alice",
        "same report: gatehouse check --base 9f8e7d6 --head a1b2c3d",
        "46 proven untouched",
    ):
        assert part in words, part


def test_edited_words_are_marked_side_by_side() -> None:
    page = html.render(blocked())
    assert '<td class="o d">  <span class="k">LOG_LEVEL</span>: <del>info</del></td>' in page
    assert '<td class="w a">  <span class="k">LOG_LEVEL</span>: <ins>debug</ins></td>' in page


def test_a_page_of_very_many_lines_has_no_colours() -> None:
    assert '<span class="k">' in html.render(large(10, 100))
    assert '<span class="k">' not in html.render(large(100, 200))


def test_twenty_thousand_lines_are_quick() -> None:
    report = large(100, 200)
    started = time.process_time()
    page = html.render(report)
    assert time.process_time() - started < 5
    assert page.count("<tr") > 10_000


def test_a_note_of_several_units_is_said_once() -> None:
    report = friendly()
    moving = [unit for unit in report.units if unit.objects][:2]
    noted = {moving[0].path: ("Shared by two.", "Of one alone."), moving[1].path: ("Shared by two.",)}
    units = tuple(replace(u, notes=noted[u.path]) if u in moving else replace(u, notes=()) for u in report.units)
    page = html.render(replace(report, units=units))
    assert page.count("Shared by two.") == 1
    assert page.count("Of one alone.") == 2, "in the list, and at its unit"
