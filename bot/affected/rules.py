"""What reading a repository needs besides the repository: the configuration, and the rules of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.affected.naming import Namer
from bot.config.globs import Globs
from bot.config.schema import LoadRestrictor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.schema import Config, UnitRule
    from bot.model.unit import KustomizeRender, Renderer

ENTRY = "config:"  # what keys of units that entries of .gatehouse.yaml name begin with
_FLUX, _ARGOCD = "flux", "argocd"  # as in Renderer: units are not loaded where a change reaches none
_DECLARED = (_FLUX, _ARGOCD)


class Reader(NamedTuple):
    """The configuration, and what is made of it once. ``units`` are its entries under that key, by path."""

    config: Config
    namer: Namer
    plain: Globs
    ignore: Globs
    units: Mapping[str, tuple[UnitRule, ...]]

    def kube_version(self, environment: str) -> str:
        """The Kubernetes version that charts of an environment are told; "" for Helm's own."""
        return self.config.kubernetes.get(environment.lower(), self.config.render.kube_version or "")

    def holds_back(self, path: str) -> bool:
        """Whether what the files at a path are by themselves is no unit: the path is ignored, or ``units`` says what there
        is, or that there is none."""
        return any(map(_is_own_or_none, self.units.get(path, ()))) or self.ignore.match(path)

    def key(self, rule: UnitRule) -> str:
        """The key of an entry that is a unit: others may render the same path in the same environment."""
        own = filter(is_own, self.units[rule.path])
        same = [other for other in own if other.environment == rule.environment]
        number = f"#{same.index(rule) + 1}" if same.index(rule) else ""
        return f"{ENTRY}{rule.path or '.'}{f'@{rule.environment}' if rule.environment else ''}{number}"

    def part(self, path: str) -> UnitRule | None:
        """What is said about a path that is only a part of others (``root: false``)."""
        return next((rule for rule in self.units.get(path, ()) if rule.root is False), None)

    def build(self, directory: str, rule: UnitRule | None) -> KustomizeRender:
        """The build of a kustomization as the configuration wants it."""
        from bot.model.unit import KustomizeRender

        restrict, helm = (rule.restrict, rule.enable_helm) if rule else (None, None)
        render = self.config.render
        return KustomizeRender(
            directory,
            restrict=render.load_restrictor is LoadRestrictor.ROOT_ONLY if restrict is None else restrict,
            enable_helm=bool(render.enable_helm if helm is None else helm),
        )

    def told_environment(self, rule: UnitRule | None) -> str | None:
        """The environment that an entry gives its unit; None where it leaves that to the rules of names."""
        return self.namer.environment(rule.environment) if rule and rule.environment is not None else None

    def about(self, path: str, renderer: Renderer, group: str) -> UnitRule | None:
        """What is said about a unit that an object of an API group declares. An entry that says how something is rendered
        is about another one."""
        own = _ARGOCD if group == "argoproj.io" else _FLUX
        return next((r for r in self.units.get(path, ()) if r.renderer in (None, renderer, own) and describes(r)), None)


def describes(rule: UnitRule) -> bool:
    """Whether an entry may be about a unit that an object declares: it asks for no render of its own."""
    return rule.root is not False and not rule.values and rule.release is None and rule.recurse is None


def is_own(rule: UnitRule) -> bool:
    """Whether an entry is a unit by itself. What Argo CD and Flux render is declared by an object."""
    return rule.root is not False and rule.renderer not in _DECLARED


def _is_own_or_none(rule: UnitRule) -> bool:
    return rule.root is False or rule.renderer not in _DECLARED


def reader(config: Config) -> Reader:
    units: dict[str, tuple[UnitRule, ...]] = {}
    for rule in config.units:
        units[rule.path] = (*units.get(rule.path, ()), rule)
    return Reader(config, Namer(config), Globs(config.plain), Globs(config.ignore), units)
