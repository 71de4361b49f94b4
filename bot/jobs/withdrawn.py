"""Units of Flux from which the change takes their source, or a ConfigMap or Secret with values for them: Flux refuses to
apply them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from bot.affected.facts import Role, role_of
from bot.affected.pairs import Pair
from bot.affected.put_into import is_put_into
from bot.jobs.lent import files_of
from bot.jobs.made_otherwise import generated, is_made
from bot.jobs.misnamed import HASH, misnamed
from bot.jobs.misplaced import misplaced
from bot.jobs.unreadable import Fault, faults_of, unreadable
from bot.model.resource import Failed
from bot.model.unit import KEY, KustomizeRender, Unit

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result

_Same = tuple[str, str, str, str]
_VALUES = ("ConfigMap ", "Secret ")


def with_withdrawn(results: Sequence[Result], after: View) -> list[Result]:
    """The results; where a source, or a required object with values, was here at base and is nowhere at head (or only in
    another cluster), with that as the reason; so where the unit goes into another namespace and the values do not. What
    never was in the repository stays what only the cluster knows."""
    gone = _gone(results)
    heads = ((pair.base, pair.head) for pair, *_ in results)
    fresh = [head for base, head in heads if head is not None and (base is None or base.key != head.key)]
    faults = cache(lambda: faults_of(after))
    known = [result if result[0].base else _moved(result, gone, after) for result in results]
    before = {lacking for pair, *_ in results if pair.base is not None for lacking in pair.base.lacks}
    return [_placed(_judged(result, after, fresh, faults), after, before) for result in known]


def _gone(results: Sequence[Result]) -> dict[_Same, list[Unit]]:
    """The declared units that head has no more, by what stays of them in another namespace."""
    found: dict[_Same, list[Unit]] = {}
    for pair, *_ in results:
        if pair.base is not None and pair.head is None and (same := _same(pair.base)):
            found.setdefault(same, []).append(pair.base)
    return found


def _same(unit: Unit) -> _Same | None:
    """What declares the object, and the object without its namespace, which ends the key before the name."""
    if unit.source is None:
        return None
    return unit.key.rpartition("/")[0].rpartition("/")[0], unit.source.group, unit.source.kind, unit.source.name


def _moved(result: Result, gone: dict[_Same, list[Unit]], after: View) -> Result:
    """The result; failed where its unit was in another namespace, and values that it takes are still there only."""
    head, new = result[0].head, result[2]
    same = _same(head) if head is not None else None
    old = gone.get(same, []) if same is not None else []
    if (
        head is None
        or head.source is None
        or len(old) != 1
        or (isinstance(new, Failed) and (new.machine or new.breaks))
    ):
        return result
    was = old[0].source
    for name in head.lacks if was is not None and was.namespace != head.source.namespace else ():
        kind, _, bare = name.partition(" ")
        if not name.startswith(_VALUES) or name not in old[0].takes or is_made(after, kind, bare, head):
            continue
        if not any(is_put_into(after, path, head.source.namespace) for path in after.named(kind, bare)):
            where = f"{head.source.kind} {head.source.name}"
            reason = (
                f"{where} goes into namespace {head.source.namespace or 'default'}, and {name}, from which it takes values, "
                "does not: Flux will not apply it. Put the object there too, or set `optional: true`."
            )
            return result[0], result[1], Failed(reason)
    return result


def _judged(result: Result, after: View, fresh: Sequence[Unit], faults: Callable[[], list[Fault]]) -> Result:
    (base, head), old, new = result
    if base is None or head is None:
        return result
    fails_anew = isinstance(new, Failed) and not new.elsewhere and not isinstance(old, Failed)
    if fails_anew or (isinstance(new, Failed) and (new.machine or new.breaks)):
        return result  # broken already, with a reason of its own
    gone = [name for name in head.lacks if name in base.takes and not _comes_otherwise(head, name, after, fresh)]
    reason = (
        _sentence(head, gone[0], after)
        if gone
        else misnamed(base, head, after)
        or _without_key(base, head)
        or _without_hash(base, head, after)
        or unreadable(base, head, faults)
    )
    return (result[0], old, Failed(reason, breaks=True)) if reason else result


def _placed(result: Result, after: View, before: Collection[str]) -> Result:
    """The result; failed where a unit looks for its source in another namespace than the one that has it, from now on."""
    pair, old, new = result
    if pair.head is None or new is None or (isinstance(new, Failed) and not new.elsewhere):
        return result
    reason = misplaced(pair.head, after, before)
    return (pair, old, Failed(reason, breaks=pair.base is not None)) if reason else result


def _without_key(base: Unit, head: Unit) -> str:
    """A sentence where a ConfigMap or Secret of the repository has not the key that the unit names, and which was not
    lacking a moment ago; "" otherwise. The name of the ConfigMap may have been another one then, with another hash."""
    lacked = {lacking.partition(" of ")[0] for lacking in base.lacks}
    for lacking in head.lacks:
        if lacking.startswith(KEY) and lacking.partition(" of ")[0] not in lacked:
            kind, where = ("Flux object", head.path) if head.source is None else (head.source.kind, head.source.name)
            key, _, holder = lacking.removeprefix(KEY).partition(" of ")
            return (
                f"{kind} {where} takes values from key {key} of {holder}, which has no such key: Flux will not apply it. "
                "Add the key there, or name one that is there (`valuesKey`)."
            )
    return ""


def _without_hash(base: Unit, head: Unit, after: View) -> str:
    """A sentence where the unit named a generated object with the hash that kustomize gives to its name, and now names it
    without one, which is nowhere; "" otherwise."""
    for lacking in head.lacks:
        kind_of, _, bare = lacking.partition(" ")
        if not lacking.startswith(_VALUES) or lacking in base.lacks or is_made(after, kind_of, bare, head):
            continue
        if any(HASH.fullmatch(was.removeprefix(lacking)) for was in base.takes if was.startswith(lacking)):
            kind, where = ("Flux object", head.path) if head.source is None else (head.source.kind, head.source.name)
            if renamed := _renamed(after, kind_of, bare):
                return (
                    f"{kind} {where} takes values from {lacking}, and {renamed} generates none of that name any more: Flux "
                    "will not apply it. Name the one that is generated now, or give the generator its name back."
                )
            return (
                f"{kind} {where} takes values from {lacking}, and a kustomization generates that with a hash in its name: "
                "Flux will not apply it. Keep the `configurations` with its nameReference, or set `disableNameSuffixHash`."
            )
    return ""


def _renamed(after: View, kind: str, name: str) -> str:
    """A changed kustomization file that generated an object of that name before and does not any more; "" for none."""
    for change in after.changes:
        if role_of(change.path) is Role.KUSTOMIZATION:
            old, new = (generated(after, entry, kind) for entry in (change.before, change.after))
            if name in old - new:
                return change.path
    return ""


def _sentence(unit: Unit, name: str, after: View) -> str:
    kind, where = ("Flux object", unit.path) if unit.source is None else (unit.source.kind, unit.source.name)
    if not name.startswith(_VALUES):
        changed = {change.path for change in after.changes}
        still = sorted(set(after.named(*name.split(" ", 1))) - changed)
        if still and unit.declared_in in changed:
            return (
                f"{kind} {where} names {name}, and nothing here deploys that any more where it is looked for, so Flux does "
                f"not reconcile it. {still[0]} has one: name its namespace (`namespace` beside its name), or list the file."
            )
        return (
            f"The change takes {name} away, which is the source of {kind} {where}: Flux does not reconcile it. Keep it."
        )
    return (
        f"The change takes {name} away, from which {kind} {where} takes values: Flux will not apply it. Keep the object, "
        "take it out of the list, or set `optional: true` there."
    )


def _comes_otherwise(unit: Unit, name: str, after: View, fresh: Sequence[Unit]) -> bool:
    """Whether an object that a unit lacks may be there for all that: something makes it, or a new unit takes a file with
    it, which may be known from an output only."""
    kind, _, bare = name.partition(" ")
    paths = set(after.named(kind, bare))
    if any(not paths.isdisjoint(files_of(after, new)) for new in fresh if paths):
        return True
    return is_made(after, kind, bare, unit, unit.source.namespace if unit.source is not None else "")


def secret_notes(pair: Pair) -> Iterator[str]:
    """A sentence for each Secret of the repository that differs, and that the unit takes variables from."""
    old, new = (dict(_secrets(unit)) for unit in pair)
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield (
                f"Secret {name} changes, from which variables are taken: what its values do here is not seen, except for "
                "keys that come or go."
            )


def _secrets(unit: Unit | None) -> Iterator[tuple[str, str]]:
    for part in unit.parts if unit else ():
        if isinstance(part, KustomizeRender) and part.substitution is not None:
            yield from part.substitution.secrets
