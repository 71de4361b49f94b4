"""This machine: settings, programs, sandbox, Redis, the state directory."""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

import requests

from bot.doctor.finding import Finding, Notes
from bot.errors import GatehouseError, ToolError
from bot.git.command import environment
from bot.process import Limits, run
from bot.queue.condition import concerns
from bot.queue.connection import connect
from bot.queue.spool import Spool
from bot.render.sandbox import detect
from bot.render.tools import Tools
from bot.service_settings import ServiceSettings
from bot.settings import Settings
from bot.settings_file import FILE_NAME

_GIT_MINIMUM = (2, 38)
_LEAST_FREE = 2 * 1024**3  # bytes: a clone of a large repository and its cache
_SECONDS = 10


def examined(settings: ServiceSettings, engine: Settings) -> Sequence[Finding]:
    """All of it, in the order of the module's first line. Raises nothing of what it looks at."""
    notes = Notes("machine")
    _settings(settings, notes)
    _programs(engine, notes)
    _opa(settings, notes)
    _redis(settings.redis_url, notes)
    _state(settings.state_dir, notes)
    return notes.findings


def programs(engine: Settings) -> Sequence[Finding]:
    """The part that needs no settings of the service."""
    notes = Notes("machine")
    _programs(engine, notes)
    return notes.findings


def _settings(settings: ServiceSettings, notes: Notes) -> None:
    if not settings.warnings:
        notes.ok("The settings can be used, and no secret in them looks weak.")
    for text in settings.warnings:
        what, _, todo = text.partition("; ")
        notes.warning(f"{what}.", f"{todo[:1].upper()}{todo[1:]}" if todo else "Put a random one there.")
    if not settings.public_url:
        notes.warning(
            "GATEHOUSE_PUBLIC_URL is not set: comments hold no links to report pages, and nobody can compare it with the "
            "webhooks.", "Set it to the address at which people reach the service, https://HOST.",
        )  # fmt: skip
    elif settings.public_url.startswith("http://"):
        notes.warning(
            f"{settings.public_url} is not encrypted: whoever is in between reads reports and GitLab's secret tokens.",
            "Put a proxy with TLS in front, and set GATEHOUSE_PUBLIC_URL to https://HOST.",
        )


def _programs(engine: Settings, notes: Notes) -> None:
    tools = Tools(lambda: detect(allowed=engine.sandbox), Limits(), engine.kustomize, engine.helm)
    _git(notes)
    try:
        kustomize = tools.kustomize()
        tools.vouch_for(kustomize)
        words = ("version", "--client") if kustomize.words == ("kustomize",) else ("version",)
        notes.ok(f"Kustomizations are rendered by {kustomize.path}{_version(kustomize.path, *words)}.")
    except ToolError as error:
        notes.missing(f"No kustomization can be rendered. {error}", "Install it, or name it by GATEHOUSE_KUSTOMIZE.")
    try:
        helm = tools.helm().path
        notes.ok(f"Charts are rendered by {helm}{_version(helm, 'version', '--short')}.")
    except ToolError as error:
        notes.warning(
            f"Charts are not rendered, and what uses them gets no answer. {error}",
            "Where repositories hold charts, install Helm, or name it by GATEHOUSE_HELM.",
        )
    level = tools.sandbox.level
    if level == "root+network":
        notes.ok("Renders are shut in: a root directory of their own, and no network.")
    else:
        less = {"network": "have no network, but see the files of this machine"}.get(level, "are not shut in")
        notes.warning(
            f"Renders {less}: GATEHOUSE_SANDBOX is off, or this system refuses unshare(1).",
            "Allow user namespaces to the service (user.max_user_namespaces, the container's seccomp profile).",
        )


def _version(*argv: str) -> str:
    """What a program says its version is, as the end of a sentence; "" where it says nothing."""
    try:
        said = run(argv, limits=Limits(seconds=_SECONDS, output=4096)).stdout.decode(errors="replace")
    except ToolError:
        return ""
    lines = [line.strip() for line in said.splitlines() if re.search(r"\d+\.\d+", line)]
    return f" ({', '.join(lines[:2])})" if lines else ""


def _git(notes: Notes) -> None:
    todo = f"Install git {'.'.join(map(str, _GIT_MINIMUM))} or newer."
    try:
        asked = run(("git", "--version"), env=environment(), limits=Limits(seconds=_SECONDS, output=4096))
    except ToolError as error:
        notes.missing(str(error), todo)
        return
    match = re.search(r"(\d+)\.(\d+)", asked.stdout.decode(errors="replace"))
    if match is None:
        notes.unknown("Not known is which git this is: asked for its version, it says none.", todo)
    elif tuple(map(int, match.groups())) < _GIT_MINIMUM:
        notes.missing(f"git is version {match[0]}, which is too old.", todo)
    else:
        notes.ok(f"git is version {match[0]}.")


def _opa(settings: ServiceSettings, notes: Notes) -> None:
    if not settings.opa_url:
        return
    todo = "Start it, or unset OPA_URL: policies are evaluated in the process then."
    headers = {"Authorization": f"Bearer {settings.opa_token}"} if settings.opa_token else {}
    try:
        answer = requests.get(
            f"{settings.opa_url}/health", headers=headers, timeout=_SECONDS, allow_redirects=False,
            auth=lambda request: request,  # no password of a .netrc belongs there
        )  # fmt: skip
    except requests.RequestException as error:
        notes.missing(f"The OPA server at OPA_URL does not answer ({type(error).__name__}).", todo)
        return
    if answer.status_code == 200:
        notes.ok("The OPA server at OPA_URL answers.")
    else:
        notes.missing(f"The OPA server at OPA_URL answers {answer.status_code} when asked for its health.", todo)


def _redis(url: str, notes: Notes) -> None:
    if not url:
        notes.ok("REDIS_URL is not set: `gatehouse serve` brings a Redis of its own, with an append-only file.")
        return
    try:
        with connect(url, seconds=5, tries=1) as client:
            found = concerns(client)
    except GatehouseError as error:
        notes.missing(str(error), "See whether it runs and REDIS_URL is its address; without it nothing is judged.")
        return
    if not found:
        notes.ok("Redis answers, keeps an append-only file, and drops no keys.")
    for text in found:
        what, _, todo = text.rpartition(": ")
        notes.missing(f"{what or todo.rstrip('.')}.", f"{todo[:1].upper()}{todo[1:]}" if what else "Mend it there.")


def _state(directory: Path, notes: Notes) -> None:
    todo = "Give it to the service's user alone (chown, chmod 700), or name another one by GATEHOUSE_STATE_DIR."
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"x" * 4096)
            file.flush()
        open_to_others = [
            path for path in (directory, directory / FILE_NAME)
            if path.exists() and stat.S_IMODE(path.stat().st_mode) & (0o077 if path.is_file() else 0o027)
        ]  # fmt: skip
        free = shutil.disk_usage(directory).free
    except OSError as error:
        notes.missing(f"The state directory {directory} cannot be written: {error.strerror}.", todo)
        return
    for path in open_to_others:
        notes.warning(f"Other users of this machine can get at {path}.", f"chmod go= {path}")
    if free < _LEAST_FREE:
        notes.warning(f"The disk of {directory} has {free // 1024**2} MiB left.", "Make room: clones and caches grow.")
    if not open_to_others and free >= _LEAST_FREE:
        notes.ok(f"The state directory {directory} can be written, and nobody else gets at it.")
    if waiting := len(Spool(directory / "spool")):
        notes.warning(
            f"{waiting} deliveries wait in {directory / 'spool'} for Redis.",
            "They are worked off once Redis and the web door run; see their logs.",
        )
