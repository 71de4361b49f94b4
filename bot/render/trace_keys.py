"""Where a chart writes a field: in a template, while the field's value may come from a values file. For what is said of the
field and not of its value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.model.unit import HelmRender, ObjectId
from bot.render.trace_sources import Sources

if TYPE_CHECKING:
    from bot.render.trace import Tracer

Place = tuple[str, int]  # file and line


def field_place(tracer: Tracer, thing: ObjectId, path: tuple[str | int, ...]) -> Place | None:
    """The line of a chart's template that writes the field at a path of an object; None for what is no chart, or unknown."""
    from bot.render.trace import ITSELF

    steps = [step for step in path if step != ITSELF]
    if not isinstance(tracer.material.part, HelmRender) or thing not in tracer.identities:
        return None
    return template_line(tracer.sources, thing.kind, steps[-1]) if steps and isinstance(steps[-1], str) else None


def template_line(sources: Sources, kind: str, key: str) -> Place | None:
    """The one line of a chart's templates that writes the field, of several the one in a template of the kind; None where
    there is none, and where values hold such a field as well, which may come out through ``toYaml``."""
    paths = list(sources.holding(key))
    if any(sources.role(path) == "values" and _lines(sources.text(path) or "", key) for path in paths):
        return None
    found = [
        (path, line)
        for path in paths
        if sources.role(path) == "template"
        for line in _lines(sources.text(path) or "", key)
    ]
    if len(found) > 1:
        of_kind = re.compile(rf"^kind:[ \t]*[\"']?{re.escape(kind)}[\"']?[ \t]*\r?$", re.MULTILINE)
        found = [(path, line) for path, line in found if of_kind.search(sources.text(path) or "")]
    return found[0] if len(found) == 1 else None


def _lines(text: str, key: str) -> list[int]:
    written = re.compile(
        rf"(?:^|[{{,])[ \t]*(?:- +)*(?P<key>[\"']?{re.escape(key)}[\"']?[ \t]*:)(?=\s|$)", re.MULTILINE
    )
    return [text.count("\n", 0, match.start("key")) + 1 for match in written.finditer(text)]
