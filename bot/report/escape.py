"""The one place where text of the repository becomes harmless in a comment, a page, a terminal or JSON.

Every string of a report that comes from the repository under check - paths, names, errors, diffs - is hostile until
it went through a function of this module. What they hold back:

- bytes that are not UTF-8, control characters, bidirectional overrides and invisible characters are *shown*
  (``\\x1b``, ``\\u202e``), never passed on and never dropped;
- Markdown of the content cannot leave its code span or fence, ping a person, make a link, an image or a reference,
  or be read as a comment marker;
- no line starts with ``/`` (GitLab runs such lines of a bot's note with the bot's rights).

An escape such as ``\\x1b`` in the output may also stand for those four characters in the input: readers are people.
"""

from __future__ import annotations

import re

JOINER = "\u2060"  # WORD JOINER: no width, no line break; parts what a forge would otherwise read as one token
ELLIPSIS = "…"

# General categories Cc, Cf, Cs, Zl, Zp, and letters and marks that are drawn as nothing (Unicode's
# Default_Ignorable_Code_Point). U+FE0F stays: it only makes an emoji colourful. A test compares this with unicodedata.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Patterns are texts here: `re` compiles each when it is first asked for, and a run asks for few of them.
_HIDDEN = f"[{_UNSEEN}]"
_HIDDEN_OR_BREAK = f"[\t\n{_UNSEEN}]"
_SURROGATE = "[\ud800-\udfff]"
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    """Text of several lines with every unseen character as an escape; line feeds and tabs stay."""
    return re.sub(_HIDDEN, _shown, text)


def one_line(text: str) -> str:
    """The same for what must stay on one line: line feeds and tabs are shown as well."""
    return re.sub(_HIDDEN_OR_BREAK, _shown, text)


def plain(text: str) -> str:
    """Only what no Unicode encoding can hold becomes visible: for JSON, which escapes the rest by itself."""
    return re.sub(_SURROGATE, _shown, text)


def _shown(match: re.Match[str]) -> str:
    char = match.group()
    number = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if 0xDC80 <= number <= 0xDCFF:  # surrogateescape: the byte that is not UTF-8
        return f"\\x{number - 0xDC00:02x}"
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def shorten(text: str, width: int) -> str:
    """At most ``width`` characters; the middle gives way, for both ends of a path or an image say something."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + ELLIPSIS + text[len(text) - tail :]


# --- HTML -------------------------------------------------------------------------------------------------------------


def html(text: str) -> str:
    """Text for an HTML element or a quoted attribute."""
    return _as_text(visible(text))


def html_line(text: str) -> str:
    """The same for a name: line feeds and tabs are shown as well."""
    return _as_text(one_line(text))


def html_prose(text: str) -> str:
    """A sentence for HTML: what stands between two backticks is code; a lone one stays as it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # the last one is alone
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    return "".join(f"<code>{html(part)}</code>" if at % 2 and part else html(part) for at, part in enumerate(parts))


def _as_text(text: str) -> str:
    from html import escape

    return escape(text)


# --- Markdown ---------------------------------------------------------------------------------------------------------

# In such a code span nothing can happen: no backtick to end it, no pipe to end a table cell, no HTML. Forges do not
# look for mentions and references in code.
_EASY_CODE = r"[^`|\\<>&\s](?:[^`|\\<>&]*[^`|\\<>&\s])?\Z"
_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_GLUE = r"(?i)@|:(?=//)|\bwww(?=\.)"

# A word that is itself in any Markdown dialect: letters and digits, single hyphens and apostrophes inside.
_WORD = r"[^\W_]+(?:[-'’][^\W_]+)*\Z"
_REFERENCE = r"(?i:[0-9a-f]{7,64}|www)\Z|[A-Za-z]+-[0-9]+\Z"  # a commit, GH-12
_NUMBER = r"[0-9]{1,6}\Z"
_DASHES = frozenset("-–—·→")
_IN_MARKS = r"""(?s)(["'(]*)(.*?)(["'),.;:!?…]*)\Z"""
_IN_TICKS = r"`([^`]+)`\Z"  # code already
_PIECE = r"[^ `]*`[^`]+`(?!`)[^ `]*|[^ ]+"
_OPENS_HTML = r"(?i)<(?=!|\?|/?(?:details|summary|script|style|iframe|img|a\b))"
_TICKS = "`+"


