"""What the verbs of the command line do, as functions from parsed arguments to text or a report."""

from __future__ import annotations

import shlex
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.affected.naming import is_environment
from bot.config.schema import FILE_NAME
from bot.errors import UserError
from bot.git.repository import Repository
from bot.jobs.check import check
from bot.model.approvals import NOT_ASKED
from bot.progress import progress
from bot.settings import from_environment
from bot.wiring import configuration, opened, resolve

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from bot.affected.view import View
    from bot.jobs.check import Ports, Sides
    from bot.model.result import Report
    from bot.model.unit import Unit
    from bot.wiring import Configuration


def checked(arguments: argparse.Namespace) -> Report:
    """``gatehouse check``."""
    settings = from_environment()
    with Repository(arguments.repo) as repository:
        sides = resolve(repository, arguments.base, arguments.head, _command(arguments))
        configured = configuration(repository, sides.base, arguments.config)
        with (
            progress(sys.stderr) as told,
            opened(repository, configured, settings, told, arguments.forge, approvals=NOT_ASKED) as ports,
        ):
            ports.notes += _branch_notes(repository, arguments.base)
            ports.notes += _configuration_notes(repository, sides) if arguments.config is None else []
            return check(sides, ports, everything=arguments.units == "all")


def _branch_notes(repository: Repository, base: str) -> list[str]:
    """A base branch named after an environment: nobody can see the other environments from there, so it is said."""
    name = base.rpartition("/")[2]
    if not is_environment(name):
        return []
    others = sorted({b.rpartition("/")[2] for b in repository.branches()} - {name})
    found = [branch for branch in others if is_environment(branch)]
    if not found:
        return []
    return [
        f"{name} is one of several environment branches ({', '.join(found[:5])}): what this change does to the others "
        "shows only when it gets there. Directories per environment in one branch would show it here."
    ]


def _configuration_notes(repository: Repository, sides: Sides) -> list[str]:
    """The configuration of a change does not count before it is merged, and then for every check: what stops them all is
    said now. Told is where, not what: that is the change's own text."""
    changed = repository.file_at(sides.head_tree, FILE_NAME)
    if changed is None or changed == repository.file_at(sides.base_tree, FILE_NAME):
        return []
    from bot.config.load import load
    from bot.config.problems import ConfigError

    try:
        load(changed, name=FILE_NAME)
    except ConfigError as error:
        count = f"{len(error.problems)} problem{'s' if len(error.problems) != 1 else ''}"
        at = f", the first in line {error.problems[0].line}" if error.problems[0].line else ""
        return [
            f"The change leaves {count} in {FILE_NAME}{at}: merged, it would end every check with an error. "
            "`gatehouse config` on the change says what is wrong."
        ]
    return []


def _command(arguments: argparse.Namespace) -> str:
    words = ["gatehouse", "check", "--base", arguments.base]
    words += ["--head", arguments.head] if arguments.head else []
    words += ["--units", "all"] if arguments.units == "all" else []
    words += ["--config", arguments.config] if arguments.config else []
    words += ["--forge", arguments.forge] if arguments.forge else []
    return shlex.join(words)


_WAIVED_DAYS = 90  # how long the waiver lasts that `explain` proposes


@contextmanager
def _at(arguments: argparse.Namespace) -> Iterator[tuple[View, Ports, Configuration]]:
    """The view of one commit or of the work tree."""
    with Repository(arguments.repo) as repository:
        if arguments.at is None:
            tree = repository.work_tree()
        else:
            tree = repository.tree_of(repository.commit(arguments.at, option="--at"))
        configured = configuration(repository, tree, arguments.config)
        with progress(sys.stderr) as told, opened(repository, configured, from_environment(), told) as ports:
            yield ports.index.at(tree), ports, configured


