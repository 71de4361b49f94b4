"""What Argo CD's projects permit: judged as Argo CD will, before it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.checks.about import Place, about_declared
from bot.checks.argocd_added import added
from bot.checks.argocd_globs import is_readable
from bot.checks.argocd_narrowed import destinations, elsewhere, may_be_completed
from bot.checks.argocd_project import Destination, Project
from bot.checks.argocd_wider import widened
from bot.checks.declared_objects import Declarations, Declared, application_spec, mapping, project_of, text
from bot.checks.deployer import is_generated, made_by_set
from bot.checks.words import listed, shown
from bot.kubernetes.scope import crd_scopes, is_cluster_scoped
from bot.model.evidence import Evidence, Side, Statement, UnitEvidence, objects
from bot.model.resource import Resource
from bot.model.result import Severity
from bot.model.unit import ObjectId

_REFUSED = "Argo CD refuses to sync the application, and it stays as it is."
_CLUSTER = "clusterResourceWhitelist"


def statements(
    evidence: Evidence, side: Side, declared: Declarations, altered: frozenset[str] = frozenset()
) -> Iterator[Statement]:
    """Everything of one side; of the projects that are ``altered`` also what it means for Applications elsewhere."""
    for one in declared.of("AppProject"):
        yield from _of_project(one)
    judged: set[ObjectId] = set()
    scopes = crd_scopes(r.fields for _, r in objects(evidence, side))
    for unit in evidence.units:
        there = unit.side(side)
        written = _application(unit, side, declared)
        exact = made_by_set(there.unit, written) if there else written
        # A set's own words say where the line is; what its template fills in only the Application says that it makes.
        pairs = [(each, _project(each, declared, unit.environment) if each else None) for each in (written, exact)]
        application, project = next((pair for pair in pairs if all(pair)), (None, None))
        if application and project:
            judged.add(application.id)
            if there and application.unit not in ("", unit.key):  # another unit renders it: its file can still be told
                application = declared.written(application, there.unit.declared_in)
            yield from _of_application(application, project, unit.key)
        application, project = pairs[-1]
        if application and project:
            yield from _of_unit(unit, side, application, project, scopes)
    for application in declared.of("Application"):
        project = None if application.id in judged else _project(application, declared, "")
        if project:
            yield from _of_application(application, project, application.unit)
    judged |= {application.id for application in declared.of("Application")}
    for application in elsewhere(declared, altered):
        project = None if application.id in judged else _project(application, declared, "")
        told = _of_application(application, project, "", list(destinations(application))) if project else ()
        is_partial = may_be_completed(declared, application)
        yield from (replace(each, severity=Severity.WARNING) if is_partial else each for each in told)


def changes(base: Declarations, head: Declarations) -> Iterator[Statement]:
    """Projects that permit more, and Applications that turn to another project."""
    before = {d.id: d for d in base.of("AppProject", "Application")}
    for declared in head.of("AppProject", "Application"):
        old = before.get(declared.id)
        if old is None:
            yield from _new(declared) if declared.id.kind == "AppProject" else ()
            continue
        if declared.id.kind == "AppProject":
            yield from _opened(old, declared)
            continue
        was, now = (side.spec.get("project") for side in (old, declared))
        if was != now and isinstance(now, str):  # that there is none the check ``schema`` says
            yield about_declared(
                declared, declared.unit, "boundaries/project-change", Severity.WARNING,
                f"It moves from project {shown(was or 'default')} to {shown(now or 'default')}, and with it what it may "
                "deploy, where, and who may touch it.",
                "Have the owners of both projects agree.", ("spec", "project"),
            )  # fmt: skip


def _application(unit: UnitEvidence, side: Side, declared: Declarations) -> Declared | None:
    there = unit.side(side)
    source = there.unit.source if there else None
    if there is None or source is None or source.group != "argoproj.io":
        return None
    return declared.application(source, there.unit.declared_in)


def _project(application: Declared, declared: Declarations, near: str) -> Project | None:
    """The project that holds for an Application; None for one that is not in the repository."""
    name = text(application_spec(application).get("project"))
    found = declared.project(name or "default", application.path or near) if name is not None else None
    return project_of(found) if found else None


def _of_project(declared: Declared) -> Iterator[Statement]:
    project = project_of(declared)
    if key := project.permits_nothing():
        yield about_declared(
            declared, declared.unit, "boundaries/project-empty", Severity.WARNING,
            f"`{key}` matches nothing: no application of this project can ever be deployed.",
            "Name the repositories and destinations that it is for, or remove it.", ("spec", key),
        )  # fmt: skip
    bad = {p: at for at, p in _patterns(declared.spec) if not is_readable(p.removeprefix("!"))}
    if bad:
        said = about_declared(
            declared, declared.unit, "boundaries/project-pattern", Severity.WARNING,
            f"{listed(bad)} cannot be read as a pattern: {_unread(list(bad))}.",
            "Write `*`, `?`, `[a-z]` or `{a,b}`, with every bracket closed.", next(iter(bad.values())),
        )  # fmt: skip
        yield replace(said, mark="spec")


def _unread(patterns: list[str]) -> str:
    denials = [each for each in patterns if each.startswith("!")]
    if not denials:
        return "it permits nothing"
    return (
        "it denies nothing, and as a denial it permits everything"
        if len(denials) == len(patterns)
        else ("what permits permits nothing, and what denies denies nothing")
    )


def _patterns(spec: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    for i, url in enumerate(_list(spec.get("sourceRepos"))):
        if isinstance(url, str):
            yield ("spec", "sourceRepos", i), url
    for i, item in enumerate(_list(spec.get("destinations"))):
        for key in ("server", "name", "namespace"):
            if isinstance(pattern := mapping(item).get(key), str):
                yield ("spec", "destinations", i, key), pattern


def _of_application(
    application: Declared, project: Project, unit: str, places: Sequence[dict[str, Any]] = ()
) -> Iterator[Statement]:
    """``places`` are where it deploys to; none: as it says."""
    spec = application_spec(application)
    if application.id.kind == "Application" and project.permits_application_in(application.id.namespace) is False:
        yield about_declared(
            application, unit, "boundaries/project-application", Severity.ERROR,
            f"Project {shown(project.name)} does not accept applications of namespace {shown(application.id.namespace)} "
            "(`sourceNamespaces`): Argo CD ignores it.",
            "Use a project of that namespace's team, or have its owners add the namespace.", ("spec", "project"),
        )  # fmt: skip
    refused = {url: at for at, url in _sources(spec) if not project.permits_source(url)}
    if refused:
        said = about_declared(
            application, unit, "boundaries/project-source", Severity.ERROR,
            f"Project {shown(project.name)} does not permit {listed(refused)} as a source (`sourceRepos`): {_REFUSED}",
            "Take the manifests from a repository that the project names, or have its owners add this one.",
            (*_within(application), *next(iter(refused.values()))),
        )  # fmt: skip
        yield replace(said, mark="spec.sources")  # wherever in the list it stands
    every = (_destination({"destination": each}) for each in places or [mapping(spec.get("destination"))])
    wanted = next((each for each in every if each and project.permits_destination(each) is False), None)
    if wanted:
        cluster = wanted.name or wanted.server
        yield about_declared(
            application, unit, "boundaries/project-destination", Severity.ERROR,
            f"Project {shown(project.name)} does not permit namespace {shown(wanted.namespace)} of {shown(cluster)} "
            f"(`destinations`): {_REFUSED}",
            "Deploy to a destination that the project names, or have its owners add this one.",
            (*_within(application), "spec", "destination", "namespace" if wanted.namespace else "server"),
        )  # fmt: skip


def _within(application: Declared) -> Place:
    return ("spec", "template") if application.id.kind == "ApplicationSet" else ()


def _sources(spec: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """The places and addresses of all sources."""
    places: list[Place] = [("source",), ("sourceHydrator", "drySource")]
    places += [("sources", i) for i in range(len(_list(spec.get("sources"))))]
    for place in places:
        held: Any = spec
        for step in place:
            held = held[step] if isinstance(step, int) else mapping(held).get(step)
        if url := text(mapping(held).get("repoURL")):
            yield ("spec", *place, "repoURL"), url


def _destination(spec: dict[str, Any]) -> Destination | None:
    destination = mapping(spec.get("destination"))
    server, name, namespace = (text(destination.get(key)) for key in ("server", "name", "namespace"))
    if server is None or name is None or namespace is None or not (server or name):
        return None
    return Destination(server, name, namespace)


def _of_unit(
    unit: UnitEvidence, side: Side, application: Declared, project: Project, scopes: dict[tuple[str, str], str]
) -> Iterator[Statement]:
    """Objects of a kind, or in a namespace, that the project does not permit: one statement for each of either."""
    wanted = _destination(application_spec(application))
    there = unit.side(side)
    told: set[object] = set()
    for resource in there.objects if there else ():
        found = resource.id
        if there and is_generated(there, found):
            continue
        namespaced = not is_cluster_scoped(found.group, found.kind, scopes)
        if not project.permits_kind(found.group, found.kind, found.name, namespaced=namespaced):
            if (found.group, found.kind) not in told:
                told.add((found.group, found.kind))
                yield _kind(unit, resource, project, namespaced=namespaced)
        elif namespaced and wanted and found.namespace not in ("", wanted.namespace) and found.namespace not in told:
            told.add(found.namespace)
            inside = Destination(wanted.server, wanted.name, found.namespace)
            if project.permits_destination(inside) is False:
                yield Statement(
                    "boundaries/project-namespace", Severity.ERROR,
                    f"Project {shown(project.name)} does not permit namespace {shown(found.namespace)} (`destinations`): "
                    f"{_REFUSED}",
                    "Keep it in a namespace that the project names, or have its owners add this one.",
                    unit=unit.key, object=found, at=("metadata", "namespace"), mark=f"{project.name} {found.namespace}",
                )  # fmt: skip


def _kind(unit: UnitEvidence, resource: Resource, project: Project, *, namespaced: bool) -> Statement:
    scope = "namespace" if namespaced else "cluster"
    found = resource.id
    group = f" of {shown(found.group)}" if found.group else ""
    return Statement(
        "boundaries/project-kind", Severity.ERROR,
        f"Project {shown(project.name)} does not permit {shown(found.kind)}{group} (`{scope}ResourceWhitelist`, "
        f"`{scope}ResourceBlacklist`): {_REFUSED}",
        "Leave it to an application of the platform's own project, or have the project's owners permit the kind.",
        unit=unit.key, object=found, at=("kind",), mark=f"{project.name} {found.group}/{found.kind}",
    )  # fmt: skip


def _new(declared: Declared) -> Iterator[Statement]:
    """A project that comes, and lets its applications put any kind anywhere in the whole cluster."""
    kinds = any(mapping(i).get("group") == mapping(i).get("kind") == "*" for i in _list(declared.spec.get(_CLUSTER)))
    every = Destination("https://any.example", "any", "any")
    if kinds and project_of(declared).permits_destination(every):
        yield about_declared(
            declared, declared.unit, "boundaries/project-opens", Severity.WARNING,
            "Every application of this new project may create any kind of object, in every namespace and for the whole "
            "cluster.",
            "Have the owners of the cluster agree, and name single destinations and kinds.", ("spec", _CLUSTER),
        )  # fmt: skip


def _opened(old: Declared, new: Declared) -> Iterator[Statement]:
    more = [added(old.spec, new.spec, field) for field in widened(old.spec, new.spec)]
    if more:
        yield about_declared(
            new, new.unit, "boundaries/project-opens", Severity.WARNING,
            f"Every application of this project may do more: {'; '.join(each.said for each in more)}.",
            "Have the owners of the cluster agree, and name single repositories, namespaces and kinds.", more[0].at,
        )  # fmt: skip


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
