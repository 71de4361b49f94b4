"""Logs: one JSON object a line, fields of the delivery, and nothing that is secret."""

from __future__ import annotations

import io
import json
import logging
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.errors import ToolError, UserError

SECRET = "k3yB0ardCat-8f2e1d7a"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nabcdefghijklmnopqrst\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def stream(quiet_logs: None) -> io.StringIO:
    written = io.StringIO()
    logs.set_up((SECRET, KEY), stream=written)
    return written


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_time_level_logger_message_and_fields(stream: io.StringIO) -> None:
    with logs.bound(delivery="d-1", pull_request="github:o/r#3", nothing=""):
        logging.getLogger("bot.web").info("Took %s.", "it", extra={"event": "push", "jobs": 2, "parts": ("a", 1)})
    logging.getLogger("bot.web").warning("Later.")
    first, second = lines(stream)
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info", "logger": "bot.web", "message": "Took it.", "delivery": "d-1", "pull_request": "github:o/r#3",
        "event": "push", "jobs": 2, "parts": ["a", 1],
    }  # fmt: skip
    assert "delivery" not in second


def test_a_record_of_several_values_stays_one_that_programs_read(stream: io.StringIO) -> None:
    record = {"person": 7, "reason": f"it is {SECRET}", "checks": ["risk"]}
    logging.getLogger("gatehouse.audit").info("dan overrides risk", extra={"audit": record})
    assert lines(stream)[0]["audit"] == {"person": 7, "reason": f"it is {logs.MASK}", "checks": ["risk"]}


def test_bound_fields_belong_to_one_thread_and_can_be_handed_on(stream: io.StringIO) -> None:
    logger = logging.getLogger("bot")
    with logs.bound(delivery="d-1"):
        with logs.bound(delivery="d-2", step="x"):
            logger.info("inner")
            fields = logs.bound_fields()
        logger.info("outer")
        other = threading.Thread(target=lambda: logger.info("other"))
        other.start()
        other.join()

    def handed() -> None:
        with logs.bound(**fields):
            logger.info("handed")

    thread = threading.Thread(target=handed)
    thread.start()
    thread.join()
    assert [line.get("delivery") for line in lines(stream)] == ["d-2", "d-1", None, "d-2"]


def test_no_secret_gets_through(stream: io.StringIO) -> None:
    logger = logging.getLogger("urllib3.connectionpool")
    logger.warning("went to https://bot:%s@h/ with %s", SECRET, SECRET)
    logger.warning("sent Authorization: Basic Zm9vOmJhcmJheg==", extra={"note": f"={SECRET}=", SECRET: 1})
    logger.error("key %s", KEY)
    logger.error("part abcdefghijklmnopqrst of it, and ghp_0123456789ABCDEFGHIJ0123456789abcdef")
    written = stream.getvalue()
    for text in (SECRET, "Zm9vOmJhcmJheg", "MIIEvQ", "abcdefghijklmnopqrst", "ghp_"):
        assert text not in written
    assert len(lines(stream)) == 4


def test_errors_are_told_by_type_and_place(stream: io.StringIO) -> None:
    logger = logging.getLogger("bot")
    try:
        try:
            int("a value of somebody")
        except ValueError as error:
            raise ToolError("The forge did not answer.") from error
    except ToolError:
        logger.exception("It failed.")
    logger.error("It failed.", exc_info=RuntimeError("a value of somebody"))
    logger.error("It failed.", extra={"cause": KeyError("a value of somebody"), "ours": UserError(f"Mend {SECRET}.")})
    first, second, third = lines(stream)
    assert first["error"] == "ToolError: The forge did not answer. ← ValueError"
    assert second["error"] == "RuntimeError"
    assert third["cause"] == "KeyError"
    assert third["ours"] == "UserError: Mend •••."
    assert "a value of somebody" not in stream.getvalue()


def test_control_characters_are_escapes() -> None:
    """Not through a logger: pytest sends what it hears to another process, which cannot take half a character."""
    record = logging.makeLogRecord({"name": "bot", "msg": "a\x1b[31m\n\u202eb\udc80", "ref": "x\r\ny"})
    line = json.loads(logs.JsonLines(()).format(record))
    assert line["message"] == "a\\x1b[31m\\n\\u202eb\\udc80"
    assert line["ref"] == "x\\r\\ny"


def test_libraries_are_tamed(stream: io.StringIO) -> None:
    for name in ("rq.worker", "github", "gitlab", "urllib3", "gunicorn.access", "werkzeug"):
        logging.getLogger(name).info("too much")
        logging.getLogger(name).warning("of %s", name)
    assert [line["message"].split()[0] for line in lines(stream)] == ["of"] * 6


def test_a_record_that_does_not_fit_its_arguments_is_still_a_line(stream: io.StringIO) -> None:
    logging.getLogger("bot").info("one %s %s", "only")  # noqa: PLE1206 that is the point
    assert lines(stream)[0]["message"] == "one %s %s"


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_around_a_secret_it_is_gone(before: str, after: str) -> None:
    masked = logs.Masking((SECRET,))(before + SECRET + after)
    assert SECRET not in masked
    assert masked.isprintable()


def test_long_texts_end() -> None:
    assert len(logs.Masking(())("x" * 1_000_000)) < 5000
