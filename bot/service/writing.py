"""Writes to a pull request, each of which first reads whether it still is what was looked at."""

from __future__ import annotations

from bot.forge.base import Forge
from bot.model.forge import PullRequest, Status
from bot.service.comment import MARKER
from bot.service.errors import Moved
from bot.service.ports import Memory, Ports


class Writer:
    """Writes for one head of one pull request. Every method raises Moved once the forge knows another one."""

    def __init__(self, pull_request: PullRequest, forge: Forge, memory: Memory) -> None:
        self._pull = pull_request
        self._forge = forge
        self._memory = memory

    @classmethod
    def of(cls, pull_request: PullRequest, ports: Ports) -> Writer:
        return cls(pull_request, ports.forge(pull_request.name.repository), ports.memory)

    def same(self) -> None:
        """Raise Moved unless the pull request is still what the run began with."""
        now = self._forge.pull_request(self._pull.name)
        if (now.head, now.base_branch, now.is_open) != (self._pull.head, self._pull.base_branch, True):
            raise Moved(f"{self._pull.name} is no longer at {self._pull.head[:12]} for {self._pull.base_branch}.")

    def status(self, status: Status) -> None:
        self.same()
        pull = self._pull
        self._forge.publish(
            pull.name.repository, pull.head, status, branch="" if pull.is_fork else pull.head_branch
        )  # fmt: skip

    def comment(self, body: str) -> None:
        """The one comment. Its id is remembered: a list of comments may lag behind what was just written."""
        self.same()
        key = f"comment:{self._pull.name}"
        known = self._memory.note(key)
        written = self._forge.write(self._pull.name, body, marker=MARKER, known=int(known) if known.isdecimal() else 0)
        if str(written) != known:
            self._memory.set_note(key, str(written))
