"""What a door says while it goes on."""

from __future__ import annotations

import os

import pytest

from bot.doors.saying import say


def test_it_goes_on_where_nobody_reads_any_more(capfd: pytest.CaptureFixture[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w")
    say("The playground is at http://127.0.0.1:1", stream)
    say("It goes on.", stream)
    stream.close()  # as Python does at its end, where it would tell of what could not be written
    say("Never.", stream)
    say("And here.")
    assert capfd.readouterr() == ("And here.\n", "")
