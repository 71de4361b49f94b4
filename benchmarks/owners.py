"""A CODEOWNERS file as a large organisation has it, and files to ask about: the same ones for the same sizes."""

from __future__ import annotations

import random

from bot.codeowners import Dialect, parse

_FORMS = (
    "/apps/{app}/", "/apps/{app}/overlays/{env}/", "apps/{app}/**/*.yaml", "*.{app}", "**/{app}-*/values.yaml",
    "/clusters/{env}/{app}.yaml", "/apps/{app}/base/*", "/apps/*/{app}/**", "{app}/", "docs/{app}*.md",
)  # fmt: skip
_ENVIRONMENTS = ("dev", "staging", "prod")


def text(lines: int) -> bytes:
    """A file of that many lines, a quarter of the patterns plain, the others with wildcards; no two files alike."""
    chance = random.Random(lines)
    written = []
    for number in range(lines):
        app, env = f"app-{chance.randrange(max(1, lines // 5))}", chance.choice(_ENVIRONMENTS)
        pattern = _FORMS[number % len(_FORMS)].format(app=app, env=env)
        written.append(f"{pattern} @org/team-{chance.randrange(400)} @user-{number % 700}")
    return "\n".join(written).encode()


def files(count: int, lines: int) -> list[str]:
    """That many paths below the same applications."""
    chance = random.Random(count)
    folders = ("base", *(f"overlays/{env}" for env in _ENVIRONMENTS))
    return [
        f"apps/app-{chance.randrange(max(1, lines // 5))}/{chance.choice(folders)}/manifest-{number}.yaml"
        for number in range(count)
    ]


def ask(content: bytes, paths: list[str], dialect: Dialect) -> int:
    """Read the file and ask about every path; how many have an owner."""
    owners = parse(content, dialect)
    return sum(1 for path in paths if owners.owners_of(path))
