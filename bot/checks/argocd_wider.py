"""Whether an AppProject permits more than before. Narrower patterns are none: ``https://x/y`` after ``*`` takes away.

The answer errs towards "more": that one pattern holds for all that another one holds for is only said where it is sure.
As Argo CD decides it (see argocd_project), a pattern with ``!`` denies what it matches and permits everything else, and a
denial counts for more than what other entries permit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bot.checks.argocd_globs import glob
from bot.checks.argocd_project import mappings, normal_url, texts

_UNSURE = "?[]{}\\"
Item = dict[str, str]
Covers = Callable[[Item, Item], bool]


def widened(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The fields of an AppProject's ``spec`` by which it permits something that it did not."""
    found = []
    if _opens(_sources(old), _sources(new), _cover_source):
        found.append("sourceRepos")
    if _opens(_destinations(old), _destinations(new), _cover_destination):
        found.append("destinations")
    before, after = texts(old.get("sourceNamespaces")), texts(new.get("sourceNamespaces"))
    if any(not any(p == text or (_is_wider(p, text) and not _is_regular(p, text)) for p in before) for text in after):
        found.append("sourceNamespaces")
    return found + [key for scope in ("cluster", "namespace") for key in _kinds(old, new, scope)]


def _opens(old: list[Item], new: list[Item], covers: Covers) -> bool:
    """Whether an entry permits what none did, or a denial goes that something permitted would meet."""
    if any(not any(covers(_permitted(o), _permitted(n)) for o in old) for n in new):
        return True
    kept = [item for item in new if _denies(item)]
    gone = [item for item in old if _denies(item) and not any(_denies_as_much(k, item) for k in kept)]
    return any(_may_meet(item, n) for item in gone for n in new)


def _permitted(item: Item) -> Item:
    return {key: "*" if text.startswith("!") else text for key, text in item.items()}


def _denies(item: Item) -> bool:
    return any(text.startswith("!") for text in item.values())


def _denies_as_much(new: Item, old: Item) -> bool:
    """Denials differ in one field at most, and there the new one is wider."""
    differ = [key for key in old if old[key] != new[key]]
    return not differ or (
        len(differ) == 1
        and all(item[differ[0]].startswith("!") for item in (old, new))
        and _is_wider(new[differ[0]][1:], old[differ[0]][1:], "/" if differ[0] == "url" else "", denies=True)
    )


def _may_meet(denial: Item, permitted: Item) -> bool:
    """Whether an entry may permit something that the denial held for: not where a plain text lies outside of it."""
    denying = [key for key, text in denial.items() if text.startswith("!")]
    if denying not in (["url"], ["namespace"]):
        return True  # a cluster has two names
    (key,) = denying
    is_plain = not permitted[key].startswith("!") and not any(c in permitted[key] for c in "*" + _UNSURE)
    return not is_plain or glob(denial[key][1:], permitted[key], "/" if key == "url" else "")


def _sources(spec: dict[str, Any]) -> list[Item]:
    return [
        {"url": ("!" if text.startswith("!") else "") + normal_url(text.removeprefix("!"))}
        for text in texts(spec.get("sourceRepos"))
    ]


def _cover_source(old: Item, new: Item) -> bool:
    return _is_wider(old["url"], new["url"], "/")


def _destinations(spec: dict[str, Any]) -> list[Item]:
    keys = ("server", "name", "namespace")
    return [{key: _text(item.get(key)) for key in keys} for item in mappings(spec.get("destinations"))]


def _cover_destination(old: Item, new: Item) -> bool:
    """A cluster is meant by either of its names, so that both have to be covered where both are there."""
    if not _is_wider(old["namespace"], new["namespace"]):
        return False
    if "*" in (old["server"], old["name"]):
        return True
    named = [key for key in ("server", "name") if new[key]]
    return all(old[key] and _is_wider(old[key], new[key]) for key in named)


def _kinds(old: dict[str, Any], new: dict[str, Any], scope: str) -> Iterable[str]:
    key = f"{scope}ResourceWhitelist"
    if scope == "cluster" or old.get(key) is not None:  # without a list, every namespaced kind is permitted
        every = scope == "namespace" and new.get(key) is None
        if every or not _all_covered(mappings(new.get(key)), mappings(old.get(key))):
            yield key
    key = f"{scope}ResourceBlacklist"
    if not _all_covered(mappings(old.get(key)), mappings(new.get(key))):
        yield key


def _all_covered(items: list[dict[str, Any]], by: list[dict[str, Any]]) -> bool:
    return all(any(_is_wider_kind(other, item) for other in by) for item in items)


def _is_wider_kind(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    if not all(_is_wider(_text(wide.get(key)), _text(narrow.get(key))) for key in ("group", "kind")):
        return False
    name = _text(wide.get("name"))
    return not name or (bool(narrow.get("name")) and _is_wider(name, _text(narrow.get("name"))))


def _is_wider(wide: str, narrow: str, separators: str = "", *, denies: bool = False) -> bool:
    """Whether a pattern surely holds for everything that another one holds for: a star takes what a star stands for. A star
    alone permits everything, and denies what has no separator (Argo CD, pkg/apis/application/v1alpha1, globMatch)."""
    if wide == narrow or (wide == "*" and not (denies and separators)):
        return True
    if any(c in wide + narrow for c in _UNSURE) or "**" in narrow:
        return False
    return glob(wide, narrow, separators)


def _is_regular(*patterns: str) -> bool:
    return any(len(p) > 1 and p.startswith("/") and p.endswith("/") for p in patterns)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
