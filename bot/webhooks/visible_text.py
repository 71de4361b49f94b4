"""Which lines of a comment are plain text to its readers, and not code, a quote or a comment of HTML.

Blocks are found by CommonMark's own rules (https://spec.commonmark.org/0.31.2/), which both forges follow; GitLab's ``>>>``
quotes are added. Where CommonMark and a browser see different things, the line is no plain text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from bot.model.forge import ForgeKind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

# Elements whose content is code or a quote, or is not shown at all.
_HIDING = frozenset({"pre", "code", "blockquote", "script", "style", "textarea"})
_ATTRIBUTE = r"""\s+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:\s*=\s*(?:[^"'=<>`\s]+|'[^']*'|"[^"]*"))?"""
_MARK = re.compile(
    rf"(?P<escape>\\[\\`<])|(?P<ticks>`+)|(?P<until><!--|<!\[CDATA\[|<\?|<![A-Za-z])"
    rf"|</(?P<close>[A-Za-z][A-Za-z0-9-]*)\s*>|<(?P<open>[A-Za-z][A-Za-z0-9-]*)(?:{_ATTRIBUTE})*\s*/?>"
    r"|(?P<link><[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>)"
)
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_MULTILINE_QUOTE = re.compile(r"(>{3,})[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")


def visible_lines(text: str, forge: ForgeKind) -> list[tuple[int, str]]:
    """The lines that are plain text, each with its number counted from 1. Lines end with a line feed alone."""
    lines = text.split("\n")
    found: list[tuple[int, str]] = []
    scanner, quotes = _Scanner(), 0
    for token in _parser(forge).parse(text):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.map is None or token.type not in ("inline", "html_block"):
            continue
        if quotes:
            if token.type == "html_block":
                scanner.quoted(token.content)
            continue
        first, end = token.map
        hidden = scanner.hidden("\n".join(lines[first:end]), is_html=token.type == "html_block")
        if token.type == "inline":
            found += _shown(lines[first:end], first + 1, hidden)
    return found


def _shown(lines: list[str], number: int, hidden: list[tuple[int, int]]) -> list[tuple[int, str]]:
    shown, start, begun = [], 0, 0
    for line in lines:
        while begun < len(hidden) and hidden[begun][1] <= start:
            begun += 1
        if begun == len(hidden) or hidden[begun][0] > start:
            shown.append((number, line))
        start, number = start + len(line) + 1, number + 1
    return shown


class _Scanner:
    """Finds what is hidden within blocks: code spans, comments and elements. Comments and elements stay open over blocks, as
    in a browser; it is given one block after the other."""

    def __init__(self) -> None:
        self._comment = False
        self._elements: Counter[str] = Counter()

    def hidden(self, text: str, *, is_html: bool) -> list[tuple[int, int]]:
        """Where something hidden begins and ends, in order and apart. Blocks of HTML know neither code spans nor escapes."""
        found: list[tuple[int, int]] = []
        spans = _Spans(text)
        position = 0
        if self._comment:
            position = self._comment_end(text, 0)
            found.append((0, position))
        since = position if self._elements.total() else -1
        while mark := _MARK.search(text, position):
            position = mark.end()
            if mark["open"] or mark["close"]:
                was_shown = since < 0
                since = self._element(mark, since, found)
                if was_shown and since < 0:  # its attributes, which may go over several lines
                    found.append(mark.span())
                continue
            if mark["until"] == "<!--":
                position = self._comment_end(text, mark.start() + 2)
            elif mark["until"]:
                position = spans.after(_ENDS.get(mark["until"], ">"), position)
            elif mark["ticks"] and not is_html:
                position = spans.code_end(mark.start(), position)
            if since < 0 and position > mark.end():
                found.append((mark.start(), position))
        if since >= 0:
            found.append((since, len(text) + 1))
        return found

    def quoted(self, html: str) -> None:
        """A block of HTML in a quote: its elements end with the quote, a comment does not."""
        elements = self._elements.copy()
        self.hidden(html, is_html=True)
        self._elements = elements

    def _comment_end(self, text: str, position: int) -> int:
        """Where the comment ends; it stays open for the next block where it does not."""
        end = text.find("-->", position)
        self._comment = end < 0
        return len(text) + 1 if end < 0 else end + 3

    def _element(self, mark: re.Match[str], since: int, found: list[tuple[int, int]]) -> int:
        """Count the element that begins or ends here. Gives where the outermost hiding element began, -1 for none."""
        name = (mark["open"] or mark["close"]).lower()
        if name in _HIDING:
            self._elements[name] = max(0, self._elements[name] + (1 if mark["open"] else -1))
        if self._elements.total():
            return mark.start() if since < 0 else since
        if since >= 0:
            found.append((since, mark.end()))
        return -1


class _Spans:
    """Ends of things in one text, found in time that does not grow with how many begin."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._missing: set[str] = set()
        self._runs: dict[int, list[int]] = {}
        for run in re.finditer("`+", text):
            self._runs.setdefault(run.end() - run.start(), []).append(run.start())

    def after(self, end: str, position: int) -> int:
        """Behind the next ``end``, or the position itself where there is none."""
        found = -1 if end in self._missing else self._text.find(end, position)
        if found < 0:
            self._missing.add(end)
            return position
        return found + len(end)

    def code_end(self, start: int, position: int) -> int:
        """Behind the code span that these backticks begin (section 6.1 of the specification), or the position itself."""
        length = position - start
        closing = self._runs.get(length, [])
        following = bisect_left(closing, position)
        return closing[following] + length if following < len(closing) else position


@cache
def _parser(forge: ForgeKind) -> MarkdownIt:
    from markdown_it import MarkdownIt  # only comments that may hold a command need it

    parser = MarkdownIt("commonmark").disable("inline")
    if forge is ForgeKind.GITLAB:
        parser.block.ruler.before(
            "fence", "multiline_quote", _multiline_quote, {"alt": ["paragraph", "reference", "blockquote", "list"]}
        )
    return parser


def _multiline_quote(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """GitLab's quote between two lines of ``>>>`` (https://docs.gitlab.com/user/markdown/#multiline-blockquote). It is
    skipped whole; without its end it goes on to the end of what it stands in."""
    opened = None if state.is_code_block(first) else _MULTILINE_QUOTE.match(_line(state, first))
    if opened is None or silent:
        return opened is not None
    fence = ""
    state.line = end
    for number in range(first + 1, end):
        line = _line(state, number)
        mark = _FENCE.match(line)
        if fence:
            closes = mark is not None and mark[1].startswith(fence) and not line.strip(" \t" + fence[0])
            fence = "" if closes else fence
        elif mark is not None:
            fence = mark[1]
        elif line.rstrip(" \t") == opened[1]:
            state.line = number + 1
            break
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
