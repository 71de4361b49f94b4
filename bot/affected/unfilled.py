"""Placeholders that an ApplicationSet leaves in an Application that it makes: nothing fills them in any more.

Without ``goTemplate`` Argo CD leaves a placeholder of no parameter as it is written (applicationset/utils, Render.Replace);
Go's templates write ``<no value>`` unless ``missingkey=error`` is set. Helm values and other free texts may hold braces by
right. The fields here cannot: no Git ref, URL, namespace, server, cluster, project, chart or version has any, and no
directory that somebody deploys is called like that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from bot.affected.fields import Fields

UNFILLED = "Argo CD cannot deploy this Application: "  # what such a note begins with
_LEFT = re.compile(r"\{\{\s*([^{}]{0,200}?)\s*\}\}|<no value>")
_OF_SOURCE = ("repoURL", "targetRevision", "path", "chart")
_OF_DESTINATION = ("server", "name", "namespace")
# What a kustomization gives the Secret of a cluster is not in its file.
_OF_SECRET = ("metadata.labels.", "metadata.annotations.")
_MOST = 3
_MOST_NAMED = 5


def unfilled(application: Mapping[str, object], set_name: str, known: Collection[str]) -> Iterator[str]:
    """A sentence for each field with a placeholder. ``known``: the names of all parameters. Raises WrongShape."""
    spec = Fields(application.get("spec"), "spec")
    told = 0  # of a text only the placeholder: a URL may hold a password
    for field, text in _texts(spec):
        left = _LEFT.search(text)
        if left and told < _MOST and not (left[1] or "").startswith(_OF_SECRET):
            told += 1
            yield f"{UNFILLED}{field} holds {left[0]!r}, and {_why(left, set_name, known)}"


def _why(left: re.Match[str], set_name: str, known: Collection[str]) -> str:
    if left[1] is None:
        return f"{set_name} has no parameter of the name that its template says there"
    from difflib import get_close_matches

    near = get_close_matches(left[1], list(known), n=1, cutoff=0.6)
    names = sorted(known)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    told = f"did you mean {near[0]}?" if near else f"it has {', '.join(names[:_MOST_NAMED]) or 'none'}{more}"
    return f"{set_name} has no parameter of that name ({told})"


def _texts(spec: Fields) -> Iterator[tuple[str, str]]:
    """The fields that name something which has no braces."""
    sources = spec.children("sources") or [spec.child("source")]
    sources.append(spec.child("sourceHydrator").child("drySource"))
    wanted = [(spec, ("project",)), (spec.child("destination"), _OF_DESTINATION)]
    for fields, names in (*wanted, *((source, _OF_SOURCE) for source in sources)):
        for name in names:
            yield f"{fields.where}.{name}", fields.text(name)
