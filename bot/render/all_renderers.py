"""The renderers, listed by hand: what kind of part each one takes."""

from __future__ import annotations

from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender, Render
from bot.render import helm, kustomize, plain
from bot.render.base import Material, Raw, Renderer, RenderError
from bot.render.tools import Tools


def _cannot(material: Material, tools: Tools) -> Raw:  # noqa: ARG001 a renderer's signature
    assert isinstance(material.part, CannotRender)
    raise RenderError(material.part.reason)


RENDERERS: dict[type[Render], Renderer] = {
    KustomizeRender: kustomize.render,
    HelmRender: helm.render,
    PlainRender: plain.render,
    CannotRender: _cannot,
}
