"""Which application in which environment a unit is: written rules, in this order, and no guesses.

Environment
 1. the configuration (``units``, then ``environments[].match``);
 2. the directory after ``overlays/``, ``environments/``, ``envs/``, ``env/`` or ``stages/``, else after ``clusters/``;
 3. any other directory that is an environment's name, or a compound with exactly one such word (``init-db-production``);
 4. for a unit that an Argo CD or Flux object declares: the same rules on the file of the declaration come first.
 Two different environments by one rule are ambiguous: the unit gets none, and a note says why.

Application
 1. the configuration; 2. the directory before ``overlays/`` or ``base`` or the one after ``apps/``, without words that
 only give structure (``k8s``, ``deploy``, ``manifests``…); 3. the declaring object's name; 4. the nearest directory
 that is neither an environment nor structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bot.config.globs import Globs

if TYPE_CHECKING:
    from bot.config.schema import Config

# Least risky first; each row is one environment under its usual names. The first word is not put in place of the
# others: reports say what the directory says.
_KNOWN = (
    ("sandbox", "sbx", "playground", "local"),
    ("preview", "pr", "ephemeral"),
    ("dev", "develop", "development", "devel"),
    ("test", "testing", "tst"),
    ("int", "integration", "ci"),
    ("qa", "quality"),
    ("uat", "acceptance", "acc"),
    ("demo",),
    ("perf", "performance", "load"),
    ("stage", "staging", "stg"),
    ("preprod", "pre-prod", "preproduction", "pre-production", "canary"),
    ("prod", "production", "prd", "live"),
    ("dr", "disaster-recovery"),
)
_RANK = {word: rank for rank, words in enumerate(_KNOWN) for word in words}
_PRODUCTION = frozenset(("prod", "production", "prd", "live", "dr", "disaster-recovery"))
# Words too short or too common to mean an environment inside a compound name ("load-generator", "test-runner", "pr-bot").
_ONLY_WHOLE = frozenset(
    ("pr", "ci", "int", "dr", "local", "load", "demo", "test", "testing", "performance", "perf", "quality", "live", "acc",
     "integration", "preview", "playground", "canary", "sandbox", "acceptance", "ephemeral")
)  # fmt: skip
_MARKERS = ("overlays", "overlay", "environments", "environment", "envs", "env", "stages")
_CLUSTERS = ("clusters", "cluster")
_STRUCTURE = frozenset(
    ("k8s", "kubernetes", "deploy", "deployment", "deployments", "manifests", "manifest", "kustomize", "kustomization",
     "base", "bases", "overlays", "overlay", "environments", "environment", "envs", "env", "stages", "clusters", "cluster",
     "apps", "applications", "app", "charts", "chart", "helm", "components", "src", "kubernetes-manifests", "gitops",
     "infrastructure", "infra", "platform", "services", "tenants", "argocd", "flux", "flux-system", "config", "release")
)  # fmt: skip
_SPLIT = re.compile(r"[-_.]")


def is_environment(word: str) -> bool:
    """Whether a word by itself is the usual name of an environment."""
    return word.lower() in _RANK


class Name(NamedTuple):
    """The application and environment of a unit ("" for unknown), and what was ambiguous."""

    app: str
    environment: str
    notes: tuple[str, ...] = ()


class Namer:
    """Derives names by the rules above; ``config`` overrules them."""

    def __init__(self, config: Config) -> None:
        self._rules = [(rule.name, Globs(rule.match)) for rule in config.environments if rule.match]
        self._words = {w.lower(): rule.name for rule in config.environments for w in (rule.name, *rule.aliases)}
        self._apps = [(rule.name, Globs(rule.match)) for rule in config.apps]
        self._rank = {rule.name: rank for rank, rule in enumerate(config.environments)}
        self._production = {rule.name: rule.production for rule in config.environments}

    def name(self, path: str, *, declared_in: str = "", hints: Iterable[str] = (), app: str = "") -> Name:
        """Name the unit at ``path``. ``hints`` are words such as a destination cluster, ``app`` a declared name."""
        environment, notes = self._environment(path, declared_in, hints)
        return Name(self._app(path, app), environment, notes)

    def rank(self, environment: str) -> tuple[int, int, str]:
        """Sort key: the least risky environment first, unknown ones before all."""
        if environment in self._rank:
            return (1, self._rank[environment], environment)
        word = next((w for w in (environment.lower(), *_SPLIT.split(environment.lower())) if w in _RANK), "")
        return (1, 1000 + _RANK[word], environment) if word else (0, 0, environment)

    def is_production(self, environment: str) -> bool:
        """Whether the environment counts as production: as configured, else by its name."""
        told = self._production.get(environment)
        if told is not None:
            return told
        return any(word in _PRODUCTION for word in (environment.lower(), *_SPLIT.split(environment.lower())))

    # -- environments

    def _environment(self, path: str, declared_in: str, hints: Iterable[str]) -> tuple[str, tuple[str, ...]]:
        for name, globs in self._rules:
            if globs.match(path) or (declared_in and globs.match(declared_in)):
                return name, ()
        own = self._of_path(path)
        if not declared_in:
            return _decide(own, path)
        declared = self._of_path(declared_in.rpartition("/")[0]) or self._of_path(_stem(declared_in))
        for found, where in ((declared, declared_in), (own, path)):
            if found:
                return _decide(found, where)
        for hint in hints:
            if word := self._of_word(hint):
                return word, ()
        return "", ()

    def _of_path(self, path: str) -> list[str]:
        """The environments that the best rule finds in a path; more than one is ambiguous."""
        segments = path.split("/")
        for markers in (_MARKERS, _CLUSTERS):
            after = [b for a, b in pairwise(segments) if a.lower() in markers]
            if found := _distinct(self._of_word(word, marked=True) for word in after):
                return found
        if found := _distinct(self._whole(word) for word in segments):
            return found
        return _distinct(self._of_word(word) for word in segments)

    def _whole(self, segment: str) -> str:
        word = segment.lower()
        if word in self._words:
            return self._words[word]
        return segment if word in _RANK else ""

    def _of_word(self, segment: str, *, marked: bool = False) -> str:
        """The environment of one directory name; a compound needs exactly one environment word in it."""
        if whole := self._whole(segment):
            return whole
        parts = _SPLIT.split(segment)
        found = _distinct(self._whole(p) for p in parts if marked or p.lower() not in _ONLY_WHOLE)
        return found[0] if len(found) == 1 else ""

    # -- applications

    def _app(self, path: str, declared: str) -> str:
        for name, globs in self._apps:
            if globs.match(path):
                return name
        if declared:
            return declared
        segments = [s for s in path.split("/") if s]
        return _without_ending(next((s for s in self._candidates(segments) if not self._is_frame(s)), ""))

    def _candidates(self, segments: list[str]) -> Iterator[str]:
        lower = [s.lower() for s in segments]
        for at, word in enumerate(lower):
            if word in ("overlays", "overlay", "base", "bases"):
                yield from reversed(segments[:at])
                yield from segments[at + 1 :]
        for at, word in enumerate(lower[:-1]):
            if word in ("apps", "applications", "charts", "services"):
                yield from segments[at + 1 :]
        yield from reversed(segments)

    def _is_frame(self, segment: str) -> bool:
        return _without_ending(segment).lower() in _STRUCTURE or bool(self._of_word(segment))


def _decide(found: list[str], where: str) -> tuple[str, tuple[str, ...]]:
    if len(found) > 1:
        names = " and ".join(found)
        return "", (f"{where} names {names}; say which environment it is under `environments` in .gatehouse.yaml.",)
    return (found[0] if found else ""), ()


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(w for w in words if w))


def _without_ending(name: str) -> str:
    return name.rpartition(".")[0] if name.endswith((".yaml", ".yml", ".json")) else name


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]
