"""Which kinds of custom resources a file has, by its text: a kind that a repository has had is no news in one more unit.

Objects are looked for as they are most often written, in block style with ``apiVersion`` and ``kind`` on neighbouring lines.
What is written otherwise is not found, and told as new.
"""

from __future__ import annotations

import re

from bot.affected.facts import USED

_VERSION = rb"apiVersion:[ \t]+[\"']?([a-z0-9.-]+\.[a-z]+/[a-z0-9]+)[\"']?[ \t\r]*"
_KIND = rb"kind:[ \t]+[\"']?([A-Za-z][A-Za-z0-9]{0,62})[\"']?[ \t\r]*"
_OBJECT = re.compile(rb"^(?:%s\n%s|%s\n%s)$" % (_VERSION, _KIND, _KIND, _VERSION), re.MULTILINE)
# Groups that all clusters have, and kinds of which nobody asks: see ``DELIVERY_KINDS`` of the schema check.
_KNOWN = re.compile(
    r"(?:networking|policy|storage|scheduling|coordination|discovery|events|node|admissionregistration|apiextensions"
    r"|apiregistration|certificates|rbac\.authorization|authentication|authorization|flowcontrol\.apiserver|resource)"
    r"\.k8s\.io/.*|(?:.+\.)?toolkit\.fluxcd\.io/.*|kustomize\.config\.k8s\.io/.*"
    r"|argoproj\.io/\S+ (?:Application|ApplicationSet|AppProject)"
)


def kinds_used(data: bytes) -> set[tuple[str, str]]:
    """(USED, "group/version Kind") of objects in a file."""
    found = {
        f"{(before or after).decode()} {(kind or first).decode()}"
        for before, kind, first, after in _OBJECT.findall(data)
    }
    return {(USED, name) for name in found if not _KNOWN.fullmatch(name)}
