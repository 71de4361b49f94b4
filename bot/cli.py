"""``gatehouse``: one thin function per verb. Heavy imports wait until a verb needs them."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING

from bot import __version__, stopping

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bot.model.result import Report

EXIT_PASSED, EXIT_FAILED, EXIT_USAGE, EXIT_INTERNAL = 0, 1, 2, 3
_VERSION = (["--version"], ["-V"])


def entry() -> None:
    """The console script: exit with what main says."""
    gc.set_threshold(50_000)  # what a check loads stays to its end: to search it for garbage is a tenth of a start
    stopping.at_once()
    code = main(sys.argv[1:])
    if code == stopping.EXIT_INTERRUPTED:  # Python itself would end otherwise where Ctrl-C came within an exec()
        atexit._run_exitfuncs()  # which os._exit leaves out: directories go here
        os._exit(code)
    stopping.no_more()
    gc.freeze()  # nor is it searched at the end, which would cost as much again
    sys.exit(code)


def main(argv: Sequence[str]) -> int:
    """Run one command line; returns the exit code. The only place that turns errors into codes."""
    if list(argv) in _VERSION:
        print(f"gatehouse {__version__}")  # noqa: T201 a door
        return EXIT_PASSED
    from bot.errors import GatehouseError

    try:
        try:
            return _run(argv)
        finally:
            stopping.over()
    except KeyboardInterrupt:
        return _stopped()
    except GatehouseError as error:
        from bot.redaction import scrub

        _say(f"gatehouse: {scrub(str(error))}")
        return error.exit_code
    except OSError as error:
        return _failed_here(error)
    except Exception as error:
        return _stopped() if stopping.is_interrupt(error) else _crashed(error)


def _stopped() -> int:
    if line := stopping.words().rstrip():
        _say(line)
    return stopping.EXIT_INTERRUPTED


def _failed_here(error: OSError) -> int:
    """The machine's fault: a full disk, no room for temporary files. The path may be a temporary one, so it is not told."""
    if os.environ.get("GATEHOUSE_DEBUG"):
        raise error
    words = error.strerror or str(error)
    _say(f"gatehouse: this machine cannot do it: {words}. Nothing was checked; look at its disks and at TMPDIR.")
    return EXIT_INTERNAL


def _crashed(error: Exception) -> int:
    """A defect of ours: one sentence, and the trace only for who asks."""
    from bot.errors import defect

    if os.environ.get("GATEHOUSE_DEBUG"):
        raise error
    what = f"gatehouse: internal error, nothing was checked: {defect(error)}."
    _say(f"{what} Set GATEHOUSE_DEBUG=1 for the trace, and report it.")
    return EXIT_INTERNAL


def _say(text: str) -> None:
    """A message to people; what a path of the repository could do to their terminal is shown as escapes."""
    if sys.stderr is None:  # closed; the exit code has to do
        return
    shown = "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
    sys.stderr.write(shown + "\n")


def _run(argv: Sequence[str]) -> int:
    from bot.command_line import parser

    arguments = parser().parse_args(argv)
    import bot.doors  # noqa: F401 loads what a verb needs, which nothing has to be undone for

    stopping.by_exception()
    return int(VERBS[arguments.verb](arguments))


# -- verbs


def _check(arguments: argparse.Namespace) -> int:
    from bot.doors.check import checked
    from bot.model.result import Verdict

    report = checked(arguments)
    for form, file in arguments.also:
        _to_file(file, _formatted(report, arguments, form, file), "--also")
    _write(arguments, _formatted(report, arguments, arguments.format, arguments.output))
    return {Verdict.PASSED: EXIT_PASSED, Verdict.FAILED: EXIT_FAILED, Verdict.ERROR: EXIT_INTERNAL}[report.verdict]


