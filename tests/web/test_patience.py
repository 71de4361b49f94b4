"""Slow senders: what they hold, they hold for a while."""

from __future__ import annotations

import socket

from bot.web.patience import UnderWay


def test_a_request_that_takes_too_long_is_read_no_further() -> None:
    now = [0.0]
    under_way = UnderWay(30, lambda: now[0])
    (slow, far), (quick, near) = socket.socketpair(), socket.socketpair()
    with slow, far, quick, near:
        under_way.begins(slow)
        far.sendall(b"P")
        assert slow.recv(1) == b"P"
        now[0] = 20.0
        under_way.begins(quick)
        now[0] = 31.0
        under_way.hear_no_more()
        assert slow.recv(1) == b""
        near.sendall(b"G")
        assert quick.recv(1) == b"G"
        slow.sendall(b"400")
        assert far.recv(3) == b"400"


def test_a_request_that_is_over_is_not_touched() -> None:
    now = [0.0]
    under_way = UnderWay(30, lambda: now[0])
    kept, far = socket.socketpair()
    with kept, far:
        under_way.begins(kept)
        under_way.ends(kept)
        under_way.ends(kept)
        now[0] = 31.0
        under_way.hear_no_more()
        far.sendall(b"next")
        assert kept.recv(4) == b"next"


def test_a_connection_that_is_closed_is_no_obstacle() -> None:
    under_way = UnderWay(-1)
    gone, far = socket.socketpair()
    with far:
        under_way.begins(gone)
        gone.close()
        under_way.hear_no_more()
