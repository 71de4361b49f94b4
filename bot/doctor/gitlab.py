"""GitLab: the token, the webhook and the settings of each project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from bot.doctor import configuration
from bot.doctor.finding import Finding, Notes
from bot.errors import GatehouseError, RetryLater
from bot.forge.gitlab import GitLab
from bot.forge.gitlab_doctor import concerns
from bot.forge.gitlab_http import Api, project_path
from bot.git.mirror import Mirrors
from bot.model.forge import RepositoryName


class Doctor:
    """``public_url``: where the service is reached, "" where nobody said it. ``wanted``: the projects to look at; None means
    all in which the bot's account is Developer or more."""

    def __init__(
        self,
        forge: GitLab,
        api: Api,
        mirrors: Mirrors,
        *,
        public_url: str,
        now: Callable[[], datetime],
        wanted: Sequence[RepositoryName] | None = None,
    ) -> None:
        self._forge, self._api, self._mirrors = forge, api, mirrors
        self._public_url, self._now, self._wanted = public_url, now, wanted

    def examined(self) -> Iterator[Finding]:
        notes = Notes("gitlab")
        names: Sequence[RepositoryName] = ()
        try:
            notes.ok(f"GitLab knows the bot's account {self._forge.login()}.")
            names = self._forge.repositories() if self._wanted is None else self._wanted
            if not names and self._wanted is None:
                notes.missing(
                    "The bot's account is Developer in no project.",
                    "Make it a member, and run `gatehouse setup gitlab PATH`.",
                )
        except RetryLater as error:
            notes.missing(f"GitLab cannot be asked: {error}.", "Nothing works before that; look again then.")
        except GatehouseError as error:
            notes.missing(f"GitLab does not know the bot's account: {error}", "See GITLAB_URL and GITLAB_TOKEN.")
        yield from notes.findings
        for name in names:
            yield from self.repository(name)

    def repository(self, name: RepositoryName) -> Sequence[Finding]:
        """Token, role, webhook, what holds a merge, and the configuration."""
        notes = Notes(str(name))
        with notes.asking("what is set up there", "Try again later."):
            self._concerns(name, notes)
        branch = ""
        with notes.asking("the default branch", "Make the bot's account a Developer of the project."):
            branch = str(self._api.get(project_path(name.path)).get("default_branch") or "")
        if branch:
            configuration.look(self._forge, self._mirrors, name, branch, notes)
        return notes.findings

    def _concerns(self, name: RepositoryName, notes: Notes) -> None:
        if not self._public_url:
            notes.unknown("Not known is whether its webhook goes to this service.", "Set GATEHOUSE_PUBLIC_URL.")
        found = concerns(self._api, name, f"{self._public_url}/webhooks/gitlab", today=self._now().date())
        for concern in found:
            what, _, todo = concern.sentence.removeprefix(f"{name.path}: ").partition(": ")
            if not concern.is_known:
                notes.unknown(f"{what}.", f"See to it that there is a webhook to {todo}.")
                continue
            if not todo:
                what, _, todo = what.rstrip(".").partition("; ")
            note = notes.warning if concern.is_near else notes.missing
            note(f"{_begun(what)}.", f"{_begun(todo.rstrip('.'))}." if todo else "Mend it in the project's settings.")
        if not found:
            notes.ok("Token, role, webhook and the rule for merges are as they should be.")


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:] if not text.startswith("`") else text
