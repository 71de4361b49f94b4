"""Where a symlink leads is what the kernel itself says, for any links in any tree."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model.symlinks import MOST_LINKS, follow, refusal

_OPENAT2 = 437  # the same number on every architecture (linux/include/uapi/asm-generic/unistd.h)
_BENEATH = 0x08  # RESOLVE_BENEATH: EXDEV for a way that leaves the directory at any step
_LIBC = ctypes.CDLL(None, use_errno=True)


def kernel(root: Path, path: str) -> str | int:
    """Where the kernel comes out below ``root``, or the error that it gives."""
    how = struct.pack("QQQ", os.O_PATH | os.O_CLOEXEC, 0, _BENEATH)
    directory = os.open(root, os.O_RDONLY)
    try:
        found = _LIBC.syscall(_OPENAT2, directory, os.fsencode(path), how, len(how))
        if found < 0:
            return ctypes.get_errno()
        try:
            real = os.path.relpath(Path(f"/proc/self/fd/{found}").readlink(), root)
        finally:
            os.close(found)
    finally:
        os.close(directory)
    return "" if real == "." else real


@pytest.fixture(scope="module", autouse=True)
def _asks_the_kernel() -> None:
    with tempfile.TemporaryDirectory() as folder:
        if kernel(Path(folder), ".") in (errno.ENOSYS, errno.EPERM):
            pytest.skip("this system has no openat2(2)")


_STEP = st.sampled_from(["a", "b", "..", ".", "l", "m", "f", "", "gone"])
_TEXT = st.lists(_STEP, min_size=1, max_size=7).map("/".join).filter(bool)
_PLACE = st.sampled_from(["l", "m", "a/l", "a/m", "a/b/l", "a/b/m", "b/l", "b/a"])


@settings(max_examples=400, deadline=None)
@given(texts=st.dictionaries(_PLACE, _TEXT, max_size=5), path=_TEXT.filter(lambda text: not text.startswith("/")))
@example(texts={"l": "a/../b", "m": "l/../l/f"}, path="m")
@example(texts={"l": "a/b/m", "a/b/m": "../../b"}, path="l/../b/f")
@example(texts={"l": "m", "m": "l"}, path="l/../f")
@example(texts={"l": "a/b", "m": "l/../../../f"}, path="m")
def test_the_kernel_agrees(texts: dict[str, str], path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for file in ("a/f", "a/b/f", "b/f", "f"):
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).touch()
        for link, text in texts.items():
            (root / link).symlink_to(text)
        said = kernel(root, path)
    way = follow(texts, path)
    if isinstance(said, str):
        assert (way.real, way.circles) == (said, False)
    elif said == errno.EXDEV:
        assert (way.real, way.circles) == (None, False)
    elif said == errno.ELOOP:
        assert (way.real, way.circles) == (None, True)
    else:
        assert said in (errno.ENOENT, errno.ENOTDIR)  # nothing is there: what comes may lie anywhere


@pytest.mark.parametrize(("length", "circles"), [(MOST_LINKS, False), (MOST_LINKS + 1, True)])
def test_as_many_links_as_the_kernel_follows(tmp_path: Path, length: int, circles: bool) -> None:
    texts = {f"l{n}": f"l{n + 1}" for n in range(length)}
    (tmp_path / f"l{length}").touch()
    for link, text in texts.items():
        (tmp_path / link).symlink_to(text)
    assert (kernel(tmp_path, "l0") == errno.ELOOP) is circles
    assert follow(texts, "l0").circles is circles


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("b/../c", ""),
        ("..", "leads out of the repository"),
        ("l", "leads in a circle"),
        ("/c", "leads out"),
        ("", "leads out"),
    ],
)
def test_the_sentence(text: str, words: str) -> None:
    said = refusal({"l": text}, "l", name="apps/l")
    assert words in said
    assert (said == "") is (words == "")
    assert not said or said.startswith(f"The symlink apps/l points to {text!r}")