def units(arguments: argparse.Namespace) -> str:
    """``gatehouse units``."""
    from bot.jobs.units import discovered

    with _at(arguments) as (view, ports, _):
        found, unknown = discovered(view, ports, everything=arguments.units == "all")
    if arguments.format == "json":
        import json

        return json.dumps([_unit_json(unit) for unit in found], indent=2)
    rows = [("UNIT", "RENDERER", "APP", "ENVIRONMENT", "DECLARED BY", "KEY")]
    rows += [(_name(u), str(u.renderer), u.app or "-", u.environment or "-", _declared(u), _key(u)) for u in found]
    widths = [max(len(_visible(row[column])) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_visible(c).ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"{_visible(_name(u))}: {_visible(note)}" for u in found for note in u.notes]
    notes += map(_visible, unknown)
    if ports.index.home.assumed and any(u.source for u in found):
        notes.append(
            "This clone has no remote on a host, so every repository URL is taken to mean this repository where its path "
            "exists; name the right ones under `repository.urls` in .gatehouse.yaml."
        )
    return "\n".join([*lines, "", f"{len(found)} units", *notes])


def _name(unit: Unit) -> str:
    return unit.path or "."


def _key(unit: Unit) -> str:
    """By what ``gatehouse render`` finds the unit, where its path alone may not do."""
    return unit.key if unit.key != _name(unit) else "-"


def _declared(unit: Unit) -> str:
    return f"{unit.source} in {unit.declared_in}" if unit.source else "-"


def _visible(text: str) -> str:
    """Text of the repository for a terminal: control characters and broken bytes shown as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def _unit_json(unit: Unit) -> dict[str, object]:
    source = unit.source
    identity = source and {
        "apiVersion": source.api_version, "kind": source.kind, "namespace": source.namespace, "name": source.name,
    }  # fmt: skip
    return {
        "key": unit.key, "path": _name(unit), "renderer": str(unit.renderer), "source": identity,
        "declared_in": unit.declared_in or None, "app": unit.app or None, "environment": unit.environment or None,
        "notes": list(unit.notes),
    }  # fmt: skip


def rendered(arguments: argparse.Namespace) -> str:
    """``gatehouse render UNIT``. Raises UserError when there is no such unit, or it cannot be rendered."""
    from bot.jobs.material import materials
    from bot.jobs.units import complete
    from bot.model.resource import Failed
    from bot.redaction import hide
    from bot.render.engine import joined

    with _at(arguments) as (view, ports, _):
        unit = _find(view, ports, arguments.unit)
        outcome = joined(ports.engine.render_all(materials(view, complete(view, unit, ports)), lambda *_: None))
    if isinstance(outcome, Failed):
        raise UserError(f"{arguments.unit} cannot be rendered: {outcome.reason}")
    return "---\n".join(hide(d.text if d.text.endswith("\n") else d.text + "\n") for d in outcome.documents)


def _find(view: View, ports: Ports, name: str) -> Unit:
    from bot.jobs.units import discovered

    wanted = name.rstrip("/").removeprefix("./") or "."
    found, _ = discovered(view, ports, everything=True)
    exact = [u for u in found if u.key == name and u.key != _name(u)] or _of_path(found, wanted)
    if not exact:
        near = list(dict.fromkeys(_name(u) for u in found if wanted in u.key))[:5]
        hint = f" Did you mean {', '.join(near)}?" if near else " `gatehouse units --units all` lists them."
        raise UserError(f"There is no unit {name!r}.{hint}")
    if len(exact) > 1:
        keys = ", ".join(u.key for u in exact[:10])
        raise UserError(f"{len(exact)} units render {name!r}; name one by its key: {keys}.")
    return exact[0]


def _of_path(found: list[Unit], path: str) -> list[Unit]:
    """The units of a path. Where an object says how it is deployed, that counts, not the build of the directory alone."""
    here = [unit for unit in found if _name(unit) == path]
    return [unit for unit in here if unit.source is not None] or [unit for unit in here if unit.key == path] or here


def explained(arguments: argparse.Namespace) -> str:
    """``gatehouse explain [RULE|PATH]``. A rule's id wins over a path of the same name; ``./`` before it says path."""
    from datetime import UTC, datetime, timedelta

    from bot.checks import explain

    if arguments.what is None:
        return explain.listing()
    rule = explain.find(arguments.what)
    if rule is not None:
        return explain.text(rule, expires=str(datetime.now(UTC).date() + timedelta(days=_WAIVED_DAYS)))
    if explain.is_like_a_rule(arguments.what):
        try:
            Repository(arguments.repo).close()
        except UserError:  # no path can be meant, and rules need no repository
            raise _no_such(arguments.what, "") from None
    return _reached(arguments, arguments.what.removeprefix("./").rstrip("/"))


def _no_such(what: str, nor: str = ", and no such path in the repository") -> UserError:
    """Neither a path nor a rule: which of the two was meant decides what is said."""
    from bot.checks import explain

    if not explain.is_like_a_rule(what):
        return UserError(f"{what} is not in the repository; give a path as git names it, from the root.")
    near = explain.near(what)
    hint = f"did you mean {' or '.join(near)}?" if near else "`gatehouse explain` lists the rules."
    return UserError(f"There is no rule {what}{nor}; {hint}")


def _reached(arguments: argparse.Namespace, path: str) -> str:
    from bot.affected.reach import reach
    from bot.affected.units import all_units

    with _at(arguments) as (view, ports, _):
        if view.entry(path) is None and not view.is_dir(path):
            raise _no_such(path)
        starts = [path] if view.entry(path) is not None else [e.path for e in view.walk(path)]
        found = reach(view, starts)
        listed = {u.key: u for u in all_units(view, ports.index.rules, everything=True)}
        titles = {node: _title(node, view, listed) for node in sorted(found.hops)}
    lines = []
    for node, title in titles.items():
        if title:
            lines.append(_visible(title))
            lines += [
                _visible(f"    {hop.to.partition('#')[0] or '.'} {hop.how}: {hop.path}") for hop in found.way(node)
            ]
    if not lines:
        return _visible(f"{path} reaches no unit: nothing in the repository deploys it.")
    return "\n".join(lines)


def _title(node: str, view: View, listed: dict[str, Unit]) -> str:
    """What a node of the graph is to a reader; "" when it is only a step on the way."""
    kind, _, key = node.partition(":")
    if kind == "t":
        unit = view.unit(key)
        return f"{unit.source} in {unit.declared_in}, as its overlays complete it" if unit else ""
    if kind == "x":
        return f"whatever the output of {key[2:] or '.'} declares"
    unit = listed.get(key or ".")
    if unit is None:
        return ""
    where = f" ({unit.environment})" if unit.environment else ""
    return f"{_name(unit)}{where}, rendered by {unit.renderer}"


def configured(arguments: argparse.Namespace) -> str:
    """``gatehouse config``. Raises UserError with every problem of the file."""
    from bot.config.describe import describe

    with _at(arguments) as (_, _, found):
        where = found.where or "no .gatehouse.yaml: everything is discovered"
        return f"# {_visible(where)}\n{describe(found.config)}"


def started(arguments: argparse.Namespace) -> str:
    """``gatehouse init``: write ``.gatehouse.yaml``, or with ``--print`` only give its text. Raises UserError where there is
    one already, or no place for it."""
    from pathlib import Path

    from bot.config.schema import FILE_NAME

    with Repository(arguments.repo) as repository:
        place = repository.place.work_tree
        if arguments.print:
            return _first_file(repository)
        if not place:
            raise UserError(
                f"{arguments.repo} is a bare clone without a work tree: `gatehouse init --print` prints the file."
            )
        target = Path(place, FILE_NAME)
        taken = f"There is a {FILE_NAME} already, and it stays as it is; `gatehouse init --print` prints what would be."
        if target.is_symlink() or target.exists():
            raise UserError(taken)
        text = _first_file(repository)
        try:
            with target.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise UserError(taken) from error
        except OSError as error:
            raise UserError(f"{FILE_NAME} cannot be written: {error.strerror}.") from error
    return f"Wrote {FILE_NAME}. It changes nothing until you edit it; read it, and commit it to the base branch."


def _first_file(repository: Repository) -> str:
    """What is found without any configuration, as one that changes nothing of it: that is tried before it is said."""
    import hashlib

    from bot.config.load import load
    from bot.config.schema import Config
    from bot.jobs import init
    from bot.wiring import Configuration

    tree = repository.work_tree() if repository.place.work_tree else repository.commit("HEAD", option="HEAD")
    tree = tree if repository.place.work_tree else repository.tree_of(tree)

    def found(configured: Configuration) -> init.Found:
        with progress(sys.stderr) as told, opened(repository, configured, from_environment(), told) as ports:
            return init.look(ports.index.at(tree), ports)

    first = found(Configuration(Config(), "", ""))
    text = init.compose(first)
    try:
        second = found(Configuration(load(text.encode(), name="it"), "it", hashlib.sha256(text.encode()).hexdigest()))
    except UserError:  # a name that no configuration may hold
        return init.compose(first, environments=False)
    return (
        text
        if (second.units, second.environments) == (first.units, first.environments)
        else init.compose(first, environments=False)
    )


def owned(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """``gatehouse owners PATH…``: the answer, and what people should know about it. Raises UserError."""
    from bot.affected.home import normal_url
    from bot.codeowners import Dialect, forge_of
    from bot.jobs import owners

    with Repository(arguments.repo) as repository:
        commit = repository.commit(arguments.at, option="--at")
        remotes = filter(None, map(normal_url, repository.remotes()))
        dialect = Dialect(arguments.forge) if arguments.forge else forge_of(remotes)
        found, answers = owners.owned(repository, commit, arguments.paths, dialect)
    if arguments.format == "json":
        import json

        rows = [row for answer in answers for row in owners.json_rows(answer, found.dialect)]
        return json.dumps(rows, indent=2), owners.notes(found, answers)
    lines = [line for answer in answers for line in owners.text_lines(answer, found.path)]
    return "\n".join(map(_visible, lines)), owners.notes(found, answers)


def policies_tested(arguments: argparse.Namespace) -> tuple[str, int]:
    """``gatehouse policy test [DIR]``: the outcomes, and 0, 1 (a test does not hold) or 2 (a policy cannot be used, or there
    is no test). Raises UserError for a directory without policies."""
    from pathlib import Path

    from bot.policy import testing
    from bot.policy.engines import engine

    settings = from_environment()
    found = testing.run(testing.read(Path(arguments.directory)), engine(settings.opa_url, settings.opa_token))
    tests = [(one, f": {one.why}" if one.why else "") for one in found.tests]
    lines = [f"{one.outcome:<5}  {one.name}  ({one.path}:{one.line}){why}" for one, why in tests]
    lines += [f"cannot be used: {problem}" for problem in found.problems]
    failed = sum(one.outcome is not testing.Outcome.PASS for one in found.tests)
    lines += ["", f"{len(found.tests)} tests, {len(found.tests) - failed} passed, {failed} failed"]
    if not found.tests:
        lines.append(f"No test_* rule in a *_test.rego below {arguments.directory}.")
    code = 2 if found.problems or not found.tests else int(failed > 0)
    return "\n".join(_visible(line) for line in lines), code
