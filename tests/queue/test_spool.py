"""Deliveries on disk: whole or not at all, in order, once, and nobody else's to read."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from fake_forge import check, command

from bot.model.delivery import Delivery
from bot.queue.connection import QueueDown
from bot.queue.spool import Spool, SpoolFull


def delivery(number: int) -> Delivery:
    return Delivery(f"id-{number}", "note", (check(number, delivery=f"id-{number}"), command(number)))


def test_deliveries_come_back_as_they_were_and_in_order(tmp_path: Path) -> None:
    spool, taken = Spool(tmp_path / "a" / "spool"), list[Delivery]()
    assert spool.drain(taken.append) == 0
    for number in range(5):
        spool.add(delivery(number))
    assert len(spool) == 5
    assert Spool(tmp_path / "a" / "spool").drain(taken.append) == 5
    assert taken == [delivery(number) for number in range(5)]
    assert (len(spool), spool.drain(taken.append)) == (0, 0)


def test_nobody_else_reads_them_and_nothing_but_jobs_is_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.add(Delivery("id", "note", (check(1),), note="said by somebody: hunter2"))
    (file,) = (tmp_path / "spool").glob("*.json")
    assert (file.stat().st_mode & 0o777, (tmp_path / "spool").stat().st_mode & 0o777) == (0o600, 0o700)
    assert json.loads(file.read_text()) == {"id": "id", "event": "note", "jobs": [check(1).dump()]}


def test_what_could_not_be_put_stays(tmp_path: Path) -> None:
    spool, taken = Spool(tmp_path), list[Delivery]()
    for number in range(3):
        spool.add(delivery(number))

    def accept(one: Delivery) -> None:
        if taken:
            raise QueueDown("Redis is away")
        taken.append(one)

    with pytest.raises(QueueDown):
        spool.drain(accept)
    assert len(spool) == 2
    assert spool.drain(taken.append) == 2
    assert [one.id for one in taken] == ["id-0", "id-1", "id-2"]


def test_a_full_spool_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most=2)
    spool.add(delivery(1))
    spool.add(delivery(2))
    with pytest.raises(SpoolFull, match=r"2 deliveries wait in .* for Redis; start Redis"):
        spool.add(delivery(3))
    assert len(spool) == 2


def test_a_disk_that_takes_no_more_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolFull, match=r"could not be kept in .*: Not a directory. Make room"):
        Spool(tmp_path / "file" / "spool").add(delivery(1))


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"id":"1","event":"x","jobs":[{"kind":"fly"}]}', b'{"id":1,"jobs":[]}'],
)
def test_a_damaged_file_is_set_aside_and_harms_no_other(tmp_path: Path, data: bytes) -> None:
    spool, taken = Spool(tmp_path), list[Delivery]()
    spool.add(delivery(1))
    (file,) = tmp_path.glob("*.json")
    file.write_bytes(data)
    spool.add(delivery(2))
    assert spool.drain(taken.append) == 1
    assert (taken, len(spool)) == ([delivery(2)], 0)
    assert [each.read_bytes() for each in tmp_path.glob("*.damaged")] == [data]


def test_a_half_written_file_is_no_delivery(tmp_path: Path) -> None:
    spool, taken = Spool(tmp_path), list[Delivery]()
    (tmp_path / "0-old.half").write_bytes(b'{"id"')
    os.utime(tmp_path / "0-old.half", (0, 0))
    (tmp_path / "0-new.half").write_bytes(b'{"id"')
    spool.add(delivery(1))
    assert spool.drain(taken.append) == 1
    assert taken == [delivery(1)]
    assert [each.name for each in tmp_path.glob("*.half")] == ["0-new.half"], "it may be somebody's at this moment"


def test_many_may_add_and_drain_at_once(tmp_path: Path) -> None:
    taken = list[str]()

    def add(start: int) -> None:
        for number in range(start, start + 20):
            Spool(tmp_path).add(delivery(number))

    def drain() -> None:
        while len(taken) < 60:
            Spool(tmp_path).drain(lambda one: taken.append(one.id))

    threads = [threading.Thread(target=add, args=(start,)) for start in (0, 20, 40)]
    threads += [threading.Thread(target=drain) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"id-{number}" for number in range(60)), "each once"
