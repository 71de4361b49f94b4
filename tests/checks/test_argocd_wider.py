"""What widens an AppProject: tables, and the law that silence means that nothing new is permitted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.checks.argocd_project import Destination, Project
from bot.checks.argocd_wider import widened


def at(namespace: str, server: str = "*", name: str = "") -> dict[str, str]:
    return {"namespace": namespace, "server": server} | ({"name": name} if name else {})


def kinds(*names: str, group: str = "*", **more: str) -> list[dict[str, str]]:
    return [{"group": group, "kind": name, **more} for name in names]


_URL = "https://forge.example"


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("sourceRepos", ["*"], [f"{_URL}/team/shop"]),
        ("sourceRepos", ["*"], [f"{_URL}/*", "ssh://git@forge.example/**"]),
        ("sourceRepos", [f"{_URL}/**"], [f"{_URL}/team/*"]),
        ("sourceRepos", [f"{_URL}/a.git", f"{_URL}/b"], [f"{_URL.upper()}/a"]),
        ("sourceRepos", ["*"], ["*", f"!{_URL}/evil"]),
        ("sourceRepos", ["*", f"!{_URL}/evil"], ["*", f"!{_URL}/*"]),
        ("sourceRepos", ["*", f"!{_URL}/evil/*"], [f"{_URL}/team/shop"]),  # the denial has nothing left to deny
        ("destinations", [at("*")], [at("team-a", "https://prod")]),
        ("destinations", [at("team-*")], [at("team-a"), at("team-b-*")]),
        ("destinations", [at("*")], [at("*"), at("!kube-system")]),
        ("destinations", [at("*"), at("!kube-system")], [at("*"), at("!kube-*")]),
        ("destinations", [at("a", "https://x", "x")], [at("a", "https://x")]),
        ("clusterResourceWhitelist", kinds("*"), kinds("Namespace", group="")),
        ("clusterResourceWhitelist", kinds("Namespace", group=""), kinds("Namespace", group="", name="team-*")),
        ("clusterResourceWhitelist", kinds("Namespace"), None),
        ("namespaceResourceWhitelist", None, kinds("Deployment", group="apps")),
        ("namespaceResourceBlacklist", None, kinds("ResourceQuota")),
        ("clusterResourceBlacklist", kinds("ClusterRole"), kinds("Cluster*")),
        ("sourceNamespaces", ["team-*"], ["team-a"]),
        ("sourceNamespaces", ["/team-.*/"], ["/team-.*/"]),
    ],
)
def test_what_is_narrower(key: str, old: Any, new: Any) -> None:
    assert widened({key: old} if old is not None else {}, {key: new} if new is not None else {}) == []


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("sourceRepos", [f"{_URL}/a"], [f"{_URL}/a", f"{_URL}/b"]),
        ("sourceRepos", [f"{_URL}/*"], ["*"]),
        ("sourceRepos", [f"{_URL}/*"], [f"{_URL}/**"]),
        ("sourceRepos", ["*", f"!{_URL}/evil/*"], ["*"]),
        ("sourceRepos", ["*", f"!{_URL}/evil/*"], [f"{_URL}/evil/x"]),
        ("sourceRepos", [f"{_URL}/a"], [f"{_URL}/a", f"!{_URL}/evil"]),  # a denial permits everything else
        ("sourceRepos", ["*", f"!{_URL}/*"], ["*", f"!{_URL}/evil"]),
        ("sourceRepos", ["*", f"!{_URL}/evil"], ["*", "!*"]),  # a star that denies stops at a slash
        ("destinations", [at("*"), at("!kube-system")], [at("*")]),
        ("destinations", [at("*"), at("*", "!https://evil")], [at("*")]),
        ("destinations", [at("*"), at("*", "!https://evil")], [at("a", "https://other")]),  # it may have a second name
        ("destinations", [at("a", "https://x")], [at("a", "https://x", "y")]),
        ("destinations", [at("team-a")], [at("team-*")]),
        ("clusterResourceWhitelist", None, kinds("*")),
        ("clusterResourceWhitelist", kinds("Namespace", name="a"), kinds("Namespace")),
        ("namespaceResourceWhitelist", kinds("Pod"), None),
        ("namespaceResourceBlacklist", kinds("*"), kinds("ResourceQuota")),
        ("sourceNamespaces", ["team-a"], ["team-*"]),
        ("sourceNamespaces", ["team-*"], ["/team-.*/"]),
    ],
)
def test_what_is_wider(key: str, old: Any, new: Any) -> None:
    assert widened({key: old} if old is not None else {}, {key: new} if new is not None else {}) == [key]


@pytest.mark.parametrize("odd", [3, "x", [3, None], {}, [{"kind": 4, "namespace": []}]])
def test_odd_values(odd: Any) -> None:
    keys = ("sourceRepos", "destinations", "sourceNamespaces", "clusterResourceWhitelist", "namespaceResourceBlacklist")
    spec = dict.fromkeys(keys, odd)
    assert widened(spec, spec) == []
    widened({}, spec)
    widened(spec, {})


_pattern = st.builds(str.__add__, st.sampled_from(["", "!"]), st.text("ab/*?", min_size=1, max_size=4))
_destination = st.fixed_dictionaries({"server": _pattern, "name": _pattern, "namespace": _pattern})
_plain = st.text("ab/", min_size=1, max_size=4)


@settings(max_examples=400)
@example(["!/"], ["!*"], ["/"])
@given(st.lists(_pattern, max_size=3), st.lists(_pattern, max_size=3), st.lists(_plain, min_size=1, max_size=8))
def test_silence_means_that_no_source_is_gained(old: list[str], new: list[str], urls: list[str]) -> None:
    if not widened({"sourceRepos": old}, {"sourceRepos": new}):
        before, after = Project("p", spec={"sourceRepos": old}), Project("p", spec={"sourceRepos": new})
        assert [u for u in urls if after.permits_source(u) and not before.permits_source(u)] == []


@settings(max_examples=400)
@given(
    st.lists(_destination, max_size=3),
    st.lists(_destination, max_size=2),
    st.lists(st.integers(0, 2), max_size=3),
    st.lists(st.tuples(_plain, _plain, _plain), min_size=1, max_size=8),
)
def test_silence_means_that_no_destination_is_gained(
    old: list[dict[str, str]], more: list[dict[str, str]], kept: list[int], wanted: list[tuple[str, str, str]]
) -> None:
    new = [old[i] for i in kept if i < len(old)] + more
    if not widened({"destinations": old}, {"destinations": new}):
        before, after = Project("p", spec={"destinations": old}), Project("p", spec={"destinations": new})
        gained = [Destination(*w) for w in wanted if after.permits_destination(Destination(*w))]
        assert [w for w in gained if before.permits_destination(w) is False] == []
