"""What the bot says of one head commit: everything that is published, ready to be written, and what it was made from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from bot.model.forge import Annotation, State, Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """``key`` names all inputs: same key, same outcome. ``statuses`` come with the required one last. ``comment`` is the
    Markdown of the one comment, ``page`` the HTML of the report page. ``units`` are the keys of the units that the change
    reaches on either side, ``owners`` who must agree, as CODEOWNERS writes them; ``seconds`` is the time that the gate took.
    ``blocked``: something besides checks stops the merge (a unit that broke, a configuration that nobody can use), which no
    override reaches. ``base_branch`` is the branch that ``base`` was the tip of. ``until`` is the last day (YYYY-MM-DD, UTC)
    on which it holds, "" for any: then a waiver ends. ``approvals`` tell who had approved when it was made.
    An empty key: it holds for this run alone, as the machine or the forge may answer otherwise next time."""

    key: str
    head: str
    base: str
    state: State
    title: str
    statuses: tuple[Status, ...]
    comment: str
    page: str = ""
    units: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    seconds: float = 0.0
    blocked: bool = True
    base_branch: str = ""
    until: str = ""
    approvals: tuple[str, ...] = ()

    def dump(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=True, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> Outcome:
        """What ``dump`` gave. Raises ValueError, KeyError or TypeError for anything else."""
        raw: dict[str, Any] = json.loads(data)
        raw["state"] = State(raw["state"])
        for name in ("units", "owners", "approvals"):
            raw[name] = tuple(raw.get(name, ()))
        raw["statuses"] = tuple(_status(row) for row in raw["statuses"])
        return cls(**raw)


def _status(raw: dict[str, Any]) -> Status:
    notes = tuple(Annotation(**row) for row in raw.pop("annotations"))
    return Status(**{**raw, "state": State(raw["state"]), "annotations": notes})
