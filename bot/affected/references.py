"""What a kustomization file refers to: every field of kustomize 5 (and the deprecated ones) that reads a file.

Pure: a parsed kustomization and its directory in, references out. Too many references make a closure wider than
needed, which costs a render; one too few would hide a change. So every doubt is a reference.
Source of the fields: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ and kustomize's
types.Kustomization at api/v0.21.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.affected.api_groups import DELIVERS

# Fields whose entries are paths of files or directories.
_LISTS = ("resources", "bases", "components", "crds", "configurations")
# Fields whose entries are a path or an inline document, and name the configuration of a plugin.
_PLUGINS = ("generators", "transformers", "validators")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_DIRECTORIES = frozenset(("resources", "bases", "components", *_PLUGINS))
_LONGEST = 4096  # PATH_MAX

# A scheme, an scp-like address, or one of the hosts that kustomize knew without a scheme.
_REMOTE = re.compile(
    r"^(?:git::|[A-Za-z][A-Za-z0-9+.-]*://|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+[:/]|gh:"
    r"|github\.com[/:]|gitlab\.com[/:]|bitbucket\.org[/:])",
    re.IGNORECASE,
)
_FETCHED = re.compile(r"^https?:", re.IGNORECASE)  # never a file of the tree (api/internal/loader/fileloader.go)
_HOST = re.compile(
    r"^(?:git::)?(?P<scheme>(?:ssh|https?|file)://)?(?P<user>[a-z][a-z0-9-]*@)?(?P<github>github\.com[/:])?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing a kustomization reads. ``target`` is a path in the repository ("" its root), None when it lies outside.

    ``remote``: it looks like an address. With a target it may be a path all the same: kustomize takes a file of that
    name first.
    """

    field: str
    text: str
    target: str | None
    tree: bool = False  # everything below the directory counts (a Helm chart)
    plugin: bool = False  # the target configures a builtin plugin: files named in it are read as well
    remote: bool = False
    inline: bool = False  # it is a document, not a path; as a path it is only looked for


def is_remote(text: str) -> bool:
    """Whether ``text`` looks like an address that kustomize would fetch instead of a path."""
    return bool(_REMOTE.match(text.strip()))


def names_repository(text: str) -> bool:
    """Whether kustomize clones ``text`` although a directory of that name exists (api/internal/git/repospec.go)."""
    text = text.partition("?")[0]
    match = _HOST.match(text)
    if text.startswith("/") or match is None or not any(match.groups()):
        return False
    rest = text[match.end() :]
    if match["scheme"] and match["scheme"].lower() == "file://":
        return bool(rest)
    if not match["github"]:
        ends = [at for at in (rest.find("/"), -1 if match["scheme"] else rest.find(":")) if at > 0]
        if not ends:
            return False
        rest = rest[min(ends) + 1 :]
    return any(mark in rest for mark in ("_git/", "//", ".git")) or "/" in rest


def join(directory: str, text: str) -> str | None:
    """The repository path of ``text`` as written in a file of ``directory``; None outside of the repository."""
    if not text or text.startswith("/") or "\0" in text:
        return None
    path = posixpath.normpath(posixpath.join(directory, text))
    if path == ".." or path.startswith("../"):
        return None
    return "" if path == "." else path


def references(value: object, directory: str) -> list[Reference]:
    """All references of one kustomization (Components too). Never raises: what is not of the right shape is skipped,
    because kustomize itself refuses it when it builds."""
    if not isinstance(value, dict):
        return []
    return list(dict.fromkeys(_all(value, directory)))


def plugin_references(value: object, directory: str, field: str) -> list[Reference]:
    """What a plugin configuration refers to: every string anywhere in it, as if it were a path, because only the plugin
    knows which of them are; and the charts of Helm generators."""
    found = (_reference(field, part, directory) for text in _strings(value) for part in _parts(text))
    refs = [ref for ref in found if ref is not None and ref.target is not None]
    for item in value if isinstance(value, list) else [value]:
        if "HelmChartInflationGenerator" in held(item, "kind"):
            refs += _charts([item], ["charts"], directory)
    return list(dict.fromkeys(refs))


def is_component(value: object) -> bool:
    """Whether a kustomization is a Component: part of others, not built by itself."""
    return "Component" in held(value, "kind")


def given_names(value: object) -> list[tuple[str, str]]:
    """Prefix and suffix that a kustomization gives to the names of its objects; ("", "") where it does not parse: any."""
    prefixes, suffixes = ([t for t in held(value, f) if isinstance(t, str)] for f in ("namePrefix", "nameSuffix"))
    return [(prefix, suffix) for prefix in prefixes or [""] for suffix in suffixes or [""]]


