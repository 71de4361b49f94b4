"""What the machine does wrong: programs that are missing, old, endless; disks that are full; Ctrl-C; caches that lie."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_repository import Made, Said, chart, check, check_nothing_leaks, config_map, gatehouse, outside, program

from bot.model.unit import KustomizeRender
from bot.render.all_renderers import RENDERERS
from bot.render.base import Material, Raw
from bot.render.tools import Tools

X = {"apps/x/kustomization.yaml": "resources: [a.yaml]\n", "apps/x/a.yaml": config_map()}
MOVED = {"apps/x/a.yaml": config_map(value="2")}
ROOT = Path(__file__).parents[2]
GREEDY = f"exec {sys.executable} -c 'held = bytearray(300 << 20); import time; time.sleep(60)'"
KUBECTL = Path(sys.executable).parent / "kubectl"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path / "r").change(X, MOVED)


def kustomize(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    """A program that says that it is kustomize, and then does what the text says."""
    told = '[ "$1" = version ] && echo v5.8.1 && exit'
    monkeypatch.setenv("GATEHOUSE_KUSTOMIZE", str(program(tmp_path / "fake-kustomize", f"{told}\n{text}")))


def limited(made: Made, text: str) -> Made:
    """The repository with limits in the base's configuration."""
    made.git("checkout", "-q", "--detach", "base")
    made.commit({".gatehouse.yaml": f"version: 1\nrender: {{{text}}}\n"}, "base")
    made.commit(MOVED, "head")
    return made


# -- programs


