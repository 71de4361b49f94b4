"""A check of a repository of a few files, so that a process that forks for each job has learnt before what every job needs.

The first check of a process loads libraries, compiles patterns and schemas, and asks how programs can be shut in and which
version they have: together they take longer than the check itself. What was learnt before a fork, all later processes know.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bot.errors import ToolError
from bot.gate import Question, judged
from bot.git.command import git, require
from bot.git.repository import Repository
from bot.model.approvals import agreed
from bot.model.forge import ForgeKind
from bot.model.result import Report
from bot.report import html
from bot.report.status import statuses
from bot.service.comment import report_comment
from bot.settings import Settings

_LIMIT = 65_536
_KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  labels: {app: app}
spec:
  replicas: 2
  selector:
    matchLabels: {app: app}
  template:
    metadata:
      labels: {app: app}
    spec:
      containers:
        - name: main
          image: registry.example.com/app:1.0.0
          resources:
            limits: {memory: 64Mi}
"""
_CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\ndata:\n  LEVEL: info\n"
_OVERLAY = "app/overlays/prod/kustomization.yaml"


def rehearse(settings: Settings) -> Report:
    """Check the few files, make all that would be published of it, and forget it. Nothing is left on disk, and nobody is
    asked over the network. Raises ToolError, OSError and UserError for what a check raises them for."""
    with TemporaryDirectory(prefix="gatehouse-rehearsal-") as directory:
        place = Path(directory, "apps.git")
        _make(place)
        question = Question("main~1", "main", base_branch="main", forge=str(ForgeKind.GITHUB), approvals=agreed())
        with Repository(place) as repository:
            report = judged(repository, question, settings._replace(cache=None, opa_url="", opa_token=""), _quiet)
        statuses(report)
        report_comment(report, limit=_LIMIT, link="", seconds=0.1)
        html.render(report)
        return report


def _quiet(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def _make(place: Path) -> None:
    """Two commits on ``main``: the second brings another image, and one that has no fixed version."""
    place.mkdir()
    require(("init",), git(place, "init", "--quiet", "--bare", "--template=", "--initial-branch=main"))
    files = {
        "CODEOWNERS": "* @platform\n",
        "app/base/kustomization.yaml": f"{_KUSTOMIZATION}resources: [app.yaml, config.yaml]\n",
        "app/base/app.yaml": _DEPLOYMENT,
        "app/base/config.yaml": _CONFIG_MAP,
        _OVERLAY: _overlay("1.0.1"),
    }
    stream = _commit(1, files) + _commit(2, {_OVERLAY: _overlay("latest")}) + b"done\n"
    done = git(place, "fast-import", "--quiet", "--done", stdin=stream)
    if not done.ok:
        raise ToolError("git fast-import failed.")


def _overlay(tag: str) -> str:
    images = f"images:\n  - name: registry.example.com/app\n    newTag: {tag}\n"
    return f"{_KUSTOMIZATION}namespace: app\nresources: [../../base]\n{images}"


def _commit(mark: int, files: dict[str, str]) -> bytes:
    """As git-fast-import(1) reads it; a later commit follows the one before."""
    text = f"commit refs/heads/main\nmark :{mark}\ncommitter Gatehouse <gatehouse@localhost> {mark} +0000\ndata 0\n"
    text += f"from :{mark - 1}\n" if mark > 1 else ""
    for path, content in files.items():
        text += f"M 100644 inline {path}\ndata {len(content.encode())}\n{content}\n"
    return text.encode()
