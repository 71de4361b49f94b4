"""What Flux leaves out of a repository: patterns, their order, and what a check says of files that are left out."""

from __future__ import annotations

import gc
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from weakref import ref

import pytest
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest, states
from hypothesis import given
from hypothesis import strategies as st
from laws import profile
from made_repository import chart

from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.sourceignore import SourceIgnore, read_patterns, source_ignore
from bot.affected.store import Store
from bot.affected.view import View
from bot.config.schema import Config
from bot.git.repository import Repository

HERE = "https://git.example/org/repo"


def matches(line: str, path: str) -> bool:
    (pattern,) = read_patterns(line)
    return pattern.matches(path.split("/"))


@pytest.mark.parametrize(
    ("line", "yes", "no"),
    [
        ("a", ["a", "a/b", "x/a", "x/a/b"], ["ab", "x/ab"]),
        ("a/", ["a/b", "x/a/b"], ["a", "x/a"]),
        ("/a", ["a", "a/b"], ["x/a"]),
        ("a/b", ["a/b", "a/b/c"], ["x/a/b", "a/x/b", "a"]),
        ("/*", ["a", "a/b"], []),
        ("a/*", ["a/b", "a/b/c"], ["a", "x/a/b"]),
        ("**/a", ["a", "x/a", "x/y/a/b"], ["x/ab"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["x/a/b", "a", "a/x"]),
        ("a/**", ["a/x", "a/x/y"], ["x/a/y"]),
        ("a/**/*.md", ["a/x.md", "a/b/c/x.md"], ["x.md", "a/x.yaml"]),
        ("*.txt", ["a.txt", "x/a.txt", "a.txt/b"], ["a.txt.yaml"]),
        ("a*b*c", ["abc", "axbxbc", "x/a-b-c"], ["ab", "acb"]),
        ("[a-c]?", ["ax", "b1"], ["dx", "a"]),
        ("[^a]", ["b"], ["a"]),
        ("[!a]", ["!", "a"], ["b"]),  # Go knows no other negation
        (r"\#a", ["#a"], ["a"]),
        (r"\!a", ["!a"], ["a"]),
        ("a ", ["a"], ["a "]),
        ("a\\ ", ["a "], ["a"]),
        ("a\r", ["a"], ["a\r"]),
        # what Flux' reading of patterns does not know, or reads in its own way
        ("/**", [], ["a", "a/b"]),
        ("a**/b", [], ["a/b", "ax/b"]),
        ("[", [], ["[", "a"]),
        ("[]a]", [], ["a", "]"]),
        ("a\\", [], ["a", "a\\"]),
        ("[z-a]", [], ["a", "z"]),
    ],
)
def test_patterns(line: str, yes: list[str], no: list[str]) -> None:
    assert [path for path in yes if not matches(line, path)] == []
    assert [path for path in no if matches(line, path)] == []


def test_lines_that_are_no_patterns() -> None:
    assert read_patterns("\n# a\n   \n\t\n") == ()
    assert len(read_patterns("a\n!b\n #c\n")) == 3
    assert len(read_patterns("a\n" + "b" * 70_000 + "\nc\n")) == 1  # Go's scanner stops there


def test_no_pattern_takes_long() -> None:
    start = time.monotonic()
    for line in ("*a" * 500 + "b", "[a-z]*" * 500 + "/", "**/" * 500 + "*a" * 100 + "b", "?*" * 500):
        for pattern in read_patterns(line):
            pattern.matches(["a" * 255] * 50)
    assert time.monotonic() - start < 2


PARTS = st.text(st.characters(exclude_characters="/"), min_size=1, max_size=8)


@given(st.text(max_size=60), st.lists(PARTS, min_size=1, max_size=5))
def test_any_text_is_read(text: str, parts: list[str]) -> None:
    for pattern in read_patterns(text):
        assert pattern.matches(parts) in (True, False)


# -- whole repositories


@pytest.fixture
def ignored(repository: GitOpsRepository) -> Iterator[Callable[..., list[str]]]:
    """The paths of a repository that are left out."""

    def look(files: Mapping[str, str], ignore: str = "") -> list[str]:
        tree = f"{repository.commit(files)}^{{tree}}"
        with Repository(repository.path) as opened:
            view = Index(Store(None), opened, Config(), "", Home([HERE])).at(repository.git("rev-parse", tree))
            return sorted(_left_out(view, ignore))

    yield look


def _left_out(view: View, ignore: str) -> Iterator[str]:
    found = SourceIgnore(view, ignore)
    return (entry.path for entry in view.walk("") if found.excludes(entry.path))


def test_what_is_known_of_a_side_goes_with_it(repository: GitOpsRepository) -> None:
    """A process that answers many checks must not keep their views."""
    tree = repository.git("rev-parse", f"{repository.commit({'a.png': ''})}^{{tree}}")
    with Repository(repository.path) as opened:
        view = Index(Store(None), opened, Config(), "", Home([HERE])).at(tree)
        assert source_ignore(view, "") is source_ignore(view, "")
        assert source_ignore(view, "").excludes("a.png")
        gone = ref(view)
        del view
        gc.collect()
        assert gone() is None


Look = Callable[..., list[str]]
PLAIN = dict.fromkeys(("a.yaml", "a.png", ".gitignore", ".github/w.yaml", "x/.sops.yaml", "x/a.tar.gz", "x/a.md"), "")

BUILT_IN = [".github/w.yaml", ".gitignore", "a.png", "x/.sops.yaml", "x/a.tar.gz"]


def test_without_anything_the_built_in_patterns_count(ignored: Look) -> None:
    assert ignored(PLAIN) == BUILT_IN


@pytest.mark.parametrize("place", [".sourceignore", "other/.sourceignore"])
def test_any_pattern_anywhere_takes_the_place_of_the_built_in_ones(place: str, ignored: Look) -> None:
    assert ignored({**PLAIN, place: "*.md\n"}) == [".gitignore", *(["x/a.md"] if place == ".sourceignore" else [])]
    assert ignored({**PLAIN, place: "# nothing\n"}) == BUILT_IN


def test_spec_ignore_comes_after_the_files(ignored: Look) -> None:
    files = {".sourceignore": "*.md\n", "x/.sourceignore": "!b.md\n/c.yaml\n", "a.md": "", "x/a.md": "", "x/b.md": "",
             "x/c.yaml": "", "c.yaml": ""}  # fmt: skip
    assert ignored(files) == ["a.md", "x/a.md", "x/c.yaml"]
    assert ignored(files, "!x/\nx/b.md\n") == ["a.md", "x/b.md"]


def test_what_lies_below_an_excluded_directory_may_come_back(ignored: Look) -> None:
    """Unlike git: the common way to keep one directory."""
    files = {".sourceignore": "/*\n!/deploy\n/deploy/**/*.md\n", "a.yaml": "", "deploy/a.yaml": "", "deploy/b/c.md": ""}
    assert ignored(files) == [".sourceignore", "a.yaml", "deploy/b/c.md"]


NAMES = st.sampled_from(("a", "b", "ab", "a.x"))
SEGMENTS = st.sampled_from(("a", "b", "*", "a*", "?", "*.x", "[ab]"))
MIDDLES = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)
LINES = st.tuples(st.sampled_from(("", "/", "**/")), MIDDLES, st.sampled_from(("", "/"))).map("".join)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    return path


