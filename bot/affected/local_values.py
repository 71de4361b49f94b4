"""Value files of this repository for a chart that lies elsewhere: whether Helm could read them."""

from __future__ import annotations

from bot.affected.values_text import NO_MAPPING, fault_of_text
from bot.affected.view import View
from bot.errors import UserError
from bot.model.unit import CannotRender


def fault_of_values(view: View, part: CannotRender) -> str:
    """What is wrong with the first value file in which something is, as a sentence; "" where nothing is."""
    return next((fault for file in part.values if (fault := fault_of_file(view, file))), "")


def fault_of_file(view: View, file: str) -> str:
    """What is wrong with a value file, as a sentence; "" where Helm could read it."""
    real, _ = view.resolve(file)
    entry = view.entry(real) if real is not None else None
    if entry is None:
        return f"The values file {file} does not exist; add it or take it out of the list."
    try:
        fault = fault_of_text(view.read(entry), entry.path)
    except UserError as error:
        return str(error)
    return f"The values file {fault}" if fault.endswith(NO_MAPPING) else fault
