"""What is said of environments beside each other: how two differ, and which images run where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model.result import ObjectChange


@dataclass(frozen=True, slots=True)
class Beside:
    """One application in two environments. ``left`` and ``right`` are what its units are called there, "" where it is not
    there. ``objects`` differ from left to right: "added" are only right. An error says why a side does not render."""

    app: str
    left: str
    right: str
    objects: tuple[ObjectChange, ...] = ()
    left_error: str = ""
    right_error: str = ""

    @property
    def is_same(self) -> bool:
        return bool(self.left and self.right) and not (self.objects or self.left_error or self.right_error)


@dataclass(frozen=True, slots=True)
class Running:
    """The images of an application in an environment, in the order of its objects. ``error`` says why they are not known."""

    app: str
    environment: str
    images: tuple[str, ...] = ()
    error: str = ""