@profile(quick=60, long=2000)
@given(lines=st.lists(LINES, max_size=4), paths=st.lists(PATHS, min_size=1, max_size=8, unique=True))
def test_law_without_exceptions_patterns_mean_what_git_says(git: Path, lines: list[str], paths: list[str]) -> None:
    """For patterns that both read in the same way: no ``!``, ``**`` in front only. Behind ``**`` Flux tries just the first
    place that fits the next segment, so that it leaves out less."""
    (git / ".gitignore").write_text("".join(f"{line}\n" for line in lines))
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=git, input="\n".join(paths), capture_output=True, text=True, check=False,
    )  # fmt: skip
    patterns = read_patterns((git / ".gitignore").read_text())
    mine = [path for path in paths if any(pattern.matches(path.split("/")) for pattern in patterns)]
    theirs = done.stdout.split()
    assert set(mine) <= set(theirs)
    if not any(line.startswith("**/") and "/" in line[3:].rstrip("/") for line in lines):
        assert mine == theirs


# -- checks


def git_repository(**spec: str) -> str:
    return json.dumps(
        {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
         "metadata": {"name": "repo", "namespace": "flux-system"}, "spec": {"url": HERE, **spec}}
    )  # fmt: skip


def flux(kind: str, **spec: object) -> str:
    group = "helm.toolkit.fluxcd.io/v2" if kind == "HelmRelease" else "kustomize.toolkit.fluxcd.io/v1"
    metadata = {"name": "web", "namespace": "flux-system"}
    return json.dumps({"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec})


SOURCE = {"kind": "GitRepository", "name": "repo"}
WEB = {
    "clusters/git.yaml": git_repository(),
    "clusters/web.yaml": flux("Kustomization", path="apps/web", sourceRef=SOURCE),
    "apps/web/a.yaml": manifest("ConfigMap", "a", data={"v": "1"}),
    "apps/web/b.yaml": manifest("ConfigMap", "b", data={"v": "1"}),
}
OTHER_B = {"apps/web/b.yaml": manifest("ConfigMap", "b", data={"v": "2"})}


@pytest.fixture(autouse=True)
def kustomize(need: Callable[[str], str]) -> None:
    need("kustomize")


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "changed"),
        ({".sourceignore": "b.yaml\n"}, "unchanged"),
        ({"apps/.sourceignore": "/web/b.yaml\n"}, "unchanged"),
        ({"apps/web/.sourceignore": "/b*\n"}, "unchanged"),
        ({"other/.sourceignore": "b.yaml\n"}, "changed"),
        ({"clusters/git.yaml": git_repository(ignore="/*\n!/apps/web/a.yaml\n")}, "unchanged"),
        ({".sourceignore": "b.yaml\n", "clusters/git.yaml": git_repository(ignore="!b.yaml")}, "changed"),
    ],
)
def test_an_excluded_file_changes_nothing(more: dict[str, str], state: str, repository: GitOpsRepository) -> None:
    report = repository.compare(WEB | more, OTHER_B)
    assert states(report) == {"apps/web": state}


