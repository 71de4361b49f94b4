"""``python -m bot``: the same command line as ``gatehouse``."""

from bot.cli import entry

if __name__ == "__main__":
    entry()
