"""Every rule in words: what ``gatehouse explain`` prints, and the pages in ``docs/rules/`` (``make docs``)."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from bot.checks import all_checks
from bot.checks.rules import Rule, gatehouse

_WIDTH = 100
_MARK = "<!-- Made by `make docs` from bot/checks/rules/: change the text there, not this page. -->"
_ABOUT = {
    "schema": "Does the API server know these objects and fields?",
    "policy": "Do they follow the rules of the house?",
    "owners": "Who must agree, and is there anybody?",
    "secrets": "Does the repository tell what nobody may read?",
    "images": "Is it known what will run?",
    "boundaries": "May this team put this there?",
    "risk": "What an experienced reviewer would stop at.",
    "gatehouse": "What the gate says by itself, before any check.",
}


def rules() -> tuple[Rule, ...]:
    """Every rule that a report may name, except those of a repository's own policies."""
    return (*all_checks.rules(), *gatehouse.RULES)


def find(name: str) -> Rule | None:
    return next((rule for rule in rules() if rule.id == name), None)


def near(name: str) -> list[str]:
    """Ids that may have been meant, the likeliest first: a slip of the pen, or the name without its check."""
    ids = [rule.id for rule in rules()]
    wanted = name.lower().replace("_", "-")
    _, _, short = wanted.rpartition("/")
    same = [rule for rule in ids if rule.partition("/")[2] == short]
    return list(dict.fromkeys([*same, *get_close_matches(wanted, ids, n=3, cutoff=0.6)]))[:3]


def is_like_a_rule(name: str) -> bool:
    """Whether a word that is no path was most likely meant as a rule: ``check/name``."""
    check, slash, rest = name.partition("/")
    return bool(slash and rest and "/" not in rest and check in _ABOUT) or bool(near(name))


def listing() -> str:
    """All rules, by check, for a terminal."""
    width = max(len(rule.id) for rule in rules())
    lines = []
    for check, found in _by_check():
        lines.append(f"{check} · {_about(check)}")
        lines += [f"  {rule.id.ljust(width)}  {rule.title}" for rule in found] + [""]
    return "\n".join([*lines, "`gatehouse explain RULE` says what it finds, why, how to mend it and how to waive it."])


def text(rule: Rule, expires: str) -> str:
    """One rule for a terminal; ``expires`` (YYYY-MM-DD) is the day in the waiver, which may be pasted as it is."""
    lines = [f"{rule.id} · {rule.title}", ""]
    for heading, words in _parts(rule):
        # A name with hyphens stays on one line, so that it can be searched for.
        rows = textwrap.wrap(words, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        lines += [heading, *rows, ""]
    if rule.example:
        shown = rule.example if _is_yaml(rule.example) else textwrap.fill(rule.example, _WIDTH)
        lines += ["For example", textwrap.indent(shown.rstrip("\n"), "  "), ""]
    lines += ["How to waive it"]
    lines += textwrap.wrap(_waiving(rule), _WIDTH, initial_indent="  ", subsequent_indent="  ")
    if _waivable(rule):
        lines += ["", textwrap.indent(snippet(rule, expires), "  ").rstrip("\n")]
    return "\n".join(lines)


def page(rule: Rule) -> str:
    """One rule as Markdown."""
    blocks = [_MARK, f"# `{rule.id}`: {_lowered(rule.title)}"]
    for heading, words in _parts(rule):
        blocks += [f"## {heading}", words]
    if rule.example:
        blocks += [
            "## For example",
            f"```yaml\n{rule.example.rstrip()}\n```" if _is_yaml(rule.example) else rule.example,
        ]
    blocks += ["## How to waive it", _waiving(rule)]
    if _waivable(rule):
        blocks.append(f"```yaml\n{snippet(rule, 'YYYY-MM-DD')}```")
    blocks.append("[All rules](README.md)")
    return "\n\n".join(blocks) + "\n"


def markdown(rule: Rule, expires: str) -> str:
    """One rule for a comment; ``expires``: see ``text``."""
    blocks = [f"**`{rule.id}`**: {_lowered(rule.title)}"]
    blocks += [f"**{heading}.** {words}" for heading, words in _parts(rule)]
    if rule.example:
        shown = f"```yaml\n{rule.example.rstrip()}\n```" if _is_yaml(rule.example) else rule.example
        blocks += [f"**For example**\n\n{shown}"]
    blocks += [f"**How to waive it.** {_waiving(rule)}"]
    blocks += [f"```yaml\n{snippet(rule, expires)}```"] if _waivable(rule) else []
    return "\n\n".join(blocks)


def snippet(rule: Rule, expires: str) -> str:
    """The entry of ``.gatehouse.yaml`` that waives the rule for one object of one unit."""
    return (
        "waivers:\n"
        f"  - rule: {rule.id}\n"
        '    units: ["apps/shop/overlays/prod"]  # left out: everywhere\n'
        '    objects: ["Deployment/shop"]        # left out: all objects\n'
        '    owner: "@org/team"\n'
        "    reason: why it is acceptable, and what ends it\n"
        f'    expires: "{expires}"               # the last day on which it counts\n'
    )


def pages() -> dict[str, str]:
    """File name below ``docs/rules/`` to content: the index and one page a rule."""
    return {"README.md": _index()} | {file_name(rule): page(rule) for rule in rules()}


def file_name(rule: Rule) -> str:
    return rule.id.replace("/", "-") + ".md"


def _index() -> str:
    blocks = [
        _MARK,
        "# Rules",
        "Every rule that a report may name. `gatehouse explain RULE` says the same at a terminal. Rules of a repository's "
        "own policies explain themselves by their messages.",
    ]
    for check, found in _by_check():
        rows = "\n".join(f"| [`{rule.id}`]({file_name(rule)}) | {rule.title} |" for rule in found)
        blocks += [f"## {check}", _about(check), f"| rule | finds |\n|---|---|\n{rows}"]
    return "\n\n".join(blocks) + "\n"


def _by_check() -> Iterator[tuple[str, list[Rule]]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules():
        found.setdefault(rule.id.partition("/")[0], []).append(rule)
    yield from found.items()


def _about(check: str) -> str:
    return _ABOUT.get(check, "Other rules.")


def _parts(rule: Rule) -> tuple[tuple[str, str], ...]:
    return (("What it finds", rule.what), ("Why it matters", rule.why), ("How to mend it", rule.mend))


def _is_yaml(example: str) -> bool:
    """Whether an example is a piece of a manifest; others are sentences."""
    import yaml

    try:
        return isinstance(yaml.safe_load(example), dict | list)
    except yaml.YAMLError:
        return False


def _waivable(rule: Rule) -> bool:
    return rule not in gatehouse.RULES


def _waiving(rule: Rule) -> str:
    if not _waivable(rule):
        return "It cannot be waived: without it there is no answer."
    return (
        "Add this to `.gatehouse.yaml` on the base branch, where it counts from the next check on: a change cannot waive "
        "its own findings. Name the units and objects that it is for, and a day on which it ends."
    )


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:] if not title[1:2].isupper() else title


def write(directory: Path) -> None:
    """Write every page, and take away pages of rules that are gone."""
    directory.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for name, content in wanted.items():
        (directory / name).write_text(content, encoding="utf-8")
    for old in directory.glob("*.md"):
        if old.name not in wanted:
            old.unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
