"""Template functions on lists and dicts: Go's index and slice, sprig's, and the conversions to JSON and YAML."""

from __future__ import annotations

import json

from bot.affected.gotemplate_convert import as_json_values, dict_of, list_of, string, text_of, whole
from bot.affected.gotemplate_values import TemplateError, Texts, formatted, is_true


def index(value: object, *keys: object) -> object:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(text_of(key), "" if isinstance(value, Texts) else None)
        elif isinstance(value, list):
            number = key if isinstance(key, int) and not isinstance(key, bool) else -1
            if not 0 <= number < len(value):
                raise TemplateError(f"index {formatted(key)} is out of range of {len(value)}")
            value = value[number]
        else:
            raise TemplateError(f"cannot index {formatted(value)[:40]}")
    return value


def dig(*arguments: object) -> object:
    *path, default, value = arguments
    for key in path:
        found = dict_of(value)
        if text_of(key) not in found:
            return default
        value = found[text_of(key)]
    return value


def until(count: object) -> list[object]:
    number = whole(count)
    return list(range(min(number, 10_000))) if number >= 0 else list(range(0, max(number, -10_000), -1))


def slice_of(value: object, *positions: object) -> object:
    numbers = [whole(position) for position in positions]
    sequence = value if isinstance(value, str) else list_of(value)
    if any(not 0 <= n <= len(sequence) for n in numbers) or len(numbers) > 2 or numbers != sorted(numbers):
        raise TemplateError("index out of range")
    return sequence[numbers[0] if numbers else 0 : numbers[1] if len(numbers) > 1 else None]


def pairs(*arguments: object) -> dict[str, object]:
    found = {string(key): value for key, value in zip(arguments[::2], arguments[1::2], strict=False)}
    if len(arguments) % 2:
        found[string(arguments[-1])] = ""
    return found


def merge(*dicts: object) -> dict[str, object]:
    """sprig's merge: what is set first stays."""
    result: dict[str, object] = {}
    for source in dicts:
        result = _under(result, dict_of(source))
    return result


def _under(target: dict[str, object], source: dict[str, object]) -> dict[str, object]:
    result = dict(target)
    for key, value in source.items():
        mine = result.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            result[key] = _under(mine, value)
        elif not is_true(mine):
            result[key] = value
    return result


def unique(values: object) -> list[object]:
    found: list[object] = []
    for value in list_of(values):
        if value not in found:
            found.append(value)
    return found


def set_key(target: object, key: object, value: object) -> object:
    dict_of(target)[text_of(key)] = value
    return target


def first(values: object, *, last: bool = False) -> object:
    found = list_of(values)
    return found[-1 if last else 0] if found else None


def coalesced(*values: object) -> object:
    return next((value for value in values if is_true(value)), None)


def json_of(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def from_yaml(text: object) -> object:
    from bot.documents import load_one

    return as_json_values(load_one(text_of(text), name="the argument of fromYaml"))


def to_yaml(value: object) -> str:
    from bot.documents import dump

    return dump(value).removesuffix("\n")
