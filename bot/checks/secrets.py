"""Secrets: values in plain text, credentials in files, and which Secret is read where and by whom.

No statement holds a value or anything made from one: neither its words nor its mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.checks import secret_files, secret_readers
from bot.checks.delta import unsuffixed
from bot.checks.secret_places import Place, by_name, by_shape, in_secret
from bot.checks.secret_sources import EncryptedGenerators, Written
from bot.checks.words import listed
from bot.model.evidence import Evidence, Said, Side, Statement, UnitEvidence, objects
from bot.model.resource import Resource
from bot.model.result import Severity
from bot.model.unit import ObjectId
from bot.redaction import MARKER, MASKED, RANDOM, hide, secret_keys, signs_in
from bot.redaction.secret_objects import is_secret_kind

NAME = "secrets"
_FIELD_OF_SECRET = re.compile(r"\A(?:data|stringData)\.")
_CONTAINER = re.compile(r"(\.(?:initContainers|containers|ephemeralContainers)\[)[^\]]*")
_OUTSIDE = "keep the value outside of Git: an ExternalSecret, a SealedSecret, SOPS or a CSI SecretProviderClass"


class _Rule(NamedTuple):
    id: str
    severity: Severity
    message: str
    fix: str


_PLAIN = _Rule(
    "secrets/plain-value", Severity.ERROR,
    "It holds {what} in plain text (base64 is no encryption): whoever can read the repository has it, and its "
    "history keeps it.",
    f"Change the value where it is used, and {_OUTSIDE}.",
)  # fmt: skip
_SHAPE = _Rule(
    "secrets/credential-in-object", Severity.ERROR,
    "{what} {hold} what looks like a credential, in a kind that many may read: neither Git nor the cluster protects it.",
    f"Revoke it; read its successor from a Secret, and {_OUTSIDE}.",
)  # fmt: skip
_NAMED = _Rule(
    "secrets/password-in-object", Severity.WARNING,
    "Plain text under the name of a secret: {what}. All who may read the repository or the object can read it.",
    f"Read it from a Secret (`valueFrom.secretKeyRef`), and {_OUTSIDE}.",
)  # fmt: skip


class Secrets:
    """See the module. Needs no settings. ``files`` are the files that it looked through, once it ran."""

    name = NAME
    files: secret_files.ChangedFiles | None = None
    # Of the masks that a statement about an object is about.
    signs: Mapping[Statement, frozenset[str]] = MappingProxyType({})

    def run(self, evidence: Evidence) -> Said:
        found = _Collected([], [], [], {})
        self.signs = found.signs
        encrypted = {side: EncryptedGenerators(evidence.files(side)) for side in Side}
        for unit in evidence.units:
            _of_unit(unit, encrypted, found)
        self.files = secret_files.ChangedFiles(evidence)
        _in_files(evidence, self.files, found)
        change = (*found.change, *secret_readers.statements(evidence))
        return Said(base=tuple(found.base), head=tuple(found.head), change=change)


class _Collected(NamedTuple):
    base: list[Statement]
    head: list[Statement]
    change: list[Statement]
    signs: dict[Statement, frozenset[str]]


def _of_unit(unit: UnitEvidence, encrypted: dict[Side, EncryptedGenerators], found: _Collected) -> None:
    base, head = _objects(unit, Side.BASE), _objects(unit, Side.HEAD)
    for key in dict.fromkeys((*base, *head)):
        old, new = base.get(key), head.get(key)
        if not key[0] and is_secret_kind(key[1]):
            plain = (_plain(unit, old, encrypted[Side.BASE]), _plain(unit, new, encrypted[Side.HEAD]))
            _compare(_PLAIN, unit, (old, plain[0]), (new, plain[1]), found)
        for rule, places in ((_SHAPE, by_shape), (_NAMED, by_name)):
            before = _masked(old, places)
            same = old and new and old.document.digest == new.document.digest
            after = before if same else _masked(new, places)
            _compare(rule, unit, (old, before), (new, after), found)


def _masked(resource: Resource | None, places: Callable[[dict[str, Any]], list[Place]]) -> list[Place]:
    """The masks of an object: few objects have any, and their text says so at once."""
    return places(resource.fields) if resource and MARKER.search(resource.document.text) else []


def _plain(unit: UnitEvidence, secret: Resource | None, encrypted: EncryptedGenerators) -> list[Place]:
    places = in_secret(secret.fields) if secret else []
    return [] if places and secret and encrypted.makes(unit.path, secret.id.name) else places


def _objects(unit: UnitEvidence, side: Side) -> dict[tuple[str, ...], Resource]:
    there = unit.side(side)
    return {(r.id.group, r.id.kind, r.id.namespace, unsuffixed(r.id.name)): r for r in (there.objects if there else ())}


_Known = tuple[Resource | None, list[Place]]


def _compare(rule: _Rule, unit: UnitEvidence, base: _Known, head: _Known, found: _Collected) -> None:
    """A place that is new, or holds another value, is the change's own; the rest was there before."""
    before = {place.key: place.value for place in base[1]}
    before |= _renamed(base[1], head[1])
    fresh = [place for place in head[1] if before.get(place.key) != place.value]
    known = [place for place in head[1] if before.get(place.key) == place.value]

    def said(of: Resource, places: list[Place], mark: str) -> Statement:
        statement = _statement(rule, unit, of.id, places, mark)
        signs = signs_in(" ".join(place.value for place in places))
        found.signs[statement] = found.signs.get(statement, frozenset()) | signs
        return statement

    if fresh and head[0]:
        found.change.append(said(head[0], fresh, "new"))
    if known and head[0] and base[0]:
        found.head.append(said(head[0], known, "known"))
        found.base.append(said(base[0], known, "known"))
    elif before and not fresh and base[0]:
        found.base.append(said(base[0], base[1], "known"))


