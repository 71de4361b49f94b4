"""Render many materials: from the cache, or on all cores; every output is masked before it goes anywhere.

The renderers are loaded when one is needed: most runs are answered by the cache.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

from bot import __version__, stopping
from bot.errors import ToolError, UserError, defect
from bot.model.codec import dump_part
from bot.model.remember import Remember
from bot.model.resource import Document, Failed, Outcome, Rendered
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, Render
from bot.render.base import NOTHING, ContentElsewhere, LimitReached, Material, RenderError
from bot.render.cache import VERSION, Cache
from bot.render.tools import Tools

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

S = TypeVar("S")
T = TypeVar("T")
_FEW = 8  # renders for which no thread is made ready
_MANY = 64  # renders that are put in order before the first begins
_TURN = 0.0002  # seconds after which a thread lets another go on: who waits for it may have a program to start
_WAIT = 0.2  # seconds after which the main thread looks for signals
_PER_CORE = 2  # while one render is laid out or masked here, another's program runs


@dataclass(slots=True)
class Tally:
    """How many renders ran and how many the cache answered."""

    rendered: int = 0
    cached: int = 0


class Engine:
    """Renders materials; the same material is rendered once however often it is asked for."""

    def __init__(self, tools: Tools, cache: Cache, *, workers: int | None = None) -> None:
        self._tools = tools
        self._cache = cache
        self._workers = workers or _PER_CORE * (os.cpu_count() or 1)
        self.tally = Tally()
        self._known: dict[str, Outcome] = {}

    @property
    def tools(self) -> Tools:
        """The programs that it renders with."""
        return self._tools

    @property
    def notes(self) -> tuple[str, ...]:
        """What a report must say about this machine: a weaker sandbox, a cache that cannot be used."""
        return tuple(note for note in (self._tools.sandbox.note, self._cache.note) if note)

    @property
    def key(self) -> bytes:
        """What secrets are masked with: it must not leave the room of the renderers and of those who trace for it."""
        return self._cache.key

    @property
    def remember(self) -> Remember:
        """What was found out before about the same content."""
        return self._cache.remember

    def name(self, material: Material) -> str:
        """The content address of a render: program, options and every file that takes part."""
        digest = hashlib.sha256(f"{VERSION} {__version__} {identity(material.part, self._tools)}\0".encode())
        digest.update(dump_part(material.part).encode())
        digest.update(
            repr((material.refusal, material.dependencies, self._tools.limits)).encode(errors="surrogateescape")
        )
        for entry in material.files:
            digest.update(f"\0{entry.path}\0{entry.mode:o} {entry.oid}".encode(errors="surrogateescape"))
        return digest.hexdigest()

    def render_all(self, materials: Iterable[Material], progress: Callable[[int, int], None]) -> list[Outcome]:
        """One outcome for each material, in order. ``progress`` is told (done, all that are known). A missing program is an
        outcome too (``Failed.machine``). Rendering begins before the last material of many is made."""
        names: list[str] = []
        self._run(self._unknown(materials, names), progress)
        return [self._known[name] for name in names]

    def _unknown(self, materials: Iterable[Material], names: list[str]) -> Iterator[tuple[str, Material]]:
        """What has to be rendered, each once; the names of all are noted on the way."""
        asked: set[str] = set()
        for material in materials:
            name = self._name(material)
            names.append(name)
            if name in self._known or name in asked:
                continue
            found = self._cache.get(name)
            if found is None:
                asked.add(name)
                yield name, material
            else:
                self._known[name] = found
                self.tally.cached += 1

    def document(self, text: str) -> Document:
        """An object that something other than a renderer makes: masked like all."""
        from bot.redaction import masked_document

        return masked_document(text, key=self._cache.key)

    def _name(self, material: Material) -> str:
        """The name, or for a material that this machine lacks a program for, the reason under a name of its own."""
        try:
            return self.name(material)
        except ToolError as error:
            reason = str(error)
            self._known[reason] = Failed(reason, machine=True)
            return reason

    def _run(self, todo: Iterator[tuple[str, Material]], progress: Callable[[int, int], None]) -> None:
        first = list(islice(todo, _MANY))
        if not first:
            return
        first.sort(
            key=lambda each: len(each[1].files), reverse=True
        )  # the largest first: none is waited for at the end
        with self._pool(len(first)) as pool:
            self._collect({pool.submit(self._one, m): name for name, m in chain(first, todo)}, progress)

    def spread(self, work: Callable[[S], T], items: Sequence[S]) -> list[T]:
        """``work`` done for each item, in order, on all cores: renders that are no part of the answer themselves."""
        if len(items) < 2:
            return [work(item) for item in items]
        with self._pool(len(items)) as pool:
            futures = [pool.submit(work, item) for item in items]
            for future in _as_they_end(futures):
                future.result()
            return [future.result() for future in futures]

    @contextmanager
    def _pool(self, known: int) -> Iterator[ThreadPoolExecutor]:
        """Threads for at least so many renders."""
        from concurrent.futures import ThreadPoolExecutor

        self._tools.threads = 1 if known > (os.cpu_count() or 1) else 2  # many share the cores
        settle = self._tools.sandbox.settle if known > _FEW else None
        pool = ThreadPoolExecutor(max_workers=min(self._workers, known), initializer=settle)
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        try:
            yield pool
        except BaseException:  # Ctrl-C: only this thread hears it, and the others may wait for their programs
            self._tools.stop.now()  # first: an interrupt may have struck the pool where it holds a lock
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            sys.setswitchinterval(usual)
        pool.shutdown()

    def _collect(self, waiting: dict[Future[tuple[Outcome, bool]], str], progress: Callable[[int, int], None]) -> None:
        for done, future in enumerate(_as_they_end(waiting), start=1):
            name = waiting[future]
            outcome, keep = future.result()
            self._known[name] = outcome
            self.tally.rendered += 1
            if keep:
                self._cache.put(name, outcome)
            progress(done, len(waiting))

    def _one(self, material: Material) -> tuple[Outcome, bool]:
        """The outcome, and whether the same inputs will always give it (a time-out may not)."""
        from bot.redaction import masked_document, scrub
        from bot.redaction.elsewhere import hide_elsewhere, scrub_given
        from bot.render.all_renderers import RENDERERS
        from bot.render.depth import refuse_deep
        from bot.render.given_values import given_values

        if material.refusal:
            return Failed(scrub(material.refusal), elsewhere=material.elsewhere), False
        if isinstance(material.part, CannotRender):
            return Failed(scrub(material.part.reason), elsewhere=not material.part.wrong), False
        try:
            raw = RENDERERS[type(material.part)](material, self._tools)
            refuse_deep(raw.documents)
            texts = hide_elsewhere(raw.documents, given_values(material), key=self._cache.key)
            documents = tuple(masked_document(text, key=self._cache.key) for text in texts)
        except RenderError as error:
            said = scrub_given(scrub(str(error)), given_values(material))
            limited = isinstance(error, LimitReached)
            return Failed(said, elsewhere=isinstance(error, ContentElsewhere), limited=limited), not limited
        except ToolError as error:
            return Failed(scrub(str(error)), machine=True), False
        except UserError as error:
            return Failed(scrub(str(error))), True
        except OSError as error:
            return _fault(f"This machine could not render it: {error.strerror or type(error).__name__}."), False
        except Exception as error:  # a defect of ours must not take the other units down
            if stopping.is_interrupt(error) or os.environ.get("GATEHOUSE_DEBUG"):
                raise
            return _fault(f"Gatehouse failed to render it, please report this: {defect(error)}."), False
        return Rendered(documents, tuple(raw.notes), tuple(dict.fromkeys(raw.unset))), True


def _as_they_end(futures: Collection[Future[S]]) -> Iterator[Future[S]]:
    """Each future once it is done. The main thread waits in turns: a signal that comes just before it begins to wait, or to
    another thread, does not wake it."""
    from queue import Empty, SimpleQueue

    ended: SimpleQueue[Future[S]] = SimpleQueue()
    for future in futures:
        future.add_done_callback(ended.put)
    left = len(futures)
    while left:
        try:
            found = ended.get(timeout=_WAIT)
        except Empty:
            continue
        left -= 1
        yield found


def identity(part: Render, tools: Tools) -> str:
    """What besides inputs and options decides the output: the program. Raises ToolError when it is missing."""
    words = []
    if isinstance(part, KustomizeRender) or (isinstance(part, HelmRender) and part.post_patches != "[]"):
        words.append(tools.kustomize().identity)
    if isinstance(part, HelmRender) or (isinstance(part, KustomizeRender) and part.enable_helm):
        words.append(tools.helm().identity)
    return " ".join(words)


def _fault(reason: str) -> Failed:
    """The machine or Gatehouse is to blame, not the author."""
    from bot.redaction import scrub

    return Failed(scrub(reason), machine=True)


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a unit with several parts: all of them, or the first failure with what each part gave. Takes all that
    it is given: what follows in the same stream belongs to the next unit. That one part holds no object is worth a note
    only where none does."""
    documents: list[Document] = []
    notes: list[str] = []
    unset: list[str] = []
    parts = tuple(outcomes)
    for outcome in parts:
        if isinstance(outcome, Failed):
            return replace(outcome, parts=parts) if len(parts) > 1 else outcome
        documents += outcome.documents
        notes += outcome.notes
        unset += outcome.unset
    if documents:
        notes = [note for note in notes if note != NOTHING]
    return Rendered(tuple(documents), tuple(dict.fromkeys(notes)), tuple(dict.fromkeys(unset)))
