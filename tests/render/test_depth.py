"""An object that no reader follows to its end is refused by name, in whatever style a renderer wrote it."""

from __future__ import annotations

import json

import pytest
import yaml

from bot.documents import MAX_DEPTH, dump
from bot.render.base import RenderError
from bot.render.depth import refuse_deep


def nested(depth: int, *, lists: bool) -> dict[str, object]:
    value: object = 1
    for level in range(depth):
        value = [value] if lists and level % 2 else {"a": value}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"labels": {"x": "y"}, "name": "c"}, "data": value}


def styles(value: object) -> list[str]:
    return [dump(value), yaml.safe_dump(value, indent=1), json.dumps(value), json.dumps(value, indent=1)]


@pytest.mark.parametrize("style", range(4))
@pytest.mark.parametrize("lists", [False, True])
def test_what_is_too_deep_is_refused(style: int, lists: bool) -> None:
    with pytest.raises(RenderError, match=r"in the output nests mappings and lists more than 200 levels deep"):
        refuse_deep([dump({"a": 1}), styles(nested(MAX_DEPTH + 20, lists=lists))[style]])


def test_the_object_is_named() -> None:
    with pytest.raises(RenderError, match=r"\AConfigMap c in"):
        refuse_deep([dump(nested(300, lists=False))])


def test_a_list_of_lists_on_one_line_is_refused() -> None:
    with pytest.raises(RenderError):
        refuse_deep([f"kind: A\na:\n  {'- ' * 300}x\n"])


@pytest.mark.parametrize("style", range(4))
def test_what_can_be_read_stays(style: int) -> None:
    refuse_deep([styles(nested(MAX_DEPTH - 20, lists=True))[style]])
    refuse_deep([f"a: |\n{' ' * 500}deep [[[[{'[' * 300}\n", "{ no: yaml"])