def code(text: str, width: int = 120) -> str:
    """A code span, safe in a paragraph, a list item and a table cell."""
    flat = shorten(one_line(text), width)
    if not flat:
        return "(empty)"
    return f"`{flat}`" if re.match(_EASY_CODE, flat) else _tag_code(flat)


def html_code(text: str, width: int = 120) -> str:
    """The same for places where Markdown is not read, such as ``<summary>``; safe where it is read, too."""
    return _tag_code(shorten(one_line(text), width))


def _tag_code(flat: str) -> str:
    """``<code>`` with each punctuation character as a character reference, which no Markdown reader takes for
    structure (CommonMark 0.31, 6.2). Mentions and addresses are parted: forges look for them in the text of nodes."""
    parted = re.sub(_GLUE, lambda m: m.group() + JOINER, flat)
    return "<code>" + re.sub(_PUNCTUATION, lambda m: f"&#{ord(m.group())};", parted) + "</code>"


def word(text: str, width: int = 60) -> str:
    """A name: as it is when it is one harmless word, else as code. Safe in Markdown and in ``<summary>``."""
    flat = shorten(one_line(text), width)
    return flat if _is_word(flat) else _tag_code(flat) if flat else "(empty)"


def _is_word(text: str) -> bool:
    return bool(re.match(_WORD, text)) and not re.match(_REFERENCE, text)


def prose(text: str, width: int = 600) -> str:
    """A sentence of a tool or of the configuration: plain words stay words, everything else becomes code spans."""
    pieces: list[str] = []
    run: list[str] = []  # neighbouring words that need code share one span
    for token in _tokens(text, width):
        match = re.match(_IN_MARKS, token)
        before, core, after = match.groups() if match else ("", token, "")
        if quoted := re.match(_IN_TICKS, core):
            _flush(pieces, run)
            pieces.append(before + code(quoted[1], width) + after)
            continue
        if not core or core in _DASHES or (_is_word(core) and not _numbers_a_list(core, after)):
            _flush(pieces, run)
            pieces.append(token)
            continue
        if before:
            _flush(pieces, run)
        run.append(core)
        if before or after:
            pieces.append(before + code(" ".join(run), width) + after)
            run.clear()
    _flush(pieces, run)
    return " ".join(pieces)


def _tokens(text: str, width: int) -> list[str]:
    """Words of a sentence, and what stands between backticks with its blanks. Only blanks, tabs and line feeds part them:
    rarer separators are to be seen."""
    flat = one_line(text.replace("\t", " ").replace("\n", " "))
    return re.findall(_PIECE, shorten(flat, width))


def _numbers_a_list(core: str, after: str) -> bool:
    return bool(re.match(_NUMBER, core)) and after[:1] in (".", ")")


def _flush(pieces: list[str], run: list[str]) -> None:
    if run:
        pieces.append(code(" ".join(run), 10_000))
        run.clear()


def fence(text: str, language: str = "") -> str:
    """A fenced block that its content cannot leave: longer than any run of backticks inside, always closed.

    Comment markers and folding tags are parted by a joiner, so that a reader of the raw text finds only ours; a line
    that starts with ``/`` moves one column to the right.
    """
    body = re.sub(_OPENS_HTML, "<" + JOINER, visible(text)).rstrip("\n")
    body = "\n".join(" " + line if line.startswith("/") else line for line in body.split("\n"))
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(_TICKS, body)), default=0))
    return f"{ticks}{language}\n{body}\n{ticks}"
