"""Secret values appear nowhere: in no form of the report, in no error, in no byte of the cache."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from made_repository import Made, chart, config_map, gatehouse

VALUE = "hunter2-Zq9x-s3cret"
ENCODED = base64.b64encode(VALUE.encode()).decode()
MOVED = VALUE.replace("Zq9x", "Wk7y")
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
KUSTOMIZED = {"apps/x/kustomization.yaml": "resources: [a.yaml]\n", "apps/x/a.yaml": config_map()}
PLAIN = {"environments/prod/a.yaml": config_map()}
CHARTED = chart("charts/c", a=config_map())
KINDS = {
    "kustomize": (KUSTOMIZED, "apps/x/a.yaml", "apps/x"),
    "plain": (PLAIN, "environments/prod/a.yaml", "environments/prod/a.yaml"),
    "helm": (CHARTED, "charts/c/templates/a.yaml", "charts/c"),
}


def everything_said(made: Made, units: Sequence[str]) -> str:
    """Every form of the report, which must tell of the units, and what the other verbs say."""
    which = ["--repo", str(made.path), "--base", "base", "--head", "head", "--units", "all"]
    forms = [gatehouse("check", *which, "--format", form) for form in ("json", "text", "markdown", "html")]
    assert set(units) <= forms[0].units.keys()
    verbs = [("units",), *(("render", unit) for unit in units)]
    others = [gatehouse(verb, *words, "--repo", str(made.path)) for verb, *words in verbs]
    return "".join(said.out + said.err for said in [*forms, *others])


def everything_kept(cache: Path) -> bytes:
    """Every byte of the cache; entries of renders as they are and unpacked."""
    kept = b""
    for file in cache.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            kept += data
            if file.parent.parent.name == "renders":
                kept += zlib.decompress(data[32:])
    return kept


def traces(text: str) -> list[str]:
    """What of the secret can be found."""
    wanted = (VALUE, MOVED, ENCODED, VALUE[8:], VALUE[:8], ENCODED[:12], base64.b64encode(VALUE.encode()).decode()[4:])
    return [word for word in wanted if word in text]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def no_traces(made: Made, units: Sequence[str], cache: Path) -> str:
    said = everything_said(made, units)
    assert traces(said) == []
    assert traces(everything_kept(cache).decode("latin-1")) == []
    return said


IN_A_FILE = {
    "stringData": f"stringData: {{p: {VALUE}}}",
    "data": f"data: {{p: {ENCODED}}}",
    "data-is-text": f"data: {ENCODED}",
    "data-is-a-list": f"data: [{VALUE}]",
    "broken-braces": f"stringData: {{p: {VALUE}",
    "broken-indent": f"stringData:\n  p: {VALUE}\n bad: {VALUE}",
    "colons": f"stringData:\n  p: {VALUE}: {VALUE}: x",
    "tab": f"stringData:\n\tp: {VALUE}",
    "looks-like-an-alias": f"stringData:\n  p: *{VALUE}",
    "looks-like-an-alias-among-others": f"x: &a 1\ny: *a\nstringData:\n  p: *{VALUE}",
    "looks-like-a-tag": f"stringData:\n  p: !{VALUE} x",
    "looks-like-an-anchor": f"stringData:\n  p: &{VALUE} x",
    "escape": f'stringData: {{p: "\\q{VALUE}"}}',
    "binary": f"data: {{p: !!binary '{VALUE}'}}",
    "wrong-type": f"stringData: {{p: !!int {VALUE}}}",
    "block": f"stringData: {{p: |-2\n{VALUE}\n}}",
    "shape": f"metadata: [{VALUE}]\nstringData: [{VALUE}]",
}


@pytest.mark.parametrize("kind", KINDS)
def test_secret_in_a_file(tmp_path: Path, cache: Path, kind: str, need: Callable[[str], str]) -> None:
    """Each text in a unit of its own, all in one repository."""
    if kind == "helm":
        need("helm")
    # On a plain unit metadata is no place for a secret, and kubectl shows it as well.
    texts = [text for name, text in IN_A_FILE.items() if (kind, name) != ("plain", "shape")]
    before, file, unit = KINDS[kind]
    files = {_own(path, n): content for path, content in before.items() for n in range(len(texts))}
    secrets = {_own(file, n): f"{SECRET}{text}\n" for n, text in enumerate(texts)}
    no_traces(Made(tmp_path / "r").change(files, secrets), [_own(unit, n) for n in range(len(texts))], cache)


def _own(path: str, number: int) -> str:
    """The path for one unit of several of a kind."""
    for of_kind in ("apps/x", "environments/prod/a", "charts/c"):
        path = path.replace(of_kind, f"{of_kind}-{number}", 1)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_changed_value_shows_as_changed(tmp_path: Path, cache: Path, kind: str, need: Callable[[str], str]) -> None:
    before, file, unit = KINDS[kind]
    if kind == "helm":
        need("helm")
    files = {**before, file: f"{SECRET}stringData: {{p: {VALUE}, q: same}}\n"}
    said = no_traces(Made(tmp_path / "r").change(files, {file: files[file].replace(VALUE, MOVED)}), [unit], cache)
    assert "(masked, before)" in said
    assert "(masked, after)" in said


GENERATOR = "resources: [a.yaml]\nsecretGenerator:\n- name: s\n"
PATCH = "resources: [a.yaml]\npatches:\n- patch: |\n    "


@pytest.mark.parametrize(
    ("text", "files"),
    [
        pytest.param("  envs: [e.env]", {"apps/x/e.env": f"P={VALUE}\n"}, id="env"),
        pytest.param("  envs: [e.env]", {"apps/x/e.env": f"P\0={VALUE}\n"}, id="bad-env"),
        pytest.param("  files: [e.env]", {"apps/x/e.env": VALUE}, id="file"),
        pytest.param("  files: [e.env]\n  files: [e.env]", {"apps/x/e.env": VALUE}, id="twice"),
    ],
)
def test_generated_secret(tmp_path: Path, cache: Path, text: str, files: Mapping[str, str]) -> None:
    made = Made(tmp_path / "r").change(KUSTOMIZED, {**files, "apps/x/kustomization.yaml": GENERATOR + text})
    no_traces(made, ["apps/x"], cache)


IN_THE_KUSTOMIZATION = [
    pytest.param(GENERATOR + f"  literals: [p={VALUE}]", id="literal"),
    pytest.param(GENERATOR + f"  literals: [{VALUE}]", id="bad-literal"),
    pytest.param(GENERATOR + f"  literals: {VALUE}", id="literals-are-text"),
    pytest.param(f"{PATCH}kind: Secret\n    metadata: {{name: n}}\n    stringData: {{p: {VALUE}}}\n", id="patch"),
    pytest.param(f"{PATCH}kind: Secret\n    stringData: {{p: {VALUE}\n", id="broken-patch"),
    pytest.param(f"{PATCH}- {{op: test, path: /data/a, value: {VALUE}}}\n  target: {{kind: ConfigMap}}\n", id="json-patch"),
]  # fmt: skip


@pytest.mark.parametrize("text", IN_THE_KUSTOMIZATION)
def test_secret_in_a_kustomization_is_neither_said_nor_kept(tmp_path: Path, cache: Path, text: str) -> None:
    no_traces(Made(tmp_path / "r").change(KUSTOMIZED, {"apps/x/kustomization.yaml": text}), ["apps/x"], cache)


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: c, namespace: prod}
spec:
  interval: 1m
  chart: {spec: {chart: ./charts/c, sourceRef: {kind: GitRepository, name: flux-system}}}
  valuesFrom: [{kind: Secret, name: s}]
"""


