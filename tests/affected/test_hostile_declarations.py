"""No manifest, however malformed, makes a reader fail."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.affected.declarations import read_declared
from bot.affected.sources import Declared, artifact_names, identity_of
from bot.model.unit import CannotRender

KINDS = [
    ("argoproj.io/v1alpha1", "Application"),
    ("argoproj.io/v1alpha1", "ApplicationSet"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
]
KEYS = """
source sources repoURL path chart targetRevision ref kustomize helm directory plugin images patches
replicas count name namespace valueFiles values valuesObject parameters fileParameters destination
generators list elements elementsYaml git directories files exclude matrix merge mergeKeys selector
matchLabels matchExpressions template templatePatch goTemplate goTemplateOptions metadata spec
sourceRef kind postBuild substitute substituteFrom optional commonMetadata labels annotations
components patchesStrategicMerge patchesJson6902 patch target chartRef valuesFrom valuesKey
targetPath postRenderers install crds valuesFiles suspend include recurse commonLabels
""".split()  # noqa: SIM905
TEXTS = [
    HERE,
    "k",
    "chart",
    "",
    ".",
    "..",
    "/",
    "a/../../b",
    "{{",
    "{{path}}",
    "{{ .path.path }}",
    "*",
    "**/*.yaml",
    "[",
    "$x/y",
]
TEXTS += ["GitRepository", "flux-system", "ConfigMap", "one", "a: [", "nginx:1", "\x1b[31m", "\ud800", "Secret", "v1.0"]
FILES = {
    "k/kustomization.yaml": "resources: []\n",
    "chart/Chart.yaml": "name: c\n",
    "cm.yaml": "kind: ConfigMap\nmetadata: {name: one}\ndata: {values.yaml: 'a: 1', x: 1}\n",
}

_SCALARS = st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.sampled_from(TEXTS) | st.text(max_size=4)
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
        | st.dictionaries(st.integers(0, 2), inner, max_size=1)
    ),
    max_leaves=25,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(KEYS), _ANYTHING, max_size=8), _ANYTHING)
def test_any_spec_is_read_or_refused(kind: tuple[str, str], spec: dict[str, Any], metadata: object) -> None:
    for whole in ({"name": "x"}, metadata):
        obj = {"apiVersion": kind[0], "kind": kind[1], "metadata": whole, "spec": spec}
        assert all(isinstance(one, Declared) and (one.parts or one.id) for one in read_declared(obj, FakeLookup(FILES)))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(KINDS), st.data())
def test_one_wrong_field_of_a_good_object(kind: tuple[str, str], data: st.DataObject) -> None:
    spec = data.draw(st.just(_GOOD[kind[1]]).flatmap(_with_one_change))
    obj = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x"}, "spec": spec}
    for one in read_declared(obj, FakeLookup(FILES)):
        assert all(part.reason for part in one.parts if isinstance(part, CannotRender))


_SOURCE = {
    "repoURL": HERE,
    "path": "chart",
    "helm": {"valueFiles": ["*.yaml"], "parameters": [{"name": "a", "value": "b"}], "valuesObject": {"a": 1}},
}
_CHART = {
    "chart": "chart",
    "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
    "valuesFiles": ["chart/v.yaml"],
}
_GOOD: dict[str, dict[str, Any]] = {
    "Application": {"source": _SOURCE, "destination": {"namespace": "n"}},
    "ApplicationSet": {
        "generators": [
            {"matrix": {"generators": [{"list": {"elements": [{"a": "1"}]}}, {"list": {"elements": [{"b": "2"}]}}]}}
        ],
        "template": {"metadata": {"name": "{{a}}"}, "spec": {"source": _SOURCE}},
    },
    "Kustomization": {
        "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
        "path": "k",
        "patches": [{"patch": "x", "target": {"kind": "A"}}],
        "postBuild": {"substitute": {"a": "1"}, "substituteFrom": [{"kind": "ConfigMap", "name": "one"}]},
    },
    "HelmRelease": {
        "chart": {"spec": _CHART},
        "values": {"a": 1},
        "valuesFrom": [{"kind": "ConfigMap", "name": "one"}],
    },
}


def _with_one_change(value: Any) -> st.SearchStrategy[Any]:
    """The value with one element somewhere replaced by anything."""
    if isinstance(value, dict) and value:
        return st.sampled_from(sorted(value)).flatmap(
            lambda key: (_ANYTHING | _with_one_change(value[key])).map(lambda new: {**value, key: new})
        )
    if isinstance(value, list) and value:
        return (_ANYTHING | _with_one_change(value[0])).map(lambda new: [new, *value[1:]])
    return _ANYTHING


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spec", [None, [], "x", 1])
def test_spec_that_is_no_mapping(kind: tuple[str, str], spec: object) -> None:
    (declared,) = read_declared(
        {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x"}, "spec": spec}, FakeLookup()
    )
    assert declared.parts == (CannotRender(f"{kind[1]} x: spec is missing or no mapping", wrong=True),)


def test_object_without_name() -> None:
    (declared,) = read_declared({"apiVersion": "argoproj.io/v1", "kind": "Application", "spec": {}}, FakeLookup())
    assert declared.parts == (CannotRender("Application without metadata.name: give it a name", wrong=True),)


def test_deep_nesting() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    obj = {"apiVersion": "argoproj.io/v1", "kind": "Application", "metadata": {"name": "x"}, "spec": {"source": deep}}
    obj["spec"] = {"source": {"repoURL": HERE, "path": "chart", "helm": {"valuesObject": deep}}}
    (declared,) = read_declared(obj, FakeLookup(FILES))
    assert isinstance(declared.parts[0], CannotRender)


def test_identity_of_anything() -> None:
    assert str(identity_of({"kind": 1, "metadata": {"name": []}})) == " "
    assert artifact_names({"spec": {"artifacts": [1]}}) == ()
