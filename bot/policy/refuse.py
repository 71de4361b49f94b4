"""What is refused before anything runs, on both engines alike: calls that reach outside, answers that differ between the
engines, and definitions that clash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.policy import absent, entangled
from bot.policy.base import Problem, RuleHead
from bot.policy.builtins import ALLOWED, forbidden, unknown
from bot.policy.outline import Call, Tree

_SEE = "docs/policies.md lists what a policy may call."


def problems(trees: Sequence[Tree]) -> list[Problem]:
    """Everything that is wrong with these modules together, each with the module that has to change."""
    rules: dict[str, set[str]] = {}
    for one in trees:
        rules.setdefault(one.outline.package, set()).update(head.name for head in one.outline.rules)
    functions = {
        f"data.{one.outline.package}.{head.name}"
        for one in trees
        for head in one.outline.rules
        if head.kind == "function"
    }
    found = [problem for one in trees for problem in _calls(one, rules[one.outline.package], functions)]
    found += [problem for one in trees for problem in _unbound(one, rules[one.outline.package])]
    found += entangled.problems(trees)
    found += absent.problems(trees)
    return found + list(_packages(trees, rules)) + list(_definitions(trees))


def _calls(one: Tree, own: set[str], functions: set[str]) -> Iterator[Problem]:
    path = one.outline.path
    if one.odd_package:
        yield Problem(
            path, 1, "the package's name may only hold words of letters, digits and _, with dots between them"
        )
    for call in one.calls:
        reason = forbidden(call.name)
        if not reason and call.arguments >= 0 and call.name not in own:
            reason = _unknown(call, one, functions)
        if reason:
            yield Problem(path, call.line, f"{reason}; {_SEE}")
    for line in one.patterns:
        reason = "objects are taken apart by their fields; as a pattern an object means something else in each engine"
        yield Problem(path, line, reason)
    for name, line in one.replaced:
        if name.partition(".")[0] not in ("input", "data", *one.imports) and not forbidden(name):
            yield Problem(path, line, f"`with` replaces `{name}`; name what it replaces in full, as input.… or data.…")
    for name in sorted(one.bound & one.imports.keys()):
        yield Problem(path, 1, f"`{name}` is imported, and a variable as well; give the variable another name")
    for head in one.outline.rules:
        if head.name in ALLOWED:
            yield Problem(path, head.line, f"the rule hides the built-in function `{head.name}`; give it another name")


def _unbound(one: Tree, own: set[str]) -> Iterator[Problem]:
    """OPA refuses variables that only a negation names: it cannot mean "for one of them" and "for none" at once."""
    known = (own | one.bound | one.imports.keys()) - {"_"}
    for negation in one.negations:
        for name in negation.unbound:
            if name not in known:
                reason = (
                    f"nothing but a `not` names `{name}`: say what it stands for before (`some {name} in …`), or count "
                    "what holds (`count([1 | …]) == 0`) to say that none does"
                )
                yield Problem(one.outline.path, negation.line, reason.replace("some _ in", "some one in"))


def _unknown(call: Call, one: Tree, functions: set[str]) -> str:
    """Why a call that is none of the own package is none at all, or ""."""
    first, dot, rest = call.name.partition(".")
    full = one.imports.get(first, first) + dot + rest
    if full.partition(".")[0] != "data":
        return unknown(full, call.arguments)
    return "" if full in functions else f"`{full}` is no function of these policies, or of none that can be used"


def _packages(trees: Sequence[Tree], rules: dict[str, set[str]]) -> Iterator[Problem]:
    """A rule ``b`` of package ``a`` and a package ``a.b`` are the same place: which one answers is chance."""
    for one in trees:
        words = one.outline.package.split(".")
        for end in range(1, len(words)):
            outer, rest = ".".join(words[:end]), words[end:]
            hit = {".".join(rest[: n + 1]) for n in range(len(rest))} & rules.get(outer, set())
            if hit:
                message = (
                    f"package {one.outline.package} clashes with the rule `{min(hit)}` of package {outer}; rename one"
                )
                yield Problem(one.outline.path, 1, message)


def _definitions(trees: Sequence[Tree]) -> Iterator[Problem]:
    """The same rule defined as two different things, or with two defaults."""
    first: dict[tuple[str, str, bool], tuple[RuleHead, str]] = {}
    for one in trees:
        for head in one.outline.rules:
            default = head.kind == "default"
            key = (one.outline.package, head.name, default)
            seen = first.setdefault(key, (head, one.outline.path))
            where = f"{seen[1]}:{seen[0].line}"
            if default and seen != (head, one.outline.path):
                yield Problem(one.outline.path, head.line, f"`{head.name}` has a default already, at {where}")
            elif not default and (head.kind, head.arity) != (seen[0].kind, seen[0].arity):
                message = (
                    f"`{head.name}` is something else at {where}; packages of one name share their rules, rename one"
                )
                yield Problem(one.outline.path, head.line, message)
