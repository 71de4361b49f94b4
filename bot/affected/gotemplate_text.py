"""Template functions on text: sprig's, Go's printf, Argo CD's normalize and slugify."""

from __future__ import annotations

import base64
import binascii
import json
import re

from bot.affected.gotemplate_convert import MOST_TEXT, string, text_of, whole
from bot.affected.gotemplate_values import TemplateError, Unsupported, formatted

_VERB = re.compile(r"%([-+0 ]*)([0-9]{0,3})(?:\.([0-9]{1,2}))?([a-zA-Z%])")


def normalize(name: str) -> str:
    """Argo CD's ``normalize`` and ``basenameNormalized``: at most 253 of a-z, 0-9, "-", "." , cut at the ends."""
    return re.sub(r"[^-a-z0-9.]", "-", name.lower())[:253].strip("-.")


def quoted(*values: object) -> str:
    return " ".join(json.dumps(string(v), ensure_ascii=False) for v in values if v is not None)


def repeated(count: object, text: object) -> str:
    if whole(count) * len(text_of(text)) > MOST_TEXT:
        raise Unsupported(f"gives more than {MOST_TEXT} characters")
    return text_of(text) * whole(count)


def cut(length: object, text: object) -> str:
    count, value = whole(length), text_of(text)
    return value[count:] if count < 0 else value[:count]


def part(start: object, end: object, text: object) -> str:
    first, last, value = whole(start), whole(end), text_of(text)
    if first < 0:
        return value[: max(last, 0)]
    return value[first:] if last < 0 or last > len(value) else value[first:last]


def split_map(separator: object, text: object) -> dict[str, object]:
    return {f"_{n}": part for n, part in enumerate(parts(separator, text))}


def parts(separator: object, text: object) -> list[object]:
    return list(text_of(text).split(text_of(separator)) if text_of(separator) else text_of(text))


def indented(width: object, text: object) -> str:
    pad = " " * min(whole(width), 200)
    return pad + text_of(text).replace("\n", "\n" + pad)


def decoded(text: object) -> str:
    try:
        return base64.b64decode(text_of(text), validate=True).decode("utf-8", "replace")
    except binascii.Error as e:
        raise TemplateError("no base64") from e


def printf(template: object, *values: object) -> str:
    rest = list(values)

    def one(match: re.Match[str]) -> str:
        flags, width, precision, verb = match.groups()
        if verb == "%":
            return "%"
        if not rest:
            return f"%!{verb}(MISSING)"
        return _one_verb(verb, flags, width, precision, rest.pop(0))

    text = _VERB.sub(one, text_of(template))
    if rest:
        raise TemplateError("printf has more values than verbs")
    return text


def _one_verb(verb: str, flags: str, width: str, precision: str | None, value: object) -> str:
    if verb == "v":
        text = formatted(value)
    elif verb == "s" and isinstance(value, str):
        text = value if precision is None else value[: int(precision)]
    elif verb == "q" and isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif verb == "d" and isinstance(value, int) and not isinstance(value, bool):
        text = f"{value:{'+' if '+' in flags else ''}d}"
    elif verb == "t" and isinstance(value, bool):
        text = formatted(value)
    elif verb == "f" and isinstance(value, float):
        text = f"{value:.{precision or 6}f}"
    elif verb == "x" and isinstance(value, int | str) and not isinstance(value, bool):
        text = f"{value:x}" if isinstance(value, int) else value.encode().hex()
    else:
        raise Unsupported(f"the verb %{verb} with {formatted(value)[:40]} is not supported here")
    size = int(width or 0)
    if "-" in flags:
        return text.ljust(size)
    return text.zfill(size) if "0" in flags and verb in "df" else text.rjust(size)


def sprint(*values: object) -> str:
    """fmt.Sprint: a space between two values of which neither is text."""
    out = ""
    for number, value in enumerate(values):
        if number and not isinstance(value, str) and not isinstance(values[number - 1], str):
            out += " "
        out += formatted(value)
    return out


def slugify(*arguments: object) -> str:
    """Argo CD's ``slugify [most [at words]] text``: normalize, then nothing but a-z, 0-9, "_" and single "-"."""
    *options, name = arguments
    most = whole(options[0]) if options else 50
    slug = re.sub(r"-+", "-", re.sub(r"[^a-z0-9_-]", "-", normalize(text_of(name)))).strip("-_")
    if len(slug) <= most:
        return slug
    at_words = options[1] is True if len(options) > 1 else True
    end = slug.rfind("-", 0, most + 1) if at_words else -1
    return slug[:end] if end >= 0 else slug[:most]


def title(value: object) -> str:
    """strings.Title: the first letter of every word in upper case, nothing else touched."""
    return re.sub(r"(?<!\w)[^\W\d_]", lambda match: match.group().upper(), text_of(value))


_RISKY = re.compile(r"\)[*+?{]|\(\?[^:]|\\[0-9]|\\[^\w\s]*[pPzAQEC]")
_REPEATS = re.compile(r"(?<!\\)[*+{]")


def compiled(pattern: object, value: object) -> re.Pattern[str]:
    """The pattern, if Go and Python read it alike and it cannot run for long on ``value``."""
    source = text_of(pattern)
    if len(source) > 200 or len(text_of(value)) > 256:
        raise Unsupported("pattern or text is too long")
    if _RISKY.search(source) or len(_REPEATS.findall(source)) > 3:
        raise Unsupported(f"the pattern {source[:60]!r} is not supported here")
    try:
        return re.compile(source, re.ASCII)
    except re.error as e:
        raise TemplateError(f"the pattern {source[:60]!r} is wrong: {e}") from e


def regex_replace(pattern: object, value: object, replacement: object) -> str:
    """regexReplaceAll: ``$1`` and ``${1}`` in the replacement are groups."""
    expression, template = compiled(pattern, value), text_of(replacement)

    def one(match: re.Match[str]) -> str:
        def group(reference: re.Match[str]) -> str:
            name = reference[1] or reference[2]
            if name is None:
                return "$"
            known = int(name) <= expression.groups if name.isdigit() else name in expression.groupindex
            return (match[int(name) if name.isdigit() else name] or "") if known else ""

        return re.sub(r"\$(?:\$|\{(\w+)\}|(\w+))", group, template)

    return expression.sub(one, text_of(value))
