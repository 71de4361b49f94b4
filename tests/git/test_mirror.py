"""The clones that the bot works on: fetched by commit, shared, mended, and never holding a credential."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository

from bot.errors import RetryLater, UserError
from bot.git.mirror import Mirrors
from bot.model.forge import ForgeKind, GitAccess, RepositoryName
from bot.process import Completed
from bot.process import run as process_run

NAME = RepositoryName(ForgeKind.GITHUB, "acme/gitops")


@pytest.fixture
def origin(tmp_path: Path) -> GitOpsRepository:
    made = GitOpsRepository(tmp_path / "origin")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    made.commit({"a.yaml": "a: 1\n"})
    return made


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    return Mirrors(tmp_path / "mirrors", schemes=("file",))


def access(origin: GitOpsRepository) -> GitAccess:
    return GitAccess(f"file://{origin.path}")


def test_it_holds_the_commits_that_were_asked_for_and_tells_the_tips(
    origin: GitOpsRepository, mirrors: Mirrors
) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.git("checkout", "-q", "-b", "change")
    head = origin.commit({"a.yaml": "a: 2\n"})
    with mirrors.opened(NAME, access(origin), {head: ""}, ("base",)) as (repository, tips):
        assert tips == {"base": first}
        assert repository.file_at(head, "a.yaml") == b"a: 2\n"
        assert repository.merge_base(tips["base"], head) == first
    origin.git("checkout", "-q", "base")
    second = origin.commit({"b.yaml": "b: 1\n"})
    with mirrors.opened(NAME, access(origin), {head: ""}, ("base",)) as (repository, tips):
        assert tips == {"base": second}


def test_a_commit_that_was_force_pushed_away_stays_readable(origin: GitOpsRepository, mirrors: Mirrors) -> None:
    origin.git("checkout", "-q", "-b", "change")
    old = origin.commit({"a.yaml": "a: 2\n"})
    with mirrors.opened(NAME, access(origin), {old: ""}) as (repository, _):
        assert repository.file_at(old, "a.yaml")
    origin.git("reset", "-q", "--hard", "base")
    origin.git("reflog", "expire", "--expire=now", "--all")
    origin.git("gc", "-q", "--prune=now")
    with mirrors.opened(NAME, access(origin), {old: ""}, ("base",)) as (repository, _):
        assert repository.file_at(old, "a.yaml") == b"a: 2\n"


def test_a_host_that_gives_no_commit_by_its_id_is_asked_for_the_ref(origin: GitOpsRepository, mirrors: Mirrors) -> None:
    origin.git("config", "uploadpack.allowAnySHA1InWant", "false")
    origin.git("config", "protocol.version", "0")
    origin.git("checkout", "-q", "-b", "change")
    middle = origin.commit({"a.yaml": "a: 2\n"})
    head = origin.commit({"a.yaml": "a: 3\n"})
    origin.git("update-ref", "refs/pull/1/head", head)
    with mirrors.opened(NAME, access(origin), {head: "refs/pull/1/head"}) as (repository, _):
        assert repository.file_at(head, "a.yaml") == b"a: 3\n"
    del middle


def test_a_ref_that_has_moved_on_does_not_stand_for_the_commit(origin: GitOpsRepository, mirrors: Mirrors) -> None:
    head = origin.commit({"a.yaml": "a: 3\n"})
    origin.git("update-ref", "refs/pull/1/head", head)
    with (
        pytest.raises(RetryLater, match="does not have the commit ffffffffffff"),
        mirrors.opened(NAME, access(origin), {"f" * 40: "refs/pull/1/head"}),
    ):
        pass


@pytest.mark.parametrize("commit", ["", "main", "--upload-pack=x", "F" * 40, "f" * 39])
def test_only_ids_are_fetched(origin: GitOpsRepository, mirrors: Mirrors, commit: str) -> None:
    with pytest.raises(UserError, match="not the id"), mirrors.opened(NAME, access(origin), {commit: ""}):
        pass


@pytest.mark.parametrize("branch", ["", "-x", "a:b", "a b", "a..b", "*", "a^", "a\n", "a@{1}"])
def test_a_name_that_git_gives_no_branch_is_refused(origin: GitOpsRepository, mirrors: Mirrors, branch: str) -> None:
    with pytest.raises(UserError, match="not the name"), mirrors.opened(NAME, access(origin), {}, (branch,)):
        pass


def test_names_below_each_other_may_follow_each_other(origin: GitOpsRepository, mirrors: Mirrors) -> None:
    origin.git("branch", "release")
    with mirrors.opened(NAME, access(origin), {}, ("release",)) as (_, tips):
        assert set(tips) == {"release"}
    origin.git("branch", "-D", "release")
    origin.git("branch", "release/1.0")
    with mirrors.opened(NAME, access(origin), {}, ("release/1.0",)) as (_, tips):
        assert set(tips) == {"release/1.0"}


def test_other_kinds_of_urls_are_refused(origin: GitOpsRepository, tmp_path: Path) -> None:
    for url in (f"file://{origin.path}", "ext::sh -c true", "ssh://host/x", str(origin.path)):
        with (
            pytest.raises(UserError, match="no https or http URL"),
            Mirrors(tmp_path / "m").opened(NAME, GitAccess(url), {}),
        ):
            pass


@pytest.mark.parametrize("harm", ["HEAD", "objects", "config", "packs"])
def test_a_damaged_clone_is_made_anew(origin: GitOpsRepository, mirrors: Mirrors, tmp_path: Path, harm: str) -> None:
    head = origin.git("rev-parse", "HEAD")
    with mirrors.opened(NAME, access(origin), {head: ""}):
        pass
    (clone,) = (tmp_path / "mirrors").glob("*.git")
    if harm == "packs":
        for pack in (clone / "objects" / "pack").iterdir():
            pack.chmod(0o600)
            pack.write_bytes(b"damaged")
    elif harm == "objects":
        (clone / harm).rename(clone / "elsewhere")
    else:
        (clone / harm).unlink() if harm == "HEAD" else (clone / harm).write_bytes(b"\0[")
    with mirrors.opened(NAME, access(origin), {head: ""}, ("base",)) as (repository, tips):
        assert tips == {"base": head}
        assert repository.file_at(head, "a.yaml") == b"a: 1\n"


class _Listening(BaseHTTPRequestHandler):
    heard: list[dict[str, str]]

    def do_GET(self) -> None:
        self.heard.append(dict(self.headers))
        self.send_response(302 if self.path.startswith("/moved") else 403)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[tuple[str, list[dict[str, str]]]]:
    heard: list[dict[str, str]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Listening,), {"heard": heard}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_credential_goes_to_the_host_and_nowhere_else(
    host: tuple[str, list[dict[str, str]]], tmp_path: Path
) -> None:
    url, heard = host
    secret = "c2VjcmV0"
    mirrors = Mirrors(tmp_path / "mirrors")
    with (
        pytest.raises(RetryLater) as refused,
        mirrors.opened(NAME, GitAccess(f"{url}/acme/gitops.git", f"Authorization: Basic {secret}"), {}, ("main",)),
    ):
        pass
    assert heard[0]["Authorization"] == f"Basic {secret}"
    assert secret not in str(refused.value)
    kept = [
        path for path in (tmp_path / "mirrors").rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert not kept
    assert secret not in repr(GitAccess(url, f"Authorization: Basic {secret}"))


def test_no_program_is_given_the_credential_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may list processes reads them."""
    words: list[str] = []

    def run(argv: Sequence[str], **options: Any) -> Completed:
        words.extend(argv)
        return process_run(argv, **options)

    for module in ("bot.git.mirror.run", "bot.git.command.run"):
        monkeypatch.setattr(module, run)
    access = GitAccess("http://127.0.0.1:9/acme/gitops.git", "Authorization: Basic c2VjcmV0")
    with pytest.raises(RetryLater), Mirrors(tmp_path / "m").opened(NAME, access, {"f" * 40: ""}, ("main",)):
        pass
    assert "fetch" in words and access.url in words and f"+{'f' * 40}:refs/gatehouse/commits/{'f' * 40}" in words
    assert "c2VjcmV0" not in " ".join(words)


