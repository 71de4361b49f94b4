"""Comments as a forge shows them: CommonMark with tables and strikethrough, the harmless part of HTML, mentions marked.

Two libraries do the work: markdown-it-py parses, nh3 lets through an allow-list of tags and attributes. What a comment
brings along can neither run, nor load, nor dress itself as a part of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# As GitHub's own list (docs of github/markup, "sanitization"), without images: a local forge loads nothing from elsewhere.
_INLINE = (
    "a",
    "b",
    "br",
    "code",
    "del",
    "em",
    "i",
    "ins",
    "kbd",
    "q",
    "s",
    "samp",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "tt",
    "var",
)
_BLOCKS = ("blockquote", "dd", "details", "div", "dl", "dt", "hr", "li", "ol", "p", "pre", "summary", "ul")
_TABLES = ("table", "tbody", "td", "tfoot", "th", "thead", "tr")
_TAGS = frozenset((*_INLINE, *_BLOCKS, *_TABLES, "h1", "h2", "h3", "h4", "h5", "h6"))
_ATTRIBUTES = {
    "a": {"href", "title"},
    "details": {"open"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
_CLASSES = {"span": {"add", "del", "hunk", "mention"}}
_MENTION = re.compile(r"(?<![\w/@.`])@([A-Za-z0-9][\w-]*(?:\[bot\])?(?:/[\w.-]*[\w-])*)")
_ALIGN = re.compile(r"text-align:\s*(left|right|center)")
_MARKS = {"+": "add", "-": "del", "@": "hunk"}


def rendered(text: str, is_known: Callable[[str], bool]) -> str:
    """The HTML of a comment, safe to stand in a page. ``is_known``: whether a mention names somebody."""
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        _align(token)
        if token.type == "inline" and token.children:
            token.children = list(_with_mentions(token.children, is_known))
    html = parser.renderer.render(tokens, parser.options, {})
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.add_render_rule("fence", _fence)
    return parser


def _fence(_renderer: object, tokens: list[Token], position: int, *_: object) -> str:
    """A fenced block; of a diff, added and removed lines are coloured."""
    token = tokens[position]
    if token.info.strip().lower() != "diff":
        return f"<pre><code>{escape(token.content)}</code></pre>\n"
    lines = [
        f'<span class="{_MARKS[line[0]]}">{escape(line)}</span>' if line[:1] in _MARKS else escape(line)
        for line in token.content.rstrip("\n").split("\n")
    ]
    return "<pre><code>" + "\n".join(lines) + "</code></pre>\n"


def _align(token: Token) -> None:
    """How a column is aligned, told by an attribute: the page allows no style in its elements."""
    style = _ALIGN.search(str(token.attrs.pop("style", "")))
    if style is not None:
        token.attrSet("align", style[1])


def _with_mentions(children: Iterable[Token], is_known: Callable[[str], bool]) -> Iterable[Token]:
    """Text with ``@somebody`` set apart, outside of links."""
    inside = 0
    for child in children:
        inside += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type != "text" or inside or "@" not in child.content:
            yield child
            continue
        at = 0
        for found in _MENTION.finditer(child.content):
            if not is_known(found[1]):
                continue
            yield _text(child.content[at : found.start()])
            yield _raw(f'<span class="mention">{escape(found[0])}</span>')
            at = found.end()
        yield _text(child.content[at:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _raw(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)
