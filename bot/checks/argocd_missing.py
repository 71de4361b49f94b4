"""Applications whose project is not there: taken away by the change, or nowhere in a repository that holds its projects.

Argo CD syncs no application of a project that it does not know ("Projects" in its manual); ``default`` it makes itself.
Where projects come from elsewhere nobody here can tell, so a name is missed only if it was here, or if the projects of the
application before, or of those beside it, are here.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks.about import about_declared
from bot.checks.declared_objects import Declarations, Declared, application_spec, text
from bot.checks.words import shown
from bot.model.evidence import Evidence, Statement
from bot.model.result import Severity, UnitState

_DEFAULT = "default"
_AT = ("spec", "project")
_AT_OF_SET = ("spec", "template", "spec", "project")
_MOST = 20


def missing(evidence: Evidence, base: Declarations, head: Declarations) -> Iterator[Statement]:
    """What the change itself does: it takes a project away, or an Application turns to one that is not here."""
    unknown = {u.key for u in evidence.units if u.head is None and u.state is not UnitState.REMOVED}
    projects = {d.id.name for d in base.of("AppProject") if d.unit not in unknown} - {_DEFAULT}
    gone = {name for name in projects if not head.has_project(name)}
    for number, application in enumerate(head.naming_projects(gone) if gone else ()):
        if number >= _MOST:
            break
        yield _missing(
            application, Severity.ERROR,
            f"Its project {shown(_project(application))} goes with this change: Argo CD syncs it no longer, and it stays as "
            "it is.",
            "Keep the project, or move the application to another one first.",
        )  # fmt: skip
    before = {d.id: d for d in base.of("Application")}
    for application in head.of("Application"):
        name, old = _project(application), before.get(application.id)
        was = _project(old) if old else ""
        if name in ("", _DEFAULT, was, *gone) or head.has_project(name):
            continue
        if was not in ("", _DEFAULT) and base.has_project(was):
            yield _nowhere(application, Severity.ERROR, f"the project {shown(was)} that it leaves is")
        elif old is None and (near := _beside(application, base, head)):
            yield _nowhere(application, Severity.WARNING, f"{shown(near)} of an application beside it is")


def _beside(new: Declared, base: Declarations, head: Declarations) -> str:
    """A project of the repository that an application beside a new one has; "" where one had the same project before."""
    if _project(new) in map(_project, base.beside(new)):
        return ""
    near = dict.fromkeys(map(_project, head.beside(new)))
    return next((name for name in near if name not in ("", _DEFAULT) and head.has_project(name)), "")


def _project(application: Declared) -> str:
    """The project that it names; "" where none is, or where a template fills it in."""
    return text(application_spec(application).get("project")) or ""


def _nowhere(application: Declared, severity: Severity, known: str) -> Statement:
    return _missing(
        application, severity,
        f"No file of the repository holds its project {shown(_project(application))}, though {known} here: where Argo CD "
        "does not know it either, it syncs nothing of this application.",
        "Correct the name, or add the AppProject. If it is made elsewhere, waive this finding for the application.",
    )  # fmt: skip


def _missing(application: Declared, severity: Severity, message: str, fix: str) -> Statement:
    at = _AT if application.id.kind == "Application" else _AT_OF_SET
    return about_declared(application, application.unit, "boundaries/project-missing", severity, message, fix, at)
