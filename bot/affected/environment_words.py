"""The words that usually mean an environment, and those that stand beside them: places behind a name (``prod-eu-1``),
markers before it (``overlays/``).

They are what people write, no tool prescribes them. ``naming`` says what they mean where; the configuration overrules both.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Least risky first; each row is one environment under its usual names. The first word is not put in place of the
# others: reports say what the directory says.
_KNOWN = (
    ("sandbox", "sbx", "sbox", "playground", "local"),
    ("preview", "pr", "ephemeral"),
    ("dev", "develop", "development", "devel"),
    ("test", "testing", "tst"),
    ("int", "integration", "ci"),
    ("qa", "quality"),
    ("uat", "acceptance", "acc"),
    ("demo",),
    ("perf", "performance", "load"),
    ("stage", "staging", "stg"),
    tuple(f"{no}{word}" for no in ("non", "non-", "not-", "no-") for word in ("prod", "production", "prd", "live")),
    (*(f"{pre}{word}" for pre in ("pre", "pre-") for word in ("prod", "production", "prd", "live")), "canary"),
    ("prod", "production", "prd", "live"),
    ("dr", "disaster-recovery"),
)
_RANK = {word: rank for rank, words in enumerate(_KNOWN) for word in words}
_PRODUCTION = frozenset(("prod", "production", "prd", "live", "dr", "disaster-recovery"))
# Words too short or too common to mean an environment at the end of a compound ("web-test", "argo-ci", "shop-demo") or
# before anything but a place ("load-generator", "test-runner", "pr-bot").
_WEAK = frozenset(
    ("pr", "ci", "int", "dr", "local", "load", "demo", "test", "testing", "performance", "perf", "quality", "live", "acc",
     "integration", "preview", "playground", "canary", "sandbox", "acceptance", "ephemeral")
)  # fmt: skip
# What may follow an environment's name without making it another thing: numbers, regions, kinds of clusters.
_PLACE = re.compile(
    r"(?:[a-z]{0,2}\d+[a-z]?|(?:north|south|east|west|central)+\d*[a-z]?"
    r"|(?:eu|us|uk|ap|sa|af|me|ca|emea|apac|amer|europe|asia|america|australia|de|fr|nl|pl|jp|in|sg|au"
    r"|region|zone|dc|az|aws|gcp|azure|onprem|gke|eks|aks|k8s|k3s|kind|ocp"
    r"|cluster|clusters|env|environment|hub|spoke|main|primary|secondary|blue|green)\d*)\Z"
)
_CONTINENTS = ("eu", "us", "uk", "ap", "sa", "af", "emea", "apac", "amer", "europe", "asia", "america", "australia")
# Markers: the directories in one of these stand for environments.
ENVIRONMENTS = ("environments", "environment", "envs", "env", "stages")
OVERLAYS = ("overlays", "overlay")
CLUSTERS = ("clusters", "cluster")
WORD = re.compile(r"[^-_.]+")
MOST_WORDS = 3  # of one usual name


def is_environment(word: str) -> bool:
    """Whether a word by itself is the usual name of an environment."""
    return word.lower() in _RANK


def means_environment(word: str) -> bool:
    """Whether a plain word is the usual name of an environment, or one with a number behind it."""
    return word in _RANK or _unnumbered(word) != ""


def is_weak(word: str) -> bool:
    """Whether the usual name of an environment often means something else (``test``, ``demo``, ``load`` ...)."""
    return plain(word) in _WEAK


def is_marker(directory: str) -> bool:
    """Whether the directories in a directory of this name stand for environments."""
    return directory.lower() in (*ENVIRONMENTS, *OVERLAYS, *CLUSTERS)


def places_of(path: str) -> tuple[str, ...]:
    """The directories of a file's path that name a cluster or a part of one: those after markers, and regions."""
    segments = path.split("/")[:-1]
    return tuple(
        segment
        for at, segment in enumerate(segments)
        if (at and is_marker(segments[at - 1])) or (not is_marker(segment) and is_region(segment))
    )


def clusters_of(path: str) -> tuple[str, ...]:
    """The directories of a file's path that name a cluster or a region, and no mere variant of an environment."""
    segments = path.split("/")[:-1]
    return tuple(
        segment
        for at, segment in enumerate(segments)
        if (at and segments[at - 1].lower() in CLUSTERS) or (not is_marker(segment) and is_region(segment))
    )


def usual_name(environment: str) -> str:
    """One name for an environment that has several usual ones (``stage``, ``staging``); others as they are."""
    rank = _RANK.get(environment.lower())
    return environment if rank is None else _KNOWN[rank][0]


def usual_names(environment: str) -> tuple[str, ...]:
    """The name of an environment and its other usual ones; one with places behind it (``prod-eu``) has those of the plain
    one."""
    rank = rank_of(environment)
    return (environment, *(_KNOWN[rank] if rank is not None else ()))


def rank_of(environment: str) -> int | None:
    """How risky the first usual name in the name of an environment is, None without one."""
    known = _known_in(environment)
    return _RANK[known[0]] if known else None


def is_usually_production(environment: str) -> bool:
    """Whether the name of an environment holds a usual name of production."""
    return any(word in _PRODUCTION for word in _known_in(environment))


def is_place(word: str) -> bool:
    """Whether a word behind an environment's name leaves it what it is: a number, a region, a kind of cluster."""
    return _PLACE.match(word.lower()) is not None


def is_region(segment: str) -> bool:
    """Whether a directory is unmistakably a place: several words of one (``eu-west-1``), a numbered one, or a continent."""
    words = WORD.findall(segment)
    if not all(map(is_place, words)):
        return False
    return len(words) > 1 or any(c.isdigit() for c in segment) or segment.lower() in _CONTINENTS


@lru_cache(maxsize=8192)  # directories repeat: a first reading names every kustomization
def plain(text: str) -> str:
    """A word as the usual names are written: small letters, and hyphens between its parts."""
    return re.sub(r"[_.]", "-", text.lower())


@lru_cache(maxsize=8192)
def _unnumbered(word: str) -> str:
    """The environment of a word with a number behind it ("prod2"); "" for others."""
    name = word.rstrip("0123456789")
    return name if name != word and name in _RANK and name not in _WEAK else ""


def _known_in(environment: str) -> list[str]:
    """The usual names in the name of an environment."""
    words = WORD.findall(environment.lower())
    found: list[str] = []
    at = 0
    while at < len(words):
        for end in range(min(at + MOST_WORDS, len(words)), at, -1):
            name = "-".join(words[at:end])
            if name := name if name in _RANK else _unnumbered(name):
                found.append(name)
                at = end - 1
                break
        at += 1
    return found
