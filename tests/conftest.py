"""Fixtures shared by all rooms, and the rule that a skipped test must say what is missing."""

from __future__ import annotations

import logging
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository
from hypothesis import settings

pytest_plugins = ["redis_fixtures"]

settings.register_profile("no deadline", deadline=None)  # how fast the machine is at the moment is no law
settings.load_profile("no deadline")
CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


def pytest_configure(config: pytest.Config) -> None:
    # Whoever runs the tests in the background may have them ignore Ctrl-C; the programs that they start are to hear it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Tests must not see the developer's own cache, configuration or git identity.
    os.environ.setdefault("GATEHOUSE_CACHE_DIR", "off")
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        del os.environ[name]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: a good part of the tests wait, for programs, sockets and Redis. With two for
    each core they take a tenth longer again."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + max(1, cores // 2)


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """What a test does to the signals of this process ends with it: programs that later ones start would inherit it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """So does what a test does to logging, as a command does that logs: later ones would see lines they did not ask for."""
    root = logging.getLogger()
    handlers, level, raises = list(root.handlers), root.level, logging.raiseExceptions
    yield
    if root.level != level or logging.raiseExceptions != raises or root.handlers != handlers:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.raiseExceptions = raises
        logging.captureWarnings(False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """With GATEHOUSE_NO_SKIPS=1 a test that skips because a program is missing fails: it proved nothing."""
    report = yield
    if report.skipped and os.environ.get("GATEHOUSE_NO_SKIPS") == "1" and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith("needs "):
            report.outcome = "failed"
            report.longrepr = f"skipped, but nothing may be missing here: {reason}"
    return report


@pytest.fixture
def need() -> Callable[[str], str]:
    """``need("helm")``: the path of a program, or a skip that says it is missing."""

    def find(program: str) -> str:
        found = shutil.which(program)
        if found is None:
            pytest.skip(f"needs {program} on PATH")
        return found

    return find


@pytest.fixture
def repository(tmp_path: Path) -> GitOpsRepository:
    """An empty repository."""
    return GitOpsRepository(tmp_path / "repository")


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The directory of real repositories."""
    if not CORPORA.is_dir():
        pytest.skip(f"the corpora are not at {CORPORA}")
    return CORPORA
