"""The written form: the law that reading gives the value back, and how it looks to people and other readers."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.documents import dump, load_all, load_one

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.text("ab \n\t-:#'\"\\|>&*!%@{}[],?~0123456789xeEoO._+=<\u2028\x85\r\ufeff", max_size=12),
    st.sampled_from(["yes", "0644", "1e3", "12:30", "2001-01-01", "null", "~", "=", "<<", "---", "--- a", "- a"]),
)
NUMBERS = st.one_of(st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False))
VALUES = st.recursive(
    st.one_of(TEXTS, NUMBERS, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)


@given(VALUES)
@example({"a": ["x", ["y", [], {}], {"b": {"c": "l1\nl2"}}]})
@example({"k" * 2000: {"a": 1}, "l" * 2000: [1], "m" * 2000: "a\nb\n"})
@example([[["deep"]], [{"a": [{"b": 1}]}]])
@example(" lead\n\n\n")
@example({"a": "\n\nx\n \n", "b": "\ta\nb", "c": "a\n  ", "d": "#x\n---\n"})
def test_reading_gives_back_what_was_written(value: object) -> None:
    read = load_one(dump(value))
    assert read == value
    assert json.dumps(read) == json.dumps(value)  # 1 is not True, 1 is not 1.0, order is kept


@given(st.dictionaries(TEXTS, TEXTS, max_size=4))
def test_another_reader_of_yaml_1_1_reads_the_same_strings(value: dict[str, str]) -> None:
    assert yaml.safe_load(dump(value)) == value


@given(VALUES)
def test_writing_is_stable(value: object) -> None:
    assert dump(load_one(dump(value))) == dump(value)


LOOKS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  annotations: {}
data:
  plain: host:8080/path?x=1#frag
  quoted: "true"
  number: "0644"
  time: "12:30"
  date: "2024-01-01"
  version: 1.2.3
  star: "*.example.com"
  json: '{"a": 1}'
  flag: --port=80
  script: |
    #!/bin/sh

    echo hi
  cut: |-
    a
    b
  kept: |+
    a

  indented: |2
      x
    y
  control: "a\\x07\\r"
list:
- 1
- name: x
  items:
  - - 1.5
    - null
  - []
"""


def test_it_looks_as_people_write_it() -> None:
    assert dump(load_one(LOOKS)) == LOOKS


def test_shared_values_are_written_out() -> None:
    assert dump(load_all(b"a: &x {k: 1}\nb: *x\n", name="f")[0].value) == "a:\n  k: 1\nb:\n  k: 1\n"


@pytest.mark.parametrize("value", [{1: 2}, {"a": {1, 2}}, (1,), b"x"])
def test_other_types_are_a_bug(value: object) -> None:
    with pytest.raises(TypeError):
        dump(value)
