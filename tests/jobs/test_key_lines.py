"""The line that names a field, above what stands in it."""

from __future__ import annotations

import time

import pytest

from bot.jobs.key_lines import key_line

TEXT = """spec:
  template:
    spec:
      containers:
      - name: web
        # readynessProbe: in words
        "readynessProbe":

          httpGet:
            path: /
        other: 1
      - resource: {requests:
          {cpu: 1m}}
        env:
        - x-request: {a: b}
patches:
- patch: |-
    request:
      - a
      - b: c
    last: {request: 1}
"""


@pytest.mark.parametrize(
    ("number", "key", "line"),
    [
        (10, "readynessProbe", 7), (10, "httpGet", 9), (10, "template", 2), (10, "containers", 4), (13, "resource", 12),
        (20, "request", 18), (19, "request", 18), (20, "patch", 17), (21, "request", 21), (12, "requests", 12),
        # on no line above: what stands in it
        (11, "readynessProbe", 11), (10, "name", 10), (10, "absent", 10), (15, "request", 15), (1, "spec", 1),
        (0, "spec", 0), (999, "spec", 999),
    ],
)  # fmt: skip
def test_lines(number: int, key: str, line: int) -> None:
    assert key_line(TEXT.split("\n"), number, key) == line


def test_hostile_lines_take_no_time() -> None:
    start = time.process_time()
    lines = [" " * (20_000 - n) + "- " * n + "a" * 5000 for n in range(5000)]
    assert key_line(lines, 5000, "b" * 1000) == 5000
    key_line(["- " * 500_000], 1, "a")
    assert time.process_time() - start < 2
