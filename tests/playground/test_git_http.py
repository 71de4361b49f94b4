"""Git over HTTP, with the real git as client."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playground_forge import Scene, ask, git, scene

from bot.model.forge import ForgeKind
from bot.playground.events import Event
from bot.playground.records import Protection, User
from bot.playground.serving import LocalForge


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[LocalForge]:
    place = tmp_path / "forge"
    place.mkdir()
    with LocalForge(place) as running:
        yield running


@pytest.fixture(params=[False, True], ids=["public", "private"])
def play(request: pytest.FixtureRequest, forge: LocalForge) -> Scene:
    return scene(forge.world, ForgeKind.GITHUB, private=request.param)


def url(play: Scene, person: User | None = None, *, scope: str = "write_repository", name: str = "oauth2") -> str:
    """The clone address with a token of somebody in it."""
    clean = play.world.clone_url(play.repository)
    if person is None:
        return clean
    return clean.replace("://", f"://{name}:{play.world.user_token(person, (scope,)).value}@")


def read_with(play: Scene, directory: Path, token: str) -> bool:
    """Whether the repository can be read with a token that is sent at once, as the bot does: git itself would first try
    without."""
    header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    words = ("-c", f"http.extraHeader=Authorization: Basic {header}", "ls-remote", url(play))
    return git(directory, *words, check=False).returncode == 0


@pytest.mark.parametrize("version", ["0", "2"])
def test_clone_and_fetch_of_any_commit(play: Scene, tmp_path: Path, version: str) -> None:
    source = url(play, play.ben)
    git(tmp_path, "-c", f"protocol.version={version}", "clone", "-q", source, "clone")
    clone = tmp_path / "clone"
    assert git(clone, "rev-parse", "HEAD").stdout.strip() == play.repository.bare.branch("main")
    old = play.pull.head
    play.world.commit(play.repository, play.ben, "change", {"app.yaml": "replicas: 9\n"}, "More\n", parent="")
    git(clone, "-c", f"protocol.version={version}", "fetch", "-q", "origin", old)  # no ref leads there any more
    assert git(clone, "cat-file", "-t", old).stdout.strip() == "commit"
    git(clone, "fetch", "-q", "origin", "refs/pull/1/head")
    assert git(clone, "rev-parse", "FETCH_HEAD").stdout.strip() == play.pull.head


def test_a_push_is_told_and_moves_the_pull_request(play: Scene, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--branch", "change", url(play, play.ben), "clone")
    clone, events = tmp_path / "clone", list[Event]()
    play.world.listen(events.append)
    (clone / "big.bin").write_bytes(bytes(range(256)) * 20_000)  # more than git sends in one piece
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "More")
    git(clone, "push", "-q", "origin", "HEAD:change", "HEAD:refs/heads/also")
    head = git(clone, "rev-parse", "HEAD").stdout.strip()
    assert play.pull.head == head and play.repository.bare.branch("also") == head
    assert [(e.name, e.action, e.ref, e.actor.login) for e in events] == [
        ("push", "", "refs/heads/also", "ben"),
        ("push", "", "refs/heads/change", "ben"),
        ("pull_request", "synchronize", "", "ben"),
    ]
    git(clone, "push", "-q", "origin", ":change")
    assert not play.pull.is_open


def test_who_may_not_is_refused(play: Scene, tmp_path: Path) -> None:
    private = play.repository.private
    for source, can_read in (
        (url(play), not private),
        (url(play, play.olga), not private),
        (url(play, play.ben), True),
    ):
        done = git(tmp_path, "ls-remote", source, check=False)
        assert (done.returncode == 0) == can_read, done.stderr
    assert not read_with(play, tmp_path, "glpat-nobody")
    git(tmp_path, "clone", "-q", url(play, play.ben), "clone")
    play.world.protect(play.repository, Protection("main"))
    before = play.repository.bare.refs()
    clone = tmp_path / "clone"
    git(clone, "commit", "-q", "--allow-empty", "-m", "No")
    for source, target in (
        (url(play, play.olga), "main"),
        (url(play), "main"),
        (url(play, play.ben), "main"),  # protected
        (url(play, play.ben, scope="read_repository"), "new"),
        (url(play, play.ada), "refs/pull/1/head"),  # the forge's own
        (url(play, play.ada), "refs/pull/7/head"),
    ):
        assert git(clone, "push", "-q", source, f"HEAD:{target}", check=False).returncode != 0, (source, target)
    assert play.repository.bare.refs() == before


def test_a_token_of_an_installation_reads_what_it_was_given_for(play: Scene, tmp_path: Path) -> None:
    world = play.world
    app = world.add_app("gatehouse", b"", {"contents": "read", "metadata": "read"}, [])
    installation = world.install(app, world.namespace(play.repository), play.ada)
    good = world.installation_token(installation)
    less = world.installation_token(installation, permissions={"metadata": "read"})
    old = world.installation_token(installation, seconds=-1)
    assert [read_with(play, tmp_path, token.value) for token in (good, less, old)] == [True, False, False]
    pushed = url(play).replace("://", f"://x-access-token:{good.value}@")
    git(tmp_path, "clone", "-q", pushed, "clone")
    assert git(tmp_path / "clone", "push", "-q", "origin", "HEAD:new", check=False).returncode != 0


def test_nothing_else_of_the_directory_is_served(play: Scene, forge: LocalForge) -> None:
    for path in (
        "/git/github/acme/gitops.git/config",
        "/git/github/acme/gitops.git/info/refs",  # the dumb protocol
        "/git/github/acme/gitops.git/info/refs?service=git-upload-archive",
        "/git/github/../gitops.git/info/refs?service=git-upload-pack",
        "/git/nowhere/acme/gitops.git/info/refs?service=git-upload-pack",
    ):
        assert ask(forge.url, path).status in (401, 403, 404, 405)
    answer = ask(forge.url, "/git/github/acme/gitops.git/git-receive-pack", {"x": "not a packet"})
    assert answer.status == 401


def test_a_push_to_a_protected_branch_says_why_and_moves_nothing(play: Scene, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", url(play, play.ben), "clone")
    play.world.protect(play.repository, Protection("main"))
    before = play.repository.bare.refs()
    git(tmp_path / "clone", "commit", "-q", "--allow-empty", "-m", "No")
    done = git(tmp_path / "clone", "push", "origin", "HEAD:main", "HEAD:other", check=False)
    assert done.returncode == 1
    assert "remote: error: The branch main is protected: change it by a pull request." in done.stderr
    assert done.stderr.count("(protected branch hook declined)") == 2
    assert play.repository.bare.refs() == before