def _formatted(report: Report, arguments: argparse.Namespace, form: str, file: str | None) -> str:
    if form == "json":
        from bot.report import json

        return json.render(report)
    if form == "markdown":
        from bot.report import markdown

        return markdown.render(report, limit=arguments.limit, timings=False)  # the same input, the same bytes
    if form == "html":
        from bot.report import html

        return html.render(report)
    if form == "sarif":
        from bot.checks.explain import rules
        from bot.report import sarif

        return sarif.render(report, rules(), only_new=arguments.findings == "new")
    if form == "codequality":
        from bot.report import codequality

        return codequality.render(report)
    from bot.report import text

    terminal = file is None and sys.stdout is not None and sys.stdout.isatty()
    return text.render(report, width=_width(), colour=terminal and "NO_COLOR" not in os.environ)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((120, 40)).columns


def _units(arguments: argparse.Namespace) -> int:
    from bot.doors.units import units

    _write(arguments, units(arguments))
    return EXIT_PASSED


def _render(arguments: argparse.Namespace) -> int:
    from bot.doors.units import rendered

    _write(arguments, rendered(arguments))
    return EXIT_PASSED


def _explain(arguments: argparse.Namespace) -> int:
    from bot.doors.explain import explained

    _write(arguments, explained(arguments))
    return EXIT_PASSED


def _config(arguments: argparse.Namespace) -> int:
    from bot.doors.units import configured

    _write(arguments, configured(arguments))
    return EXIT_PASSED


def _owners(arguments: argparse.Namespace) -> int:
    from bot.doors.owners import owned

    text, notes = owned(arguments)
    for note in notes:
        _say(note)
    _write(arguments, text)
    return EXIT_PASSED


def _init(arguments: argparse.Namespace) -> int:
    from bot.doors.init import started

    _write(arguments, started(arguments))
    return EXIT_PASSED


def _policy(arguments: argparse.Namespace) -> int:
    from bot.doors.policy import policies_tested

    text, code = policies_tested(arguments)
    _write(arguments, text)
    return code


def _serve(arguments: argparse.Namespace) -> int:
    from bot.doors import service

    part = {"serve": service.served, "web": service.web, "worker": service.worker, "sweep": service.sweep}
    part[arguments.verb](arguments)
    return EXIT_PASSED


def _playground(arguments: argparse.Namespace) -> int:
    from bot.doors.playground import played

    played(arguments)
    return EXIT_PASSED


def _setup(arguments: argparse.Namespace) -> int:
    from bot.doors.setup import set_up

    set_up(arguments)
    return EXIT_PASSED


def _doctor(arguments: argparse.Namespace) -> int:
    from bot.doors.doctor import diagnosed

    text, fine = diagnosed(arguments)
    _write(arguments, text)
    return EXIT_PASSED if fine else EXIT_FAILED


VERBS = {
    "check": _check,
    "units": _units,
    "render": _render,
    "explain": _explain,
    "config": _config,
    "policy": _policy,
    "owners": _owners,
    "init": _init,
    "serve": _serve,
    "web": _serve,
    "worker": _serve,
    "sweep": _serve,
    "setup": _setup,
    "doctor": _doctor,
    "playground": _playground,
}


def _write(arguments: argparse.Namespace, text: str) -> None:
    if arguments.output in (None, "-"):  # as most programs take it
        _print(_encoded(text))
    else:
        _to_file(arguments.output, text, "--output")


def _encoded(text: str) -> bytes:
    return (text if text.endswith("\n") or not text else text + "\n").encode("utf-8", "backslashreplace")


def _to_file(file: str, text: str, option: str) -> None:
    from pathlib import Path

    from bot.errors import UserError

    try:
        Path(file).write_bytes(_encoded(text))
    except OSError as error:
        raise UserError(f"{option} {file} cannot be written: {error.strerror}.") from error


def _print(data: bytes) -> None:
    """To standard output; a reader that went away (`head` does) has seen enough, and the exit code still says the verdict.

    Raises UserError and ToolError where there is no standard output, or it is full.
    """
    from bot.errors import ToolError, UserError

    if sys.stdout is None:
        raise UserError("Standard output is closed; open it, or write the report with --output FILE.")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        if not isinstance(error, BrokenPipeError):
            raise ToolError(f"The report cannot be written to standard output: {error.strerror}.") from error
