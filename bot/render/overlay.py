"""What Argo CD and Flux lay over a kustomization: edits of the file before the build, and of the objects after it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.documents import dump, load_all, load_one
from bot.envsubst import substitute_document
from bot.errors import UserError
from bot.model.unit import KustomizeRender, Overlay, Substitution
from bot.render.base import Raw, RenderError
from bot.render.rooms import Room

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
# What Flux leaves out of every artifact (source-controller, sourceignore: ExcludeCI and ExcludeExtra).
_IGNORED = frozenset(
    (".github", ".circleci", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml",
     "codeship-services.yml", "codeship-steps.yml", ".goreleaser.yml", ".sops.yaml", ".flux.yaml")
)  # fmt: skip


def apply_overlay(room: Room, part: KustomizeRender) -> None:
    """Change or make the kustomization file of the laid out directory, as Argo CD (``kustomize edit``) and Flux
    (its kustomization generator) do. Raises RenderError when the file cannot be read."""
    if part.overlay.is_empty() and not part.generate:
        return
    folder = Path(room.path, "repo", part.path).resolve()  # the path may lead through symlinks
    existing = next((folder / name for name in _NAMES if (folder / name).exists()), None)
    if part.overlay.is_empty() if existing is not None else not part.generate:
        return
    value = _read(existing, part.path) if existing is not None else _generated(folder)
    _lay_over(value, part.overlay, own_metadata=part.generate)
    _extend(value, "components", [c for c in part.overlay.components if _is_taken(c, folder, part.overlay)])
    target = existing or folder / _NAMES[0]
    target.unlink(missing_ok=True)  # it may be a symlink
    room.write(str(target.relative_to(room.path)), json.dumps(value).encode())


def _read(file: Path, path: str) -> dict[str, Any]:
    try:
        documents = load_all(file.read_bytes(), name=f"{path}/{file.name}")
    except (UserError, OSError) as error:
        raise RenderError(str(error)) from error
    value = documents[0].value if documents else {}
    if not isinstance(value, dict):
        raise RenderError(f"{path}/{file.name} is not a mapping; write a kustomization.")
    return value


def _generated(folder: Path) -> dict[str, Any]:
    """The kustomization that Flux writes for a directory without one: sub-directories that have their own, and every
    other YAML file (fluxcd/pkg/kustomize, generator)."""
    resources: list[str] = []
    queue = [folder]
    while queue:
        current = queue.pop(0)
        if not current.is_dir():
            continue
        for item in sorted(current.iterdir()):
            name = str(item.relative_to(folder))
            if item.is_dir() and not item.is_symlink():  # Go's filepath.Walk does not follow them either
                if any((item / n).exists() for n in _NAMES):
                    resources.append(name)
                elif item.name not in _IGNORED:
                    queue.append(item)
            elif item.suffix in (".yaml", ".yml") and item.name not in _IGNORED:
                resources.append(name)
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources}


def _lay_over(value: dict[str, Any], overlay: Overlay, *, own_metadata: bool) -> None:
    for key, text in (
        ("namespace", overlay.namespace),
        ("namePrefix", overlay.name_prefix),
        ("nameSuffix", overlay.name_suffix),
    ):
        if text:
            value[key] = text
    _extend(value, "patches", inline_patches(json.loads(overlay.patches)))
    _merge(value, "images", json.loads(overlay.images))
    _merge(value, "replicas", json.loads(overlay.replicas))
    if overlay.labels and not own_metadata:
        label = {
            "pairs": dict(overlay.labels),
            "includeSelectors": overlay.label_selectors,
            "includeTemplates": overlay.label_templates,
        }
        _extend(value, "labels", [label])
    if overlay.annotations and not own_metadata:
        common = value.setdefault("commonAnnotations", {})
        if isinstance(common, dict):
            common.update(dict(overlay.annotations))


def _is_taken(component: str, folder: Path, overlay: Overlay) -> bool:
    """Whether a component is built: with ``ignoreMissingComponents`` only where there is a directory for it."""
    return not overlay.ignore_missing_components or "://" in component or (folder / component).is_dir()


def inline_patches(patches: object) -> list[Any]:
    """Patches as Argo CD and Flux know them, with their text inside: a ``path`` is none of their fields."""
    kept = (p for p in (patches if isinstance(patches, list) else []) if isinstance(p, dict))
    return [{key: p[key] for key in ("patch", "target", "options") if key in p} for p in kept]


def _extend(value: dict[str, Any], key: str, items: list[Any]) -> None:
    if items:
        held = value.get(key)
        value[key] = [*(held if isinstance(held, list) else []), *items]


def _merge(value: dict[str, Any], key: str, items: list[Any]) -> None:
    """Entries with a ``name`` replace those of the same name."""
    if items:
        names = {item.get("name") for item in items if isinstance(item, dict)}
        held = value.get(key)
        kept = [
            e for e in (held if isinstance(held, list) else []) if not isinstance(e, dict) or e.get("name") not in names
        ]
        value[key] = [*kept, *items]


def set_metadata(
    documents: list[str], labels: tuple[tuple[str, str], ...], annotations: tuple[tuple[str, str], ...]
) -> list[str]:
    """Flux ``commonMetadata``: set on each object's own metadata, nowhere below."""
    if not labels and not annotations:
        return documents
    return [_with_metadata(text, dict(labels), dict(annotations)) for text in documents]


def _with_metadata(text: str, labels: dict[str, str], annotations: dict[str, str]) -> str:
    value = load_one(text)
    if not isinstance(value, dict) or not isinstance(value.setdefault("metadata", {}), dict):
        return text
    for key, pairs in (("labels", labels), ("annotations", annotations)):
        if pairs:
            held = value["metadata"].get(key)
            value["metadata"][key] = {**(held if isinstance(held, dict) else {}), **pairs}
    return dump(value)


def substitute(raw: Raw, substitution: Substitution) -> None:
    """Flux postBuild substitution, object by object. Raises RenderError for a malformed expression."""
    stays = "variables they set stay as they are written"
    for name in substitution.unknown:  # a note for each: a report says those once that several units share
        raw.notes.append(f"Values of {name} are known in the cluster only; {stays}.")
    for name, _ in substitution.secrets:
        raw.notes.append(f"Values of Secret {name} are never read; {stays}.")
    for at, text in enumerate(raw.documents):
        if "${" not in text:
            continue
        fields = load_one(text)
        try:
            known = fields if isinstance(fields, dict) else {}
            raw.documents[at] = substitute_document(text, known, substitution, raw.unset)
        except UserError as error:
            raise RenderError(str(error)) from error
