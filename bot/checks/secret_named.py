"""Passwords by the names they stand under, in files that hold little else than values: those for charts, ``.env`` and
``.properties``. What renders such a file may lie elsewhere (a chart of a registry), so that no object tells of them.

One rule with objects: what would be masked in the values of a release is found here. Templates, references, encrypted
values, examples and files that are made to be read (documentation, tests, ``.env.example``) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

from bot.checks.secret_places import by_name
from bot.documents import find_lines, load_all
from bot.errors import GatehouseError
from bot.model.evidence import Evidence, Side
from bot.redaction import MARKER, RANDOM, mask, named, named_texts
from bot.redaction.placeholders import refers
from bot.redaction.random_values import LONGEST_LINE, is_harmless, random_values_in

_MOST_BYTES = 1024 * 1024
_MOST = 50  # of one file
_LONGEST_NAME = 200
_LONGEST = 1000  # values that may be examples
_KEY = b"compared within one run, and kept nowhere"
_YAML = (".yaml", ".yml")
# With what helm-secrets calls its own (``secrets.yaml``, ``secrets.prod.yaml``), which may have been left decrypted.
_VALUES = re.compile(r"(?i)(?:values.*|.*values|.*\.values|secrets(?:[._-].*)?)\.ya?ml\Z")
_VARIABLES = re.compile(r"(?i)(?:\.env(?:\.[\w.-]+)?|[\w.-]*\.env|[\w.-]+\.properties)\Z")
# Files that show how one is written, and translations of what a form says.
_SHOWN = re.compile(r"(?i)(?:\A|[._-])(?:examples?|samples?|templates?|dist|tmpl|messages|i18n)(?:[._-]|\Z)")
_SHOWING = frozenset(
    ("example", "examples", "sample", "samples", "doc", "docs", "documentation", "tests", "testdata", "fixtures", "e2e",
     "testing", "i18n", "locale", "locales", "templates")
)  # fmt: skip
_TEST = "test"  # of charts and code; else an environment
_ENVIRONMENTS = re.compile(
    r"(?i)(?:env(?:ironment)?s?|overlays?|clusters?|stages?|values|regions?|tenants?|apps?|config)\Z"
)
_ENCRYPTED = ("-----BEGIN AGE ENCRYPTED FILE-----", "age-encryption.org/v1", "$ANSIBLE_VAULT;")
_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]{0,199})[ \t]*[=:][ \t]*(?P<value>.*)\Z")
# Keys of an existing Secret and names of variables, where a chart asks under which it finds a password.
_ASKS = re.compile(r"(?i)(?:.*[._-])?(?:[a-z]*keys?|[a-z]*ref|[a-z]*mappings?)\Z")
_VARIABLE_NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)+\Z")
# One key with one value, or with none on this line.
_ENTRY = re.compile(r"[ \t]*(?:-[ \t]+)*(?P<name>[\w.-]+)[ \t]*:(?:[ \t]+(?P<value>[^{\[|>&*!#\s].*))?[ \t]*\Z")
_BLOCK = re.compile(r"[|>][0-9+-]{0,2}\s*(?:#.*)?\Z")  # a text of several lines begins on the next one
_COMMENT = re.compile(r"[ \t]+#.*\Z")
_QUOTED = re.compile(r"(?P<quote>[\"'])(?P<inner>.*?)(?P=quote)[ \t]*(?:#.*)?\Z")


class NamedValue(NamedTuple):
    """A value under the name of a secret: ``line`` (1-based), ``label`` is its name, ``key`` says where it is, ``random``
    whether it looks made by chance. ``value`` must go no further than to whoever compares or hides it."""

    line: int
    label: str
    key: str
    value: str
    random: bool


class Reader:
    """Finds the values in the files of a change, and in files of another kind nothing."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._declared = frozenset[str]().union(*(unit.values for unit in evidence.units))
        self._environments = frozenset(evidence.environments)

    def reads(self, path: str) -> bool:
        """Whether the file at the path is one that is looked at."""
        name = path.rpartition("/")[2]
        is_values = (path in self._declared or _VALUES.match(name) is not None) and name.endswith(_YAML)
        if not (is_values or _VARIABLES.match(name)):
            return False
        return not (_is_shown(path, self._environments) or _is_of_chart_test(path, self._evidence))

    def of(self, path: str, text: str) -> list[NamedValue]:
        """The values in the text of such a file."""
        if len(text) > _MOST_BYTES or not named.may_hold(text) or text.lstrip().startswith(_ENCRYPTED):
            return []
        return list(_in_yaml(path, text) if path.endswith(_YAML) else _in_variables(text))[:_MOST]


def may_tell(lines: Sequence[str], changed: Container[str]) -> bool:
    """Whether a value under the name of a secret may stand on one of the lines that changed (without what is around them):
    to read a values file takes longer than all else that is asked of it."""
    around = ["", *lines, ""]
    return any(
        line.strip() in changed and _may_tell(before, line, after)
        for before, line, after in zip(around, lines, around[2:], strict=False)
    )


