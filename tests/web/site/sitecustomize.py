"""For processes under test: ``bot.assembly`` is the one of the tests, which needs no forge."""

import importlib.abc
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname != "bot.assembly":
            return None
        return importlib.util.spec_from_file_location(fullname, Path(__file__).parents[1] / "assembled.py")


sys.meta_path.insert(0, _Finder())