def composes(value: object) -> bool:
    """Whether a kustomization of plugin configurations puts values together, so that its paths are not written in it."""
    return bool(held(value, "replacements") or held(value, "vars"))


def _all(value: dict[object, object], directory: str) -> Iterator[Reference]:
    for field in _LISTS:
        yield from _paths(field, held(value, field), directory)
    for field in _PLUGINS:
        yield from _plugins(field, held(value, field), directory)
    for field in _GENERATORS:
        for item in held(value, field):
            yield from _generator(field, item, directory)
    for text in held(value, "patchesStrategicMerge"):
        yield from _path_or_inline("patchesStrategicMerge", text, directory)
    for field in ("patches", "patchesJson6902", "replacements"):
        for item in held(value, field):
            yield from _paths(field, held(item, "path"), directory)
            yield from _path_or_inline(field, item, directory)  # patches as they were once: a list of files
    for item in held(value, "openapi"):
        yield from _paths("openapi", held(item, "path"), directory)
    yield from _helm(value, directory)


def _paths(field: str, texts: Iterable[object], directory: str) -> Iterator[Reference]:
    for text in texts:
        found = _reference(field, text, directory)
        if found is not None:
            yield found


def _reference(field: str, text: object, directory: str) -> Reference | None:
    if not isinstance(text, str) or not text or len(text) > _LONGEST:
        return None
    if _FETCHED.match(text):
        return Reference(field, text, None, remote=True)
    return Reference(field, text, join(directory, text), remote=field in _DIRECTORIES and is_remote(text))


def _path_or_inline(field: str, text: object, directory: str) -> Iterator[Reference]:
    """A document is tried as a path too: kustomize does so when it is none after all."""
    found = _reference(field, text, directory)
    if found is not None and _documents(found.text) is not None:
        if found.target is not None:
            yield replace(found, remote=False, inline=True)
    elif found is not None:
        yield found


def _plugins(field: str, texts: list[object], directory: str) -> Iterator[Reference]:
    for text in texts:
        documents = _documents(text) if isinstance(text, str) else None
        if documents is not None:
            yield from plugin_references(documents, directory, field)
        for found in _path_or_inline(field, text, directory):
            yield found if found.inline else replace(found, plugin=True)


def _documents(text: str) -> list[object] | None:
    """The documents of an inline configuration; None for what can only be a path."""
    if not any(mark in text for mark in ("{", ":", "\n")):
        return None
    from bot.documents import DocumentError, load_all
    from bot.errors import TooBig

    try:
        found: list[object] = [document.value for document in load_all(text.encode(errors="replace"), name="inline")]
    except (DocumentError, TooBig):
        return list(text.split()) if "\n" in text else None
    return found if any(isinstance(value, dict | list) for value in found) else None


def _generator(field: str, item: object, directory: str) -> Iterator[Reference]:
    for text in held(item, "files"):
        if isinstance(text, str):  # "key=path" or "path"
            yield from _paths(field, [text, text.partition("=")[2]], directory)
    yield from _paths(field, held(item, "envs"), directory)
    yield from _paths(field, held(item, "env"), directory)


def _helm(value: dict[object, object], directory: str) -> Iterator[Reference]:
    charts = held(value, "helmCharts")
    old = held(value, "helmChartInflationGenerator")
    homes = [home for item in (*held(value, "helmGlobals"), *old) for home in held(item, "chartHome")]
    yield from _charts([*charts, *old], homes or ["charts"], directory)


def _charts(charts: list[object], homes: list[object], directory: str) -> Iterator[Reference]:
    for item in charts:
        for name in (*held(item, "name"), *held(item, "chartName")):
            for home in (*homes, *held(item, "chartHome")):
                root = join(directory, home) if isinstance(home, str) else None
                if isinstance(name, str) and name and root is not None:
                    versions = (*held(item, "version"), *held(item, "chartVersion"))
                    folders = [name, *(f"{name}-{v}" for v in versions if isinstance(v, str))]
                    yield from (Reference("helmCharts", f, join(root, f), tree=True) for f in folders)
        for key in ("valuesFile", "values", "additionalValuesFiles"):
            yield from _paths("helmCharts", held(item, key), directory)


