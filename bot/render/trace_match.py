"""Which spots may have set a rendered value, the likeliest first. Nothing here decides: a render does (trace_proof)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.model.unit import ObjectId
from bot.render.trace_sources import Sources, how
from bot.render.trace_spots import Spot, as_text

MERGE_KEYS = frozenset(  # fields by which kustomize and Kubernetes tell the items of lists apart
    ("name", "containerPort", "port", "mountPath", "devicePath", "ip", "topologyKey", "uid", "key", "type")
)
_NAMES = frozenset(("name", "namespace", "secretName", "claimName", "serviceName", "serviceAccountName", "host"))
_OWN_NAME = ("metadata", "name")
_MOST = 200
_SHORTEST_PART = 2
_SCALABLE = frozenset(("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"))


@dataclass(frozen=True, slots=True)
class Question:
    """A scalar of a rendered object. ``part`` of an image: ``digest``, ``tag`` or ``name``; "" for the most exact."""

    object: ObjectId
    path: tuple[str | int, ...]
    part: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A spot that may have set a value: ``cut`` of its text became ``at`` of the value's text. ``encoded``: in base64.
    ``selectors`` refer to the same name and have to change with it."""

    spot: Spot
    cut: tuple[int, int]
    at: tuple[int, int]
    encoded: bool = False
    selectors: tuple[Spot, ...] = ()
    score: int = 0


def candidates(question: Question, value: object, sources: Sources) -> list[Candidate]:
    """The spots that may have set ``value``, the likeliest first."""
    keys = tuple(step for step in question.path if isinstance(step, str))
    found = list(_all(question, keys, as_text(value), sources))
    if keys and keys[-1] in MERGE_KEYS and question.path != _OWN_NAME:
        picked = [
            replace(c, selectors=items) for c in found if not c.selectors and (items := tuple(sources.items(c.spot)))
        ]
        found = picked + found
    unique = {
        (c.spot.file, c.spot.within, c.cut, c.at, c.selectors): c
        for c in found
        if c.cut[1] > c.cut[0] or c.spot.kind == "raw"
    }
    scored = [_scored(c, question, keys) for c in unique.values()]
    return sorted(scored, key=lambda c: (c.score, not c.selectors))[:_MOST]


def _all(question: Question, keys: tuple[str, ...], text: str, sources: Sources) -> Iterator[Candidate]:
    last = keys[-1] if keys else ""
    if last == "image" and text:
        yield from _image(text, question.part, sources)
        return
    if not text:
        return
    yield from _same(text, keys, (0, len(text)), sources)
    if question.object.kind == "Secret" and keys[:1] == ("data",) and (plain := _decoded(text)):
        yield from (_as_encoded(c) for c in _same(plain, keys, (0, len(plain)), sources))
    yield from _substituted(text, sources)
    if last in _NAMES:
        yield from _names(text, question.object.kind, sources)


def _same(text: str, keys: tuple[str, ...], at: tuple[int, int], sources: Sources) -> Iterator[Candidate]:
    """Spots that hold the text, alone or behind ``KEY=``."""
    last = keys[-1] if keys else ""
    for path in sources.holding(text.split("\n", maxsplit=1)[0].strip()):
        for spot in sources.spots(path):
            if spot.role == "generator" and (spot.text == text or spot.path == keys):  # variables may be filled in
                yield Candidate(spot, *_cuts_of_generator(spot, at))
            elif spot.text == text:
                yield Candidate(spot, (0, len(text)), at)
            elif spot.text.endswith(text) and spot.text.startswith(f"{last}="):
                yield Candidate(spot, (len(spot.text) - len(text), len(spot.text)), at)
            elif spot.text in (f'{last}="{text}"', f"{last}='{text}'"):
                yield Candidate(spot, (len(last) + 2, len(spot.text) - 1), at)
        for spot in sources.lines(path, last, text):
            yield Candidate(spot, (0, len(text)), at)


def _substituted(text: str, sources: Sources) -> Iterator[Candidate]:
    """Values of variables that stand once in the text, among other words."""
    for spot in sources.substituted():
        if len(spot.text) >= _SHORTEST_PART and spot.text != text and text.count(spot.text) == 1:
            start = text.find(spot.text)
            yield Candidate(spot, (0, len(spot.text)), (start, start + len(spot.text)))


