"""The repository's own part: its code can be cloned, and its ``.gatehouse.yaml`` can be used."""

from __future__ import annotations

from bot.doctor.finding import Notes
from bot.errors import GatehouseError, UserError
from bot.forge.base import Forge
from bot.git.mirror import Mirrors
from bot.model.forge import RepositoryName
from bot.wiring import configuration, misnamed


def look(forge: Forge, mirrors: Mirrors, repository: RepositoryName, branch: str, notes: Notes) -> None:
    """Clone the repository as the service would, and read the configuration of its default branch."""
    try:
        with mirrors.opened(repository, forge.access(repository), {}, (branch,)) as (clone, tips):
            tip = tips.get(branch, "")
            if not tip:
                notes.warning(f"The default branch {branch} has no commit.", "Push one; there is nothing to judge yet.")
                return
            try:
                found = configuration(clone, tip, None, place=f".gatehouse.yaml of {branch}")
            except UserError as error:
                notes.missing(
                    f"{error}",
                    "Mend it by a pull request: `gatehouse config` reads it. Until then only its repair is judged.",
                )
                return
            if wrong := misnamed(clone, tip):
                notes.warning(wrong, "Rename it, or take it away.")
            elif found.where:
                notes.ok(f".gatehouse.yaml of {branch} can be used.")
            else:
                notes.ok(f"{branch} has no .gatehouse.yaml: the defaults are in force.")
    except GatehouseError as error:
        notes.missing(f"Its code cannot be cloned: {error}", "Give the bot the right to read its contents.")
