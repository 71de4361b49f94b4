"""Real changes of the corpora, and small ones made on top of their trees, judged by every check."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from gitops_repository import GitOpsRepository

from bot.git.repository import Repository
from bot.jobs.check import check
from bot.model.approvals import NOT_ASKED, Approvals
from bot.model.result import CheckResult, Report
from bot.settings import Settings
from bot.wiring import configuration, opened, resolve

_ALL = "checks: {run: all}\n"


class JudgedCases:
    """Clones of the bundles below ``corpora``, each made once, with a report for each case, made once too."""

    def __init__(self, corpora: Path, place: Path) -> None:
        self._corpora = corpora
        self._place = place
        self._reports: dict[tuple[str, str], Report] = {}
        self._settings = place / "all.yaml"
        self._settings.write_text(_ALL)

    def case(self, bundle: str, case: str) -> Report:
        """What a real pull request of a bundle is told."""
        if (bundle, case) not in self._reports:
            clone = self._place / f"{bundle}.git"
            if not clone.exists():
                source = str(self._corpora / f"{bundle}.bundle")
                subprocess.run(["git", "clone", "-q", "--bare", source, str(clone)], check=True)
            self._reports[bundle, case] = self._report(clone, f"case/{case}/base", f"case/{case}/head")
        return self._reports[bundle, case]

    def on_top(
        self,
        bundle: str,
        edits: Mapping[str, tuple[str, str]],
        *,
        of: str = "main",
        base: Mapping[str, str] | None = None,
    ) -> Report:
        """What a change on top of the real tree ``of`` is told: in each file one text takes the place of another. ``base``:
        files that the base side has besides."""
        made = self.work_tree(bundle)
        made.git("checkout", "-q", "-B", "made", f"origin/{of}")
        before = made.commit(base or {})
        texts = {}
        for path, (old, new) in edits.items():
            text = (made.path / path).read_text()
            assert old in text, f"{path} of {bundle} no longer holds {old!r}"
            texts[path] = text.replace(old, new, 1)
        return self._report(made.path, before, made.commit(texts))

    def moved_onto(self, bundle: str, case: str, base: Mapping[str, str], approvals: Approvals) -> Report:
        """A real pull request as it would have come to a repository that has some files besides."""
        made = self.work_tree(bundle)
        made.git("checkout", "-q", "-B", "made", f"origin/case/{case}/base")
        before = made.commit(base)
        made.git("cherry-pick", f"origin/case/{case}/head")
        return self._report(made.path, before, "made", approvals)

    def work_tree(self, bundle: str) -> GitOpsRepository:
        """A clone that has files."""
        number = len(list(self._place.glob("made-*")))
        made = GitOpsRepository(self._place / f"made-{number}")
        made.git("remote", "add", "origin", str(self._corpora / f"{bundle}.bundle"))
        made.git("fetch", "-q", "origin")
        return made

    def _report(self, path: Path, base: str, head: str, approvals: Approvals = NOT_ASKED) -> Report:
        with Repository(path) as repository:
            sides = resolve(repository, base, head, "")
            configured = configuration(repository, sides.base, str(self._settings))
            with opened(
                repository, configured, Settings(self._place / "cache"), lambda *_: None, approvals=approvals
            ) as ports:
                return check(sides, ports, everything=False)


def of_check(report: Report, name: str) -> CheckResult:
    """What one check says; every check must have been able to look, but for owners where there is no CODEOWNERS."""
    assert len(report.checks) == 7
    assert not any(result.reason for result in report.checks if "no CODEOWNERS" not in result.reason)
    return next(result for result in report.checks if result.name == name)