def _cuts_of_generator(spot: Spot, at: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """A line of an env file changes as a whole, a file gets a word in front of it."""
    whole = "\n" in spot.text or spot.column == 1
    return ((0, 0), (at[0], at[0])) if whole else ((0, len(spot.text)), at)


def _names(text: str, kind: str, sources: Sources) -> Iterator[Candidate]:
    """Spots that hold a name or the middle of it (prefix, suffix and hash come from elsewhere), with what selects by it."""
    for path in sources.naming(text):
        if sources.role(path) in ("resource", "kustomization"):
            for spot in sources.spots(path):
                if spot.kind == "text" and spot.path and spot.path[-1] in _NAMES and len(spot.text) >= _SHORTEST_PART:
                    start = text.find(spot.text)
                    selectors = _selectors(spot, kind, sources) if start >= 0 else ()
                    if start >= 0 and (selectors or spot.text != text):
                        yield Candidate(spot, (0, len(spot.text)), (start, start + len(spot.text)), selectors=selectors)


def _selectors(spot: Spot, kind: str, sources: Sources) -> tuple[Spot, ...]:
    """What selects by the name at ``spot`` and may mean an object of this kind."""
    kinds = ("", kind, spot.owner[0])
    return tuple(
        other
        for other in sources.selectors(spot.text)
        if other != spot
        and other.owner[0] in kinds
        and (other.field != "replicas" or kind in _SCALABLE)
        and (how(other) != "patch" or other.path[-2:] in (("metadata", "name"), ("target", "name")))
    )


def _image(text: str, part: str, sources: Sources) -> Iterator[Candidate]:
    """Digest, tag and name are set apart from each other; the most exact one that the image has is what is asked for."""
    name, tag, digest = split_image(text)
    wanted = part or ("digest" if digest else "tag" if tag else "name")
    piece = {"digest": digest, "tag": tag, "name": name}.get(wanted, "")
    if not piece:
        return
    start = {"digest": len(text) - len(digest), "tag": len(name) + 1, "name": 0}[wanted]
    at = (start, start + len(piece))
    for path in sources.holding(piece):
        for spot in sources.spots(path):
            yield from _image_spot(spot, piece, wanted, at, sources)
        for spot in sources.lines(path, "image", text):
            yield Candidate(spot, at, at)


def _image_spot(spot: Spot, piece: str, wanted: str, at: tuple[int, int], sources: Sources) -> Iterator[Candidate]:
    if (
        piece not in spot.text
        or spot.kind not in ("text", "number")
        or (spot.field, spot.path[-1:]) == ("images", ("name",))
    ):
        return
    selectors = tuple(s for s in sources.selectors(piece) if s.field == "images") if wanted == "name" else ()
    if spot.text == piece:
        yield Candidate(spot, (0, len(piece)), at, selectors=selectors)
    name, tag, digest = split_image(spot.text)
    start = {"digest": len(spot.text) - len(digest), "tag": len(name) + 1, "name": 0}[wanted]
    if spot.text != piece and {"digest": digest, "tag": tag, "name": name}[wanted] == piece:
        yield Candidate(spot, (start, start + len(piece)), at, selectors=selectors)


def split_image(text: str) -> tuple[str, str, str]:
    """Name, tag and digest of an image reference (distribution's grammar: a tag's colon stands after the last slash)."""
    rest, _, digest = text.partition("@")
    slash = rest.rfind("/")
    colon = rest.find(":", slash + 1)
    return (rest, "", digest) if colon < 0 else (rest[:colon], rest[colon + 1 :], digest)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _as_encoded(found: Candidate) -> Candidate:
    return replace(found, encoded=True)


def _scored(found: Candidate, question: Question, keys: tuple[str, ...]) -> Candidate:
    """A lower score is tried earlier: only the number of renders depends on it, not the answer."""
    spot = found.spot
    score = 2 * _distance(spot, keys, question)
    if spot.owner[0] not in ("", question.object.kind) or (spot.owner[1] and spot.owner[1] not in question.object.name):
        score += 3 if question.path == _OWN_NAME else 1  # what names another object is seldom a part of this one's name
    if keys == ("metadata", "namespace") and spot.field == "namespace" and spot.role == "kustomization":
        score = 0  # it overrides what the manifests say
    elif keys and keys[-1] in MERGE_KEYS | _NAMES and spot.role != "resource":
        score += 2
    if found.at[1] - found.at[0] < len(spot.text):
        score += 1
    return replace(found, score=score)


def _distance(spot: Spot, keys: tuple[str, ...], question: Question) -> int:
    """How far the path of a spot is from the path of the value: 0 the same, 1 by a field made for it, 2 the same key."""
    if keys and spot.path[-len(keys) :] == keys:
        return 0
    if spot.role == "kustomization" and spot.field:
        fitting = {
            "images": keys[-1:] == ("image",),
            "replicas": keys[-1:] == ("replicas",),
            "namespace": keys[-1:] == ("namespace",),
            "labels": "labels" in keys or "matchLabels" in keys or "selector" in keys,
            "commonLabels": "labels" in keys or "matchLabels" in keys or "selector" in keys,
            "commonAnnotations": "annotations" in keys,
            "configMapGenerator": question.object.kind == "ConfigMap",
            "secretGenerator": question.object.kind == "Secret",
        }
        return 1 if fitting.get(spot.field, False) else 3
    if spot.role in ("values", "template") or how(spot) == "values":
        return 1 if spot.path[-1:] == keys[-1:] else 2
    return 2 if spot.path[-1:] == keys[-1:] else 3
