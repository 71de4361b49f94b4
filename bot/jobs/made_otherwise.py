"""Whether something in the changed files may make an object that a build or a file no longer gives: a chart, an
ExternalSecret, a generator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.affected.facts import Role, role_of
from bot.affected.put_into import above, is_put_into
from bot.affected.sources import identity_of
from bot.documents import load_all
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.snapshot import Change, Entry
    from bot.model.unit import ObjectId, Unit

_NAMES = ("name", "secretName")  # as a Certificate or an operator's resource says which Secret it makes
_VALUES = ("ConfigMap", "Secret")
_TAKERS = ("substituteFrom", "valuesFrom", "sourceRef", "chartRef", "dependsOn", "healthChecks")
_PLAIN_GROUPS = ("", "apps", "batch", "autoscaling", "policy")
_PLAIN_ENDS = (".k8s.io", ".toolkit.fluxcd.io")
_GENERATORS = ("configmapgenerator", "secretgenerator")


def is_made(after: View, kind: str, name: str, unit: Unit, namespace: str = "") -> bool:
    """Whether something in the changed files may make an object of that name, which ``unit`` lacks, in another way: a chart,
    an ExternalSecret, a generator. Not that of a kustomization for a ConfigMap: its build was asked, and gives the name or
    another one. Of those for a Secret only one that gives it no hash, as builds of others were not asked. Nor the object
    itself in another namespace than ``namespace``, that of what takes values, or than the one that it had; nor what only is
    called so, or waits for the object, as the unit's own declaration does."""
    for change in after.changes:
        entry = change.after
        if entry is None or entry.is_symlink or entry.is_submodule or role_of(entry.path) is Role.NONE:
            continue
        is_build = role_of(entry.path) is Role.KUSTOMIZATION
        try:
            text = after.read(entry)
            if name.encode(errors="surrogatepass") not in text:
                continue
            values = [document.value for document in load_all(text, name=entry.path)]
            wanted = namespace if kind in _VALUES else _was_in(after, change, kind, name)
            if wanted and not is_put_into(after, entry.path, wanted):
                values = [value for value in values if _namespace_of(value, kind, name) in (None, wanted)]
            if kind not in _VALUES and _stays(after, change, kind, name):
                values = [value for value in values if _namespace_of(value, kind, name) is None]
            made = (_making(value, kind, unit) for value in values)
            if any(found == name for value in made for found in _named(value, is_build)):
                return True
            if (
                is_build
                and kind == "Secret"
                and any(name in _generators(value, kind, hashed=False) for value in values)
            ):
                return True
        except UserError:
            return True  # a template, most likely
    return False


def _making(value: object, kind: str, unit: Unit) -> object:
    """What of a document may make an object: nothing of the unit's own declaration, and not the name of an object that is
    applied as it stands, or that Flux reads, where it is of another kind."""
    if not isinstance(value, dict) or value.get("kind") == kind:
        return value
    identity = identity_of(value)
    if unit.source is not None and _named_so(identity) == _named_so(unit.source):
        return None
    if identity.group in _PLAIN_GROUPS or identity.group.endswith(_PLAIN_ENDS):
        return {key: held for key, held in value.items() if key != "metadata"}
    return value


def _named_so(identity: ObjectId) -> tuple[str, str, str]:
    return identity.group, identity.kind, identity.name


def generated(view: View, entry: Entry | None, kind: str) -> set[str]:
    """The names that the generators of a kustomization file give to ConfigMaps or Secrets; none for what does not parse."""
    if entry is None or entry.is_symlink or entry.is_submodule:
        return set()
    try:
        documents = load_all(view.read(entry), name=entry.path)
    except UserError:
        return set()
    return {name for document in documents for name in _generators(document.value, kind)}


def _generators(value: object, kind: str, *, hashed: bool = True) -> set[str]:
    """The names of a kustomization's generators; kustomize does not mind the case of a field. Without ``hashed``: only those
    that get nothing added."""
    fields = _lower(value)
    plain = _is_plain(fields.get("generatoroptions"))
    held = fields.get(f"{kind}generator".lower())
    each = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return {str(one.get("name")) for one in each if hashed or plain or _is_plain(_lower(one).get("options"))}


def _is_plain(options: object) -> bool:
    return _lower(options).get("disablenamesuffixhash") is True


def _lower(value: object) -> dict[str, object]:
    return {str(key).lower(): held for key, held in value.items()} if isinstance(value, dict) else {}


def _was_in(after: View, change: Change, kind: str, name: str) -> str:
    """The namespace that a changed file said of an object before; "" for none."""
    if change.before is None or change.before.is_symlink or change.before.is_submodule:
        return ""
    documents = load_all(after.read(change.before), name=change.path)
    return next(filter(None, (_namespace_of(document.value, kind, name) for document in documents)), "")


def _stays(after: View, change: Change, kind: str, name: str) -> bool:
    """Whether a changed file holds an object under the namespace that it had, and nothing puts it into another one: then it
    is not what is lacking."""
    if not (said := _was_in(after, change, kind, name)) or change.after is None:
        return False
    found = above(after, change.path)
    return found is not None and found.namespaces <= {said}


def _namespace_of(value: object, kind: str, name: str) -> str | None:
    """The namespace that an object says, "" for none; None where it is another object."""
    if not isinstance(value, dict) or value.get("kind") != kind:
        return None
    identity = identity_of(value)
    return identity.namespace if identity.name == name else None


def _named(value: object, is_build: bool) -> Iterator[object]:
    """Every name in a document, without those of what takes values or files, and of the generators of a kustomization."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item, is_build)
    if isinstance(value, dict):
        for key, held in value.items():
            if key in _NAMES:
                yield held
            elif key not in _TAKERS and not (is_build and str(key).lower() in _GENERATORS):
                yield from _named(held, is_build)
