"""That a text is looked at line by line changes nothing of what is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import named_texts

PIECES = [
    "`",
    "password", "PWD", "token", "secret_key", ": ", "=", " ", "\n", "\r\n", '"', "hunter2hunter2", "Zk3xq9ab",
    "mysql -u a -p",
    "--db-password ", "Authorization: Basic ", "curl -u bob:", "redis-cli -a ", "user:pw12345@tcp(", "?sig=", "bob:$apr1$",
    "$2y$05$", "docker login -p ", "requirepass ", "proxy_set_header X-Token ", "f('api_key', '", "'", ">", "<", ";", "\t",
    "login a password ", "IDENTIFIED BY '", "mongosh -p ", 'name="password" value="', "DB_PASS", "]",
    "x", "İ", "{", "}", ",",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_line_by_line(text: str) -> None:
    assert named_texts.replace(text, lambda _: "<M>") == named_texts._of_line(text, lambda _: "<M>")


@pytest.mark.parametrize("text", ["password: `hunter2hunter2`", "const clientSecret = `Zk3xq9abLm2VbT4c`;"])
def test_in_backticks(text: str) -> None:
    value = text.split("`")[1]
    assert named_texts.replace(text, lambda _: "<M>") == text.replace(value, "<M>")
