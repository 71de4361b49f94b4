"""What is wrong between keys that are each right: names used twice, names nobody defined, keys that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bot.config.globs import Globs
from bot.config.problems import did_you_mean, show
from bot.config.resource_paths import ALWAYS_SHOWN, parse
from bot.config.schema import Config, Noise, PathRule, UnitRule
from bot.model.unit import Renderer

# A key that its renderer would not read is a mistake worth telling, not a setting.
_READ_BY = {
    "values": {Renderer.HELM},
    "release": {Renderer.HELM},
    "namespace": {Renderer.HELM, Renderer.PLAIN, Renderer.FLUX, Renderer.ARGOCD},
    "recurse": {Renderer.PLAIN},
    "restrict": {Renderer.KUSTOMIZE, Renderer.FLUX, Renderer.ARGOCD},
    "enable_helm": {Renderer.KUSTOMIZE, Renderer.FLUX, Renderer.ARGOCD},
}


def contradictions(config: Config) -> Iterator[tuple[str, str]]:
    """Pairs of a key's place (``units[2].values``) and the sentence about it."""
    yield from _environment_words(config)
    yield from _app_names(config)
    yield from _units(config)
    yield from _judged_environments(config)
    yield from _noise(config.diff.noise)


def _environment_words(config: Config) -> Iterator[tuple[str, str]]:
    owner: dict[str, str] = {}
    for i, environment in enumerate(config.environments):
        for word in (environment.name, *environment.aliases):
            known = owner.setdefault(word.lower(), f"environments[{i}]")
            if known != f"environments[{i}]":
                yield f"environments[{i}]", f"{show(word)} is already a name or alias of {known}: keep one"


def _app_names(config: Config) -> Iterator[tuple[str, str]]:
    first: dict[str, int] = {}
    for i, app in enumerate(config.apps):
        known = first.setdefault(app.name, i)
        if known != i:
            yield f"apps[{i}]", f"{show(app.name)} is already apps[{known}]: put all its patterns there"
        if not app.match:
            yield f"apps[{i}].match", "no pattern: the application would hold no unit"


def _judged_environments(config: Config) -> Iterator[tuple[str, str]]:
    said = [(f"waivers[{i}]", waiver.environments) for i, waiver in enumerate(config.waivers)]
    if config.checks is not None:
        said += [(f"checks.gates[{i}]", rule.environments) for i, rule in enumerate(config.checks.gates)]
        said += [(f"checks.levels[{i}]", rule.environments) for i, rule in enumerate(config.checks.levels)]
    for at, words in said:
        yield from ((f"{at}.environments", why) for word in words if (why := _no_environment(config, word)))


def _no_environment(config: Config, word: str) -> str:
    """What is wrong with the name of an environment, where the environments are written."""
    if not config.environments or word.lower() in config.environment_names:  # matched so in paths, too
        return ""
    words = [w for e in config.environments for w in (e.name, *e.aliases)]
    return f"{show(word)} is none of environments ({', '.join(words)}){did_you_mean(word, words)}"


def _units(config: Config) -> Iterator[tuple[str, str]]:
    ignored = Globs(config.ignore)
    first: dict[tuple[object, ...], int] = {}
    for i, unit in enumerate(config.units):
        at = f"units[{i}]"
        known = first.setdefault((unit.path, unit.renderer, unit.release, unit.namespace, unit.values), i)
        if known != i:
            yield at, f"the same unit as units[{known}]: keep one"
        if unit.environment is not None and (why := _no_environment(config, unit.environment)):
            yield f"{at}.environment", why
        if unit.root is False:
            others = [j for j, other in enumerate(config.units) if j != i and other.path == unit.path]
            if others:
                yield at, f"no unit by itself here, and one in units[{others[0]}]: keep one"
        if pattern := ignored.first(unit.path):
            yield f"{at}.path", f"{show(unit.path)} is a unit here and ignored by {show(pattern)}: keep one"


def _noise(noise: Noise) -> Iterator[tuple[str, str]]:
    always = tuple(parse(text) for text in ALWAYS_SHOWN)
    first: dict[PathRule, str] = {}
    for name, rules in (("paths", noise.paths), ("show", noise.show)):
        for i, rule in enumerate(rules):
            at = f"diff.noise.{name}[{i}]"
            known = first.setdefault(rule, at)
            if known != at:
                yield at, f"{show(rule.path)} is already {known}: keep one"
            if name == "paths" and any(parse(rule.path).stands_in(path) for path in always):
                yield at, f"{show(rule.path)} stands in {' or '.join(ALWAYS_SHOWN)}, which are never folded: remove it"


def unread_keys(unit: UnitRule) -> Iterator[tuple[str, str]]:
    """Keys of one unit that its renderer would not read, and the sentence about each."""
    if unit.root is False:
        for name in ("renderer", "values", "release", "namespace", "recurse"):
            if getattr(unit, name) not in (None, ()):
                yield name, "says nothing with root: false, which leaves it to others to render it"
        return
    if unit.renderer is None:
        return
    for name, readers in _READ_BY.items():
        if getattr(unit, name) not in (None, ()) and unit.renderer not in readers:
            yield name, f"says nothing with renderer {unit.renderer}, only with {', '.join(sorted(readers))}"