def _strings(value: object) -> Iterator[str]:
    """Every string of a parsed document, keys too, without recursion."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _parts(text: str) -> Iterator[str]:
    """The text itself, what follows ``key=``, and the strings and words of an inline document."""
    yield text
    if "=" in text:
        yield text.partition("=")[2]
    documents = _documents(text)
    if documents is not None:
        yield from _strings(documents)
        yield from (word.strip("\"',[]{}") for word in text.split())


def held(value: object, key: str) -> list[object]:
    """What a mapping holds under a key, flat. The case of keys does not matter, as in Go's JSON decoder, which kustomize
    reads with; of several spellings all count."""
    if not isinstance(value, dict):
        return []
    wanted, length = key.casefold(), len(key)
    found: list[object] = []
    for name, item in value.items():
        if name == key or (
            isinstance(name, str)
            and (len(name) == length or not name.isascii())  # folding changes no length in ASCII
            and name.casefold() == wanted
        ):
            found += item if isinstance(item, list) else [] if item is None else [item]
    return found


_DELIVERY_WORDS = ("HelmRelease", "Application", "Kustomization", "FluxInstance", *DELIVERS)
_OF_CHARTS = (
    "name",
    "chartName",
    "chartHome",
    "version",
    "chartVersion",
    "valuesFile",
    "values",
    "additionalValuesFiles",
)
_PATCHES = ("patches", "patchesJson6902", "replacements")
_KEPT_OF_ITEMS = (
    *((field, ("files", "envs", "env")) for field in _GENERATORS),
    *((field, ("path",)) for field in (*_PATCHES, "openapi")),
    *((field, _OF_CHARTS) for field in ("helmCharts", "helmChartInflationGenerator")),
    ("helmGlobals", ("chartHome",)),
    ("dependencies", ("name", "repository")),  # of a Chart.yaml
    ("vars", ()),
)


_WORDS = ("kind", "name", "type", "version")  # what is kept as it is


def references_only(value: object) -> tuple[dict[str, object], bool]:
    """What a kustomization (or Chart.yaml) refers to, fit to be kept: without literals, inline patches and plugin
    configurations, or anything else that may hold a secret. The second value is False when references went with them,
    so that the file has to be read again."""
    if not isinstance(value, dict):
        return {}, value is None
    kept: dict[str, object] = {}
    whole = True
    for field in (*_LISTS, *_PLUGINS, "patchesStrategicMerge", *_WORDS):
        texts = held(value, field)
        kept[field] = [text for text in texts if _is_plain(text)]
        whole &= all(_is_plain(text) or not isinstance(text, str) for text in texts)
    for field, names in _KEPT_OF_ITEMS:
        items = held(value, field)
        kept[field] = [_kept_of(item, names) for item in items]
        whole &= not (field in _PATCHES and any(_is_more_than_a_path(item) for item in items))
        whole &= not any(not _is_plain(text) for item in items for name in names for text in held(item, name))
    for field in _WORDS:
        kept[field] = next(iter(held(kept, field)), "")
    kept["spec"] = "spec" in value  # no kustomization and no Chart.yaml has that
    for field in ("namePrefix", "nameSuffix"):
        kept[field] = [text for text in held(value, field) if isinstance(text, str)]
    return {name: item for name, item in kept.items() if item}, whole


def _kept_of(item: object, names: tuple[str, ...]) -> object:
    if isinstance(item, str):
        return item if _is_plain(item) else {}
    return {name: [text for text in held(item, name) if _is_plain(text)] for name in names if held(item, name)}


def _is_plain(text: object) -> bool:
    """A path or an address: no document, no address with a password."""
    return isinstance(text, str) and _documents(text) is None and not re.search(r"\n|://[^/\s]*@", text)


def _is_more_than_a_path(item: object) -> bool:
    """Whether a patch holds text in which something is referred to: it is a document, or writes into a declaration."""
    if isinstance(item, str):
        return not _is_plain(item)
    return is_for_declarations(patch_text(item))


def is_for_declarations(text: str) -> bool:
    """Whether a patch or replacement may be for an Argo CD or Flux object."""
    return any(word in text for word in _DELIVERY_WORDS)


def patch_text(item: object) -> str:
    """One patch or replacement of a kustomization as text, without the name of its file, which is nothing that it writes.
    One for whatever has a name or a label may be for anything."""
    if not isinstance(item, dict):
        return str(item)
    aims = [*held(item, "target"), *(select for target in held(item, "targets") for select in held(target, "select"))]
    is_open = any(not held(aim, "kind") and not held(aim, "group") for aim in aims)
    text = str({key: value for key, value in item.items() if key != "path"})
    text = text.replace("\\n", "\n")  # as it was written: a word ends with its line
    return f"{text} {' '.join(_DELIVERY_WORDS)}" if is_open else text
