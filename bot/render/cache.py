"""Renders by content, on disk: what a render depends on is hashed, its masked output is kept; and what else is worth it.

An entry is written to a temporary name and renamed, so parallel processes see all of it or nothing; it carries a keyed
hash of its content, so a truncated or foreign one is rebuilt. Nothing unmasked is ever written. Disk full, read-only
or a foreign owner only mean that nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

from bot.model.resource import Document, Failed, Outcome, Rendered
from bot.render.code_state import code_state

T = TypeVar("T")

# Raise it whenever rendering, masking or the form of an entry changes.
VERSION = "26"
_LARGEST = 64 * 1024 * 1024


class Cache:
    """The cache below ``directory`` (None: keep nothing), held to about ``limit`` bytes."""

    def __init__(self, directory: Path | None, *, limit: int = 512 * 1024 * 1024) -> None:
        self._directory = directory
        self._limit = limit
        self.note = ""
        self.key = self._secret()
        self._written = 0

    def get(self, name: str) -> Outcome | None:
        """The outcome kept under a name, None when there is none that can be trusted."""
        return self._get(name, _outcome)

    def put(self, name: str, outcome: Outcome) -> None:
        self._put(name, _raw(outcome))

    def remember(self, topic: str, name: str, ask: Callable[[], object]) -> object:
        """See ``bot.model.remember``. What is no JSON is not kept."""
        if self._directory is None:
            return ask()
        named = hashlib.sha256(f"{code_state()} {topic} {name}".encode("utf-8", "surrogateescape")).hexdigest()
        found = self._get(named, lambda raw: (raw["said"],))
        if found is not None:
            return found[0]
        said = ask()
        with contextlib.suppress(ValueError, TypeError):
            self._put(named, {"said": said})
        return said

    def recall(self, name: str, ask: Callable[[], str]) -> str:
        """A small text that costs time to find out, kept under a name that changes with its cause."""
        digest = hashlib.sha256(f"recall {name}".encode()).hexdigest()
        found = self.get(digest)
        if isinstance(found, Rendered) and found.notes:
            return found.notes[0]
        said = ask()
        self.put(digest, Rendered((), (said,)))
        return said

    # -- entries

    def _get(self, name: str, form: Callable[[Any], T]) -> T | None:
        path = self._path(name)
        if path is None:
            return None
        try:
            data = path.read_bytes()
            found = form(self._open(name, data))
            os.utime(path)  # the least recently used go first
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, zlib.error):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return found

    def _put(self, name: str, raw: dict[str, object]) -> None:
        path = self._path(name)
        if path is None:
            return
        body = zlib.compress(json.dumps(raw, ensure_ascii=True, allow_nan=False).encode(), 1)
        self._store(path, self._seal(name, body) + body)

    def _path(self, name: str) -> Path | None:
        return None if self._directory is None else self._directory / name[:2] / name

    def _seal(self, name: str, body: bytes) -> bytes:
        return hmac.new(self.key, VERSION.encode() + name.encode() + body, hashlib.sha256).digest()

    def _open(self, name: str, data: bytes) -> object:
        seal, body = data[:32], data[32:]
        if not hmac.compare_digest(seal, self._seal(name, body)):
            raise ValueError("not ours")
        return json.loads(zlib.decompressobj().decompress(body, _LARGEST * 4))

    def _store(self, path: Path, data: bytes) -> None:
        if len(data) > _LARGEST:
            return
        try:
            temporary = path.with_name(f".new-{secrets.token_hex(8)}")
            try:
                with _new_file(temporary) as file:
                    file.write(data)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        except OSError as error:
            self.note = f"Renders cannot be kept in GATEHOUSE_CACHE_DIR ({error.strerror}); the next run renders again."
            return
        self._written += len(data)

    def prune(self) -> None:
        """Remove what was used longest ago until the cache is under its limit; called after a run that wrote."""
        if self._directory is None or not self._written:
            return
        files = []
        for path in self._directory.glob("??/*"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                files.append((stat.st_mtime_ns, stat.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._limit:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size

    def _secret(self) -> bytes:
        """The key of this cache: made once, readable by its owner only; another one each run where it cannot be kept."""
        fresh = secrets.token_bytes(32)
        if self._directory is None:
            return fresh
        path = self._directory / "key"
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                self._keep_secret(path, fresh)
            found = path.read_bytes()
        except OSError as error:
            self.note = (
                f"The renders in GATEHOUSE_CACHE_DIR cannot be used ({error.strerror}); this run renders everything."
            )
            self._directory = None
            return fresh
        if len(found) != 32:
            with contextlib.suppress(OSError):
                path.unlink()
            self._directory = None
            return fresh
        return found

    @staticmethod
    def _keep_secret(path: Path, fresh: bytes) -> None:
        """All or nothing, and the first process wins."""
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 a descriptor
                file.write(fresh)
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(temporary)
        finally:
            Path(temporary).unlink()


def _outcome(raw: Any) -> Outcome:
    if "failed" in raw:
        return Failed(raw["failed"], elsewhere=raw["elsewhere"])
    return Rendered(tuple(Document(t, d) for t, d in raw["documents"]), tuple(raw["notes"]), tuple(raw["unset"]))


def _raw(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, Failed):
        return {"failed": outcome.reason, "elsewhere": outcome.elsewhere}
    documents = [(d.text, d.digest) for d in outcome.documents]
    return {"documents": documents, "notes": list(outcome.notes), "unset": list(outcome.unset)}


def _new_file(path: Path) -> IO[bytes]:
    """A new file that only its owner can read, opened for writing; its directory is made when it is missing."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        return open(os.open(path, flags, 0o600), "wb")  # noqa: PTH123 a descriptor
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return open(os.open(path, flags, 0o600), "wb")  # noqa: PTH123
