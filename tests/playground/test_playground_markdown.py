"""Comments on the playground's pages: as a forge shows them, and harmless."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.playground.markdown import rendered


def html(text: str) -> str:
    return rendered(text, lambda name: name in ("ben", "acme/on-call", "gatehouse[bot]"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**a** ~~b~~ `c`", "<p><strong>a</strong> <s>b</s> <code>c</code></p>"),
        ("| a | b |\n|---|--:|\n| 1 | 2 |", '<th align="right">b</th>'),
        ("<details><summary>More</summary>\n\n- one\n\n</details>", "<details><summary>More</summary>\n<ul>\n<li>one</li>"),
        ("<sub>small</sub>", "<p><sub>small</sub></p>"),
        ("```diff\n-a\n+b\n c\n```", '<span class="del">-a</span>\n<span class="add">+b</span>\n c'),
        ("Thank you @ben and @acme/on-call", 'Thank you <span class="mention">@ben</span> and <span class="mention">'),
        ("`@ben` and x@ben and @nobody", "<p><code>@ben</code> and x@ben and @nobody</p>"),
        ("@gatehouse[bot]", '<span class="mention">@gatehouse[bot]</span>'),
        ("a <!-- hidden --> b", "<p>a  b</p>"),
        ("<!-- marker -->\n### Title", "<h3>Title</h3>"),
        ("https://example.com <b>x</b> & y", "&amp; y"),
    ],
)  # fmt: skip
def test_what_forges_show(text: str, shown: str) -> None:
    assert shown in html(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<p style='position:fixed;inset:0'>x</p>",
        "<iframe src=//example.com></iframe><form action=//example.com><input name=a><button>b</button></form>",
        "<svg onload=alert(1)><style>*{display:none}</style></svg>",
        "<details open ontoggle=alert(1)><summary>x</summary></details>",
        "<div class='merge good' id=main>May be merged</div>",
        '```"><script>alert(1)</script>\nx\n```',
        "@ben<script>alert(1)</script>",
        "<base href=//example.com><meta http-equiv=refresh content=0><link rel=stylesheet href=//example.com>",
    ],
)
def test_what_could_hurt_is_gone(text: str) -> None:
    _assert_harmless(html(text))


_PIECES = st.sampled_from(
    ["<", ">", "</", "script", "a", " href=", "javascript:", "'", '"', "=", " onclick=", "details", "```", "\n", "|", "@ben",
     "<!--", "-->", "&lt;", "&#60;", "[x](", ")", "svg", "style", "\0", "\u200b"]
)  # fmt: skip


@given(st.lists(st.one_of(_PIECES, st.text(max_size=5)), max_size=25).map("".join))
@example("<a href=' javascript:x'>")
@example("</div></article>")
def test_whatever_is_written_stays_harmless(text: str) -> None:
    _assert_harmless(html(text))


class _Seen(HTMLParser):
    """Tags and attributes, and whether every tag is closed where it began."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("br", "hr"):
            assert self.open and self.open.pop() == tag, "a comment closes nothing but its own"


def _assert_harmless(shown: str) -> None:
    seen = _Seen()
    seen.feed(shown)
    seen.close()
    assert not seen.open, "a comment leaves nothing open"
    for tag, attributes in seen.found:
        assert tag not in (
            "script",
            "style",
            "svg",
            "iframe",
            "form",
            "input",
            "button",
            "img",
            "base",
            "meta",
            "link",
            "object",
        )
        assert set(attributes) <= {"href", "title", "open", "start", "align", "colspan", "rowspan", "class", "rel"}
        assert attributes.get("class") in (None, "add", "del", "hunk", "mention")
        assert re.match(r"(https?:|mailto:|[^:]*([/?#]|\Z))", attributes.get("href") or "", re.IGNORECASE)
