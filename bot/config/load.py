"""Bytes of ``.gatehouse.yaml`` to ``Config``: strict, and everything that is wrong at once."""

from __future__ import annotations

from bot.config.problems import ConfigError, Problem
from bot.config.schema import Config


def load(data: bytes, *, name: str) -> Config:
    """The configuration that the file holds; an empty file is ``Config()``.

    ``name`` is what people call the file. Raises ConfigError with every problem: line, column, what is wrong, what is
    allowed.
    """
    return load_with_lines(data, name=name)[0]


def load_with_lines(data: bytes, *, name: str) -> tuple[Config, dict[str, int]]:
    """The same, and the line of each value by its place (``checks.run``, ``waivers[0]``)."""
    # imported here: most repositories have no such file, and then no YAML library is needed for it
    from bot.config.contradictions import contradictions
    from bot.config.keys import FILE
    from bot.config.kinds import Reading
    from bot.config.nodes import Scalar, parse

    root = parse(data, name)
    if root is None or (isinstance(root, Scalar) and root.type == "null"):
        return Config(), {}
    reading = Reading()
    config: Config | None = FILE.read(root, "", reading)
    if config is not None:
        reading.problems += [Problem(*reading.place(at), f"{at}: {text}") for at, text in contradictions(config)]
    if config is None or reading.problems:
        raise ConfigError(name, reading.problems)
    return config, {at: line for at, (line, _) in reading.places.items()}
