"""Real pull requests, replayed on the playground's forges: their comments are what ``gatehouse check`` prints, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from laws import LONG
from posted_report import report_of
from replayed_pulls import Replayed, replayed

from bot.model.forge import ForgeKind, State

BANK, FLUX, KUBEFLOW, PODINFO = (
    "bank-of-anthos", "flux2-kustomize-helm-example", "kubeflow-manifests", "podinfo",
)  # fmt: skip
_QUICK = [
    (BANK, "87492b4e"), (BANK, "979d735a"), (FLUX, "242c5b1e"), (FLUX, "eb17b571"), (KUBEFLOW, "be71cf4d"),
    (PODINFO, "eec06d1e"),
]  # fmt: skip
_OTHERS = [
    (BANK, "1e40564f"), (BANK, "21cb9cb9"), (BANK, "549c55f7"), (FLUX, "3a71764b"),
    (KUBEFLOW, "5862ddf6"), (KUBEFLOW, "db9a3fd6"), (KUBEFLOW, "fcd884f7"),
]  # fmt: skip
CASES = [*_QUICK, *_OTHERS] if LONG else _QUICK


@pytest.fixture(scope="module")
def of_bundle(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Replayed]]:
    """A playground for each bundle."""
    known: dict[str, Replayed] = {}
    with ExitStack() as stack:

        def find(bundle: str) -> Replayed:
            if bundle not in known:
                place = tmp_path_factory.mktemp(bundle)
                known[bundle] = stack.enter_context(replayed(place / "world", corpora / f"{bundle}.bundle"))
            return known[bundle]

        yield find


@pytest.mark.parametrize("kind", list(ForgeKind))
@pytest.mark.parametrize(("bundle", "case"), CASES)
def test_the_comment_is_what_the_command_prints(
    of_bundle: Callable[[str], Replayed], bundle: str, case: str, kind: ForgeKind
) -> None:
    made = of_bundle(bundle)
    pull = made.checked(kind, f"case/{case}/head", f"case/{case}/base")
    code, printed = made.printed(pull)
    assert report_of(made.comment(pull)).encode() == printed.encode()
    assert pull.head in printed and f"--forge {kind}" in printed
    assert made.state(pull) is {0: State.PASSED, 1: State.FAILED}[code]
