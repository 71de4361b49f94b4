"""The web door for gunicorn as a Procfile runs it: ``--config python:bot.web.wsgi "bot.web.wsgi:application()"``.

The names of gunicorn's settings stand in this module; gunicorn binds to PORT by itself.
"""

from __future__ import annotations

import os
import threading

from flask import Flask

from bot.queue.tally import Tally
from bot.service_settings import parsed
from bot.settings_file import merged
from bot.web.draining import keep_draining
from bot.web.serving import processes, set_up_logs, settings
from bot.web.wired import Service, wired

globals().update(settings(processes()))


def application() -> Flask:
    """The application with everything behind it. Raises UserError for settings that do not do."""
    told = parsed(merged(os.environ))
    set_up_logs(told.secrets())
    from bot import assembly  # knows every room; only a process that serves needs it

    service: Service = assembly.service(patient=False)
    service.warm()
    tally = Tally(service.count)
    threading.Thread(target=keep_draining, args=(service.drain,), name="spool", daemon=True).start()
    threading.Thread(target=tally.keep_telling, name="tally", daemon=True).start()
    return wired(told, service, tally.count)