def only_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds git and what the fakes need."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh", "sleep", "true", "unshare"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_without_kustomize_and_kubectl(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_git(tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere/python"))
    said = check(made)
    assert (said.code, said.report["verdict"]) == (3, "error")
    assert said.states() == {"apps/x": "unrenderable"}
    assert "Neither kustomize nor kubectl was found; install" in said.error("apps/x")


def test_without_helm_the_other_units_are_still_told(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.commit(chart("charts/c", x=config_map("c")), "head")
    only_git(tmp_path, monkeypatch)
    said = check(made)
    assert (said.code, said.report["verdict"]) == (3, "error")
    assert said.states() == {"apps/x": "changed", "charts/c": "unrenderable"}
    assert "Helm was not found; install Helm 3.20.2 or 4.1.4" in said.error("charts/c")


@pytest.mark.parametrize(
    ("version", "usable"),
    [
        ("v3.20.1", False),
        ("v4.1.3+g1234", False),
        ("v2.17.0", False),
        ("nonsense", False),
        ("v3.20.2", True),
        ("v4.1.4", True),
    ],
)
def test_helm_of_some_version(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, usable: bool
) -> None:
    made.commit(chart("charts/c", x=config_map("c")), "head")
    text = (
        f'[ "$1" = version ] && echo {version} && exit 0\necho "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}"'
    )
    monkeypatch.setenv("GATEHOUSE_HELM", str(program(tmp_path / "fake-helm", text)))
    said = check(made)
    assert said.states()["charts/c"] == ("added" if usable else "unrenderable")
    assert said.code == (0 if usable else 3)
    if not usable:
        assert version in said.error("charts/c")
        assert "3.20.2 or 4.1.4 (or newer) is needed" in said.error("charts/c")


def test_helm_that_cannot_say_its_version(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(tmp_path / "cache"))
    made.commit(chart("charts/c", x=config_map("c")), "head")
    helm = program(tmp_path / "fake-helm", "exit 7")
    monkeypatch.setenv("GATEHOUSE_HELM", str(helm))
    for _ in range(2):
        said = check(made)
        assert said.code == 3
        assert "asked for its version, it ended with code 7" in said.error("charts/c")


@pytest.mark.parametrize("setting", ["GATEHOUSE_KUSTOMIZE", "GATEHOUSE_HELM"])
def test_setting_that_names_no_program(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    made.commit(chart("charts/c", x=config_map("c")), "head")
    monkeypatch.setenv(setting, str(tmp_path / "nope"))
    said = check(made)
    path = "apps/x" if setting.endswith("KUSTOMIZE") else "charts/c"
    assert said.code == 3
    assert f"{tmp_path / 'nope'} cannot be used" in said.error(path)


def test_setting_that_names_a_directory(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_SANDBOX", "off")
    monkeypatch.setenv("GATEHOUSE_KUSTOMIZE", str(tmp_path))
    said = check(made)
    assert said.code == 3
    assert "could not be started" in said.error("apps/x")


# -- renderers that want too much


@pytest.mark.parametrize(
    ("text", "limit", "words"),
    [
        pytest.param("while :; do echo xxxxxxxxxxxxxxxx; done", "output_mib: 1", "printed more than 1 MiB", id="output"),
        pytest.param("sleep 60", "timeout_seconds: 1", "took longer than 1 s", id="time"),
        pytest.param(GREEDY, "memory_mib: 128", "used more than 128 MiB of memory", id="memory"),
    ],
)  # fmt: skip
def test_renderer_over_a_limit(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, limit: str, words: str
) -> None:
    kustomize(monkeypatch, tmp_path, text)
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(tmp_path / "cache"))
    made = limited(made, limit)
    start = time.monotonic()
    said = check(made)
    assert time.monotonic() - start < 15
    assert (said.states(), said.code) == ({"apps/x": "unrenderable"}, 3)  # what the change does nobody knows
    assert words in said.error("apps/x")
    assert "raise the limit under `render` in .gatehouse.yaml" in said.error("apps/x")
    kustomize(
        monkeypatch, tmp_path, f"exec {shutil.which('kustomize') or Path(sys.executable).parent / 'kubectl'} kustomize"
    )
    assert check(made).report["counts"]["cached"] == 0  # what a slower moment gave is not kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("echo 'Error: no way' >&2; exit 1", "no way", id="speaks"),
        pytest.param("yes error in $PWD | head -c 100000 >&2; exit 1", "error in", id="long"),
        pytest.param("printf '\\033[31mred\\r\\a' >&2; exit 1", "red", id="control-characters"),
    ],
)
def test_renderer_that_fails(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    kustomize(monkeypatch, tmp_path, text)
    said = check(made)
    assert said.states() == {"apps/x": "unrenderable"}
    assert words in said.error("apps/x")
    assert len(said.error("apps/x")) < 5000
    shown = gatehouse("check", "--repo", str(made.path), "--base", "base", "--head", "head")
    assert "\033[31m" not in shown.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("exit 5", "fake-kustomize ended with code 5 and said nothing", id="silent"),
        pytest.param("kill -SEGV $$", "fake-kustomize was ended by SIGSEGV", id="crashes"),
        pytest.param("kill -KILL $$", "fake-kustomize was ended by SIGKILL", id="killed"),
    ],
)
def test_renderer_that_says_nothing_is_no_answer(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(tmp_path / "cache"))
    kustomize(monkeypatch, tmp_path, text)
    said = check(made)
    assert said.code == 3
    assert words in said.error("apps/x")
    again = check(made)
    assert (again.code, again.report["counts"]["cached"]) == (3, 0)  # the next moment may be another one


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("<html>Forbidden</html>", "asked for its version, it ended with code", id="a page of a proxy"),
        pytest.param("true", "asked for its version, it says none", id="another program"),
        pytest.param(
            "echo v3.8.1; echo 'unknown flag: --load-restrictor' >&2; [ $1 = version ]", "4.0 or newer", id="old"
        ),
    ],
)
def test_a_program_that_is_not_kustomize(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setenv("GATEHOUSE_KUSTOMIZE", str(program(tmp_path / "fake-kustomize", text)))
    said = check(made)
    assert said.code == 3
    assert words in said.error("apps/x")


@pytest.mark.parametrize("text", ["printf '\\377\\376'", "echo 'a: ['", "printf 'a: \\000'", "echo '- 1'", "true"])
def test_renderer_that_prints_nonsense(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    kustomize(monkeypatch, tmp_path, text)
    said = check(made)
    assert said.code in (0, 1)
    assert said.err == ""


# -- Ctrl-C


def leftovers(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_check_leaves_nothing(made: Made, tmp_path: Path, kind: signal.Signals) -> None:
    for number in range(6):
        made.write({f"apps/n{number}/kustomization.yaml": "resources: [a.yaml]\n"})
        made.write({f"apps/n{number}/a.yaml": config_map(f"n{number}")})
    made.commit(branch="head")
    scratch, started = tmp_path / "scratch", tmp_path / "started"
    scratch.mkdir()
    fake = program(tmp_path / "fake-kustomize", f"echo $$ >> {started}\nsleep 60")
    env = {**os.environ, "TMPDIR": str(scratch), "GATEHOUSE_KUSTOMIZE": str(fake), "GATEHOUSE_WORKERS": "3"}
    words = [sys.executable, "-m", "bot", "check", "--repo", str(made.path), "--base", "base", "--head", "head"]
    running = subprocess.Popen(
        words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(kind, signal.default_int_handler if kind == signal.SIGINT else signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip  # whoever runs the tests may ignore the signal, as nohup does
    end = time.monotonic() + 20
    while time.monotonic() < end and (not started.exists() or len(started.read_text().split()) < 3):
        time.sleep(0.02)
    assert leftovers(scratch) != []
    running.send_signal(kind)
    out, err = running.communicate(timeout=10)
    assert running.returncode == 130
    assert out == ""
    assert err == "Stopped; nothing was changed.\n"
    assert leftovers(scratch) == []
    for pid in started.read_text().split():
        assert not Path("/proc", pid).exists(), "a renderer still runs"


def test_nohup_is_respected(made: Made) -> None:
    code = "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); sys.argv[1:] = ['units', '-h']\n"
    code += "from bot import cli\ntry: cli.entry()\nexcept SystemExit: pass\n"
    code += "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("True\n")


# -- standard output


def test_a_reader_that_goes_away_does_not_hide_the_verdict(tmp_path: Path) -> None:
    made = Made(tmp_path / "r").change(X, {"apps/x/a.yaml": "a: ["})
    words = [sys.executable, "-m", "bot", "check", "--repo", str(made.path), "--base", "base", "--head", "head"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(words, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_output_is_full(made: Made) -> None:
    words = [sys.executable, "-m", "bot", "check", "--repo", str(made.path), "--base", "base", "--head", "head"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(words, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "report cannot be written to standard output: No space left on device" in done.stderr
    check_nothing_leaks(done.stderr)


def test_standard_output_is_closed(made: Made) -> None:
    line = f"{sys.executable} -m bot check --repo '{made.path}' --base base --head head >&-"
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--output FILE" in done.stderr
    check_nothing_leaks(done.stderr)


@pytest.mark.parametrize("target", ["nope/report.html", ".", "/dev/full"])
def test_output_file_that_cannot_be_written(made: Made, tmp_path: Path, target: str) -> None:
    path = tmp_path / target if not target.startswith("/") else Path(target)
    said = check(made, "--output", str(path))
    assert (said.code, said.out) == (2, "")
    assert f"--output {path} cannot be written" in said.err


# -- the cache


def cached(made: Made, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(cache))
    said = check(made)
    assert (said.code, said.err, said.states()) == (0, "", {"apps/x": "changed"})
    return said


@pytest.mark.parametrize("kind", ["file", "missing-parent", "dangling-link"])
def test_cache_directory_that_cannot_be(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    cache = tmp_path / "cache"
    if kind == "file":
        cache.write_text("mine")
    elif kind == "missing-parent":
        cache = Path("/proc/nowhere/cache")
    else:
        cache.symlink_to(tmp_path / "nowhere/at/all")
    cached(made, cache, monkeypatch)
    if kind == "file":
        assert cache.read_text() == "mine"


@pytest.mark.parametrize("damage", ["truncate", "swap", "zero", "foreign", "directory"])
def test_poisoned_entries_are_rebuilt(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    cache = tmp_path / "cache"
    first = cached(made, cache, monkeypatch)
    assert cached(made, cache, monkeypatch).report["counts"]["rendered"] == 0
    entries = sorted(p for p in (cache / "renders").glob("??/*") if p.is_file())
    assert len(entries) >= 2
    contents = [p.read_bytes() for p in entries]
    for number, entry in enumerate(entries):
        if damage == "directory":
            entry.unlink()
            entry.mkdir()
            continue
        new = {"truncate": contents[number][:-3], "swap": contents[number - 1], "zero": b"", "foreign": b"\0" * 99}[
            damage
        ]
        entry.write_bytes(new)
    again = cached(made, cache, monkeypatch)
    assert again.units == first.units
    assert again.report["counts"]["rendered"] == 2
    if damage != "directory":
        assert cached(made, cache, monkeypatch).report["counts"]["rendered"] == 0


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + b"\0" * 200, b"nonsense" * 1000])
def test_damaged_index_is_built_again(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    cache = tmp_path / "cache"
    first = cached(made, cache, monkeypatch)
    for file in (cache / "index").iterdir():
        file.write_bytes(content)
    assert cached(made, cache, monkeypatch).units == first.units


def test_damaged_key_of_the_cache(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    cached(made, cache, monkeypatch)
    (cache / "renders/key").write_bytes(b"short")
    cached(made, cache, monkeypatch)
    cached(made, cache, monkeypatch)
    assert len((cache / "renders/key").read_bytes()) == 32


def test_full_disk_under_the_cache(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", cache], capture_output=True, check=False
    ).returncode:
        pytest.skip("this system does not let a test mount a small disk")
    try:
        (cache / "ballast").write_bytes(b"x" * 60_000)
        for _ in range(2):
            cached(made, cache, monkeypatch)
    finally:
        subprocess.run(["umount", cache], check=True)


def test_full_disk_under_the_cache_without_a_mount(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> tuple[int, str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.render.cache.tempfile.mkstemp", full)
    cached(made, tmp_path / "cache", monkeypatch)


def test_no_room_for_temporary_files(made: Made, tmp_path: Path) -> None:
    said = outside(
        "check",
        "--repo",
        str(made.path),
        "--base",
        "base",
        "--head",
        "head",
        env={"TMPDIR": "/proc", "TMP": "", "TEMP": ""},
    )
    assert said.code in (0, 3)  # Python may find another directory
    assert "internal error" not in said.err


def test_disk_that_fills_up_while_rendering(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere/gatehouse-render-1/repo")

    monkeypatch.setattr("bot.render.sandbox.Room.write", full)
    said = check(made)
    assert (said.code, said.states()) == (3, {"apps/x": "unrenderable"})
    assert "No space left on device" in said.error("apps/x")


def test_defect_in_one_render_does_not_take_the_others_down(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(material: Material, tools: Tools) -> Raw:
        raise ZeroDivisionError("oops, the token is ghp_" + "a" * 36)

    made.commit({"environments/prod/a.yaml": config_map("plain")}, "head")
    monkeypatch.setitem(RENDERERS, KustomizeRender, broken)
    said = check(made)
    assert (said.code, said.states()) == (3, {"apps/x": "unrenderable", "environments/prod/a.yaml": "added"})
    assert "report this" in said.error("apps/x")
    assert "ZeroDivisionError" in said.error("apps/x")
    assert "aaaa" not in said.out


def test_a_weaker_sandbox_and_a_full_disk_are_said(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("")
    monkeypatch.setenv("GATEHOUSE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GATEHOUSE_SANDBOX", "off")
    said = gatehouse("check", "--repo", str(made.path), "--base", "base", "--head", "head").out
    assert "without a sandbox" in said
    assert "The index in GATEHOUSE_CACHE_DIR cannot be used (Not a directory)" in " ".join(said.split())
    assert "The renders in GATEHOUSE_CACHE_DIR cannot be used (Not a directory)" in " ".join(said.split())
    assert str(tmp_path) not in said  # reports are posted where everybody reads them


@pytest.mark.parametrize("value", ["²", "-5", "ten", "", "0"])
def test_odd_settings_fall_back(made: Made, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for name in ("GATEHOUSE_CACHE_MIB", "GATEHOUSE_WORKERS"):
        monkeypatch.setenv(name, value)
    assert check(made).states() == {"apps/x": "changed"}


def test_parallel_runs_share_a_cache(made: Made, tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "bot",
        "check",
        "--repo",
        str(made.path),
        "--base",
        "base",
        "--head",
        "head",
        "--format",
        "json",
    ]
    env = {**os.environ, "GATEHOUSE_CACHE_DIR": str(tmp_path / "cache")}
    running = [
        subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)
    ]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
        assert b'"change": "changed"' in out


@pytest.mark.parametrize(("helm", "code"), [("exit 1", 3), ("echo v4.1.4", 0)])
def test_the_demonstration_takes_the_helm_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, helm: str, code: int
) -> None:
    if not (ROOT / ".venv/bin/python").exists():
        pytest.skip("this checkout has no .venv")
    folder = only_git(tmp_path, monkeypatch)
    for name in ("dirname", "mktemp", "rm", "env"):
        (folder / name).symlink_to(shutil.which(name, path=os.defpath) or name)
    program(folder / "helm", helm)
    done = subprocess.run([ROOT / "tools/demo"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    assert "Helm is not on PATH" not in done.stderr
    assert "shop" in done.stdout