@pytest.mark.parametrize("place", [".sourceignore", "apps/web/.sourceignore", "apps/web/deep/.sourceignore"])
@pytest.mark.parametrize("declared", [False, True])
def test_a_change_of_the_patterns_reaches_the_unit(declared: bool, place: str, repository: GitOpsRepository) -> None:
    """With a kustomization file, too, which says nothing of .sourceignore."""
    files = WEB | {"apps/web/deep/c.yaml": manifest("ConfigMap", "c")}
    if declared:
        files["apps/web/kustomization.yaml"] = kustomization(resources=["a.yaml", "deep"])
        files["apps/web/deep/kustomization.yaml"] = kustomization(
            configMapGenerator=[{"name": "m", "files": ["c.yaml"]}]
        )
    base = repository.commit(files)
    added = repository.commit({place: "c.yaml\n"})
    changed = repository.commit({place: "# c.yaml\n"})
    removed = repository.commit({place: None})
    seen = [
        by_path(repository.check(*pair))["apps/web"] for pair in ((base, added), (added, changed), (changed, removed))
    ]
    assert [str(unit.state) for unit in seen] == (
        ["broken", "fixed", "unchanged"] if declared else ["changed", "changed", "unchanged"]
    )


def test_without_its_kustomization_flux_lists_the_manifests(repository: GitOpsRepository) -> None:
    """b.yaml counts although the kustomization that is left out does not name it."""
    kust = {"apps/web/kustomization.yaml": kustomization(resources=["a.yaml"]), ".sourceignore": "kustomization.yaml\n"}
    report = repository.compare(WEB | kust, OTHER_B)
    assert states(report) == {"apps/web": "changed"}
    base = repository.git("rev-parse", "HEAD")
    assert states(repository.check(base, repository.commit({".sourceignore": None})))["apps/web"] == "changed"
    base = repository.git("rev-parse", "HEAD")
    (unit,) = repository.check(base, repository.commit({".sourceignore": "kustomization.yaml\n"})).units
    assert [change.id.name for change in unit.objects] == ["b"]


