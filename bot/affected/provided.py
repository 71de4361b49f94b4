"""ConfigMaps as a build makes them, for the objects that read them by name from another build.

What a kustomization generates or patches stands in no file, so its build is asked. Of several builds that provide the same
name, the one that is declared nearest to the reading object answers (``apart.Nearness``); a file that is nearer comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bot.affected.apart import Level, Nearness
from bot.affected.builds import kustomize_unit
from bot.affected.edges import Kind, object_of
from bot.affected.facts import NOTHING, RENAMES, Role, role_of
from bot.affected.kustomization_scope import refs
from bot.affected.lookup import Answer, Home, ViewLookup
from bot.affected.outputs import held_by, sources_held_by
from bot.affected.references import given_names
from bot.affected.roots import is_held_back, users
from bot.affected.rules import Reader
from bot.affected.secret_keys import keys_of, with_keys
from bot.affected.sources import identity_of
from bot.affected.stray import Strays
from bot.affected.view import View
from bot.affected.withdrawn_files import WithdrawnFiles
from bot.model.resource import Document, Failed, Outcome
from bot.model.unit import Unit

Ask = Callable[[Unit], Outcome | None]
_PATCHES = frozenset(
    ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "transformers", "unparsed")
)
_VALUES = ("ConfigMap", "Secret")
_READING = (Kind.EXACT, Kind.BESIDE)
_ANYWHERE = Level(True, 0, 0)
_MOST_BUILDS = 20  # that provide one name


class Providers:
    """The builds of one side that make or change ConfigMaps. ``ask`` renders a unit as it is there; ``withdrawn`` are
    files whose objects the change takes away: what nothing deploys any more provides nothing."""

    def __init__(self, view: View, read: Reader, ask: Ask, withdrawn: WithdrawnFiles | None = None) -> None:
        self.view = view
        self.withdrawn = withdrawn
        self.namer = read.namer
        self._read = read
        self._ask = ask
        self._builds: dict[str, list[Unit]] = {}
        self._patch_files: dict[str, bool] = {}
        self._made: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self.is_stray = Strays(view, read).is_stray

    def builds(self, name: str) -> list[Unit]:
        """What is deployed and generates or patches a ConfigMap of that name."""
        if name not in self._builds:
            folders = {folder for path in self.view.named("ConfigMap", name) for folder in self._makers(path)}
            folders |= self._renaming(name)
            self._builds[name] = list(self._roots(folders))[:_MOST_BUILDS] if folders else []
        return self._builds[name]

    def ranked(self, name: str, near: Nearness) -> list[tuple[Level, str, list[dict[str, Any]]]]:
        """What those builds make of it, the nearest build first, each with how near that is, and with the file that stands
        for it."""
        found = [(*_nearest_place(unit, near), self._of(unit).get(name, [])) for unit in self.builds(name)]
        return sorted((each for each in found if each[2]), key=lambda each: each[0])

    def is_made(self, path: str) -> bool:
        """Whether builds patch the ConfigMap of a file."""
        return next(self._makers(path), None) is not None

    def is_patch(self, path: str) -> bool:
        """Whether kustomizations name a file, and only as a patch: it holds a part of an object, which their build makes."""
        from bot.affected.declared import is_only_patch

        if path not in self._patch_files:
            self._patch_files[path] = is_only_patch(self.view, path)
        return self._patch_files[path]

    def is_taken_off(self, path: str) -> bool:
        """Whether a file is there as before, and the change makes that nothing deploys it any more."""
        return self.withdrawn is not None and self.withdrawn.is_taken_off(path)

    def is_displaced(self, path: str, value: dict[str, Any], namespace: str) -> bool:
        """Whether a file is there, and the change makes that this object of it is not put into the namespace any more."""
        return self.withdrawn is not None and self.withdrawn.is_displaced(path, value, namespace)

    def stands_in(self, path: str, value: dict[str, Any], namespace: str, near: str) -> bool:
        """Whether a file that no declaration deploys answers only for want of one that the change takes away."""
        return self.withdrawn is not None and self.withdrawn.stands_in(path, value, namespace, near)

    def _of(self, unit: Unit) -> dict[str, list[dict[str, Any]]]:
        if unit.key not in self._made:
            outcome = self._ask(unit)
            documents = outcome.documents if outcome is not None and not isinstance(outcome, Failed) else ()
            self._made[unit.key] = held_by(documents, "ConfigMap")
        return self._made[unit.key]

    def _makers(self, path: str) -> Iterator[str]:
        """The kustomizations that generate or patch a ConfigMap that the file names."""
        if role_of(path) is Role.KUSTOMIZATION:
            yield path.rpartition("/")[0]
            return
        for edge in self.view.into(path):
            if edge.kind in _READING and edge.source.startswith("k:") and self._patches(edge.source[2:], path):
                yield edge.source[2:]

    def _renaming(self, name: str) -> set[str]:
        """The kustomizations that may give the name to a ConfigMap that has another in its file."""
        found = set()
        for path in self.view.named(*RENAMES):
            entry = self.view.entry(path)
            facts = self.view.facts(entry, Role.KUSTOMIZATION) if entry is not None else NOTHING
            for prefix, suffix in given_names(facts.value):
                bare = name.removeprefix(prefix).removesuffix(suffix)
                if f"{prefix}{bare}{suffix}" == name != bare and self.view.named("ConfigMap", bare):
                    found.add(path.rpartition("/")[0])
        return found

    def _patches(self, directory: str, path: str) -> bool:
        files = self.view.kustomization_files(directory)
        found = (ref for file in files for ref in refs(self.view, file, directory))
        return any(ref.target == path and ref.field in _PATCHES for ref in found)

    def _roots(self, folders: Iterable[str]) -> Iterator[Unit]:
        """What is deployed above some kustomizations: what declares one, or builds that nothing else uses."""
        queue, seen, keys = sorted(folders), set[str](), set[str]()
        while queue:
            folder = queue.pop(0)
            if folder in seen:
                continue
            seen.add(folder)
            above = users(self.view, folder, of="kut")
            beside = (edge for edge in self.view.into(folder) if edge.kind is Kind.BESIDE)
            queue += sorted({edge.source[2:] for edge in (*above, *beside) if edge.source[0] == "k"} - seen)
            for key in sorted({edge.source[2:] for edge in above if edge.source[0] != "k"} - keys):
                keys.add(key)
                if (unit := self.view.unit(key)) is not None:
                    yield unit
            alone = not above and not self.is_stray(f"{folder}/kustomization.yaml")
            if alone and self.view.buildable(folder) and not is_held_back(self.view, folder):
                yield kustomize_unit(self.view, folder, self._read)


def _nearest_place(unit: Unit, near: Nearness) -> tuple[Level, str]:
    """How near a build is, and its place that is so near: its kustomization, unless what declares it is nearer."""
    places = [place for place in (f"{unit.path}/kustomization.yaml".lstrip("/"), unit.declared_in) if place]
    return min(((near.level(place), place) for place in places), key=lambda each: each[0])


class ProvidedLookup(ViewLookup):
    """The repository with the ConfigMaps that builds provide. ``own``: the output of the build that holds the reading
    objects, whose version of a ConfigMap comes before any other."""

    def __init__(self, providers: Providers, home: Home, *, near: str, own: Iterable[Document] | None = None) -> None:
        super().__init__(providers.view, home, near=near, namer=providers.namer)
        self._providers = providers
        self._own = own
        self._held: dict[str, dict[str, list[dict[str, Any]]]] = {}  # of the own build, by kind

    @property
    def is_output(self) -> bool:
        return self._own is not None

    def _search(self, kind: str, namespace: str, name: str) -> Answer | None:
        if kind == "Secret":
            return self._secret(namespace, name)
        if kind != "ConfigMap":
            return self._source(kind, namespace, name)
        own = self._of_own_build(kind).get(name, [])
        for value in own:
            if _answers(value, namespace):
                return "", value
        in_files = self._answering(kind, namespace, name)  # in any case: what it looks at is noted
        if in_files is not None and _is_put_elsewhere(in_files[1], own):
            in_files = None
        ranked = self._providers.ranked(name, self._nearness)
        farthest = self._farthest(name, in_files[0]) if ranked and in_files is not None else _ANYWHERE
        made = ((place, value) for level, place, values in ranked if level <= farthest for value in values)
        return next(((place, value) for place, value in made if _answers(value, namespace)), in_files)

    def _secret(self, namespace: str, name: str) -> Answer | None:
        """The Secret as its file holds it: a build's output is masked, so it tells only where the Secret goes, and which
        keys patches add. One that no file holds, as a generator makes it, is known by its keys alone."""
        answer = self._answering("Secret", namespace, name)  # in any case: what it looks at is noted
        own = self._of_own_build("Secret").get(name, [])
        if (built := next((value for value in own if _answers(value, namespace)), None)) is not None:
            return "", with_keys(answer[1], built) if answer is not None else built
        return None if answer is None or _is_put_elsewhere(answer[1], own) else answer

    def _source(self, kind: str, namespace: str, name: str) -> Answer | None:
        """Of a source the version in the output of the own build comes first: it may have its name only there."""
        own = self._of_own_build(kind).get(name, [])
        answer = super()._search(kind, namespace, name)  # in any case: what it looks at is noted
        return next((("", value) for value in own if _answers(value, namespace)), answer)

    def _is_object(self, path: str) -> bool:
        files = self._providers
        return not (files.is_taken_off(path) or files.is_patch(path) or files.is_stray(path, self._near))

    def _is_displaced(self, found: Answer, namespace: str) -> bool:
        files = self._providers
        moves = bool(namespace) and files.is_displaced(*found, namespace)
        return moves or files.stands_in(*found, namespace, self._near)

    def _of_own_build(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        if kind not in self._held:
            read = held_by if kind in _VALUES else sources_held_by
            self._held[kind] = read(self._own or (), kind)
        return self._held[kind]

    def _farthest(self, name: str, file: str) -> Level:
        """How far a build may be that comes before the file that answers: as the nearest file that is deployed as it stands.
        What a build patches is its own, unless that build is of another cluster."""
        paths = (path for path in self._view.named("ConfigMap", name) if role_of(path) is Role.MANIFEST)
        nearest = min((self._nearness.level(path) for path in paths if not self._is_built(path)), default=_ANYWHERE)
        own = self._nearness.level(file)
        if self._providers.is_made(file):
            return min(nearest, Level(own.is_apart, 0, 0))
        return min(nearest, own._replace(unshared=0))

    def _is_built(self, path: str) -> bool:
        return any(e.kind is Kind.EXACT and e.source[0] == "k" for e in self._view.into(path))


def completed(unit: Unit, providers: Providers, read: Reader, home: Home) -> Unit:
    """A unit that a file declares, with the values of the ConfigMaps that other builds provide for it, and without what
    the change takes off."""
    from bot.affected.declared import declarations

    if not unit.declared_in or not _is_provided(unit, providers):
        return unit
    lookup = ProvidedLookup(providers, home, near=unit.declared_in)
    _, units = declarations(providers.view, unit.declared_in, read, home, lookup)
    return next((found for found in units if found.key == unit.key), unit)


def _is_provided(unit: Unit, providers: Providers) -> bool:
    for target in (edge.target for edge in providers.view.out_of(f"u:{unit.key}") if edge.kind is Kind.OBJECT):
        kind, name = object_of(target)
        if kind == "ConfigMap" and providers.builds(name):
            return True
        paths, withdrawn = providers.view.named(kind, name), providers.withdrawn
        if withdrawn is not None and (any(map(withdrawn.concerns, paths)) or withdrawn.may_lose(kind, name)):
            return True
        if kind in _VALUES and any(providers.is_stray(path, unit.declared_in) for path in paths):
            return True
    return False


def _is_put_elsewhere(in_file: dict[str, Any], own: Iterable[dict[str, Any]]) -> bool:
    """Whether an object whose file leaves the namespace open is what the build of the reading objects puts into other
    namespaces, and not into the one that is asked for. Of a Secret the keys tell."""
    if identity_of(in_file).namespace:
        return False
    if in_file.get("kind") == "Secret":
        return any(keys_of(value) == keys_of(in_file) for value in own)
    return any(value.get("data") == in_file.get("data") for value in own)


def _answers(value: dict[str, Any], namespace: str) -> bool:
    return not namespace or identity_of(value).namespace in ("", namespace)
