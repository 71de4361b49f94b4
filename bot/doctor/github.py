"""GitHub: the App, its webhooks and what each repository grants it and asks of a merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.doctor import configuration
from bot.doctor.finding import Finding, Notes
from bot.errors import GatehouseError
from bot.forge.base import Forbidden, NotFound
from bot.forge.github import GitHub
from bot.forge.github_app import Installation
from bot.forge.github_doctor import EVENTS, FOR_WHAT, default_branch, lacking, required, webhook_address
from bot.git.mirror import Mirrors
from bot.model.forge import RepositoryName
from bot.report.status import REQUIRED

_RECENTLY = timedelta(hours=24)


class Doctor:
    """``public_url``: where the service is reached, "" where nobody said it. ``wanted``: the repositories to look at; None
    means all."""

    def __init__(
        self,
        forge: GitHub,
        mirrors: Mirrors,
        *,
        public_url: str,
        now: Callable[[], datetime],
        wanted: Sequence[RepositoryName] | None = None,
    ) -> None:
        self._forge, self._mirrors, self._public_url, self._now = forge, mirrors, public_url, now
        self._wanted = wanted

    def examined(self) -> Iterator[Finding]:
        notes = Notes("github")
        try:
            slug = self._forge.app.itself().slug
        except GatehouseError as error:
            notes.missing(
                f"GitHub does not know the App: {error}", "See GITHUB_API_URL, GITHUB_APP_ID and GITHUB_PRIVATE_KEY."
            )
            yield from notes.findings
            return
        notes.ok(f"GitHub knows the App {slug}.")
        self._webhooks(notes)
        names = self._repositories(notes)
        yield from notes.findings
        for name in names:
            yield from self.repository(name)

    def _webhooks(self, notes: Notes) -> None:
        with notes.asking("where GitHub sends webhooks", "Look at the settings page of the App."):
            address, wanted = webhook_address(self._forge.app), f"{self._public_url}/webhooks/github"
            todo = f"Set the App's webhook URL to {wanted}."
            if not address:
                notes.missing("The App has no webhook: nobody tells the bot of anything.", todo)
            elif not self._public_url:
                notes.unknown(
                    f"Not known is whether {address}, where GitHub sends webhooks, is this service.",
                    "Set GATEHOUSE_PUBLIC_URL.",
                )
            elif address.rstrip("/") != wanted:
                notes.missing(f"GitHub sends webhooks to {address}, and the service is at {self._public_url}.", todo)
            else:
                notes.ok(f"GitHub sends webhooks to {address}.")
        with notes.asking("whether webhooks failed", 'Look at "Advanced" on the settings page of the App.'):
            lost = self._forge.failed_deliveries(self._now() - _RECENTLY)
            if lost:
                events = ", ".join(sorted({each.event for each in lost}))
                notes.warning(
                    f"{len(lost)} webhooks of the last day were never delivered ({events}).",
                    "See whether GitHub reaches the service; the sweep asks for them again.",
                )
            else:
                notes.ok("Every webhook of the last day was delivered.")

    def _repositories(self, notes: Notes) -> list[RepositoryName]:
        if self._wanted is not None:
            return list(self._wanted)
        found: list[RepositoryName] = []
        with notes.asking("in which repositories the App is", "Try again later."):
            installations = self._forge.app.installations()
            if not installations:
                notes.missing("The App is installed nowhere.", "Install it, on its settings page: Install App.")
            for each in installations:
                found += self._of_installation(each, notes)
        return found

    def _of_installation(self, installation: Installation, notes: Notes) -> list[RepositoryName]:
        if installation.is_suspended:
            notes.missing(
                f"The installation for {installation.account} is suspended.",
                f"An owner resumes it at {installation.url}.",
            )
            return []
        names: list[RepositoryName] = []
        with notes.asking(f"which repositories {installation.account} gave to the App", "Try again later."):
            names = self._forge.app.repositories(installation)
            if not names:
                notes.warning(
                    f"The installation for {installation.account} holds no repository.",
                    f"Choose some at {installation.url}.",
                )
        return names

    def repository(self, name: RepositoryName) -> Sequence[Finding]:
        """Permissions, events, what the default branch asks for, and the configuration."""
        notes = Notes(str(name))
        try:
            installation = self._forge.app.installation(name)
        except (NotFound, Forbidden) as error:
            notes.missing(str(error), "Nothing happens there before that.")
            return notes.findings
        except GatehouseError as error:
            notes.unknown(f"Not known is whether the App is installed there: {error}", "Try again later.")
            return notes.findings
        _granted(installation, notes)
        branch = ""
        with notes.asking("the default branch", "Grant the App metadata: read."):
            branch = default_branch(self._forge.app, name)
        if branch:
            self._required(name, branch, notes)
            configuration.look(self._forge, self._mirrors, name, branch, notes)
        return notes.findings

    def _required(self, name: RepositoryName, branch: str, notes: Notes) -> None:
        todo = f"Require the status {REQUIRED} for {branch}, with this App as its source (branch protection, or a ruleset)."
        with notes.asking(f"what {branch} asks of a merge", todo):
            found = [each for each in required(self._forge.app, name, branch) if each.name == REQUIRED]
            ours = self._forge.app.itself().id
            if not found:
                notes.missing(f"Nothing holds a merge: {branch} does not require the status {REQUIRED}.", todo)
            elif all(each.app not in (0, ours) for each in found):
                notes.missing(f"{branch} requires the status {REQUIRED} of another App, and waits for ever.", todo)
            elif all(each.app == 0 for each in found):
                notes.warning(f"{branch} requires {REQUIRED}, from whomever it comes: any App may set it.", todo)
            else:
                notes.ok(f"{branch} requires the status {REQUIRED} of this App.")


def _granted(installation: Installation, notes: Notes) -> None:
    missing = lacking(installation.permissions)
    for permission, level in missing.items():
        what = f"The App lacks {permission}: {level} (for {FOR_WHAT[permission]})."
        todo = f"Give it that on the App's settings page; an owner then agrees at {installation.url}."
        if permission == "members":  # the account of a person has none to read
            notes.warning(what, f"{todo} Where {installation.account} is no organization, all is well.")
        else:
            notes.missing(what, todo)
    if not missing:
        notes.ok("The App has every permission that it needs.")
    deaf = [event for event in EVENTS if event not in installation.events]
    if deaf:
        notes.missing(f"The App is not told of {', '.join(deaf)}.", "Tick these events on the App's settings page.")
    else:
        notes.ok("The App is told of every event that it needs.")
