"""Errors of Redis are sentences for people, and a password is in none of them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bot.errors import UserError
from bot.queue.connection import QueueDown, asked, check, connect, in_words, open_now, shown
from bot.queue.embedded import Embedded

_PASSWORD = "hunter2"


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{_PASSWORD}@localhost",
        f"redis://user:{_PASSWORD}@localhost:port/0",
        f"redis://user:{_PASSWORD}@localhost:99999999/0?socket_timeout=x",
        f"redis://user:{_PASSWORD}@localhost/0?ssl_cert_reqs=none",
        f"unix://user:{_PASSWORD}@/run/redis.sock?tls=yes",
        "",
    ],
)
def test_a_url_that_is_none_is_told_without_its_password(url: str) -> None:
    with pytest.raises(UserError, match="REDIS_URL") as caught:
        check(connect(url))
    assert _PASSWORD not in repr(caught.getrepr(chain=True))


def test_a_url_is_shown_without_user_password_and_options() -> None:
    assert (
        shown(f"rediss://user:{_PASSWORD}@cache.acme.io:6380/2?password={_PASSWORD}") == "rediss://cache.acme.io:6380/2"
    )


def test_nobody_there(tmp_path: Path) -> None:
    for url in (f"redis://:{_PASSWORD}@127.0.0.1:1/0", f"unix://:{_PASSWORD}@{tmp_path}/none.sock"):
        with pytest.raises(QueueDown, match="does not answer; look whether it runs") as caught:
            check(connect(url))
        assert _PASSWORD not in str(caught.getrepr(chain=True))


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    """It is not Redis that is away then, and nobody finds that by looking whether it runs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path / "localhost.pem"))

    def greet(listener: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True):
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=greet, args=(listener,), daemon=True).start()
        url = f"rediss://:{_PASSWORD}@localhost:{listener.getsockname()[1]}/0"
        with pytest.raises(QueueDown, match="certificate is not one to trust"):
            check(connect(url, seconds=20, tries=0))


def _certificate(file: Path) -> Path:
    """Key and certificate in one file, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(plain + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return file


def test_a_wrong_password(client: redis.Redis, server: Embedded) -> None:
    client.acl_setuser("reader", enabled=True, passwords="+right", commands=["+ping"])
    with pytest.raises(QueueDown, match="refuses the user or password"):
        check(connect(f"{server.url}?username=reader&password={_PASSWORD}"))
    reader = connect(f"{server.url}?username=reader&password=right")
    with reader, pytest.raises(QueueDown, match="refuses the user or password"), asked():
        reader.set("a", "1")


def test_a_full_memory(client: redis.Redis) -> None:
    check(client)
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(QueueDown, match="its memory is full"):
            check(client)
        with pytest.raises(QueueDown, match="does not take writes: its memory is full"), asked():
            client.set("a", "1")
    finally:
        client.config_set("maxmemory", "0")


def test_another_refusal_does_not_quote_data(client: redis.Redis) -> None:
    client.set("a", _PASSWORD)
    with pytest.raises(QueueDown, match="refused a command") as caught, asked():
        client.hget("a", "b")
    assert _PASSWORD not in str(caught.value)


def test_a_replica(client: redis.Redis) -> None:
    client.replicaof("127.0.0.1", "1")
    try:
        with pytest.raises(QueueDown, match="REDIS_URL names a replica"), asked():
            client.set("a", "1")
    finally:
        client.replicaof("NO", "ONE")


def test_a_client_does_not_show_its_password() -> None:
    assert _PASSWORD not in repr(connect(f"redis://user:{_PASSWORD}@localhost:6379/0"))


def _connections(client: redis.Redis) -> int:
    return sum(row["name"] == "few" for row in client.client_list())


def test_more_threads_than_connections(client: redis.Redis, server: Embedded) -> None:
    with connect(f"{server.url}?client_name=few", at_once=2) as few:
        open_now(few, 2)
        assert _connections(client) == 2
        with ThreadPoolExecutor(8) as threads:
            assert sorted(threads.map(lambda _: few.incr("counter"), range(100))) == list(range(1, 101))
        assert _connections(client) == 2


def test_connections_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(QueueDown, match="does not answer"):
        open_now(connect(f"unix://{tmp_path}/none.sock", at_once=2), 2)


def test_a_database_that_is_not_there_is_told() -> None:
    said = in_words(redis.ResponseError("DB index is out of range"))
    assert "no database of the number" in said and "REDIS_URL" in said
