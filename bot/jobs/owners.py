"""Who owns paths at one commit: CODEOWNERS as the forge reads it. The work of ``gatehouse owners``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.codeowners import Dialect, File, Found, Ownership, Problem, find
from bot.codeowners.parse import LIMIT
from bot.errors import TooBig
from bot.git.repository import Repository
from bot.model.snapshot import Entry


@dataclass(frozen=True, slots=True)
class Answer:
    """One path as it was asked for: what each section says, and what may be wrong with that."""

    path: str
    owners: tuple[Ownership, ...]
    problems: tuple[Problem, ...]


def owned(
    repository: Repository, commit: str, paths: Sequence[str], dialect: Dialect | None
) -> tuple[Found, tuple[Answer, ...]]:
    """The file that counts at a commit, and its answer about each path."""
    there = {entry.path: entry for entry in repository.entries(repository.tree_of(commit))}
    found = find(lambda path: _file(repository, there.get(path)), dialect)
    return found, tuple(_answer(found, path) for path in paths)


def _file(repository: Repository, entry: Entry | None) -> File | None:
    if entry is None or entry.is_submodule:
        return None
    try:
        return File(repository.blob(entry), symlink=entry.is_symlink)
    except TooBig:
        return File(bytes(LIMIT))  # no forge reads so much


def _answer(found: Found, path: str) -> Answer:
    real = "/".join(name for name in path.split("/") if name not in ("", "."))
    return Answer(path, found.owners.owners_of(real), found.owners.problems_of(real))


def notes(found: Found, answers: Sequence[Answer]) -> list[str]:
    """What people should know about an answer: which file counts and why, and lines that do not mean what they say."""
    forge = {"github": "GitHub", "gitlab": "GitLab"}[found.dialect]
    if found.path:
        said = [
            f"Owners come from {found.path}, by the rules of {forge}: {found.why}. Another forge is named with --forge."
        ]
    else:
        said = [f"There is no CODEOWNERS where {forge} looks for it ({found.why}), so nobody owns anything."]
    said += [f"{path} does not count: {forge} reads {found.path or 'other places'}." for path in found.unread]
    problems = dict.fromkeys(problem for answer in answers for problem in answer.problems)
    return said + [f"{found.path}:{p.line}:{p.column}: {p.reason}" for p in problems]


def json_rows(answer: Answer, dialect: str) -> Iterator[dict[str, object]]:
    """One row for each section that matches. A line of GitHub's that names nobody takes its paths out: no row."""
    for one in answer.owners:
        if not one.owners and dialect == "github":
            continue
        yield {
            "path": answer.path, "owners": list(one.owners), "optional": one.optional, "approvals": one.approvals,
            "section": one.section, "line": one.line,
        }  # fmt: skip


def text_lines(answer: Answer, file: str) -> Iterator[str]:
    """The answer for people: one line for each section that matches."""
    if not answer.owners:
        yield f"{answer.path}: nobody (no line matches)"
    for one in answer.owners:
        section = f"[{one.section}] " if one.section is not None else ""
        people = " or ".join(one.owners) if one.approvals == 1 else f"{one.approvals} of {', '.join(one.owners)}"
        optional = ", optional" if one.optional else ""
        yield f"{answer.path}: {section}{people or 'nobody'} ({file}:{one.line}, {one.pattern}{optional})"
