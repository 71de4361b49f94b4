"""YAML and JSON as Kubernetes' own reader sees them (sigs.k8s.io/yaml over go-yaml v2), and YAML for people.

- ``load_all``, ``load_one``   bytes or text to plain values; every limit and syntax error is a ``DocumentError``
- ``find_duplicate_keys``      keys that are written twice in one mapping (the readers let the last one win)
- ``find_line``, ``find_lines``  the lines of places in one of the documents of a file
- ``dump``                     deterministic YAML for people and diffs; ``load_one(dump(v)) == v``
- ``rows``                     the same row by row, each with its resource path
- ``rewrite``                 a text with other values in it, which otherwise stays as it is written
- ``split``                    a renderer's output cut into the texts of its documents

Values are ``dict`` (keys are strings), ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None``. A value that an
alias names twice is the same object twice: do not change loaded values in place.
"""

from bot.documents.reader import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_EXPANDED,
    DocumentError,
    ParsedDocument,
    find_duplicate_keys,
    find_line,
    find_lines,
    load_all,
    load_one,
)
from bot.documents.rewrite import rewrite
from bot.documents.texts import split
from bot.documents.writer import dump, rows

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_EXPANDED",
    "DocumentError",
    "ParsedDocument",
    "dump",
    "find_duplicate_keys",
    "find_line",
    "find_lines",
    "load_all",
    "load_one",
    "rewrite",
    "rows",
    "split",
]
