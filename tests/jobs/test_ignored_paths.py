"""``ignore:`` and ``root: false`` in a whole check: what is no unit is not listed, and what another unit reads is shown."""

from __future__ import annotations

from collections.abc import Callable

from gitops_repository import GitOpsRepository, kustomization, manifest, states

FILES: dict[str, str | None] = {
    ".gatehouse.yaml": "ignore: ['**/*.md', vendor/]\nunits: [{path: skeleton, root: false}]\n",
    "app/kustomization.yaml": kustomization(
        resources=["../vendor/base"], configMapGenerator=[{"name": "text", "files": ["README.md"]}]
    ),
    "app/README.md": "one",
    **{
        f"{path}/{name}": text
        for path in ("vendor/base", "vendor/other", "skeleton")
        for name, text in {
            "kustomization.yaml": kustomization(resources=["cm.yaml"]),
            "cm.yaml": manifest("ConfigMap", "c", data={"a": "1"}),
        }.items()
    },
}
BROKEN = kustomization(resources=["gone.yaml"])


def test_only_what_reads_it_is_changed(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    base = repository.commit(FILES)
    for change, said in (
        ({"app/README.md": "two"}, ["text"]),
        ({"vendor/base/cm.yaml": manifest("ConfigMap", "c", data={"a": "2"})}, ["c"]),
    ):
        report = repository.check(base, repository.commit({**FILES, **change}))
        assert (states(report), report.unmapped) == ({"app": "changed"}, ())
        assert [change.id.name.partition("-")[0] for change in report.units[0].objects] == said


def test_what_is_no_unit_stops_nothing(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """Broken templates are nobody's deployment; with all units the one that is in between says so."""
    need("kustomize")
    base = repository.commit(FILES)
    head = repository.commit({"vendor/other/kustomization.yaml": BROKEN, "skeleton/kustomization.yaml": BROKEN})
    report = repository.check(base, head)
    assert (states(report), report.unmapped, str(report.verdict)) == ({}, ("skeleton/kustomization.yaml",), "passed")
    report = repository.check(base, head, everything=True)
    assert (states(report), str(report.verdict)) == ({"skeleton": "broken"}, "passed")