def _renamed(base: list[Place], head: list[Place]) -> dict[str, str]:
    """What stands under another name, by the key of head: the same value in a container that is called otherwise, or on
    another line of the same text, one to one."""
    old, new = ({place.key: place for place in places} for places in (base, head))
    left = Counter(_anywhere(place) for key, place in old.items() if key not in new or new[key].value != place.value)
    found = {}
    for key in sorted(new) if left else ():
        if key in old and old[key].value == new[key].value:
            continue
        same = _anywhere(new[key])
        if left[same] > 0:
            left[same] -= 1
            found[key] = new[key].value
    return found


def _anywhere(place: Place) -> tuple[str, str]:
    """The value, and the field that it is in whatever its container is called and on whatever line it stands; of a Secret
    whether it is encoded or not, as masks are those of what is meant."""
    key = place.key.removesuffix(f": {place.row}")
    return _FIELD_OF_SECRET.sub("", _CONTAINER.sub(r"\1", key)), place.value


def _statement(rule: _Rule, unit: UnitEvidence, found: ObjectId, places: list[Place], mark: str) -> Statement:
    labels = dict.fromkeys(hide(place.label) for place in places)
    words = rule.message.format(what=listed(labels), hold="holds" if len(labels) == 1 else "hold")
    is_random = rule is _NAMED and any(RANDOM.search(place.value) for place in places)
    return Statement(
        rule.id, Severity.ERROR if is_random else rule.severity, words, rule.fix,
        unit=unit.key, object=found, at=places[0].at, mark=mark, row=places[0].row,
    )  # fmt: skip


def _in_files(evidence: Evidence, files: secret_files.ChangedFiles, found: _Collected) -> None:
    base, head = ([w for text in texts for w in files.written(text)] for texts in (files.base, files.head))
    told = secret_files.Told({text for written in (*base, *head) for text in written.texts})
    said = secret_files.statements(files, told)
    found.base.extend(said[0])
    found.head.extend(said[1])
    rendered = {unsuffixed(r.id.name) for side in Side for _, r in objects(evidence, side) if is_secret_kind(r.id.kind)}
    before = {(w.name, key, value) for w in base for key, value in w.values.items()}
    for one in head:
        if any(one.name and one.name in name for name in rendered):
            continue  # told of the object
        fresh = [key for key, value in one.values.items() if (one.name, key, value) not in before]
        known = [key for key in one.values if key not in fresh]
        found.change.extend([_in_file(one, fresh)] if fresh else [])
        found.head.extend([_in_file(one, known)] if known else [])
        found.base.extend([_in_file(one, known)] if known else [])


def _in_file(one: Written, keys: list[str]) -> Statement:
    """About a Secret that no affected unit renders: nobody else speaks of it."""
    hidden = secret_keys.hidden_of_secret(one.values)
    what = listed(dict.fromkeys(MASKED if key in hidden else key for key in keys))
    return Statement(
        _PLAIN.id, _PLAIN.severity, _PLAIN.message.format(what=what), _PLAIN.fix,
        file=one.file, line=one.line, mark=f"{one.file}: {one.name}",
    )  # fmt: skip
