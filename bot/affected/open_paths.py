"""Flux objects whose paths hold variables that the Kustomization above them fills in (``path: ./apps/web/${ENVIRONMENT}``).

Which directory is meant only the output above tells. What stands in front of the first variable says where it may lie, so
that the output is asked where a change reaches something there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from bot.affected.references import held

_MARK = "${"
_ELSEWHERE = ("HelmRepository", "OCIRepository", "Bucket")


def open_paths(obj: object) -> Iterator[str]:
    """The directories ("" for the root) below which lies what a Kustomization or HelmRelease reads by paths with variables,
    as far as its file tells; "" too where the name of an object that it takes values from holds one. Nothing for other
    objects."""
    if not isinstance(obj, Mapping) or "fluxcd.io" not in str(obj.get("apiVersion")):
        return
    for text in _texts(obj.get("spec")):
        if _MARK in text:
            yield _prefix(text)


def _texts(spec: object) -> Iterator[str]:
    if not isinstance(spec, Mapping):
        return
    post_build, chart = spec.get("postBuild"), _below(spec.get("chart"), "spec")
    path = str(spec.get("path") or "")
    yield path
    yield from (posixpath.join(path, text) for text in held(spec, "components") if isinstance(text, str))
    for source in (*held(post_build, "substituteFrom"), *held(spec, "valuesFrom")):
        if _MARK in str(_below(source, "name")):
            yield _MARK  # any ConfigMap
    if _below(_below(chart, "sourceRef"), "kind") not in _ELSEWHERE:
        yield str(_below(chart, "chart") or "")
        yield from (text for text in held(chart, "valuesFiles") if isinstance(text, str))


def _below(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None


def _prefix(path: str) -> str:
    """The directory in front of the first variable; the whole path where ``..`` takes it out again."""
    segments = posixpath.normpath(path.lstrip("/")).split("/")
    known = next((at for at, segment in enumerate(segments) if _MARK in segment), len(segments))
    return "/".join(segment for segment in segments[:known] if segment not in (".", ".."))
