"""Who owns paths at one commit: CODEOWNERS as the forge reads it. The work of ``gatehouse owners``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.codeowners import Dialect, File, Found, Ownership, Problem, find
from bot.codeowners.parse import LIMIT
from bot.errors import TooBig, UserError
from bot.git.repository import Repository
from bot.model.snapshot import Entry


@dataclass(frozen=True, slots=True)
class Answer:
    """One path as it was asked for: what each section says, and what may be wrong with that. Of a directory it is what is
    said of the files in it, each answer once. ``known``: there is something at the path."""

    path: str
    owners: tuple[Ownership, ...]
    problems: tuple[Problem, ...]
    known: bool = True


def owned(
    repository: Repository, commit: str, paths: Sequence[str], dialect: Dialect | None
) -> tuple[Found, tuple[Answer, ...]]:
    """The file that counts at a commit, and its answer about each path, of a file or a directory. Raises UserError for a
    path that is none, or none in a repository."""
    wanted = [_inside(path) for path in paths]
    there = {entry.path: entry for entry in repository.entries(repository.tree_of(commit))}
    found = find(lambda path: _file(repository, there.get(path)), dialect)
    return found, tuple(_answer(found, path, real, there) for path, real in zip(paths, wanted, strict=True))


def _file(repository: Repository, entry: Entry | None) -> File | None:
    if entry is None or entry.is_submodule:
        return None
    try:
        return File(repository.blob(entry), symlink=entry.is_symlink)
    except TooBig:
        return File(bytes(LIMIT))  # no forge reads so much


def _inside(path: str) -> str:
    """The path from the root of the repository, without steps that lead nowhere."""
    names: list[str] = []
    for name in path.split("/"):
        if name == ".." and not names:
            raise UserError(f"{path!r} is outside of the repository: name paths from its root.")
        if name == "..":
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    if not path:
        raise UserError("An empty path names no file: name paths from the root of the repository, or . for all of it.")
    return "/".join(names)


def _answer(found: Found, path: str, real: str, there: Mapping[str, Entry]) -> Answer:
    below = [] if real in there else [file for file in there if file.startswith(f"{real}/" if real else "")]
    if not below and real and path.endswith("/"):
        below = [f"{real}/new"]  # of a directory that is not there: what a file in it would have
    asked = below or [real]
    owners = dict.fromkeys(one for file in asked for one in found.owners.owners_of(file))
    problems = dict.fromkeys(one for file in asked for one in found.owners.problems_of(file))
    known = real in there or any(file in there for file in below[:1])
    return Answer(path, tuple(owners), tuple(problems), known)


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
    said += [f"{a.path} is not in this commit: the answer is what it would be." for a in answers if not a.known]
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
