"""Which application in which environment a unit is: written rules, in this order, and no guesses.

Environment
 1. the configuration (``units``, then ``environments[].match``);
 2. the directory after ``environments/``, ``envs/``, ``env/`` or ``stages/``, under its whole name, if it holds the name of
    one environment (``envs/prod-eu``); else the one after ``overlays/``, else after ``clusters/``, of which only the name
    of the environment counts (``clusters/eks-pre-prod-1`` is ``pre-prod``);
 3. any other directory that is an environment's name, else a compound with exactly one (``init-db-production``);
 4. for a unit that an Argo CD or Flux object declares: the same rules on the file of the declaration come first (a compound
    among its directories, ``first-stage/``, only after what rule 2 finds in the path that is rendered), and where no path
    says anything, its destination, namespace, name and generator's parameters are asked, and last the value files of an
    Argo CD Application (``values-prod.yaml``, ``envs/prod/values.yaml``).
 Two different environments by one rule are ambiguous: the unit gets none, and a note says why. Two names of production are
 not (``live/prod``, ``prod/dr``): the later one counts; and a ``live/`` in front of other names is what runs, and no name.

 A name may have several words (``pre-prod``, ``disaster-recovery``), and a number behind it (``prod2``). ``non-prod`` is an
 environment of its own and no production. In a compound the name must be the last word, or be followed by places and
 numbers only: ``shop-prod`` and ``dev-eu-1`` are environments, ``dev-tools`` and ``prod-operator`` are not. Words that often
 mean something else (``test``, ``demo``, ``load`` ...) do not count as the last one: ``eu-test`` is none without a marker.
 After a marker (rule 2) they do, and the other names count anywhere. What follows ``charts/`` is a chart, what follows
 ``teams/`` or ``tenants/`` is a team unless it is an environment's whole name.

Application
 1. the configuration; 2. the declaring object's name; 3. the directory before ``overlays/`` or ``base`` or the one after
 ``apps/``, without words that only give structure (``k8s``, ``deploy``, ``manifests``…); where ``overlays/`` lies in an
 environment, the directory after it; 4. the nearest directory that is neither an environment, the region of one nor
 structure; 5. what stands before the environment in a compound (``apps/web-prod``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.environment_words import (
    CLUSTERS,
    ENVIRONMENTS,
    MOST_WORDS,
    OVERLAYS,
    WORD,
    is_marker,
    is_place,
    is_region,
    is_usually_production,
    is_weak,
    means_environment,
    plain,
    rank_of,
)
from bot.config.globs import Globs

if TYPE_CHECKING:
    from bot.config.schema import Config

_VALUES = re.compile(
    r"^values?[-_.]|[-_.]values?$|^values?$", re.IGNORECASE
)  # what a value file's name begins or ends with
_RUNNING = "live"  # the top of what is deployed, beside modules and templates
_CHARTS = ("charts", "chart")
_TEAMS = ("teams", "team", "tenants", "tenant")
_LONGEST_HINT = 253  # of a name in Kubernetes
_STRUCTURE = frozenset(
    ("k8s", "kubernetes", "deploy", "deployment", "deployments", "manifests", "manifest", "kustomize", "kustomization",
     "base", "bases", "overlays", "overlay", "environments", "environment", "envs", "env", "stages", "clusters", "cluster",
     "apps", "applications", "app", "charts", "chart", "helm", "components", "src", "kubernetes-manifests", "gitops",
     "infrastructure", "infra", "platform", "services", "tenants", "argocd", "flux", "flux-system", "config", "release")
)  # fmt: skip


class Name(NamedTuple):
    """The application and environment of a unit ("" for unknown), and what was ambiguous."""

    app: str
    environment: str
    notes: tuple[str, ...] = ()


class _Found(NamedTuple):
    """A name in a compound: whether at most places follow it, whether it is a weak one, and if so the last word."""

    text: str
    ends: bool
    weak: bool
    unsure: bool


class Namer:
    """Derives names by the rules above; ``config`` overrules them."""

    def __init__(self, config: Config) -> None:
        self._rules = [(rule.name, Globs(rule.match)) for rule in config.environments if rule.match]
        self._words = {plain(w): rule.name for rule in config.environments for w in (rule.name, *rule.aliases)}
        self._apps = [(rule.name, Globs(rule.match)) for rule in config.apps]
        self._rank = {rule.name: rank for rank, rule in enumerate(config.environments)}
        self._production = {rule.name: rule.production for rule in config.environments}

    def name(
        self,
        path: str,
        *,
        declared_in: str = "",
        hints: Iterable[str] = (),
        more: Iterable[str] = (),
        app: str = "",
        values: Iterable[str] = (),
    ) -> Name:
        """Name the unit at ``path``. ``hints`` are words such as a destination cluster, ``more`` those that are often about
        something else, so that only an unmistakable name counts in them, ``app`` a declared name, ``values`` files."""
        sure = (hint for hint in (*more, app) if not is_weak(hint))
        environment, notes = self._environment(path, declared_in, (*hints, *sure), values)
        return Name(self._app(path, app), environment, notes)

    def matched(self, path: str, declared_in: str = "") -> str:
        """The environment whose patterns hold the path, or the file that declares what is there; "" where none does."""
        places = (path, declared_in) if declared_in else (path,)
        return next((name for name, globs in self._rules if any(map(globs.match, places))), "")

    def is_environment(self, word: str) -> bool:
        """Whether a word is the name of an environment, with at most places behind it (``prod-eu-1``)."""
        words = list(WORD.finditer(word))
        return any(
            self._whole(word[: words[end - 1].end()]) and all(is_place(rest[0]) for rest in words[end:])
            for end in range(1, min(len(words), MOST_WORDS) + 1)
        )

    def names_one(self, word: str) -> bool:
        """Whether there is the name of an environment in a name (``eks-prod-eu``)."""
        return len(word) <= _LONGEST_HINT and any(self._names_in(word))

    def environment(self, word: str) -> str:
        """The environment that a name or alias of the configuration means."""
        return self._words.get(plain(word), word)

    def rank(self, environment: str) -> tuple[int, int, str]:
        """Sort key: the least risky environment first, unknown ones before all."""
        if environment in self._rank:
            return (1, self._rank[environment], environment)
        usual = rank_of(environment)
        return (0, 0, environment) if usual is None else (1, 1000 + usual, environment)

    def is_production(self, environment: str) -> bool:
        """Whether the environment counts as production: as configured, else by its name."""
        told = self._production.get(environment)
        return is_usually_production(environment) if told is None else told

    # -- environments

    def _environment(
        self, path: str, declared_in: str, hints: Iterable[str], values: Iterable[str]
    ) -> tuple[str, tuple[str, ...]]:
        if told := self.matched(path, declared_in):
            return told, ()
        own = self._of_path(path)
        if not declared_in:
            return self._decide(own, path)
        folder = declared_in.rpartition("/")[0]
        above = self._of_path(folder)
        marked = self._after_marker(path) if above and not self._surely_of(folder) else []
        declared = above or self._of_path(_stem(declared_in))
        for found, where in ((marked, path), (declared, declared_in), (own, path)):
            if found:
                return self._decide(found, where)
        for hint in hints:
            if len(hint) <= _LONGEST_HINT and (word := self._of_word(hint)):
                return word, ()
        return self._decide(
            _distinct(name for file in values for name in self._of_values(file)), "The list of value files"
        )

    def _decide(self, found: list[str], where: str) -> tuple[str, tuple[str, ...]]:
        while len(found) > 1 and (self._is_top(*found) or all(map(self.is_production, found))):
            found = found[1:]
        if len(found) > 1:
            names = " and ".join(found)
            return "", (f"{where} names {names}; say which environment it is under `environments` in .gatehouse.yaml.",)
        return (found[0] if found else ""), ()

    def _is_top(self, first: str, *others: str) -> bool:
        return first.lower() == _RUNNING and first not in self._rank and not any(map(is_weak, others))

    def _of_values(self, file: str) -> list[str]:
        """The environments in the name of a value file, and in that of its directory."""
        folder, _, name = file.rpartition("/")
        return [*self._of_path(folder), *self._of_path(_VALUES.sub("", _without_ending(name)))]

    def _of_path(self, path: str) -> list[str]:
        """The environments that the best rule finds in a path; more than one is ambiguous."""
        if found := self._surely_of(path):
            return found
        segments = _without_ending(path).split("/")
        names = (at for at in range(len(segments)) if not _follows(segments, at, (*_CHARTS, *_TEAMS)))
        return _distinct(self._of_word(segments[at]) for at in names)

    def _surely_of(self, path: str) -> list[str]:
        """Those that more than a part of a compound says."""
        if found := self._after_marker(path):
            return found
        segments = _without_ending(path).split("/")
        names = (at for at in range(len(segments)) if not _follows(segments, at, _CHARTS))
        return _distinct(self._whole(segments[at]) for at in names)

    def _after_marker(self, path: str) -> list[str]:
        segments = _without_ending(path).split("/")
        for markers in (ENVIRONMENTS, OVERLAYS, CLUSTERS):
            after = [at for at in range(1, len(segments)) if segments[at - 1].lower() in markers]
            if found := _distinct(self._marked(segments, at) for at in after):
                return found
        return []

    def _marked(self, segments: list[str], at: int) -> str:
        """The environment of a directory after a marker."""
        segment = segments[at]
        if segments[at - 1].lower() not in ENVIRONMENTS:
            return self._of_word(segment, marked=True)
        found = self._whole(segment) or next((name.text for name in self._names_in(segment)), "")
        return segment if found and found not in self._rank else found

    def _whole(self, segment: str) -> str:
        word = plain(segment)
        if word in self._words:
            return self._words[word]
        return segment if means_environment(word) else ""

    def _of_word(self, segment: str, *, marked: bool = False) -> str:
        """The environment of one name; a compound needs exactly one name of an environment in it."""
        if whole := self._whole(segment):
            return whole
        names = self._names_in(segment)
        found = _distinct(
            name.text for name in names if (name.ends or not name.weak if marked else name.ends and not name.unsure)
        )
        return found[0] if len(found) == 1 else ""

    def _names_in(self, segment: str) -> Iterator[_Found]:
        """The names of environments in a compound."""
        words = list(WORD.finditer(segment))
        at = 0
        while at < len(words):
            for end in range(min(at + MOST_WORDS, len(words)), at, -1):
                text = segment[words[at].start() : words[end - 1].end()]
                if name := self._whole(text):
                    ends = all(is_place(word[0]) for word in words[end:])
                    weak = is_weak(text)
                    yield _Found(name, ends, weak, weak and end == len(words))
                    at = end - 1
                    break
            at += 1

    # -- applications

    def _app(self, path: str, declared: str) -> str:
        for name, globs in self._apps:
            if globs.match(path):
                return name
        if declared:
            return declared
        segments = [s for s in _without_ending(path).split("/") if s]
        found = next((segments[at] for at in self._candidates(segments) if not self._is_frame(segments, at)), "")
        return found or self._in_compound(segments)

    def _in_compound(self, segments: list[str]) -> str:
        """What stands before the environment in the nearest compound (``web-prod``), and says more than a place."""
        for at in (at for at in range(len(segments) - 1, -1, -1) if not (at and is_marker(segments[at - 1]))):
            names = [name.text for name in self._names_in(segments[at]) if name.ends and not name.unsure]
            before = segments[at].partition(names[0])[0].strip("-_.") if len(set(names)) == 1 else segments[at]
            if before != segments[at] and not all(w in _STRUCTURE or is_place(w) for w in WORD.findall(before.lower())):
                return before
        return ""

    def _candidates(self, segments: list[str]) -> Iterator[int]:
        lower = [s.lower() for s in segments]
        for at, word in enumerate(lower):
            if word in (*OVERLAYS, "base", "bases"):
                if word in OVERLAYS and 0 < at < len(lower) - 1 and self._of_word(segments[at - 1]):
                    yield at + 1
                yield from range(at - 1, -1, -1)
                yield from range(at + 1, len(lower))
        for at, word in enumerate(lower[:-1]):
            if word in ("apps", "applications", "charts", "services"):
                yield from range(at + 1, len(lower))
        yield from range(len(lower) - 1, -1, -1)

    def _is_frame(self, segments: list[str], at: int) -> bool:
        """Whether a directory is structure or an environment."""
        if segments[at].lower() in _STRUCTURE or (at and is_region(segments[at]) and self._of_word(segments[at - 1])):
            return True
        if _follows(segments, at, _CHARTS):
            return False
        if at and is_marker(segments[at - 1]):
            return bool(self._marked(segments, at))
        return bool(self._whole(segments[at]) if _follows(segments, at, _TEAMS) else self._of_word(segments[at]))


def _follows(segments: list[str], at: int, markers: tuple[str, ...]) -> bool:
    """Whether the directory stands right after a marker, or after its ``base``."""
    before = at - 1 if at and segments[at - 1].lower() not in ("base", "bases") else at - 2
    return before >= 0 and segments[before].lower() in markers


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(w for w in words if w))


def _without_ending(name: str) -> str:
    return name.rpartition(".")[0] if name.endswith((".yaml", ".yml", ".json")) else name


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]
