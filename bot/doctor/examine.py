"""The whole examination: the machine, then each forge that the settings name with its repositories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.doctor import clock, github, gitlab, machine
from bot.doctor.finding import Finding, Notes
from bot.errors import UserError
from bot.forge.github import GitHub
from bot.forge.gitlab import GitLab
from bot.forge.gitlab_http import Api
from bot.git.mirror import Mirrors
from bot.model.forge import ForgeKind, RepositoryName
from bot.service_settings import ServiceSettings
from bot.settings import Settings


def examined(settings: ServiceSettings, engine: Settings, wanted: Sequence[str] = ()) -> Iterator[Finding]:
    """One finding after the other, as they are made. ``wanted``: repositories, as ``github:acme/gitops``, or by the path
    alone where there is one forge; none means all. Raises UserError for a name that is none."""
    chosen = _chosen(settings, wanted)
    yield from machine.examined(settings, engine)
    mirrors = Mirrors(settings.state_dir / "mirrors")
    if told := settings.github:
        yield from _clock(ForgeKind.GITHUB, told.api_url)
        hub = GitHub(base_url=told.api_url, app_id=str(told.app_id), private_key=told.private_key)
        names = chosen[ForgeKind.GITHUB]
        yield from github.Doctor(hub, mirrors, public_url=settings.public_url, now=_now, wanted=names).examined()
    if found := settings.gitlab:
        yield from _clock(ForgeKind.GITLAB, found.url)
        lab, api, names = (
            GitLab(found.url, found.token),
            Api(found.url, found.token),
            chosen[ForgeKind.GITLAB],
        )
        yield from gitlab.Doctor(lab, api, mirrors, public_url=settings.public_url, now=_now, wanted=names).examined()


def _clock(kind: ForgeKind, url: str) -> Sequence[Finding]:
    notes = Notes(str(kind))
    clock.compare(url, notes)
    return notes.findings


def _chosen(settings: ServiceSettings, wanted: Sequence[str]) -> dict[ForgeKind, list[RepositoryName] | None]:
    """For each forge; None: all."""
    kinds = [kind for kind, told in ((ForgeKind.GITHUB, settings.github), (ForgeKind.GITLAB, settings.gitlab)) if told]
    chosen: dict[ForgeKind, list[RepositoryName]] = {kind: [] for kind in ForgeKind}
    for text in wanted:
        first, colon, path = text.partition(":")
        if not colon and len(kinds) > 1:
            raise UserError(f"{text} may be on GitHub or on GitLab: write github:{text} or gitlab:{text}.")
        kind = next((kind for kind in kinds if first == kind), None) if colon else kinds[0]
        if kind is None or "/" not in (path or first):
            raise UserError(
                f"{text} names no repository of a forge that is set up: write it like {kinds[0]}:acme/gitops."
            )
        chosen[kind].append(RepositoryName(kind, path or first))
    return {kind: names if wanted else None for kind, names in chosen.items()}


def _now() -> datetime:
    return datetime.now(UTC)
