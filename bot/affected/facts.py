"""What one file says, whatever directory it lies in: the part of discovery that depends on a blob alone.

Facts are cached by blob id, so a file is parsed once in the life of a repository: most runs never load ``contents``,
which reads them.
"""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any, NamedTuple

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

RENAMES = ("Renames", "")  # among the names of a kustomization that gives its objects a prefix or suffix
OBJECT = "(object)"  # stands for every kind among the names of a file
ANY = ("", "")  # among the names of a file that holds nobody knows which, or too many
DEFINED = "(defined)"  # before the kind, among the names of a file, that a CRD in it may define; before "": any
CHARTS = "(chart)"  # stands for a kind: before the name of a chart's directory, among the names of the index
USED = "(used)"  # before "group/version Kind", among the names of a file, of an object that is none of Kubernetes' own
OF_PROJECT = "(project)"  # before the name of an AppProject to which an Application of a file belongs; before "": any


class Role(IntEnum):
    """Why a file is looked at; decided by its name."""

    NONE = 0
    KUSTOMIZATION = 1
    CHART = 2
    MANIFEST = 3


NAMING = frozenset((Role.MANIFEST, Role.KUSTOMIZATION))  # files in which objects are looked up by their names


def role_of(path: str) -> Role:
    """The role of a path, by its last segment alone."""
    name = path.rpartition("/")[2]
    if name in KUSTOMIZATION_NAMES:
        return Role.KUSTOMIZATION
    if name == "Chart.yaml":
        return Role.CHART
    return Role.MANIFEST if name.endswith((".yaml", ".yml", ".json")) else Role.NONE


class Facts(NamedTuple):
    """What a file says.

    ``value``: the parsed kustomization or Chart.yaml. ``manifest``: it holds Kubernetes objects.
    ``declared``: its Argo CD and Flux objects, whole; ``declares``: there are any. ``delivers``: it names their API
    groups, whether it parses or not. ``names``: (kind, name) of objects that others look up, under ``OBJECT`` those of all,
    under ``DEFINED``, ``USED`` and ``OF_PROJECT`` what checks ask for; of a kustomization those that it may make or change.
    ``words``: for a kustomization that cannot be parsed, everything in it that may be a path.
    ``unread``: it is over the limit, so that it may say anything; ``names`` then hold ``ANY``.
    ``garbled``: it names those API groups, and cannot be parsed; a renderer may read it all the same.
    ``partial``: what was kept in the index leaves out what may hold secrets; the file has to be read again for it.
    """

    value: Any = None
    manifest: bool = False
    declared: tuple[dict[str, Any], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    delivers: bool = False
    words: tuple[str, ...] = ()
    declares: bool = False
    partial: bool = False
    unread: bool = False
    garbled: bool = False

    def dump(self) -> str:
        """JSON text for the index, without empty fields and without anything that may hold a secret: neither the
        objects of a file nor literals, inline patches and the words of a broken file."""
        from bot.affected.references import references_only

        value, whole = references_only(self.value)
        kept = {
            "value": value, "manifest": self.manifest, "names": self.names, "delivers": self.delivers,
            "declares": self.declares, "unread": self.unread, "garbled": self.garbled,
            "partial": self.partial or not whole or bool(self.words or self.declared),
        }  # fmt: skip
        kept = {name: value for name, value in kept.items() if value}
        return json.dumps(kept, ensure_ascii=True, separators=(",", ":")) if kept else ""

    @staticmethod
    def load(text: str) -> Facts:
        if not text:
            return NOTHING
        raw = json.loads(text)
        raw["names"] = tuple((kind, name) for kind, name in raw.get("names", ()))
        return Facts(**raw)


NOTHING = Facts()
