"""The program ``gatehouse``, also as ``python -m bot``. Ctrl-C is heard before anything of weight is loaded."""

from bot import stopping

stopping.at_once()


def entry() -> None:
    """The console script."""
    from bot.cli import entry as door

    door()


if __name__ == "__main__":
    entry()
