"""What the cluster refuses of an Application as a whole, beside its sources: fields of a wrong type, or against each other.

By the schema of the CRD (argo-cd, manifests/crds/application-crd.yaml: the fields of ``syncPolicy`` are typed), and by what
the controller says of a destination (util/argo, GetDestinationCluster). What is missing says nothing here: an overlay, a
template or a patch of another tool may fill it in.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.affected.fields import Fields, WrongShape

REFUSED = "The cluster refuses this Application: "  # what such a note begins with


def refusals(spec: Fields) -> Iterator[str]:
    """A sentence for each thing that is wrong with ``spec``."""
    yield from _of_destination(spec)
    for check in (_automated, _retry, _others):
        try:
            check(spec)
        except WrongShape as error:
            yield str(error)


def _of_destination(spec: Fields) -> Iterator[str]:
    destination = spec.child("destination")
    if destination.text("name") and destination.text("server"):
        yield f"{destination.where} has `name` and `server`: only one of them may be there"


def _automated(spec: Fields) -> None:
    automated = spec.child("syncPolicy").child("automated")
    for name in ("prune", "selfHeal", "allowEmpty", "enabled"):
        automated.flag(name)


def _retry(spec: Fields) -> None:
    retry = spec.child("syncPolicy").child("retry")
    _whole(retry, "limit")
    backoff = retry.child("backoff")
    _whole(backoff, "factor")
    backoff.text("duration")
    backoff.text("maxDuration")


def _others(spec: Fields) -> None:
    spec.child("syncPolicy").texts("syncOptions")
    spec.children("ignoreDifferences")
    _whole(spec, "revisionHistoryLimit")


def _whole(fields: Fields, name: str) -> None:
    value = fields.raw(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise fields.wrong(name, value, "a whole number, without quotes")
