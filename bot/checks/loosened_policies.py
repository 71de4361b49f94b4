"""What a change takes away from the policies of a repository: files, and rules that deny or warn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.checks.policy_files import read
from bot.checks.policy_values import questions
from bot.checks.words import listed
from bot.model.evidence import Evidence, Side
from bot.model.result import Severity
from bot.policy.base import Engine, Module

Asked = tuple[str, bool]  # data.PACKAGE.RULE, and whether it denies


class Altered(NamedTuple):
    """One policy that the change touches. ``what`` is a clause about it; ``less``: a rule goes, and nowhere comes back."""

    path: str
    what: str
    less: bool


def altered(
    evidence: Evidence, directories: Sequence[str], touched: Iterable[str], engine: Engine
) -> Iterator[Altered]:
    """What becomes of each touched policy. A rule that another file of its package takes over is not lost; one whose body
    changes may ask less, and nobody here can tell, so that is said. Raises EngineError when the engine cannot be had."""
    before, after = ({m.path: m for m in read(evidence.files(side), directories)[0]} for side in Side)
    old, new = _asked(before.values(), engine), _asked(after.values(), engine)
    lost = Counter(one for each in old.values() for one in each) - Counter(one for each in new.values() for one in each)
    for path in touched:
        gone = Counter(old.get(path, ())) - Counter(new.get(path, ()))
        mine = [name.removeprefix("data.") for name, _ in sorted((gone & lost).elements())]
        if mine and (path not in after or path in new):  # one that cannot be read is told by the policy check
            goes = "goes" if path not in after else "changes"
            yield Altered(
                path, f"{goes}: {listed(mine)} {'is' if len(mine) == 1 else 'are'} asked no longer", less=True
            )
        elif path not in after:
            yield Altered(path, "goes, and no rule that is asked with it", less=False)
        elif path not in before:
            yield Altered(path, "is new", less=False)
        elif _code(before[path].text) != _code(after[path].text):
            yield Altered(path, "changes; whether it asks less, only its readers can tell", less=False)


def severity(one: Altered) -> Severity:
    """Of what takes nothing away: what may ask less is worth a look."""
    return Severity.WARNING if one.what.startswith("changes") else Severity.INFO


def _asked(modules: Iterable[Module], engine: Engine) -> dict[str, list[Asked]]:
    """By file, the rules that are asked; a file that cannot be used has none."""
    found = list(modules)
    if not found:
        return {}
    with engine.open(found) as session:
        return {
            outline.path: [(q.query, q.severity is Severity.ERROR) for q in questions(outline)]
            for outline in session.outlines
        }


def _code(text: str) -> list[str]:
    """The lines without those that are empty or nothing but a comment."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
