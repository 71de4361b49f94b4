"""More files than a forge tells of: what a pull request changes is read from git, so that nothing hides behind the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository
from posted_report import report_of
from replayed_pulls import PATHS, replayed

from bot.model.forge import ForgeKind, PullRequestName, RepositoryName, State

MANY = 3_100  # GitHub's list ends at 3,000
DEV = "zoo/overlays/dev"  # behind all others, in the order of names
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: zoo\n"
FILES = {
    f"{DEV}/kustomization.yaml": "resources: [config.yaml]\nnamespace: dev\n",
    f"{DEV}/config.yaml": OBJECT,
    ".gatehouse.yaml": "checks: {run: all}\n",
    "CODEOWNERS": "/.gatehouse.yaml @ada\n",
}


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_the_last_of_three_thousand_files_stops_the_merge(tmp_path: Path, kind: ForgeKind) -> None:
    source = GitOpsRepository(tmp_path / "source")
    source.git("branch", "-m", "main")
    source.commit(FILES)
    source.git("checkout", "-q", "-b", "fine")
    source.commit({f"docs/{number:04}.md": f"{number}\n" for number in range(MANY)})
    source.git("checkout", "-q", "-b", "broken")
    source.commit({f"{DEV}/kustomization.yaml": "resources: [config.yaml, nowhere.yaml]\nnamespace: dev\n"})
    with replayed(tmp_path / "world", source.path) as made:
        fine, bad = (made.checked(kind, branch, "main") for branch in ("fine", "broken"))
        name = PullRequestName(RepositoryName(kind, PATHS[kind]), bad.number)
        if kind is ForgeKind.GITHUB:
            assert made.forges[kind].changed_files(name) is None, "the forge told all, so that this proves nothing"
        assert (made.state(fine), made.state(bad)) == (State.PASSED, State.FAILED)
        assert "nowhere.yaml" in made.comment(bad)
        assert report_of(made.comment(bad)) == made.printed(bad).text
