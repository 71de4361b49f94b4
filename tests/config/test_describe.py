"""The printed configuration says the same as the one it came from."""

from __future__ import annotations

from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from bot.config.describe import describe
from bot.config.load import load
from bot.config.reference import EXAMPLE
from bot.config.schema import (
    AppRule,
    Config,
    DiffRule,
    EnvironmentRule,
    LoadRestrictor,
    Noise,
    NoiseRule,
    PathRule,
    RenderRule,
    RepositoryRule,
    UnitRule,
)
from bot.config.serving import (
    CommandRule,
    CommandsRule,
    CountedApprovals,
    Forks,
    OverrideRule,
    PullRequestsRule,
    Role,
)
from bot.model.unit import Renderer

T = TypeVar("T")


def built(kind: type[T], *values: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """With these fields and no others: of a named tuple ``st.builds`` invents them all."""
    return st.tuples(st.tuples(*values), st.fixed_dictionaries(named)).map(lambda made: kind(*made[0], **made[1]))


WORDS = st.sampled_from(["a", "on", "no", "y", "5", "1e3", "0x1f", "prod", "eu-1", "x.y", "null", "2024-01-01", "_u"])
TEXTS = st.sampled_from(
    ["a", "yes", "012", "dir with space/x", "ünï/c", "a: b", "#c", "- d", "'q'", '"', "a#b", "~", "@x", "1.5"]
)
MAYBE = st.none() | st.booleans()
ENVIRONMENTS = st.lists(
    built(EnvironmentRule, WORDS, st.lists(TEXTS).map(tuple), MAYBE), unique_by=lambda e: e.name, max_size=3
).map(tuple)
APPS = st.lists(
    built(AppRule, WORDS, st.lists(TEXTS, min_size=1).map(tuple)), unique_by=lambda a: a.name, max_size=3
).map(tuple)
HELM = built(
    UnitRule,
    TEXTS | st.just(""),
    st.just(Renderer.HELM),
    st.none() | WORDS,
    values=st.lists(TEXTS).map(tuple),
    root=st.sampled_from([None, True]),
)
NO_UNIT = built(UnitRule, TEXTS, app=st.none() | WORDS, restrict=MAYBE, root=st.just(False))
OTHERS = built(UnitRule, TEXTS, st.sampled_from([None, Renderer.KUSTOMIZE]), restrict=MAYBE, enable_helm=MAYBE)
RENDER = built(
    RenderRule,
    st.integers(1, 3600),
    st.integers(128, 65536),
    st.integers(1, 1024),
    st.none() | st.sampled_from(["1.30", "v1.36.3"]),
    st.booleans(),
    st.sampled_from(LoadRestrictor),
)
FOLD = st.sets(st.sampled_from(NoiseRule)).map(lambda s: tuple(r for r in NoiseRule if r in s))
PATHS = st.sampled_from(["a", "*.b", "no.y", 'a["x: y/#\\\\"].c', "[*]", "a[b'c][0]"])
KINDS = st.sampled_from([(), ("Secret",), ("No", "Deployment")])
PLACES = st.lists(built(PathRule, PATHS, KINDS), unique=True, max_size=3).map(tuple)
NOISE = st.builds(
    lambda fold, paths, show: Noise(fold, paths, tuple(s for s in show if s not in paths)), FOLD, PLACES, PLACES
)
PEOPLE = st.lists(st.sampled_from(["@a", "@o/team", "@g/s/u.b"])).map(tuple)
COMMAND = built(CommandRule, st.none() | st.sampled_from(Role), PEOPLE, MAYBE)
COMMANDS = built(
    CommandsRule,
    help=COMMAND,
    check=COMMAND,
    cancel=COMMAND,
    override=built(OverrideRule, PEOPLE, st.sampled_from(Role)),
)
CONFIGS = built(
    Config,
    st.just(1),
    ENVIRONMENTS,
    APPS,
    st.lists(HELM | OTHERS | NO_UNIT, max_size=3, unique_by=lambda u: u.path).map(tuple),
    plain=st.lists(TEXTS).map(tuple),
    repository=built(RepositoryRule, st.sampled_from([(), ("https://host/x#y",)])),
    render=RENDER,
    diff=built(DiffRule, NOISE),
    commands=COMMANDS,
    pull_requests=built(PullRequestsRule, st.sampled_from(Forks), st.sampled_from(CountedApprovals)),
)


@given(CONFIGS)
def test_what_is_printed_is_read_back(config: Config) -> None:
    assert load(describe(config).encode(), name="printed") == config


def test_the_default_is_printed_with_every_key_explained() -> None:
    text = describe(Config())
    assert "environments: []  # derived from directory and file names" in text
    assert "  # kube_version: (Helm's own for charts" in text
    assert "    fold: all" in text
    assert "# checks: (all run, and new errors stop the merge)" in text
    assert "# All environments, the least risky first." in text
    assert load(text.encode(), name="printed") == Config()


def test_an_entry_shows_only_what_it_says() -> None:
    config = load(EXAMPLE.encode(), name="example")
    assert "  - path: templates/skeleton\n    root: false\n" in describe(config)
    assert "  - name: dev\n  - name: staging\n" in describe(config._replace())
