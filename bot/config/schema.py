"""What a repository may say in ``.gatehouse.yaml``, as named tuples; ``Config()`` is one that says nothing.

What each key means to its author stands once, in ``keys.py``. ``None`` everywhere means: left to the discovery rules
or to the ``render`` section. Paths are paths in the repository, ``""`` is its root; globs are those of ``globs.py``.
Importing this module imports no YAML library.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.config.serving import CommandsRule, PullRequestsRule

if TYPE_CHECKING:
    from bot.config.judging import ChecksRule, Waiver
    from bot.model.unit import Renderer

FILE_NAME = ".gatehouse.yaml"
MISNAMED = ".gatehouse.yml"  # what many programs would take as well


class LoadRestrictor(StrEnum):
    """Which files a kustomization may load; the words are those of Kustomize's ``LoadRestrictions…``."""

    ROOT_ONLY = "RootOnly"
    NONE = "None"


class NoiseRule(StrEnum):
    """A kind of difference that is known to be a by-product of another one: the rules of ``diff``, by name."""

    HELM_CHART_LABEL = "helm-chart-label"
    CHECKSUM_ANNOTATION = "checksum-annotation"
    RANDOM_ANNOTATION = "random-annotation"
    GENERATOR_HASH = "generator-hash"
    APP_VERSION_LABEL = "app-version-label"
    SOPS_METADATA = "sops-metadata"


class EnvironmentRule(NamedTuple):
    """One environment; its place in ``Config.environments`` is its risk, least first."""

    name: str
    match: tuple[str, ...] = ()
    production: bool | None = None
    aliases: tuple[str, ...] = ()
    kubernetes: str | None = None


class AppRule(NamedTuple):
    """Units below these globs belong to this application."""

    name: str
    match: tuple[str, ...]


class UnitRule(NamedTuple):
    """What is said about the unit at ``path``; a unit that discovery does not find is added."""

    path: str
    renderer: Renderer | None = None
    app: str | None = None
    environment: str | None = None
    values: tuple[str, ...] = ()
    release: str | None = None
    namespace: str | None = None
    recurse: bool | None = None
    restrict: bool | None = None
    enable_helm: bool | None = None
    root: bool | None = None


class RepositoryRule(NamedTuple):
    """How objects in the repository name the repository itself."""

    urls: tuple[str, ...] = ()


class RenderRule(NamedTuple):
    """Limits and options of every render, where a unit does not say otherwise."""

    timeout_seconds: int = 60
    memory_mib: int = 2048
    output_mib: int = 64
    kube_version: str | None = None
    enable_helm: bool | None = None
    load_restrictor: LoadRestrictor = LoadRestrictor.ROOT_ONLY


class PathRule(NamedTuple):
    """One place, in objects of these kinds (none: of all); see ``resource_paths.py``."""

    path: str
    kinds: tuple[str, ...] = ()


class Noise(NamedTuple):
    """Which known noise is folded out of diffs: by rule, in the rules' own order, and by place. ``show`` wins."""

    fold: tuple[NoiseRule, ...] = tuple(NoiseRule)
    paths: tuple[PathRule, ...] = ()
    show: tuple[PathRule, ...] = ()


class DiffRule(NamedTuple):
    """How differences are shown."""

    noise: Noise = Noise()


class Config(NamedTuple):
    """The whole file."""

    version: int = 1
    environments: tuple[EnvironmentRule, ...] = ()
    apps: tuple[AppRule, ...] = ()
    units: tuple[UnitRule, ...] = ()
    ignore: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    repository: RepositoryRule = RepositoryRule()
    render: RenderRule = RenderRule()
    diff: DiffRule = DiffRule()
    checks: ChecksRule | None = None  # None: the defaults of ``judging``
    waivers: tuple[Waiver, ...] = ()
    commands: CommandsRule = CommandsRule()
    pull_requests: PullRequestsRule = PullRequestsRule()

    @property
    def kubernetes(self) -> dict[str, str]:
        """The Kubernetes versions of environments, by name and alias in lower case."""
        rules = [rule for rule in self.environments if rule.kubernetes]
        return {word.lower(): rule.kubernetes or "" for rule in rules for word in (rule.name, *rule.aliases)}

    @property
    def environment_names(self) -> dict[str, str]:
        """The names of environments, by name and alias in lower case."""
        return {word.lower(): rule.name for rule in self.environments for word in (rule.name, *rule.aliases)}
