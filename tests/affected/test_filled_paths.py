"""Which directories a path with placeholders may mean."""

from __future__ import annotations

import time

import pytest

from bot.affected.filled_paths import fixed_part, may_hold


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("a/{{x}}/b/c", "a/q/b/c"),
        ("a/{{x}}/b/c", "a/q/b/c/file"),
        ("a/{{x}}/b/c", "a/q/r/b/c/file"),  # a parameter may hold slashes
        ("a/{{x}}/b/c", "a/b/c/file"),  # or nothing
        ("a/{{x}}/b/c", "a/q/b/cc/b/c/file"),
        ("a/{{x}}/{{y}}/b", "a/b"),
        ("a/{{x}}{{y}}b", "a/b/file"),
        ("a/{{x}}", "a/q/r"),
        ("a/x-{{y}}-z", "a/x-1/2-z/file"),
        ("{{x}}", "q"),
        ("{{x}}/b", "b/file"),
        ("{{x}}/b", "q/b/file"),
        ("./a//b/", "a/b/file"),
        ("a/{{x}}/../b", "q"),
        ("a/{{ if .x }}b{{ else }}c{{ end }}/d", "a/c/d/file"),
        ("a/b", "a/b/c"),
    ],
)
def test_what_may_be_meant(written: str, path: str) -> None:
    assert may_hold(written, path)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("a/{{x}}/b/c", "a/q/b/d"),
        ("a/{{x}}/b/c", "a/q/b/cc/file"),
        ("a/{{x}}/b/c", "z/q/b/c"),
        ("a/x-{{y}}-z", "a/x-1-zz/file"),
        ("{{x}}/b", "qb/file"),
        ("a/{{x}}", "b/q"),
        ("a/b", "a/bc"),
    ],
)
def test_what_cannot_be_meant(written: str, path: str) -> None:
    assert not may_hold(written, path)


def test_the_part_in_front() -> None:
    assert [fixed_part(each) for each in ("a/b/{{x}}/c", "a/b-{{x}}/c", "{{x}}", "a/b")] == ["a/b", "a", "", "a/b"]


def test_hostile_texts_take_no_time() -> None:
    start = time.process_time()
    for _ in range(10):
        may_hold("a/" + "{{x}}a" * 300, "a/" + "a" * 4_000)
        may_hold("a/{{x}}" + "ab" * 500, "a/" + "ab" * 2_000)
    assert time.process_time() - start < 1