def _may_tell(before: str, line: str, after: str) -> bool:
    one, other = _ENTRY.match(line), _ENTRY.match(before)
    if one is None:  # several on a line, or a text of several lines that began before
        goes_on = other is None or not other["value"]
        return named.may_hold(line) or (goes_on and named.may_hold(before))
    if len(line) > LONGEST_LINE or "\\" in line or len(line.splitlines()) > 1:  # YAML ends lines otherwise, too
        return named.may_hold(line)
    name, value = one["name"], one["value"]
    if name == "value":
        if other is None or other["name"] != "name":
            return True  # its name stands elsewhere
        name = _unquoted(other["value"] or "")
    elif name == "name" and (below := _ENTRY.match(after)) and below["name"] == "value":
        name, value = _unquoted(value or ""), below["value"]
    said = _unquoted(value or "")
    if said[:1] in ("{", "["):  # a text that is JSON
        return named.may_hold(said)
    is_one = bool(said) and (named.is_secret(name, said) or any(random_values_in(f"{name}: {said}")))
    return is_one or named_texts.replace(said, lambda _: "") != said


def _is_shown(path: str, environments: frozenset[str]) -> bool:
    """Whether a file is there to be read by people or by tests."""
    *folders, name = path.split("/")
    if _SHOWN.search(name) or not _SHOWING.isdisjoint(map(str.lower, folders)):
        return True
    return any(
        folder.lower() == _TEST and _TEST not in environments and not (at and _ENVIRONMENTS.match(folders[at - 1]))
        for at, folder in enumerate(folders)
    )


def _is_of_chart_test(path: str, evidence: Evidence) -> bool:
    """Whether chart-testing installs a chart with it: ``ci/`` beside ``Chart.yaml`` (its documentation, "ct install")."""
    folder = path.rpartition("/")[0]
    if folder.rpartition("/")[2] != "ci":
        return False
    chart = f"{folder[: -len('ci')]}Chart.yaml"
    return any(evidence.files(side).entry(chart) is not None for side in Side)


def _in_yaml(path: str, text: str) -> list[NamedValue]:
    try:
        return list(_in_documents(path, text))
    except GatehouseError:  # a template, or broken: whoever renders it says so, but its lines are in the repository
        return list(_in_variables(text))


def _in_documents(path: str, text: str) -> Iterator[NamedValue]:
    data, rows = text.encode("utf-8", "replace"), text.split("\n")
    for number, document in enumerate(load_all(data, name=path)):
        value = document.value
        if isinstance(value, dict) and not ("kind" in value and "apiVersion" in value):
            plain = {key: item for key, item in value.items() if key != "sops"}
            found = [(at, each) for at, each in _secret(plain) if not _is_none(each.value)]
            lines = find_lines(data, name=path, number=number, places=[at for at, _ in found])
            for (_, each), line in zip(found, lines, strict=True):
                is_below = 0 < line <= len(rows) and _BLOCK.search(rows[line - 1][-_LONGEST_NAME:])
                yield each._replace(line=line + max(1, each.line) if is_below else line)


def _secret(values: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], NamedValue]]:
    """What would be masked in the values of a release, with its place; the line is that within a text of several."""
    masked = mask({"values": values}, key=_KEY)
    for place in by_name(masked):
        key, number = place.key.removeprefix("values."), 0
        text = str(_held({"values": values}, place.at))
        if "\n" in _held(masked, place.at):  # and the place says which line of it
            key, _, row = key.rpartition(": ")
            number, rows = int(row), text.split("\n")
            after = _held(masked, place.at).split("\n")
            text = (
                _of_line(rows[number - 1], after[number - 1]) if number <= len(rows) else text
            )  # a manifest in it is new
        elif (given := named.flag(text)) and given[1]:
            text = given[1]
        random = RANDOM.search(place.value) is not None
        if _asks(place.at[1:], text):
            continue
        yield place.at[1:], NamedValue(number, key.rpartition(".")[2], key, text.strip(), random)


def _held(value: Any, at: tuple[str | int, ...]) -> Any:
    for step in at:
        value = value[step]
    return value


def _asks(at: tuple[str | int, ...], value: str) -> bool:
    """Whether the value is a name under which a password is found elsewhere."""
    if _VARIABLE_NAME.match(value):
        return True
    return named.is_reference(value) and any(
        isinstance(step, str) and len(step) <= _LONGEST_NAME and _ASKS.match(step) for step in at[:-1]
    )


def _of_line(line: str, masked: str) -> str:
    """The value on a line within a text, where a mask stands for it; the line, where nobody can tell."""
    parts = MARKER.split(masked)
    if len(line) > LONGEST_LINE or len(parts) < 2:
        return line
    if exact := re.fullmatch("(.+?)".join(map(re.escape, parts)), line):
        return exact[1]
    found = _LINE.match(line.lstrip(" -"))
    return _unquoted(found["value"]) if found else line


def _in_variables(text: str) -> Iterator[NamedValue]:
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        match = _LINE.match(line) if len(line) <= LONGEST_LINE and named.may_hold(line) else None
        if match is None or match["name"].startswith("sops_"):
            continue
        value = _unquoted(match["value"])
        for _, each in _secret({match["name"]: value}):
            if not _is_none(value) and not re.search(r"\s", value):
                yield each._replace(line=number, key=match["name"], label=match["name"], value=value)


def _unquoted(value: str) -> str:
    value = value.strip()
    quoted = _QUOTED.match(value)
    return quoted["inner"] if quoted else _COMMENT.sub("", value)


def _is_none(value: str) -> bool:
    """Whether nobody needs to keep it: nothing, a placeholder, an example, a template."""
    return (len(value) <= _LONGEST and is_harmless(value)) or refers(value)
