"""The line that names what a unit fails by: kustomize's and our own sentences, and nothing where it is not sure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository

from bot.jobs.failing_line import named_line
from bot.report.concerns import stops
from bot.report.issues import issues

TEXT = """resources:
  - ../../base
  - "quoted.yaml"  # why
patches:
  - path: more.yaml
images:
  - name: registry.example.com/shop
    newTag: 1.2.3
"""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("failed to get the patch file from path(more.yaml): evalsymlink failure on 'apps/prod/more.yaml'", 5),
        ("accumulating resources from 'apps/prod/quoted.yaml': yaml: line 3: mapping values are not allowed", 3),
        ("accumulating resources: read base: no such file", 0),
        ("couldn't make target for path 'base'", 0),
        ("accumulation err='accumulating resources from ../../base: must build at directory'", 2),
        ("more.yaml and quoted.yaml are both wrong", 0),
        ("version 1.2.3 of nothing", 0),
        ("", 0),
    ],
)
def test_the_only_line_that_names_it(error: str, line: int) -> None:
    assert named_line(error, "apps/prod", TEXT) == line


def test_a_broken_unit_is_told_at_its_line(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = "resources:\n  - web.yaml\n"
    web = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n"
    after = {"web/kustomization.yaml": before + "patches:\n  - path: more.yaml\n"}
    report = repository.compare({"web/kustomization.yaml": before, "web/web.yaml": web}, after)
    (concern,) = stops(report)
    assert concern.sources == ("web/kustomization.yaml:4",)
    assert [(issue.rule, issue.file, issue.line) for issue in issues(report)] == [
        ("gatehouse/broken", "web/kustomization.yaml", 4)
    ]
