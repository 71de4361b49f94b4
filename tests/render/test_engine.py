"""Many renders at once: each once, failures alone, everything masked."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from made_repository import program

from bot.errors import ToolError
from bot.model.resource import Document, Failed, Outcome, Rendered
from bot.model.snapshot import FILE, Entry
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender
from bot.process import Limits
from bot.render import all_renderers
from bot.render.base import NOTHING, Material, Raw, RenderError
from bot.render.cache import Cache
from bot.render.engine import Engine, joined
from bot.render.sandbox import Sandbox, detect
from bot.render.tools import Tools

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


def plain(name: str, oid: str = "") -> Material:
    return Material(
        PlainRender(name), (Entry(f"{name}/a.yaml", FILE, oid or name),), lambda e: (OBJECT % e.oid).encode()
    )


def engine(cache: Path | None = None, tools: Tools | None = None, workers: int = 2) -> Engine:
    return Engine(tools or Tools(Sandbox("none"), Limits(seconds=30)), Cache(cache), workers=workers)


def quiet(done: int, total: int) -> None:
    """Nobody waits."""


def test_outcomes_in_order_and_each_material_once() -> None:
    found = engine()
    told: list[tuple[int, int]] = []
    outcomes = found.render_all([plain("a"), plain("b"), plain("a")], lambda done, total: told.append((done, total)))
    texts = [o.documents[0].text for o in outcomes if isinstance(o, Rendered)]
    assert ["name: a" in texts[0], "name: b" in texts[1], texts[0] == texts[2]] == [True] * 3
    assert (found.tally.rendered, found.tally.cached) == (2, 0)
    assert told == [(1, 2), (2, 2)]


def test_a_second_run_is_answered_by_the_cache(tmp_path: Path) -> None:
    first = engine(tmp_path)
    before = first.render_all([plain("a"), plain("b")], quiet)
    second = engine(tmp_path)
    assert second.render_all([plain("a"), plain("b")], quiet) == before
    assert (second.tally.rendered, second.tally.cached) == (0, 2)


def test_the_name_changes_with_everything_that_decides() -> None:
    material = plain("a")
    assert isinstance(material.part, PlainRender)
    others = [
        plain("b"), plain("a", "other"), replace(material, part=replace(material.part, recurse=True)),
        replace(material, files=(material.files[0]._replace(mode=0o100755),)), replace(material, files=()),
        replace(material, refusal="no"), replace(material, dependencies=(("a", "b", "c"),)),
        replace(material, part=KustomizeRender("a")),
    ]  # fmt: skip
    found = engine()
    assert len({found.name(m) for m in [material, *others]}) == len(others) + 1
    limited = engine(tools=Tools(Sandbox("none"), Limits(seconds=1)))
    assert limited.name(material) != found.name(material)


def test_a_refusal_is_the_outcome_and_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(all_renderers.RENDERERS, PlainRender, _explodes)
    found = engine().render_all([replace(plain("a"), refusal="It leads out: password=hunter2")], quiet)
    assert [o.reason for o in found if isinstance(o, Failed)] == ["It leads out: password=•••"]


def _explodes(material: Material, tools: Tools) -> Raw:
    raise AssertionError("it ran")


@pytest.mark.parametrize(
    ("error", "machine", "words"),
    [
        (RenderError("author's fault"), False, "author's fault"),
        (ToolError("machine's fault"), True, "machine's fault"),
        (OSError(28, "No space left on device", "/tmp/gatehouse-render-1/x"), True, "No space left on device"),
        (MemoryError(), True, "MemoryError"),
        (RecursionError("too deep"), True, "RecursionError"),
        (KeyError("hunter2"), True, "report this: KeyError at bot/render/engine.py:"),
    ],
)
def test_each_failure_is_its_units_own(
    error: Exception, machine: bool, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(material: Material, tools: Tools) -> Raw:
        raise error

    monkeypatch.setitem(all_renderers.RENDERERS, KustomizeRender, fail)
    kustomized = engine(tmp_path).render_all([plain("a"), replace(plain("b"), part=KustomizeRender("b"))], quiet)
    failed = kustomized[1]
    assert isinstance(kustomized[0], Rendered)
    assert isinstance(failed, Failed)
    assert failed.machine is machine
    assert words in failed.reason
    assert "gatehouse-render" not in failed.reason
    assert "hunter2" not in failed.reason
    again = engine(tmp_path)
    monkeypatch.setitem(all_renderers.RENDERERS, KustomizeRender, lambda m, t: Raw([OBJECT % "fine"]))
    found = again.render_all([replace(plain("b"), part=KustomizeRender("b"))], quiet)[0]
    assert isinstance(found, Failed if not machine else Rendered)  # what a machine lacks is not kept


def test_what_cannot_render_says_why() -> None:
    found = engine().render_all([Material(CannotRender("It is elsewhere."), (), lambda _: b"")], quiet)
    assert [o.reason for o in found if isinstance(o, Failed)] == ["It is elsewhere."]


def test_missing_programs_are_outcomes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcomes = engine().render_all([Material(HelmRender("c", "r"), (), lambda _: b""), plain("a")], quiet)
    assert isinstance(outcomes[0], Failed)
    assert outcomes[0].machine
    assert isinstance(outcomes[1], Rendered)


def test_secrets_are_masked_before_they_are_kept(tmp_path: Path) -> None:
    text = b"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: hunter2-hunter2}\n"
    material = replace(plain("a"), read=lambda _: text)
    outcome = engine(tmp_path).render_all([material], quiet)[0]
    assert isinstance(outcome, Rendered)
    assert "hunter2" not in outcome.documents[0].text


def test_an_object_that_is_too_deep_is_no_outcome_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "".join(f"{' ' * level}a:\n" for level in range(300))
    monkeypatch.setitem(all_renderers.RENDERERS, KustomizeRender, lambda m, t: Raw([OBJECT % "c" + deep]))
    (failed,) = engine().render_all([replace(plain("b"), part=KustomizeRender("b"))], quiet)
    assert isinstance(failed, Failed)
    assert "more than 200 levels deep" in failed.reason


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard: whoever runs the tests may ignore it, as a shell does for what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_programs_of_all_threads(tmp_path: Path, interruptible: None) -> None:
    started = tmp_path / "started"
    fake = program(tmp_path / "kustomize", f"echo $$ >> {started}\nsleep 60")
    tools = Tools(detect(), Limits(seconds=50), kustomize_path=str(fake))
    materials = [replace(plain(f"n{n}"), part=KustomizeRender(f"n{n}")) for n in range(6)]

    def interrupt() -> None:
        for _ in range(500):
            if started.exists() and len(started.read_text().split()) >= 2:
                break
            threading.Event().wait(0.02)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        engine(tools=tools).render_all(materials, quiet)
    thread.join()
    assert not any(Path("/proc", pid).exists() for pid in started.read_text().split())
    assert len(started.read_text().split()) == 2
    assert not [t for t in threading.enumerate() if "ThreadPool" in t.name]


def test_notes_about_the_machine(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    first, second = engine(tmp_path / "file").notes
    assert "without a sandbox" in first
    assert "cannot be used" in second
    assert engine(tools=Tools(Sandbox("network"), Limits())).notes == ()


def test_joined() -> None:
    one, two = Rendered((), ("n",)), Rendered((), ("n", "m"))
    assert joined([one, two]) == Rendered((), ("n", "m"))
    assert joined([Failed("a")]) == Failed("a")
    parts = (one, Failed("a"), Failed("b"))
    assert joined(parts) == Failed("a", parts=parts)
    stream: Iterator[Outcome] = iter([Failed("a"), one, two])
    failed = Failed("a", parts=(Failed("a"), one))
    assert (joined(islice(stream, 2)), joined(stream)) == (failed, two)  # each takes all that is its own


def test_that_a_part_is_empty_says_nothing_of_a_unit_that_is_not() -> None:
    empty, full = Rendered((), (NOTHING,)), Rendered((Document("a: 1", "d"),), ("A word.",))
    assert joined([empty, full, empty]).notes == ("A word.",)  # type: ignore[union-attr]
    assert joined([empty, empty]) == empty


def test_what_a_chart_says_of_its_own_secrets_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    values = Entry("mail/values-prod.yaml", FILE, "v")
    part = HelmRender("mail", "mail", value_files=("mail/values-prod.yaml",))
    material = Material(part, (values,), lambda _: b"smtp: {password: CobaltHarbor90zz}\n")
    line = "kind: ConfigMap\nmetadata: {name: a}\ndata: {line: LOGIN CobaltHarbor90zz}\n"
    monkeypatch.setitem(all_renderers.RENDERERS, HelmRender, lambda *_: Raw([line]))
    monkeypatch.setattr("bot.render.engine.identity", lambda *_: "")
    (shown,) = engine().render_all([material], quiet)
    assert "LOGIN <secret " in repr(shown) and "CobaltHarbor" not in repr(shown)

    def failing() -> Raw:
        raise RenderError('password "CobaltHarbor90zz" is too short')

    monkeypatch.setitem(all_renderers.RENDERERS, HelmRender, lambda *_: failing())
    (failed,) = engine().render_all([material], quiet)
    assert failed == Failed('password "•••" is too short')
