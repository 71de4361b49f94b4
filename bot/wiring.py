"""Settings to concrete adapters: the only module that names them all."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.home import Home
from bot.affected.index import Index
from bot.affected.store import Store
from bot.config.problems import ConfigError, Problem
from bot.config.schema import FILE_NAME, MISNAMED, Config
from bot.errors import UserError
from bot.jobs.check import Sides
from bot.jobs.ports import Ports
from bot.model.approvals import NO_ANSWER, Approvals
from bot.process import MEBIBYTE, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.git.repository import Repository
    from bot.jobs.ports import Bench, Progress
    from bot.model.snapshot import Snapshot
    from bot.render.engine import Engine
    from bot.settings import Settings


_MOST_NAMED = 3


class Configuration(NamedTuple):
    """The configuration in force: where it came from ("" for the defaults) and a digest that names its content."""

    config: Config
    where: str
    digest: str


def resolve(repository: Repository, base: str, head: str | None, command: str) -> Sides:
    """Names to ids: base, head (None: the work tree), their merge base and whether they conflict. Raises UserError."""
    base_commit = repository.commit(base, option="--base")
    merging: tuple[str, ...] = ()
    if head is None:
        merging = repository.merging()
        head_commit = repository.commit("HEAD", option="HEAD")
        head_tree = name = repository.work_tree()
    else:
        head_commit = name = repository.commit(head, option="--head")
        head_tree = repository.tree_of(head_commit)
    ancestor = repository.merge_base(base_commit, head_commit, merging)
    # Of a work tree the committed part counts: git merges commits. What a merge under way has solved, no commit shows.
    may_conflict = not merging and ancestor not in (base_commit, head_commit)
    conflicts = repository.conflicts(base_commit, head_commit) if may_conflict else ()
    base_tree, tip_tree = repository.tree_of(ancestor), repository.tree_of(base_commit)
    return Sides(base_commit, name, ancestor, base_tree, head_tree, conflicts, command, tip_tree)


def configuration(repository: Repository, commit: str, file: str | None, *, place: str | None = None) -> Configuration:
    """``--config FILE``, else ``.gatehouse.yaml`` of a commit, else the defaults. ``place``: what people call that file,
    where the id of the commit does not tell them. Raises UserError."""
    if file is not None:
        try:
            data = Path(file).read_bytes()
        except OSError as error:
            raise UserError(f"--config {file} cannot be read: {error.strerror}.") from error
        where = file
    else:
        found = repository.file_at(commit, FILE_NAME)
        if found is None:
            return Configuration(Config(), "", "")
        data, where = found, place or f"{FILE_NAME} at {commit[:12]}"
        if repository.is_directory(commit, FILE_NAME):
            raise ConfigError(where, [Problem(0, 0, "it is a directory; the configuration is one file of that name")])
    from bot.config.load import load

    return Configuration(load(data, name=where), where, hashlib.sha256(data).hexdigest())


def misnamed(repository: Repository, commit: str) -> str:
    """What is to be said of a file that is meant to be the configuration and is not read; "" where there is none."""
    if not repository.has(commit, MISNAMED):
        return ""
    return f"{MISNAMED} is not read: the configuration is {FILE_NAME}. Rename it."


def unfiltered(repository: Repository) -> str:
    """What is to be said of files of the work tree that git would filter; "" where there is none."""
    found = repository.filtered
    if not found:
        return ""
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return (
        "No git filter is run (filter= in .gitattributes), so that these count as they are in the work tree, and not as a "
        f"commit would hold them: {', '.join(found[:_MOST_NAMED])}{more}."
    )


def defaults() -> Configuration:
    """What holds where nothing can be read: no configuration."""
    return Configuration(Config(), "", "defaults")


@contextmanager
def opened(
    repository: Repository,
    configured: Configuration,
    settings: Settings,
    progress: Progress,
    forge: str | None = None,
    *,
    approvals: Approvals = NO_ANSWER,
) -> Iterator[Ports]:
    """Everything that a job needs for one repository. ``forge``: who reads CODEOWNERS, None to tell it by the remotes, else
    by what lies in the repository. ``approvals``: who has agreed; a door that cannot ask says so (``NOT_ASKED``)."""
    config = configured.config
    with ExitStack() as at_end:
        store = Store(_index_path(settings.cache, repository))
        at_end.callback(store.close)
        home = Home((*config.repository.urls, *repository.remotes()))
        yield Ports(
            Index(store, repository, config, configured.digest, home, progress=progress),
            lambda: _engine(config, settings, at_end),
            progress,
            noise=config.diff.noise,
            approvals=approvals,
            bench=None
            if config.checks and not config.checks.run
            else lambda tip: _bench(config, settings, home, forge, tip),
        )


def _bench(config: Config, settings: Settings, home: Home, forge: str | None, tip: Snapshot | None) -> Bench:
    """The checks of this repository, with what it says about them."""
    from datetime import UTC, datetime

    from bot.affected.environment_words import is_usually_production, usual_name
    from bot.checks.all_checks import Given, checks, rules
    from bot.checks.levels import Levels
    from bot.checks.waivers import Waivers
    from bot.codeowners import Dialect, forge_of
    from bot.config.judging import ChecksRule
    from bot.jobs.ports import Bench
    from bot.policy.base import Limits as PolicyLimits
    from bot.policy.engines import engine

    said = config.checks or ChecksRule()
    today = datetime.now(UTC).date()
    limits = PolicyLimits(said.policy.seconds, said.policy.total_seconds, said.policy.memory_mib * MEBIBYTE)
    levels = Levels(said, config.environment_names, usual_name)
    waivers = Waivers(config.waivers, today, [rule.id for rule in rules()], levels.is_in)
    given = Given(
        engine(settings.opa_url, settings.opa_token, limits),
        tip,
        Dialect(forge) if forge else forge_of(home.known),
        config.kubernetes,
        config.render.kube_version or "",
        waivers,
        is_usually_production,
    )
    return Bench(checks(said, given), levels, waivers)


def _engine(config: Config, settings: Settings, at_end: ExitStack) -> Engine:
    from bot.render.cache import Cache
    from bot.render.engine import Engine
    from bot.render.sandbox import detect
    from bot.render.tools import Tools

    cache = Cache(settings.cache / "renders" if settings.cache else None, limit=settings.cache_limit)
    at_end.callback(cache.prune)
    render = config.render
    limits = Limits(render.timeout_seconds, render.memory_mib * MEBIBYTE, render.output_mib * MEBIBYTE)
    tools = Tools(lambda: detect(allowed=settings.sandbox), limits, settings.kustomize, settings.helm, cache.recall)
    return Engine(tools, cache, workers=settings.workers or None)


def _index_path(directory: Path | None, repository: Repository) -> Path | None:
    if directory is None:
        return None
    name = hashlib.sha256(os.fsencode(repository.place.common)).hexdigest()[:32]
    return directory / "index" / f"{name}.sqlite"
