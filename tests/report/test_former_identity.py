"""What an object was before, in the forms for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sample_reports import blocked

from bot.model.result import ObjectChange, ObjectState, Report
from bot.model.unit import ObjectId
from bot.report import html, markdown, text

NOW = ObjectId("networking.k8s.io/v1", "Ingress", "shop", "web")
RENDERS: list[Callable[[Report], str]] = [
    lambda report: text.render(report, width=200, colour=False),
    markdown.render,
    html.render,
]


def report(was: ObjectId) -> Report:
    unit = replace(blocked().units[0], objects=(ObjectChange(NOW, ObjectState.CHANGED, "-a\n+b\n", was=was),))
    return replace(blocked(), units=(unit,), checks=(), unmapped=())


@pytest.mark.parametrize("render", RENDERS, ids=["text", "markdown", "html"])
@pytest.mark.parametrize(
    ("was", "said"),
    [
        (replace(NOW, api_version="extensions/v1beta1"), "extensions/v1beta1"),
        (replace(NOW, name="web-6f8d2c"), "web-6f8d2c"),
        (replace(NOW, namespace=""), "Ingress web"),
    ],
)
def test_what_differs_is_told(render: Callable[[Report], str], was: ObjectId, said: str) -> None:
    shown = render(report(was)).replace("`", "").replace("&#8203;", "")
    assert f"was {said}" in shown
    assert "was web " not in shown.replace(f"was {said}", "")


@pytest.mark.parametrize("render", RENDERS, ids=["text", "markdown", "html"])
def test_the_same_identity_is_not_told(render: Callable[[Report], str]) -> None:
    assert "was web" not in render(report(NOW)).replace("`", "")
