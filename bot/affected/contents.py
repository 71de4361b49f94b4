"""Read what one file says (``facts``) from its bytes.

Most files are looked at with a few byte searches only; a file is parsed when it may hold something that decides
(a kustomization, a chart, an Argo CD or Flux object).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.affected.api_groups import DELIVERS
from bot.affected.clusters import is_cluster
from bot.affected.defined import kinds_defined, kinds_defined_in
from bot.affected.escaped import is_escaped
from bot.affected.facts import ANY, DEFINED, NOTHING, OBJECT, OF_PROJECT, RENAMES, Facts, Role
from bot.affected.flux_instance import GROUP, KIND, is_instance, sync_kind, sync_name
from bot.affected.sources import ARGOCD, CLUSTER_SECRETS, artifact_names, identity_of
from bot.affected.used import kinds_used
from bot.errors import UserError
from bot.model.tool_files import is_tool_file
from bot.redaction.secret_objects import is_secret_kind

ARTIFACTS = "ArtifactGenerator"

# A top-level key, in block or flow style, quoted or not. Indented hits only make the answer wider.
_KIND = re.compile(rb"""(?:^|[{,\s])["']?kind["']?\s*:""")
_API = re.compile(rb"""(?:^|[{,\s])["']?apiVersion["']?\s*:""")
# These begin with a word, which is many times faster over large files; hits inside of words make the answer wider.
_APIS = re.compile(rb"""apiVersion["']?\s*:\s*["']?([A-Za-z0-9./_-]*)""")
_MISTYPED = ("argoproj.io", ".toolkit.fluxcd.io")  # groups of which affected.mistyped knows the kinds
_DELIVERY = tuple(map(str.encode, DELIVERS))
_NAMED = re.compile(rb"""kind["']?\s*:\s*["']?(ConfigMap|Secret|AppProject)\b""")
_NAMED_SECRET = re.compile(rb"""kind["']?\s*:\s*["']?(?i:secret)""")
# A set that selects clusters names their label, and no kind of Secret. An escape may stand for one.
_MAY_HOLD_SECRET = re.compile(rb"(?i:secret)(?!-type)|\\")
_LOOKED_UP = frozenset(("ConfigMap", "Secret", "AppProject"))
_GENERATORS = {b"configmapgenerator": "ConfigMap", b"secretgenerator": "Secret"}  # of a kustomization
_DEFINITION = re.compile(rb"\nkind:[ \t]+CustomResourceDefinition[ \t\r]*(?:\n|\Z)")
_IS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
_NAME = re.compile(rb"""name["']?\s*:\s*["']?([A-Za-z0-9][A-Za-z0-9._-]{0,252})""")
# The metadata of an object in block style, at the left margin; and each object that may have one.
_METADATA = re.compile(rb"\nmetadata:[^\n]*(?:\n[ \t]+[^\n]*|\n\r?(?=\n|\Z))*")  # its first letters are found fast
_KIND_BEGINS = re.compile(rb"""apiVersion["']?\s*:""")
_WORD = re.compile(rb"""[^\s"'\[\]{},:=#]+""")
# What follows a dash, colon or equals sign on its line, and what stands in quotes.
_PHRASE = re.compile(rb"""(?:[-:=][ \t]+([^\n"']{1,1024}))|"([^"\n]{1,1024})"|'([^'\n]{1,1024})'""")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SOURCE_KINDS = frozenset(
    {"GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "Bucket", "ExternalArtifact", "ArtifactGenerator"}
)
LARGEST = 16 * 1024 * 1024  # as bot.documents reads at most: a larger file says nothing to any renderer here either
_MOST_NAMES = 50_000


def read_facts(role: Role, data: bytes, path: str) -> Facts:
    """What a blob says in the given role. Never raises: what cannot be read says nothing, what is over the limit may say
    anything."""
    if len(data) > LARGEST:
        return _unread(role, data)
    if role is Role.MANIFEST:
        return _manifest(data, path)
    names = _kept(_names_made_by(_as_utf8(data))) if role is Role.KUSTOMIZATION else ()
    try:
        return Facts(value=_first(data, path), names=names)
    except UserError:
        return Facts(words=words_of(data), names=names)


def _unread(role: Role, data: bytes) -> Facts:
    """The facts of a file that is only judged by a few words, which costs milliseconds."""
    if role is not Role.MANIFEST:
        return Facts(unread=True, names=(ANY,) if role is Role.KUSTOMIZATION else ())
    if not (b"kind" in data and b"apiVersion" in data) and b"\\" not in data and data[:2] not in _UTF_16:
        return NOTHING
    return Facts(manifest=True, names=(ANY,), delivers=any(word in data for word in _DELIVERY), unread=True)


def words_of(data: bytes) -> tuple[str, ...]:
    """Everything in a text that may be a path, with or without spaces, where it cannot be read as YAML."""
    found = {match.decode(errors="surrogateescape").strip() for match in _WORD.findall(data)}
    for whole, double, single in _PHRASE.findall(data):
        found |= {text.decode(errors="surrogateescape").strip() for text in (whole, double, single)}
    return tuple(sorted(word for word in found if 0 < len(word) < 1024))


def _first(data: bytes, path: str) -> Any:
    from bot.documents import load_all

    documents = load_all(data, name=path)
    return _plain(documents[0].value) if documents else None


def _manifest(data: bytes, path: str) -> Facts:
    data = _as_utf8(data)
    escaped = is_escaped(data)
    said = b"kind" in data and b"apiVersion" in data and _KIND.search(data) and _API.search(data)
    if not said and not escaped:
        return NOTHING
    if all(is_tool_file(version.decode(), "") for version in _APIS.findall(data) or [b""]):
        return NOTHING
    delivers = any(word in data for word in _DELIVERY)
    if not delivers and not escaped:
        return Facts(manifest=True, names=_names_in_text(data))
    try:
        values = list(_values(data, path))
    except UserError:
        return Facts(manifest=True, names=_names_in_text(data), delivers=delivers, garbled=delivers)
    found = [_plain(v) for v in values if isinstance(v.get("kind"), str) and isinstance(v.get("apiVersion"), str)]
    declared = tuple(value for value in found if is_delivery(value))
    given = {name for value in declared for name in _names_given_by(value)}
    given |= {(CLUSTER_SECRETS, "")} if any(map(is_cluster, values)) else set()
    names = _kept(_names_held(found) | _names_of_all(data) | kinds_defined(found) | kinds_used(data) | given)
    return Facts(
        manifest=_any_object(found), declared=declared, names=names, delivers=delivers, declares=bool(declared)
    )


def _names_held(found: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """As ``_names``, of a file that could be read: what it only refers to, as a hundred Flux objects do to the settings of
    their cluster, is not in it."""
    return {(value["kind"], identity_of(value).name) for value in found if value["kind"] in _LOOKED_UP}


def _names_given_by(value: dict[str, Any]) -> set[tuple[str, str]]:
    """(kind, name) under which others find an object; an ArtifactGenerator also under the names of its artifacts,
    a FluxInstance under that of the source that it makes, an Argo CD under none, an Application also under its project."""
    kind = str(value.get("kind"))
    found = {(kind, identity_of(value).name)}
    if kind == ARGOCD:
        found.add((kind, ""))
    if is_instance(value) and (name := sync_name(value)):
        found.add((sync_kind(value), name))
    if kind == ARTIFACTS:
        found |= {(kind, name) for name in artifact_names(value)}
    if (project := _project(value)) is not None:
        found.add((OF_PROJECT, project))
    return found


def _project(value: dict[str, Any]) -> str | None:
    """The AppProject that an Application names, or those that an ApplicationSet makes; None where it is no name."""
    kind = value.get("kind")
    way = {"Application": ("spec",), "ApplicationSet": ("spec", "template", "spec")}.get(str(kind), ())
    at: Any = value if way else None
    for field in (*way, "project"):
        at = at.get(field) if isinstance(at, dict) else None
    return at if isinstance(at, str) and _IS_NAME.fullmatch(at) else None


def _any_object(found: list[dict[str, Any]]) -> bool:
    return any(not is_tool_file(value["apiVersion"], value["kind"]) for value in found)


def _names(data: bytes, made: Iterable[str] | None = None) -> set[tuple[str, str]]:
    """What others look up by kind and name: too many rather than too few. ``made``: kinds that a kustomization makes
    without naming them."""
    kinds = {kind.decode() for kind in _NAMED.findall(data)}.union(made or ())
    said = _names_beside_secrets(data) if "Secret" in kinds and made is None else None
    found = {(kind, name) for kind in kinds for name in (_after_name(data) if said is None else said)}
    if b"argocd.argoproj.io/secret-type" in data and (made is not None or _MAY_HOLD_SECRET.search(data)):
        found.add((CLUSTER_SECRETS, ""))
    return found


def _names_in_text(data: bytes) -> tuple[tuple[str, str], ...]:
    """All names of a file that is not parsed."""
    return _kept(_names(data) | _names_of_all(data) | kinds_defined_in(data) | kinds_used(data))


def _names_of_all(data: bytes) -> set[tuple[str, str]]:
    """The names of all objects of a file, of any kind."""
    said = _names_beside_secrets(data) if _NAMED_SECRET.search(data) else _names_in_metadata(data)
    return {(OBJECT, name) for name in (_after_name(data) if said is None else said)}


def _names_in_metadata(data: bytes) -> set[str] | None:
    """The names in the metadata of objects; None for lists, JSON and flow style, in which no block can be told."""
    blocks = _METADATA.findall(b"\n" + data)
    if len(blocks) < len(_KIND_BEGINS.findall(data)):
        return None
    return {name for block in blocks for name in _after_name(block)}


def _names_beside_secrets(data: bytes) -> set[str] | None:
    """As ``_names_in_metadata`` for a file that holds Secrets: names are kept on disk, and what stands under ``name`` in a
    Secret's data must not be. None for what is of another form and cannot be read either. Definitions hold no Secret,
    speak of them, and are long."""
    found: set[str] = set()
    for part in (b"\n" + data).split(b"\n---"):
        document = b"\n" + part
        if not _NAMED_SECRET.search(document) or _DEFINITION.search(document):
            said = _names_in_metadata(document)
            found.update(_after_name(document) if said is None else said)
            continue
        said = _names_in_metadata(document) or _names_of_objects(part)
        if said is None:
            return None
        found |= said
    return found


def _after_name(data: bytes) -> Iterator[str]:
    """What follows ``name:``, and no ``username:``."""
    for match in _NAME.finditer(data):
        before = data[match.start() - 1 : match.start()]
        if not (before.isalnum() or before in (b"_", b"-", b".")):
            yield match[1].decode()


def _names_of_objects(data: bytes) -> set[str] | None:
    """Every ``name`` outside of what Secrets hold; None where the file cannot be read."""
    from bot.documents import load_all

    try:
        stack: list[Any] = [document.value for document in load_all(data, name="a file")]
    except UserError:
        return None
    found = set()
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            if is_secret_kind(value.get("kind")) and "metadata" in value:
                value = {"metadata": value["metadata"]}
            found |= {value["name"]} if isinstance(value.get("name"), str) else set()
            stack.extend(value.values())
    return found


def _names_made_by(data: bytes) -> set[tuple[str, str]]:
    """What a kustomization may make or change; that it renames whatever it reads is a name too."""
    folded = data.lower()  # as kustomize reads the keys
    found = _names(data, (kind for field, kind in _GENERATORS.items() if field in folded))
    return found | {RENAMES} if b"nameprefix" in folded or b"namesuffix" in folded else found


def _kept(names: set[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    if len(names) <= _MOST_NAMES:
        return tuple(sorted(names))
    return (ANY, *sorted({(kind, "") for kind, _ in names if kind in (CLUSTER_SECRETS, DEFINED, OF_PROJECT)}))


def _values(data: bytes, path: str) -> Iterator[dict[str, Any]]:
    """The mappings of a file, those of a List by themselves."""
    from bot.documents import load_all

    stack = [document.value for document in reversed(load_all(data, name=path))]
    while stack:
        value = stack.pop()
        if not isinstance(value, dict):
            continue
        if isinstance(value.get("items"), list) and str(value.get("kind", "")).endswith("List"):
            stack.extend(reversed(value["items"]))
        else:
            yield value


def is_delivery(value: dict[str, Any]) -> bool:
    """Whether an object says how something is rendered and deployed, or names a source or settings for such an object; or
    was to, and has a kind that does not exist."""
    group = str(value.get("apiVersion", "")).partition("/")[0]
    kind = value.get("kind")
    return _is_known(group, kind) or (group.endswith(_MISTYPED) and _is_mistyped(value))


def _is_mistyped(value: dict[str, Any]) -> bool:
    from bot.affected.mistyped import mistake

    return mistake(str(value.get("apiVersion")), str(value.get("kind"))) is not None


def _is_known(group: str, kind: object) -> bool:
    if group == "argoproj.io":
        return kind in ("Application", "ApplicationSet", ARGOCD)
    if group == "kustomize.toolkit.fluxcd.io":
        return kind == "Kustomization"
    if group == "helm.toolkit.fluxcd.io":
        return kind == "HelmRelease"
    if group == GROUP:
        return kind == KIND
    return group.endswith("fluxcd.io") and kind in _SOURCE_KINDS


def _as_utf8(data: bytes) -> bytes:
    if data[:2] in _UTF_16:
        return data.decode("utf-16", errors="replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: no NaN, no infinities, text where JSON has no form."""
    return json.loads(json.dumps(value, default=str, ensure_ascii=True))
