"""``gatehouse policy test``: the tests beside policies, with the engine that judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.doors.look import visible
from bot.settings import from_environment

if TYPE_CHECKING:
    import argparse


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
    return "\n".join(visible(line) for line in lines), code
