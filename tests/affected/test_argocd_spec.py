"""What the cluster refuses of an Application beside its sources."""

from __future__ import annotations

from typing import Any

import pytest

from bot.affected.argocd_spec import refusals
from bot.affected.fields import Fields

GOOD: dict[str, Any] = {"project": "default", "destination": {"server": "https://kubernetes.default.svc"}}


def said(**changed: Any) -> list[str]:
    spec = {key: value for key, value in {**GOOD, **changed}.items() if value is not None}
    return [sentence.removeprefix("spec") for sentence in refusals(Fields(spec, "spec"))]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"project": ""},  # is `default`
        {"project": None, "destination": None},
        {"destination": {"name": "in-cluster", "namespace": "a"}},
        {"destination": {"name": "", "server": "https://a"}},
        {"syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true"], "retry": {"limit": -1}}},
        {"syncPolicy": {"automated": None, "retry": {"backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}}}},
        {"revisionHistoryLimit": 0, "ignoreDifferences": [{"kind": "Deployment"}]},
    ],
)
def test_what_is_taken(changed: dict[str, Any]) -> None:
    assert said(**changed) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"destination": {"name": "a", "server": "b"}}, ".destination has `name` and `server`: only one"),
        ({"syncPolicy": {"automated": {"prune": "true"}}}, ".syncPolicy.automated.prune is text, but must be true or false"),
        ({"syncPolicy": {"automated": True}}, ".syncPolicy.automated is true or false, but must be a mapping"),
        ({"syncPolicy": {"retry": {"limit": "5"}}}, ".syncPolicy.retry.limit is text, but must be a whole number"),
        ({"syncPolicy": {"syncOptions": "A=b"}}, ".syncPolicy.syncOptions is text, but must be a list"),
        ({"syncPolicy": {"retry": {"backoff": {"duration": 5}}}}, ".syncPolicy.retry.backoff.duration is a number"),
        ({"revisionHistoryLimit": True}, ".revisionHistoryLimit is true or false, but must be a whole number"),
    ],
)  # fmt: skip
def test_what_is_refused(changed: dict[str, Any], sentence: str) -> None:
    (found,) = said(**changed)
    assert found.startswith(sentence)
