"""Texts with values for a chart: whether Helm and Flux could read them (``chartutil.ReadValues``: nothing, or a mapping)."""

from __future__ import annotations

import re

from bot.errors import UserError

NO_MAPPING = "is no mapping; write values as `name: value`."
_VARIABLE = re.compile(r"\$\{[^{}\n]*\}")
_LARGEST = 1024 * 1024  # what a ConfigMap holds at most


def fault_of_text(text: bytes, name: str) -> str:
    """What is wrong with a text of values that is called ``name``, as a sentence; "" where it can be read."""
    from bot.documents import load_all

    try:
        documents = load_all(text, name=name)
    except UserError as error:
        return str(error)
    value = documents[0].value if documents else None
    return "" if isinstance(value, dict | None) else f"{name} {NO_MAPPING}"


def is_unreadable(text: str) -> bool:
    """Whether a text of values can surely not be read, whatever its variables are filled in with."""
    if len(text) > _LARGEST:
        return False
    filled = {text, *(_VARIABLE.sub(value, text) for value in ("", "x"))} if "${" in text else {text}
    return all(fault_of_text(each.encode("utf-8", "surrogateescape"), "values") for each in filled)
