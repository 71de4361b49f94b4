"""Units that share a path can be told apart, and what blocks stands under what blocks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.result import Report, UnitChange, UnitState, Verdict
from bot.model.unit import ObjectId, Renderer
from bot.report import html, markdown, text
from bot.report.concerns import looks
from bot.report.group import named

BROKEN = UnitState.BROKEN
SOURCE = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "web-a")


def unit(path: str, **more: object) -> UnitChange:
    return replace(UnitChange(path, Renderer.ARGOCD, None, "", "", UnitState.CHANGED), **more)  # type: ignore[arg-type]


def report(*units: UnitChange) -> Report:
    return Report("a" * 40, "b" * 40, "a" * 40, Verdict.PASSED, units=units)


@pytest.mark.parametrize(
    ("units", "names"),
    [
        ((unit("web"), unit("api")), ["web", "api"]),
        ((unit("web", app="a"), unit("web", app="b"), unit("api")), ["web (a)", "web (b)", "api"]),
        ((unit(""),), ["."]),
        (
            tuple(unit("chart", app="x", environment=name, source=SOURCE) for name in ("dev", "prod")),
            ["chart (dev)", "chart (prod)"],
        ),
        (
            (unit("web", app="x", source=SOURCE), unit("web", app="x", source=replace(SOURCE, name="web-b"))),
            ["web (Application argocd/web-a)", "web (Application argocd/web-b)"],
        ),
        ((unit("", source=SOURCE), unit("", renderer=Renderer.PLAIN)), [". (Application argocd/web-a)", ". (plain)"]),
        (
            tuple(
                unit("web", app="x", source=SOURCE, key=f"clusters/{c}>Application/argocd/web-a") for c in ("a", "b")
            ),
            [f"web (Application argocd/web-a in clusters/{c})" for c in ("a", "b")],
        ),
        ((unit("apps", source=SOURCE, file="apps/a.yaml"),), ["apps"]),
        ((unit("c", key="c@prod", environment="prod"), unit("d", key="d@", environment="dev")), ["c (prod)", "d"]),
        ((unit("apps", source=SOURCE, file="apps/a.yaml", state=BROKEN),), ["apps (Application argocd/web-a)"]),
        ((unit("apps/web-a", source=SOURCE, file="apps/web-a/a.yaml", state=BROKEN),), ["apps/web-a"]),
        ((unit("charts/web", source=SOURCE, file="apps/a.yaml", state=BROKEN),), ["charts/web"]),
        (
            (
                unit(
                    "clusters/a",
                    source=SOURCE,
                    file="apps/a.yaml",
                    state=BROKEN,
                    key="clusters/a>Application/argocd/web-a",
                ),
            ),
            ["clusters/a (Application argocd/web-a)"],
        ),
    ],
)
def test_titles(units: tuple[UnitChange, ...], names: list[str]) -> None:
    assert [u.name for u in named(report(*units)).units] == names


def test_every_format_shows_the_titles() -> None:
    said = report(unit("web", app="one", notes=("First.",)), unit("web", app="two", notes=("Second.",)))
    for shown in (text.render(said, width=120, colour=False), markdown.render(said), html.render(said)):
        assert "web (one)" in shown
        assert "web (two)" in shown


def test_a_new_unit_that_does_not_render_is_what_blocks() -> None:
    new = unit("apps/new", state=UnitState.UNRENDERABLE, new=True, error="no such file")
    shown = markdown.render(replace(report(new), verdict=Verdict.FAILED))
    assert shown.index("Stops the merge") < shown.index("is new and does not render")
    assert "Worth a look" not in shown


def test_what_lies_elsewhere_does_not_block() -> None:
    new = unit("apps/new", state=UnitState.UNRENDERABLE, new=True, elsewhere=True, error="its chart is in a registry")
    shown = markdown.render(report(new))
    assert "Stops the merge" not in shown
    assert shown.index("Worth a look") < shown.index("its chart is in a registry")


def test_a_set_that_goes_is_not_its_directory() -> None:
    source = ObjectId("argoproj.io/v1alpha1", "ApplicationSet", "argocd", "storage")
    gone = unit("envs", app="storage", source=source, state=UnitState.REMOVED)
    (concern,) = looks(named(report(gone, unit("envs/prod"))))
    assert concern.units == ("envs (storage)",)
    assert concern.message.startswith(
        "ApplicationSet argocd/storage is gone, and the Applications that it made go with it"
    )
    (still,) = named(report(replace(gone, state=UnitState.UNRENDERABLE))).units
    assert still.name == "envs"
