"""What every renderer gets and gives. A renderer turns one part of a unit, laid out in a private directory, into text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import GatehouseError
from bot.model.snapshot import Entry
from bot.model.unit import Render
from bot.render.tools import Tools

NOTHING = "It holds no object of a cluster: nothing is applied."  # of one part; another one of its unit may hold some

NOT_APPLIED = "of a cluster, and not applied."  # how the note ends that counts documents which are no objects


class RenderError(GatehouseError):
    """The unit cannot be rendered; the text is the sentence that the report shows."""


class LimitReached(RenderError):
    """The render was ended by a limit of time, memory or output: another moment or limit may give something else."""


class ContentElsewhere(RenderError):
    """It cannot, because a part of it lies in a registry or another repository: nobody did anything wrong here."""


@dataclass(frozen=True, slots=True)
class Material:
    """One render to do: the part, the files of its closure, how to read them, and why it must not be tried ("" if it
    may). ``elsewhere``: because its content is not in this repository, and not because something is wrong with it.
    ``dependencies`` are the ``file://`` charts to put in place: (chart, name, directory)."""

    part: Render
    files: tuple[Entry, ...]
    read: Callable[[Entry], bytes]
    refusal: str = ""
    dependencies: tuple[tuple[str, str, str], ...] = ()
    elsewhere: bool = False


@dataclass(slots=True)
class Raw:
    """A renderer's output before masking: it never leaves the render room."""

    documents: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unset: list[str] = field(default_factory=list)  # variables of Flux that nothing sets


class Renderer(Protocol):
    """One way to render. Raises RenderError for what the author can mend, ToolError when the machine lacks something."""

    def __call__(self, material: Material, tools: Tools) -> Raw: ...