def test_a_redirect_is_not_followed(host: tuple[str, list[dict[str, str]]], tmp_path: Path) -> None:
    url, heard = host
    with (
        pytest.raises(RetryLater),
        Mirrors(tmp_path / "m").opened(
            NAME, GitAccess(f"{url}/moved/x.git", "Authorization: Basic eA=="), {}, ("main",)
        ),
    ):
        pass
    assert len(heard) == 1


def test_several_processes_share_one_clone(origin: GitOpsRepository, tmp_path: Path) -> None:
    heads = [origin.commit({f"f{i}.yaml": f"a: {i}\n"}) for i in range(6)]
    script = (
        "import sys; from pathlib import Path\n"
        "from bot.git.mirror import Mirrors; from bot.model.forge import *\n"
        "name = RepositoryName(ForgeKind.GITHUB, 'acme/gitops')\n"
        "place, url, *heads = sys.argv[1:]\n"
        "for head in heads:\n"
        "    mirrors = Mirrors(Path(place), schemes=('file',))\n"
        "    with mirrors.opened(name, GitAccess(url), {head: ''}, ('base',)) as (r, tips):\n"
        "        assert r.commit(head, option='head') == head and tips['base']\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "mirrors"), f"file://{origin.path}"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = [subprocess.Popen([*words, *heads[i:], *heads[:i]], env=env) for i in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert len(list((tmp_path / "mirrors").glob("*.git"))) == 1


def test_clones_that_nobody_uses_go_and_packs_are_joined(
    origin: GitOpsRepository, mirrors: Mirrors, tmp_path: Path
) -> None:
    heads = [origin.commit({f"f{i}.yaml": f"a: {i}\n"}) for i in range(33)]
    for head in heads:
        with mirrors.opened(NAME, access(origin), {head: ""}):
            pass
    (clone,) = (tmp_path / "mirrors").glob("*.git")
    with mirrors.opened(NAME, access(origin), {heads[0]: ""}, ("base",)):
        assert mirrors.tidy() == []  # somebody reads
    assert mirrors.tidy() == [f"packed {clone.name}"]
    assert len(list((clone / "objects" / "pack").glob("*.pack"))) < 5
    with mirrors.opened(NAME, access(origin), {heads[3]: ""}) as (repository, _):
        assert repository.file_at(heads[3], "f3.yaml") == b"a: 3\n"
    old = clone.stat().st_mtime + 31 * 86_400
    assert "removed" in mirrors.tidy(now=old)[0]
    assert not clone.exists()


def test_a_setting_against_bare_repositories_is_for_those_that_git_finds(
    origin: GitOpsRepository, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git-config(1), safe.bareRepository: people set it for clones in which a stranger hid another repository."""
    (tmp_path / ".gitconfig").write_text("[safe]\n\tbareRepository = explicit\n")
    head = origin.git("rev-parse", "HEAD")
    monkeypatch.setenv("HOME", str(tmp_path))
    with mirrors.opened(NAME, access(origin), {head: ""}, ()) as (repository, _):
        assert repository.file_at(head, "a.yaml") == b"a: 1\n"
