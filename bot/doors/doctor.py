"""``gatehouse doctor``: says what is missing, and what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bot import logs
from bot.doctor.examine import examined
from bot.doctor.finding import Finding, Level
from bot.doctor.machine import programs
from bot.doctor.text import as_json, as_text, is_fine
from bot.errors import UserError
from bot.redaction import scrub
from bot.service_settings import parsed
from bot.settings import from_environment
from bot.settings_file import merged

if TYPE_CHECKING:
    import argparse


def diagnosed(arguments: argparse.Namespace) -> tuple[str, bool]:
    """The findings in the form that was asked for, and whether nothing is missing. Settings that stop the service are such
    a finding. Raises UserError where the settings file itself cannot be read, and for repositories that are none."""
    file = str(Path(arguments.settings).absolute()) if arguments.settings else None
    environ = merged(os.environ, file)
    engine = from_environment(environ)
    try:
        settings = parsed(environ)
    except UserError as error:
        todo = "`gatehouse setup` makes credentials; docs/settings.md names every setting."
        findings = [Finding(Level.MISSING, "machine", scrub(str(error)), todo), *programs(engine)]
    else:
        logs.set_up(settings.secrets())
        findings = list(examined(settings, engine, arguments.repository))
    shown = as_json(findings) if arguments.format == "json" else as_text(findings)
    return shown, is_fine(findings)
