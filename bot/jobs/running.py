"""Which images run where: those of each application in each environment of one side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.jobs.deployed import of_app, placed, rendered
from bot.model.environments import Running
from bot.model.resource import Failed, Outcome

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.diff.resources import Memory
    from bot.jobs.ports import Ports


def running(view: View, ports: Ports, app: str = "") -> list[Running]:
    """One entry for each application in each environment, by name. ``app``: only that one. Raises UserError for one that
    there is not, and where the units are too many."""
    known = placed(view, ports)
    chosen = of_app(app, known) if app else known
    outcomes = rendered(chosen, view, ports)
    from bot.diff.resources import Memory

    memory = Memory(remember=ports.remember)
    found: dict[tuple[str, str], list[Outcome]] = {}
    for each, outcome in zip(chosen, outcomes, strict=True):
        found.setdefault((each.app, each.unit.environment), []).append(outcome)
    return [_running(*place, found[place], memory) for place in sorted(found)]


def _running(app: str, environment: str, outcomes: list[Outcome], memory: Memory) -> Running:
    images = dict.fromkeys(image for outcome in outcomes for image in _images(outcome, memory))
    errors = [outcome.reason for outcome in outcomes if isinstance(outcome, Failed)]
    return Running(app, environment, tuple(images), errors[0] if errors else "")


def _images(outcome: Outcome, memory: Memory) -> list[str]:
    from bot.kubernetes.images import image_fields
    from bot.redaction import hide

    if isinstance(outcome, Failed):
        return []
    objects = (resource for document in outcome.documents for resource in memory.objects(document))
    return [hide(field.image) for resource in objects for field in image_fields(resource.fields)]
