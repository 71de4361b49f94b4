"""Commands in comments: what is one, what is none, and that no markup can hide or make one."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.model.forge import ForgeKind
from bot.webhooks.commands import KNOWN, MOST, MOST_CHARACTERS, MOST_IN_A_LINE, MOST_LINES, Command, parse

GITHUB, GITLAB = ForgeKind.GITHUB, ForgeKind.GITLAB
BOT = "gate.bot"


def names(body: str, forge: ForgeKind = GITHUB) -> list[str]:
    return [command.name for command in parse(body, forge=forge, bot_name=BOT)]


def one(body: str, forge: ForgeKind = GITHUB) -> Command:
    (command,) = parse(body, forge=forge, bot_name=BOT)
    return command


@pytest.mark.parametrize("name", KNOWN)
def test_every_command_is_known_in_each_form(name: str) -> None:
    assert one(f"/{name}") == Command(name, (), "", addressed=False, line=1)
    assert one(f"/gatehouse {name}") == Command(name, (), "", addressed=True, line=1)
    assert one(f"/gatehouse {name}", GITLAB) == Command(name, (), "", addressed=True, line=1)
    assert one(f"@{BOT} {name}", GITLAB) == Command(name, (), "", addressed=True, line=1)


@pytest.mark.parametrize(
    ("forge", "line"),
    [
        (GITHUB, "/checkout"),
        (GITHUB, "/check-all"),
        (GITHUB, "/check."),
        (GITHUB, "//check"),
        (GITHUB, "/ check"),
        (GITHUB, "please /check"),
        (GITHUB, " /check"),
        (GITHUB, "\u200b/check"),
        (GITHUB, "/merge"),
        (GITHUB, "/\u017ftatus"),
        (GITHUB, "/chec\u212a"),
        (GITHUB, "/gatehouses check"),
        (GITHUB, "gatehouse check"),
        (GITHUB, f"@{BOT} check"),
        (GITLAB, "/check"),
        (GITLAB, "/promote prod"),
        (GITLAB, f"@{BOT}s check"),
        (GITLAB, f"@{BOT}-2 check"),
        (GITLAB, "@gate_bot check"),
        (GITLAB, f"{BOT} check"),
        (GITLAB, f"cc @{BOT} check"),
    ],
)
def test_what_only_looks_like_a_command_is_none(forge: ForgeKind, line: str) -> None:
    assert names(line, forge) == []


def test_words_and_rest() -> None:
    command = one("/Override Policy  `apps/orders`\tbecause\u00a0of `x y`. \x00\x1b[31m")
    assert command.name == "override"
    assert command.words == ("Policy", "apps/orders", "because", "of", "x", "y`.", "[31m")
    assert command.rest == "Policy  `apps/orders` because of `x y`. [31m"


def test_the_name_of_the_bot_alone_asks_for_help() -> None:
    for line in ("/gatehouse", "/Gatehouse  ", f"@{BOT}", f"@{BOT}: "):
        assert one(line, GITLAB) == Command("help", (), "", addressed=True, line=1)


def test_case_and_punctuation_after_the_name_do_not_matter() -> None:
    assert names(f"/GATEHOUSE Check\n@{BOT.upper()}, DIFF a b\n@{BOT}: status", GITLAB) == ["check", "diff", "status"]


def test_unknown_commands_are_told_only_where_the_bot_is_addressed() -> None:
    assert names("/deploy\n/gatehouse deploy prod") == ["deploy"]
    assert names("/gatehouse <b>@all</b>\n/gatehouse \u017ftatus\n/gatehouse " + "a" * 33) == ["", "", ""]


def test_without_a_name_of_the_bot_no_mention_is_a_command() -> None:
    assert parse("@ check\n@gatehouse check", forge=GITLAB) == ()
    assert parse("@gatehouse check", forge=GITLAB, bot_name="@Gatehouse")[0].name == "check"


def test_limits() -> None:
    assert len(parse("/check\n" * (MOST + 5), forge=GITHUB)) == MOST
    assert names("x\n\n" * (MOST_LINES // 2 - 1) + "/check") == ["check"]
    assert names("x\n\n" * (MOST_LINES // 2) + "/check") == []
    assert names("x" * (MOST_CHARACTERS - 8) + "\n\n/check") == ["check"]
    assert names("x" * (MOST_CHARACTERS - 7) + "\n\n/check") == [], "a line that is cut is none"
    assert names("/explain " + "x" * (MOST_IN_A_LINE - 9)) == ["explain"]
    assert names("/explain " + "x" * (MOST_IN_A_LINE - 8)) == []


HIDDEN = {
    "a fence": "```\n{}\n```",
    "a fence with a language": "```yaml\n{}\n```",
    "a fence of tildes": "~~~\n{}\n~~~",
    "a fence in a longer one": "````\n```\n{}\n```\n````",
    "a fence that another kind does not end": "~~~\n```\n~~\n{}\n```\n~~~",
    "a fence that begins like its end": "```\n``` x\n{}\n```",
    "an indented fence": "  ```\n{}\n   ```",
    "indented code": "text\n\n    {}\n\n\t{}",
    "a quote": "> {}",
    "a quote that goes on in the next line": "> he said\n{}\nand more",
    "a quote in a list": "- > he said\n{}",
    "a fence in a quote": "> ```\n> {}\n> ```",
    "a comment": "<!-- {} -->",
    "a comment of many lines": "<!--\n{}\n\n{}\n-->",
    "a comment behind a comment": "<!-- a --> <!--\n\n{}\n\n-->",
    "a comment in text": "text <!-- and\n{}\n--> text",
    "a comment in text over paragraphs": "text <!-- and\n\n{}\n\n--> text",
    "inline code": "`{}`",
    "inline code of many lines": "see `this\n{}\nand` that",
    "inline code of two ticks": "see ``this `\n{}\n`` that",
    "inline code behind a tick in a tag": '<b title="`"> `code\n{}\ncode` </b>',
    "inline code behind a tick in a link": "<http://a.example/`> `code\n{}\ncode`",
    "inline code behind an escaped tick": "\\`x `code\n{}\ncode`",
    "preformatted text": "<pre>\n{}\n\n{}\n</pre>",
    "code of HTML": "see <code>this\n{}\n</code>",
    "code of HTML with other code behind": "see <code>\n{}\n`x` </code>",
    "a comment between ticks that are none": "<div>` <!--\n`</div>\n\n{}\n\n-->",
    "a text in a tag": 'see <a title="\n{}\n">this</a>',
    "a text in a tag that begins a line": '<a title="\n{}\n">this</a>',
    "a quote of HTML": "<blockquote>\n\n{}\n\n</blockquote>",
    "nested quotes of HTML": "<blockquote>\n<blockquote>\n</blockquote>\n\n{}\n\n</blockquote>",
    "a block of HTML": "<details>\n{}\n</details>",
    "a definition of a link": "[a]: /x 'title\n{}\nend'",
}
ENDLESS = {
    "a comment without an end in a quote": "> <!-- a\n\n{}",
    "a fence without an end": "```\n{}",
    "a fence with another end": "````\n{}\n```",
    "a comment without an end": "<!--\n\n{}",
    "preformatted text without an end": "<pre>\n\n{}",
}
GITLAB_ONLY = {
    "a quote of GitLab": ">>>\n{}\n\n{}\n>>>",
    "a quote of GitLab around a fence": ">>>\n```\n>>>\n```\n{}\n>>>",
    "a longer quote of GitLab": ">>>>\n>>>\n{}\n>>>\n{}\n>>>>",
}


@pytest.mark.parametrize("what", [*HIDDEN, *ENDLESS])
@pytest.mark.parametrize("forge", [GITHUB, GITLAB])
def test_what_readers_do_not_see_as_text_holds_no_command(what: str, forge: ForgeKind) -> None:
    body = {**HIDDEN, **ENDLESS}[what].replace("{}", "/gatehouse cancel")
    assert names(body, forge) == []


@pytest.mark.parametrize("what", GITLAB_ONLY)
def test_quotes_of_gitlab_hold_no_command_there(what: str) -> None:
    body = GITLAB_ONLY[what].replace("{}", "/gatehouse cancel")
    assert names(f"{body}\n/gatehouse check", GITLAB) == ["check"]


def test_a_quote_of_gitlab_without_an_end_goes_on_to_the_end() -> None:
    assert names(">>>\n\n/gatehouse cancel", GITLAB) == []
    assert names("text\n>>>\n/gatehouse cancel", GITLAB) == []


@pytest.mark.parametrize(
    "body",
    [
        "/check",
        "text\n/check\ntext",
        "- item\n/check",
        "# title\n/check",
        "```\n```\n/check",
        "``` `\n/check",
        "- ```\n  x\n  ```\n/check",
        "<!-- a -->\n/check",
        "<!-->\n\n/check",
        "`<!--` and\n/check",
        "\\<!-- and\n/check",
        "a ` b\n/check",
        "`a\n\n/check\n\nb`",
        "\\`a\n/check\nb`",
        "<details>\n\n/check\n\n</details>",
        "<blockquote>\n\nx\n\n</blockquote>\n\n/check",
        "</pre>\n\n/check",
        "> quote\n\n/check",
        "> <pre>\n\n/check",
        "/check `\n`",
        "/check\n---",
        "\u2028\n/check",
        "x\ud800\x00\n/check",
    ],
)
def test_plain_text_holds_its_command(body: str) -> None:
    assert names(body) == ["check"]


text = st.text(st.characters(exclude_characters="\r\n`~<>[]\\-=_*/@|", exclude_categories=()), min_size=1).filter(
    lambda line: line.strip() != "" and not line.startswith((" ", "\t"))
)
commands = st.sampled_from(KNOWN).map(lambda name: (f"/{name}", [name]))
hidden = st.tuples(st.sampled_from(sorted(HIDDEN.values())), st.sampled_from(KNOWN)).map(
    lambda row: (row[0].replace("{}", f"/{row[1]}"), list[str]())
)
plain = text.map(lambda line: (line, list[str]()))
endless = st.none() | st.sampled_from(sorted(ENDLESS.values()))


@given(st.lists(commands | hidden | plain, max_size=MOST), endless)
def test_exactly_the_commands_of_plain_text_are_found(blocks: list[tuple[str, list[str]]], end: str | None) -> None:
    body = "\n\n.\n\n".join([block for block, _ in blocks] + ([end.replace("{}", "/cancel")] if end else []))
    found = parse(body, forge=GITHUB)
    assert [command.name for command in found] == [name for _, told in blocks for name in told]
    assert [body.split("\n")[command.line - 1] for command in found] == [f"/{command.name}" for command in found]


@given(st.text().filter(lambda code: not any(line.strip().startswith("~~~") for line in code.splitlines())))
def test_whatever_a_fence_holds_is_no_command(code: str) -> None:
    assert names(f"~~~\n/cancel\n{code}\n/cancel\n~~~\n/check") == ["check"]
    assert names(f"/check\n\n~~~\n{code}\n/cancel") == ["check"]


PIECES = [
    "/check", "/gatehouse x", "/gatehouse", "@gate.bot help", "`", "``", "```", "~~~", "<!--", "-->", ">", ">>>", "- ",
    "1. ", "    ", "\t", "\n", "\n\n", "\r", "\r\n", "<pre>", "</pre>", "<code>", "</code>", '<b title="`">', "\\", "[a]: ",
    "<?", "?>", "<details>", "text", " ", "#", "---", '"', "\x00", "\ud800", "\u2028", "\x0b",
]  # fmt: skip
pieces = st.sampled_from(PIECES)
marked_up = st.lists(pieces, max_size=40).map("".join)


@given(st.text() | marked_up, st.sampled_from(ForgeKind))
def test_no_text_is_too_strange_and_line_ends_do_not_matter(body: str, forge: ForgeKind) -> None:
    found = parse(body, forge=forge, bot_name=BOT)
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for command in found:
        assert lines[command.line - 1].lower().startswith(("/", f"@{BOT}"))
    bare = body.replace("\r", "")
    assert parse(bare.replace("\n", "\r\n"), forge=forge, bot_name=BOT) == parse(bare, forge=forge, bot_name=BOT)


class Rendered(HTMLParser):
    """What a browser shows of a page as code or a quote."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.depth = 0
        self.shown = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.depth += tag in ("pre", "code", "blockquote")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in ("pre", "code", "blockquote")

    def handle_data(self, data: str) -> None:
        self.shown += "" if self.depth > 0 else data


@given(st.lists(pieces.filter(lambda piece: "pre>" not in piece and "code>" not in piece), max_size=30))
@example(["text", " ", "<!--", "\n", "/check", "\n", "-->"])
@example(["`", "\n", "/check", "\n", "`"])
@example(["- ", "> ", "text", "\n", "/check"])
def test_what_is_found_is_text_on_the_page(parts: list[str]) -> None:
    """The page is made by the whole of a Markdown library, of which the parser uses the half that finds blocks."""
    body = "".join(f"\n/check number{at}\n" if part == "/check" else part for at, part in enumerate(parts))
    shown = Rendered(MarkdownIt("commonmark").render(body.replace("\ud800", "x"))).shown
    for command in parse(body, forge=GITHUB):
        if command.name == "check":
            assert command.words[0] in shown