def test_values_from_a_secret_are_not_used(tmp_path: Path, cache: Path) -> None:
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: prod}\nstringData:\n  values.yaml: |\n    p: "
    )
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: out}\nstringData: {p: '{{ .Values.p }}'}\n"
    before = {**chart("charts/c", a=text), "clusters/prod/r.yaml": RELEASE, "clusters/prod/s.yaml": secret + "1\n"}
    made = Made(tmp_path / "r").change(before, {"clusters/prod/s.yaml": secret + VALUE + "\n"})
    said = no_traces(made, ["charts/c"], cache)
    assert "values come from Secret s, whose values are secret" in said


def test_url_with_a_password(tmp_path: Path, cache: Path) -> None:
    url = f"https://user:{VALUE}@example.org/a.yaml"
    made = Made(tmp_path / "r").change(KUSTOMIZED, {"apps/x/kustomization.yaml": f"resources: [a.yaml, '{url}']\n"})
    assert traces(everything_said(made, ["apps/x"])) == []


def test_error_of_a_verb_is_scrubbed(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").change(KUSTOMIZED, {})
    token = "ghp_" + "a1B2" * 9
    said = gatehouse("render", f"https://x:{VALUE}@example.org/{token}", "--repo", str(made.path))
    assert said.code == 2
    assert traces(said.err) == []
    assert token not in said.err


def test_the_cache_can_be_read_by_its_owner_only(tmp_path: Path, cache: Path) -> None:
    made = Made(tmp_path / "r").change(KUSTOMIZED, {"apps/x/a.yaml": config_map(value="2")})
    everything_said(made, ["apps/x"])
    assert (cache / "renders/key").stat().st_mode & 0o77 == 0
    assert {(cache / name).stat().st_mode & 0o77 for name in ("renders", "index")} == {0}


def test_values_of_a_release_are_not_kept_in_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a declaration renders is read from its file each time: the index only knows that it is there."""
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: web}\nspec:\n"
        "  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}\n"
        "  values: {database: {user: someone, password: correct-horse-battery}}\n"
    )
    made = Made(tmp_path / "r")
    made.commit({"clusters/prod/web.yaml": release, "charts/web/Chart.yaml": "name: web\nversion: 1.0.0\n"})
    made.commit({"charts/web/values.yaml": "a: 1\n"})
    cache = tmp_path / "cache"
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(cache))
    gatehouse("check", "--repo", str(made.path), "--base", "HEAD~1", "--head", "HEAD")
    kept = b"".join(path.read_bytes() for path in (cache / "index").iterdir())
    assert b"clusters/prod" in kept
    assert b"correct-horse" not in kept
