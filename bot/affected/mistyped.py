"""Objects of Argo CD's and Flux' groups under a kind or version that does not exist: the cluster refuses them, so nothing is
declared that they were to declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# https://fluxcd.io/flux/components/: the kinds of a group, how its versions begin, and the newest. Of source.toolkit nothing
# is rendered; what refers to a source of this name does not find it.
_FLUX = {
    "kustomize.toolkit.fluxcd.io": (("Kustomization",), "v1", "v1"),
    "helm.toolkit.fluxcd.io": (("HelmRelease",), "v2", "v2"),
    "source.toolkit.fluxcd.io": (
        ("GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "Bucket", "ExternalArtifact"), "v1", "v1",
    ),
}  # fmt: skip
_ARGO = "argoproj.io"  # many projects have kinds in this group, so only what is near to these is taken for one of them
_ARGO_KINDS = ("Application", "ApplicationSet")
_NEAR = 0.88  # two wrong letters of eleven
_KIND = re.compile(r"[A-Za-z]{1,63}\Z")
_WORD = re.compile(r"[A-Za-z0-9]{0,63}\Z")  # what is no such word is a placeholder
# https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
_VERSION = re.compile(r"v[1-9][0-9]*(?:(?:alpha|beta)[1-9][0-9]*)?\Z")


class Mistake(NamedTuple):
    """``kind`` is what was meant, ``wrong`` the text that is not right; ``reason`` says what does not exist, and what to
    write."""

    kind: str
    wrong: str
    reason: str


@lru_cache(maxsize=256)
def mistake(api_version: str, kind: str) -> Mistake | None:
    """What is mistyped in the kind or version of an object that was to be an Application, an ApplicationSet, a
    Kustomization, a HelmRelease or a source of Flux; None where nothing is."""
    group = api_version.partition("/")[0]
    if group != _ARGO and group not in _FLUX:
        return None
    known, major, newest = (_ARGO_KINDS, "", "v1alpha1") if group == _ARGO else _FLUX[group]
    if kind in known:
        return _of_version(api_version, kind, major, newest)
    if kind.removesuffix("List") in known or not _KIND.match(kind):
        return None
    for other, (kinds, _, right) in _FLUX.items():
        if kind in kinds:
            return Mistake(kind, api_version, f"{group} has no kind {kind}: write apiVersion {other}/{right}")
    meant = _nearest(kind, known, _NEAR if group == _ARGO else 0.0)
    return Mistake(meant, kind, f"{group} has no kind {kind}: write {meant}") if meant else None


def _of_version(api_version: str, kind: str, major: str, newest: str) -> Mistake | None:
    group, _, version = api_version.partition("/")
    if not _WORD.match(version):
        return None
    if _VERSION.match(version) and re.match(rf"{major}(?![0-9])", version):
        return None
    what = f"{group} has no version {version}" if version else f"apiVersion {group} names no version"
    return Mistake(kind, api_version, f"{what}: write {group}/{newest}")


def _nearest(kind: str, known: tuple[str, ...], cutoff: float) -> str:
    from difflib import get_close_matches

    folded = {name.lower(): name for name in known}
    found = get_close_matches(kind.lower(), list(folded), n=1, cutoff=cutoff)
    return folded[found[0]] if found else ""


def line_of(data: bytes, wrong: str) -> int:
    """The 1-based line where a kind or an apiVersion is first written so, 1 where the text does not show it."""
    return next(lines_of(data, wrong), 1)


def lines_of(data: bytes, wrong: str) -> Iterator[int]:
    """The 1-based lines where a kind or an apiVersion is written so."""
    written = rb"""(?:kind|apiVersion)["']?[ \t]*:[ \t]*["']?%s(?![A-Za-z0-9./])""" % re.escape(wrong.encode())
    return (data.count(b"\n", 0, found.start()) + 1 for found in re.finditer(written, data))