def test_argo_cd_and_plain_builds_see_everything(repository: GitOpsRepository) -> None:
    files = {
        ".sourceignore": "*.yaml\n",
        "apps/web/kustomization.yaml": kustomization(resources=["b.yaml"]),
        "apps/web/b.yaml": WEB["apps/web/b.yaml"],
    }
    assert states(repository.compare(files, OTHER_B)) == {"apps/web": "changed"}


def test_what_is_left_out_cannot_refuse_the_unit(repository: GitOpsRepository) -> None:
    """A kustomization with a remote base lies below the directory, but not in what Flux sees."""
    files = WEB | {
        "apps/web/x/kustomization.yaml": kustomization(resources=["https://example.com/base"]),
        ".sourceignore": "x/\n",
    }
    assert states(repository.compare(files, OTHER_B)) == {"apps/web": "changed"}


@pytest.mark.parametrize("pattern", ["apps/", "*.yaml", "apps/web"])
def test_nothing_is_left_of_the_path(repository: GitOpsRepository, pattern: str) -> None:
    """Flux says that the path is not there, and prunes nothing."""
    report = repository.compare(WEB, {".sourceignore": f"{pattern}\n"})
    (unit,) = [unit for unit in report.units if unit.path == "apps/web"]
    assert (str(unit.state), str(report.verdict)) == ("broken", "failed")
    assert unit.error.startswith("Flux does not find apps/web: .sourceignore files")
    mended = repository.compare({}, {".sourceignore": f"{pattern}\n!apps/web/a.yaml\n"})
    assert states(mended)["apps/web"] == "fixed"


def test_a_chart_without_what_is_left_out(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    template = manifest("ConfigMap", "a", data={"v": "1"})
    files = {**chart("charts/web", a=template), "clusters/git.yaml": git_repository(), ".sourceignore": "b.yaml\n"}
    files["clusters/web.yaml"] = flux("HelmRelease", chart={"spec": {"chart": "charts/web", "sourceRef": SOURCE}})
    report = repository.compare(files, {"charts/web/templates/b.yaml": manifest("ConfigMap", "b")})
    assert states(report) == {"charts/web": "unchanged"}
    (unit,) = repository.compare({}, {".sourceignore": "charts/\n"}).units
    assert (str(unit.state), unit.error.partition(":")[0]) == ("broken", "Flux does not find charts/web")


def test_an_index_that_was_moved_says_the_same(repository: GitOpsRepository, tmp_path: Path) -> None:
    steps: list[dict[str, str | None]] = [
        {**WEB, "apps/web/kustomization.yaml": kustomization(resources=["a.yaml"])},
        {"apps/web/.sourceignore": "kustomization.yaml\n"}, {**OTHER_B}, {".sourceignore": "!kustomization.yaml\n"},
        {"apps/web/.sourceignore": None}, {"clusters/git.yaml": git_repository(ignore="kustomization.yaml")},
        {"apps/web/b.yaml": WEB["apps/web/b.yaml"]},
    ]  # fmt: skip
    commits = [repository.commit(step) for step in steps]
    for base, head in pairwise(commits):
        kept = repository.check(base, head, cache=tmp_path / "cache")
        fresh = repository.check(base, head)
        assert [(u.key, u.state, u.objects) for u in kept.units] == [(u.key, u.state, u.objects) for u in fresh.units]
