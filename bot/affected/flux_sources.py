"""Where a Flux object takes its files from: ``sourceRef`` and ``chartRef`` to a directory of this repository."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.affected.artifacts import artifact_mounts, note_copies
from bot.affected.fields import Fields, Unrenderable, Wrong, inside
from bot.affected.sources import Gathering, Lookup, identity_of, is_default_branch
from bot.model.unit import PLACE, Mount

BOOTSTRAP = "flux-system"  # the name `flux bootstrap` gives to the repository that holds the cluster's objects

_PINS = ("tag", "semver", "commit", "name")


@dataclass(frozen=True, slots=True)
class Place:
    """A directory: in the repository, or with ``mounts`` in an artifact made of parts of it.

    ``real`` is the directory of the repository in both cases, None where an artifact's path is none; ``root`` is
    the source's root, as ``path`` counts. ``seen``: what it holds surely lies here, so what is missing is missing.
    ``copied`` are the files and directories of which an artifact without ``mounts`` is made. ``ignore`` is the
    ``spec.ignore`` of the GitRepository, None where nothing is left out.
    """

    path: str
    real: str | None
    mounts: tuple[Mount, ...] = ()
    root: str = ""
    seen: bool = False
    copied: tuple[str, ...] = ()
    ignore: str | None = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a source object; ``namespace`` is already the one that counts."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


def read_reference(ref: Fields, namespace: str) -> Reference:
    """``sourceRef`` or ``chartRef``: the namespace of the object that refers is the default."""
    return Reference(ref.text("kind"), ref.text("namespace") or namespace, ref.text("name"))


def locate(reference: Reference, written: str, lookup: Lookup, found: Gathering) -> Place:
    """The directory ``written`` of a source. Raises Unrenderable when it is not in this repository.

    As in Flux, a leading slash or ``..`` never leads out of the source's root.
    """
    if not reference.kind or not reference.name:
        if lookup.is_output:
            raise Wrong("it names no source: Flux needs kind and name of one in sourceRef")
        raise Unrenderable("it names no source; if it is a patch of another object, only that one is deployed")
    path = confined(written)
    manifest = source_of(reference, lookup, found)
    if reference.kind == "ExternalArtifact":
        return _in_artifact(reference, path, lookup, found)
    url = _url_of(reference, manifest)
    if reference.kind == "OCIRepository" and path and lookup.is_packed_here(url):
        return _packed(reference, path, manifest, lookup, found)
    if reference.kind != "GitRepository":
        raise Unrenderable(_elsewhere(reference, path, manifest))
    seen = _check_git(reference, path, manifest, lookup, found)
    found.path(path)
    if not lookup.is_dir(path):
        found.tree(path)  # so that creating it is noticed
        reason = f"the repository has no directory {path or '.'}, which is rendered from {reference}"
        absent = not url
        missing = path if seen or absent else ""
        raise Unrenderable(reason + _of_branch(reference, manifest), wrong=seen, absent=absent, missing=missing)
    return Place(path, path, seen=seen, ignore=_ignore_of(reference, manifest))


def source_of(reference: Reference, lookup: Lookup, found: Gathering) -> dict[str, object] | None:
    """The manifest of a source, if the repository holds it. The one that ``flux bootstrap`` makes may be in no file."""
    if reference.name != BOOTSTRAP:
        manifest = found.named(reference.kind, reference.namespace, reference.name, lookup)
    else:
        found.manifest(reference.kind, reference.namespace, reference.name)
        manifest = lookup.find(reference.kind, reference.namespace, reference.name)
        if manifest is not None:
            found.takes[f"{reference.kind} {reference.name}"] = None
    if manifest is None and (namespace := _elsewhere_placed(reference, lookup)):
        found.lacks[f"{PLACE}{namespace} of {reference}"] = None
    return manifest


def _elsewhere_placed(reference: Reference, lookup: Lookup) -> str:
    """The namespace in which this cluster has a source of that name, other than the one in which it is looked for; "" where
    nothing tells."""
    if not (reference.namespace and reference.name):
        return ""
    manifest = lookup.find(reference.kind, "", reference.name)
    if manifest is None:
        return ""
    namespace = identity_of(manifest).namespace
    if lookup.lent_from(reference.kind, "", reference.name) or "${" in namespace:
        return ""
    return namespace if namespace != reference.namespace else ""


def _url_of(reference: Reference, manifest: dict[str, object] | None) -> str:
    return Fields((manifest or {}).get("spec"), f"{reference}: spec").text("url")


def _of_branch(reference: Reference, manifest: dict[str, object] | None) -> str:
    """A second half for what is missing, where another branch is meant than the one that is checked."""
    branch = Fields((manifest or {}).get("spec"), f"{reference}: spec").child("ref").text("branch")
    return "" if is_default_branch(branch) else f": it follows the branch {branch}, of which nothing is seen here"


def _check_git(
    reference: Reference, path: str, manifest: dict[str, object] | None, lookup: Lookup, found: Gathering
) -> bool:
    """Whether the GitRepository surely shows what lies here. Raises Unrenderable unless it is the repository under check."""
    spec = Fields((manifest or {}).get("spec"), f"{reference}: spec")
    url = spec.text("url")
    known = bool(url) and "${" not in url
    if known and not lookup.is_here(url):
        if reference.name != BOOTSTRAP or not lookup.is_dir(path):
            raise Unrenderable(f"{path or '.'} of {url} ({reference}) is not in this repository")
        found.note(f"{reference} has the URL {url}; taken for this repository because of its name")
    if not known and reference.name != BOOTSTRAP:
        if not path or not lookup.is_dir(path):
            reason = f"{reference} is not in this repository, so where {path or '.'} lies is not known"
            absent = bool(path) and manifest is None
            raise Unrenderable(reason, absent=absent, missing=path if absent else "")
        found.note(f"{reference} is not in this repository; taken for it because {path} exists here")
    ref = spec.child("ref")
    for field in _PINS:
        if ref.has(field):
            found.note(f"{reference} is pinned to {field} {ref.text(field)}: a merge does not move it")
    pinned = any(ref.has(field) for field in _PINS)
    return known and lookup.is_surely_here(url) and is_default_branch(ref.text("branch")) and not pinned


def _packed(
    reference: Reference, path: str, manifest: dict[str, object] | None, lookup: Lookup, found: Gathering
) -> Place:
    """The directory of an artifact that is called like this repository: all of it is packed, for all that is known. Not the
    root of it, which is there in every artifact."""
    url = _url_of(reference, manifest)
    found.note(f"{reference} ({url}) is called like this repository: taken for what is packed of it, whenever that is")
    found.path(path)
    if not lookup.is_dir(path):
        found.tree(path)  # so that creating it is noticed
        reason = f"the repository has no directory {path or '.'}, which is rendered from {reference}"
        raise Unrenderable(reason, absent=True, missing=path)
    return Place(path, path, ignore=_ignore_of(reference, manifest))


def _ignore_of(reference: Reference, manifest: dict[str, object] | None) -> str:
    return Fields((manifest or {}).get("spec"), f"{reference}: spec").text("ignore")


def _elsewhere(reference: Reference, path: str, manifest: dict[str, object] | None) -> str:
    spec = Fields((manifest or {}).get("spec"), f"{reference}: spec")
    url = spec.text("url") or spec.text("endpoint")
    version = " ".join(f"{k} {v}" for k, v in sorted(spec.child("ref").mapping().items()) if isinstance(v, str))
    where = " ".join(word for word in (url, version) if word) or "an address that is not known here"
    return f"{path or '.'} comes from {reference} ({where}), which is not in this repository"


def _in_artifact(reference: Reference, path: str, lookup: Lookup, found: Gathering) -> Place:
    generator = lookup.find(reference.kind, reference.namespace, reference.name)
    if generator is None or generator.get("kind") != "ArtifactGenerator":
        raise Unrenderable(f"no ArtifactGenerator in this repository makes {reference}, so its content is not known")
    metadata = Fields(generator.get("metadata"), "ArtifactGenerator: metadata")
    name = f"ArtifactGenerator {metadata.text('name')}"
    found.manifest("ArtifactGenerator", metadata.text("namespace"), metadata.text("name"))
    spec = Fields(generator.get("spec"), f"{name}: spec")
    seen, ignores = _origins(spec, name, reference, lookup, found)
    mounts = artifact_mounts(spec, reference.name, lookup, found)
    ignore = ignores.pop() if len(ignores) == 1 else None  # of several, nothing is left out: too much hides no change
    try:
        return replace(_place(path, mounts, lookup, found, reference), seen=seen, ignore=ignore)
    except Wrong as e:
        raise Unrenderable(str(e), wrong=seen) from e


def _origins(spec: Fields, name: str, reference: Reference, lookup: Lookup, found: Gathering) -> tuple[bool, set[str]]:
    """Whether all sources of an ArtifactGenerator surely show what lies here, and what they leave out. Raises Unrenderable
    where one lies elsewhere; then what is copied from the others is noted."""
    seen, ignores = True, set[str]()
    here: list[str] = []
    elsewhere: Unrenderable | None = None
    for source in spec.children("sources"):
        origin = read_reference(source, reference.namespace)
        found.manifest(origin.kind, origin.namespace, origin.name)
        try:
            if origin.kind != "GitRepository":
                raise Unrenderable(f"{name} takes files from {origin}, whose content is not in this repository")
            manifest = lookup.find(origin.kind, origin.namespace, origin.name)
            seen &= _check_git(origin, "", manifest, lookup, found)
            ignores.add(_ignore_of(origin, manifest))
            here.append(source.text("alias"))
        except Unrenderable as e:
            elsewhere = elsewhere or e
    if elsewhere is not None:
        note_copies(spec, reference.name, here, lookup, found)
        raise elsewhere
    return seen, ignores


def _place(path: str, mounts: tuple[Mount, ...], lookup: Lookup, found: Gathering, reference: Reference) -> Place:
    """The repository's own directory where the artifact keeps all relative positions, else a path in the artifact."""
    real = _real(path, mounts)
    if real is not None:
        found.path(real)
        if not lookup.is_dir(real):
            raise Wrong(f"the repository has no directory {real or '.'}, which is {path or '.'} of {reference}")
    root = None if real is None else _offset(real, path)
    if root is not None and all(_offset(m.source, m.target) == root and not m.exclude for m in mounts):
        sources = tuple(dict.fromkeys(m.source for m in mounts))
        return Place(real or "", real, root=root, copied=() if "" in sources else sources)
    for mount in mounts:
        if lookup.is_dir(mount.source):
            found.tree(mount.source)
        else:
            found.file(mount.source)
    if real is None and path and not any(m.target.startswith(path + "/") for m in mounts):
        raise Wrong(f"{reference} has no directory {path}")
    return Place(path, real, mounts)


def _real(path: str, mounts: tuple[Mount, ...]) -> str | None:
    """The repository directory that appears at ``path``: of the last mount above it, as later copies win."""
    for mount in reversed(mounts):
        if mount.target == path or not mount.target or path.startswith(mount.target + "/"):
            return inside(mount.source, path[len(mount.target) :].strip("/"))
    return None


def _offset(real: str, path: str) -> str | None:
    """What stands before the artifact's path in the repository's: "apps" for apps/production and production."""
    if not path:
        return real
    if real == path:
        return ""
    return real[: -len(path) - 1] if real.endswith("/" + path) else None


def confined(path: str) -> str:
    """A path below the root of a source: a leading slash or ``..`` never leads out of it, as in Flux."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
