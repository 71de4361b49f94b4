"""The OPA server as engine: nothing stays behind, and what is wrong with it is told in a sentence."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from opa_server import free_port, running

from bot.errors import ToolError, UserError
from bot.policy.base import Answer, Limits, Module
from bot.policy.server import Server

LIBRARY = Module("lib.rego", "package lib\nimport data.main\nf(x) := main.g(x)\nh(x) := x + 1")
PLAIN = Module("plain.rego", "package plain\nx := 1")
MAIN = Module("main.rego", "package main\nimport data.lib\ndeny contains lib.f(input.n)\ng(x) := lib.h(x) * 2")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    import shutil

    program = shutil.which("opa")
    if program is None:
        pytest.skip("needs opa on PATH")
    with running(program) as found:
        yield found


def left(url: str) -> list[object]:
    with urllib.request.urlopen(f"{url}/v1/policies", timeout=5) as answer:
        found: list[object] = json.load(answer)["result"]
        return found


def test_modules_that_need_each_other_go_up_and_come_down(url: str) -> None:
    with Server(url).open([MAIN, LIBRARY]) as session:
        assert not session.problems
        found = list(session.evaluate(["data.main.deny", "data.main.nothing"], [{"n": n} for n in range(70)]))
        assert len(left(url)) == 3
    assert found[69] == (Answer([140], defined=True), Answer())
    assert left(url) == []


def test_two_runs_never_meet(url: str) -> None:
    one, other = Module("a.rego", "package main\nx := 1"), Module("a.rego", "package main\nx := 2")
    with Server(url).open([one]) as first, Server(url).open([other]) as second:
        assert list(first.evaluate(["data.main.x"], [{}])) == [(Answer(1, defined=True),)]
        assert list(second.evaluate(["data.main.x"], [{}])) == [(Answer(2, defined=True),)]
    assert left(url) == []


def test_a_crash_leaves_nothing(url: str) -> None:
    with pytest.raises(ZeroDivisionError), Server(url).open([MAIN, LIBRARY]):
        raise ZeroDivisionError
    assert left(url) == []


def test_what_opa_refuses(url: str) -> None:
    """Its types are checked earlier than ours: said with the line, and nothing half uploaded is asked or left."""
    bad = Module("bad.rego", "package bad\n\ndeny contains count(1)")
    with Server(url).open([MAIN, bad, LIBRARY]) as session:
        words = [str(problem) for problem in session.problems]
        assert words[0].startswith("bad.rego:3: the OPA server 127.0.0.1:")
        assert words[0].endswith("says: count: invalid argument(s)")
        assert [line.partition(":")[0] for line in words[1:]] == ["main.rego", "lib.rego"]
        assert session.outlines == []
    assert left(url) == []


def test_a_loop_is_stopped_and_asked_no_more(url: str) -> None:
    loop = "count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 30000); a * b == -1]) == 1"
    modules = [Module("a.rego", f'package a\ndeny contains "a" if {{ {loop} }}'), Module("b.rego", "package b\nx := 1")]
    with Server(url, limits=Limits(seconds=0.5)).open(modules) as session:
        found = list(session.evaluate(["data.a.deny", "data.b.x"], [{}, {}]))
    assert [answers[0] for answers in found] == [
        Answer(error="took longer than 0.5 s, and was stopped", stopped=True)
    ] * 2
    assert [answers[1].value for answers in found] == [1, 1]
    assert left(url) == []


def test_an_error_belongs_to_its_input_and_rule(url: str) -> None:
    module = Module("a.rego", "package a\ndeny contains to_number(input.n)\nx := 1")
    with Server(url).open([module]) as session:
        found = list(session.evaluate(["data.a.deny", "data.a.x"], [{"n": "1"}, {"n": "a"}]))
    assert found[0] == (Answer([1], defined=True), Answer(1, defined=True))
    assert "invalid syntax" in found[1][0].error
    assert found[1][1] == Answer(1, defined=True)


def test_a_large_answer_is_not_taken(url: str) -> None:
    module = Module(
        "a.rego", 'package a\ndeny contains concat("", ["0123456789" | some i in numbers.range(1, 200000)])'
    )
    with Server(url, limits=Limits(seconds=20)).open([module]) as session:
        assert list(session.evaluate(["data.a.deny"], [{}])) == [(Answer(error="gave more than 1024 KiB"),)]


def test_opa_is_down() -> None:
    port = free_port()
    with pytest.raises(ToolError) as raised, Server(f"http://127.0.0.1:{port}", "s3cret-token").open([MAIN, LIBRARY]):
        pass
    assert str(raised.value).startswith(f"the OPA server 127.0.0.1:{port}, which OPA_URL names, cannot be reached")
    assert "s3cret-token" not in str(raised.value)


@contextmanager
def stranger(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server that is no OPA."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answer(self)

        do_GET = do_POST = do_DELETE = do_PUT

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_a_server_that_is_no_opa() -> None:
    def page(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(404)
        handler.end_headers()
        handler.wfile.write(b"<html>")

    with (
        stranger(page) as url,
        pytest.raises(ToolError, match="does not answer as OPA does"),
        Server(url).open([PLAIN]),
    ):
        pass


def test_the_token_is_sent_and_told_to_nobody() -> None:
    seen = []

    def refuse(handler: http.server.BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        handler.send_response(401)
        handler.end_headers()
        handler.wfile.write(b'{"code": "unauthorized", "message": "request rejected by administrative policy"}')

    with stranger(refuse) as url, Server(url, "s3cret-token").open([PLAIN]) as session:
        words = [str(problem) for problem in session.problems]
    assert seen[0] == "Bearer s3cret-token"
    assert "rejected" in words[0]
    assert "s3cret" not in words[0]


@pytest.mark.parametrize(
    "url", ["opa:8181", "ftp://opa:1", "http://", "http://user:pw@opa:1", "http://opa:99999", "http://opa:1?x=1"]
)
def test_no_url_of_a_server(url: str) -> None:
    with pytest.raises(UserError, match="OPA_URL") as raised:
        Server(url)
    assert "pw" not in str(raised.value)


def test_no_part_of_a_password_is_repeated() -> None:
    with pytest.raises(UserError) as raised:
        Server("http://user:hunter2/x@opa.example")
    assert "hunter2" not in str(raised.value)
