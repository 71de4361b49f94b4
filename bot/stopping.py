"""What Ctrl-C does to a process of ours, at any instant: one line, exit code 130, and nothing left behind.

As long as there is nothing to undo (while modules load, and after the last word) the process just ends, because an exception
there would show as a trace, or get lost in a library. In between it is KeyboardInterrupt, which ends programs and removes
directories on its way. SIGTERM and SIGHUP count the same. A signal that whoever started us had ignored stays so, as nohup(1)
and background jobs want it.
"""

import _signal as signal  # type: ignore[import-not-found]  # its face loads enum, which takes longer than all before it
import os
import sys

EXIT_INTERRUPTED = 130
WORDS = "Stopped; nothing was changed."
PARENT = "GATEHOUSE_SUPERVISOR"  # set for a part of `gatehouse serve`: its log is JSON, and serve tells of the end
_is_part = PARENT in os.environ  # asked now, as the part takes it away for its own children
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM")  # the last one is our own, see _unraisable
_TWICE_SECONDS = 1.0  # a terminal and a wrapper may both pass on what was pressed once
_AGAIN_SECONDS = 0.001
_STUCK_SECONDS = 4.0  # what has to be undone takes less


def at_once() -> None:
    """From now on a signal ends the process by itself: for a door that has not begun yet."""
    for number in _numbers():
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _raise):
            signal.signal(number, _end)


def by_exception() -> None:
    """From now on the first signal raises KeyboardInterrupt in the main thread. Only where ``at_once`` was asked for before:
    the handlers of a process that is not ours stay."""
    for number in _numbers():
        if signal.getsignal(number) is _end:
            sys.unraisablehook = _unraisable
            signal.signal(number, _raise)


def over() -> None:
    """What had to be undone is: as ``at_once`` for a door that had begun, nothing otherwise."""
    if signal.getsignal(signal.SIGALRM) in (_raise, _raise_again):
        signal.setitimer(signal.ITIMER_REAL, 0)
    for number in _numbers():
        if signal.getsignal(number) in (_raise, _raise_again, _end_later):
            signal.signal(number, _end)


def no_more() -> None:
    """The last word is said: a signal changes nothing any more. Python gives signals their default back on its way out, and
    what comes then would make another exit code of a verdict that was already given."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):  # whoever reads is gone; Python says so in its own way
        pass
    for number in _numbers():
        if signal.getsignal(number) is _end:
            signal.signal(number, signal.SIG_IGN)


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def words() -> str:
    """The one line of a process that was stopped; "" for one that says nothing by itself."""
    return "" if _is_part else f"{WORDS}\n"


def _end(*_: object) -> None:
    try:
        os.write(2, words().encode())
    finally:  # standard error may be closed; the exit code has to do
        os._exit(EXIT_INTERRUPTED)


def _raise(*_: object) -> None:
    import time

    global _raised  # noqa: PLW0603 a process has one set of handlers
    _raised = time.monotonic()
    for number in _numbers():
        if signal.getsignal(number) is _raise:
            signal.signal(number, _raise_again if number == signal.SIGALRM else _end_later)
    signal.setitimer(signal.ITIMER_REAL, _STUCK_SECONDS, _STUCK_SECONDS)
    raise KeyboardInterrupt


_raised = 0.0


def _end_later(*_: object) -> None:
    """While a run is undone: the same Ctrl-C once more does not cut that short, a person who asks again does."""
    import time

    if time.monotonic() - _raised > _TWICE_SECONDS:
        _end()


def _raise_again(*_: object) -> None:
    """Once in a while the exception is lost on its way, or strikes where a lock was just taken, for which its way out then
    waits for ever (``Condition.__enter__`` is Python). So it comes again as long as nothing is over."""
    raise KeyboardInterrupt


def is_interrupt(error: BaseException) -> bool:
    """Whether an error stands for an interrupt: until Python 3.12 one that comes while a class is made is turned into the
    RuntimeError of a failed ``__set_name__``."""
    cause = error.__cause__
    return isinstance(error, RuntimeError) and isinstance(cause, KeyboardInterrupt)


def _unraisable(what: "sys.UnraisableHookArgs") -> None:
    """An interrupt that arose where nobody can catch it (a destructor, a callback of an import) comes once more."""
    if what.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(what)
        return
    signal.signal(signal.SIGALRM, _raise)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
