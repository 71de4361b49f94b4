"""``helm template`` on a chart of the repository: no cluster, no plugins, no repositories, an empty home."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from bot.documents import load_all, split
from bot.errors import UserError
from bot.model.unit import HelmRender
from bot.process import Completed, minimal_environment
from bot.render.base import ContentElsewhere, Material, Raw, RenderError
from bot.render.helm_dependencies import Dependencies
from bot.render.helm_kinds import incomplete, with_key_twice
from bot.render.helm_masks import masked_paths, not_asked, refused_masks, with_cause
from bot.render.helm_names import with_paths
from bot.render.kustomize import build, explain, failure
from bot.render.layout import lay_out
from bot.render.made_anew import NOTE, is_worth_it, steady
from bot.render.overlay import inline_patches
from bot.render.rooms import Room
from bot.render.tools import Tools

_LOOKUP = re.compile(rb"\{\{[^}]*\blookup\b\s+[\"$(]")
_RANDOM = re.compile(
    rb"\{\{[^}]*\b(randAlphaNum|randAlpha|randNumeric|randAscii|randBytes|randInt|uuidv4|genPrivateKey|genCA|genCAWithKey|"
    rb"genSelfSignedCert|genSelfSignedCertWithKey|genSignedCert|genSignedCertWithKey|now|bcrypt|htpasswd|shuffle)\b"
)
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")  # Helm's own rule
_MISSING = re.compile(r"missing in charts/ directory: (?P<names>.+)\Z")
_POST_FIELDS = ("images", "patchesStrategicMerge", "patchesJson6902")
_MOST_NAMED = 3
_HOMES = ("HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS", "XDG_CACHE_HOME", "TMPDIR")


def render(material: Material, tools: Tools) -> Raw:
    """See render.base.Renderer."""
    part = material.part
    assert isinstance(part, HelmRender)
    tool = tools.helm()
    with Room() as room:
        lay_out(room, material)
        root = tools.sandbox.root(room, tool.path)
        env = minimal_environment() | dict.fromkeys(_HOMES, f"{root}/tmp")  # noqa: S108 the room's own

        def run(words: list[str]) -> Completed:
            return tools.sandbox.run(room, tool.path, words, env=env, limits=tools.limits, stop=tools.stop)

        def listed(chart: str) -> str:
            done = run([*tool.words[:-1], "dependency", "list", "--", f"{root}/repo/{chart}"])
            if done.stopped or done.code < 0:
                raise failure(room, done, tool.path)
            return done.stdout.decode(errors="replace")

        placed = Dependencies(room, lambda chart: _metadata(room, chart), listed).place(part.chart, material)
        _replace_defaults(room, part)
        words = [*tool.words, *_words(room, part, root)]
        done, notes = _run(run, words, part)
        if done.stopped:
            raise failure(room, done, tool.path)
        if not done.ok:
            said = explain(room, done, tool.path)
            missing = _missing(said, _metadata(room, part.chart))
            sentence = with_paths(_explain(said, missing), replace(material, dependencies=placed))
            if missing and all(each.is_elsewhere for each in missing):
                raise ContentElsewhere(sentence)
            sentence = with_cause(sentence, masked_paths(part))
            raise RenderError(f"{sentence}{'' if missing or not _calls_lookup(material) else _LOOKED_UP}")
        texts = split(done.stdout.decode(errors="replace"))
        own = _notes(material)
        if _may_make(material) and is_worth_it(texts) and (again := _run(run, words, part)[0]).ok:
            first, texts = texts, steady(texts, split(again.stdout.decode(errors="replace")))
            own += [NOTE] if texts != first and not _makes(material) else []
        raw = Raw(texts, [*own, *notes, *incomplete(texts, part.chart), *with_key_twice(texts, part.chart)])
        for patches in json.loads(part.post_patches):
            raw.documents = _post_render(raw.documents, patches, tools)
    raw.documents = [text for text in map(_without_comments, raw.documents) if text.strip()]
    return raw


def _run(run: Callable[[list[str]], Completed], words: list[str], part: HelmRender) -> tuple[Completed, list[str]]:
    """What Helm gives, and a note where it had to go past a schema that refuses masks."""
    done = run(words)
    if done.ok or done.stopped:
        return done, []
    refused = refused_masks(done.stderr.decode(errors="replace"), masked_paths(part))
    if not refused:
        return done, []
    at = words.index("--")
    return run([*words[:at], "--skip-schema-validation", *words[at:]]), [not_asked(refused)]


def _words(room: Room, part: HelmRender, root: str) -> list[str]:
    """The arguments; ``root`` stands in front of the room's paths. Raises RenderError for names that Helm would take as
    something else, and for files that are not there."""
    if not _RELEASE.fullmatch(part.release) or len(part.release) > 53:
        raise RenderError(
            f"{part.release!r} is no name for a Helm release; use at most 53 lower-case letters, digits, '-' and '.'."
        )
    words = [f"--namespace={part.namespace}"]
    words += ["--include-crds"] if part.include_crds else ["--skip-crds"]
    words += ["--skip-tests"] if part.skip_tests else []
    words += [f"--kube-version={part.kube_version}"] if part.kube_version else []
    words += [f"--api-versions={version}" for version in part.api_versions]
    for file in part.value_files:
        if _there(room, file):
            words.append(f"--values={_listed(f'{root}/repo/{file}')}")
        elif not part.ignore_missing_value_files:
            raise RenderError(f"The values file {file} does not exist; add it or take it out of the list.")
    for number, text in enumerate(part.values):
        room.write(f"values/{number}.yaml", text.encode(errors="surrogateescape"))
        words.append(f"--values={_listed(f'{root}/values/{number}.yaml')}")
    words += [f"{'--set-string' if text else '--set'}={name}={value}" for name, value, text in part.parameters]
    for name, file in part.file_parameters:
        if not _there(room, file):
            raise RenderError(
                f"The file {file}, meant for the parameter {name}, does not exist; add it or take it out."
            )
        words.append(f"--set-file={name}={_escaped(f'{root}/repo/{file}')}")
    return [*words, "--", part.release, f"{root}/repo/{part.chart}" if part.chart else f"{root}/repo"]


def _replace_defaults(room: Room, part: HelmRender) -> None:
    """The chart's values.yaml, made anew of ``default_files`` as Flux' source-controller packs it (internal/helm/chart):
    maps are merged, everything else of a later file wins. Raises RenderError for files that it refuses."""
    if not part.default_files:
        return
    own = Path(room.path, "repo", part.chart).resolve() / "values.yaml"  # the path may lead through symlinks
    if not own.is_file():
        raise RenderError(
            f"The chart {part.chart or '.'} has no values.yaml, which valuesFiles take the place of; add an empty one."
        )
    merged: dict[str, Any] = {}
    for file in part.default_files:
        if _there(room, file):
            merged = _merged(merged, _values_of(Path(room.path, "repo", file), file))
        elif not part.ignore_missing_value_files:
            raise RenderError(f"The values file {file} does not exist; add it or take it out of the list.")
    own.unlink()  # it may be a symlink
    room.write(str(own.relative_to(Path(room.path).resolve())), json.dumps(merged).encode())


def _values_of(path: Path, file: str) -> dict[str, Any]:
    documents = load_all(path.read_bytes(), name=file)
    value = documents[0].value if documents else None
    if not isinstance(value, dict | None):
        raise RenderError(f"The values file {file} is no mapping; write values as `name: value`.")
    return value or {}


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        mine = result.get(key)
        result[key] = _merged(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return result


def _there(room: Room, file: str) -> bool:
    """Whether a path of the repository leads to a file of the room, symlinks followed."""
    repository = Path(room.path, "repo")
    real = Path(repository, file).resolve()
    return real.is_file() and real.is_relative_to(repository)


def _listed(path: str) -> str:
    """A path for ``--values``, which takes a list as a row of CSV (pflag's StringSlice)."""
    return '"' + path.replace('"', '""') + '"' if any(c in path for c in ',"\r\n') else path


def _escaped(path: str) -> str:
    """A path for ``--set-file``, where a comma begins the next parameter."""
    return path.replace("\\", "\\\\").replace(",", "\\,")


def _metadata(room: Room, chart: str) -> dict[str, Any]:
    """Chart.yaml; {} where it cannot be read: Helm says why."""
    try:
        return _values_of(Path(room.path, "repo", chart, "Chart.yaml"), "Chart.yaml")
    except (UserError, RenderError, OSError):
        return {}


_LOOKED_UP = " — the chart calls `lookup`, which finds nothing without a cluster: there it may render"


def _templates(material: Material) -> list[bytes]:
    return [material.read(e) for e in material.files if "/templates/" in f"/{e.path}" and not e.is_symlink]


def _calls_lookup(material: Material) -> bool:
    return any(_LOOKUP.search(data) for data in _templates(material))


def _makes(material: Material) -> set[str]:
    """The functions of the chart that give something else in every render."""
    return {m.decode() for data in _templates(material) for m in _RANDOM.findall(data)}


def _may_make(material: Material) -> bool:
    """Whether the chart may call such a function: into an archive nobody looks."""
    return any(entry.path.endswith(".tgz") for entry in material.files) or bool(_makes(material))


def _notes(material: Material) -> list[str]:
    templates = _templates(material)
    notes = []
    if any(_LOOKUP.search(data) for data in templates):
        notes.append("The chart calls `lookup`, which finds nothing without a cluster: what it gives there may differ.")
    if names := sorted(_makes(material)):
        notes.append(f"The chart uses {', '.join(names)}: these values differ in every render, changed inputs or not.")
    return notes


class _Missing(NamedTuple):
    """A chart that Helm misses, and where Chart.yaml says it comes from ("": nowhere)."""

    name: str
    repository: str

    @property
    def is_elsewhere(self) -> bool:
        return bool(self.repository) and not self.repository.startswith("file://")

    @property
    def way_out(self) -> str:
        if self.is_elsewhere:
            return (
                f"{self.name} comes from {self.repository}: vendor it with `helm dependency build` and commit charts/"
            )
        if self.repository:
            return f"{self.name} is to come from {self.repository}, where no chart lies: mend the path"
        return f"{self.name} has no repository: put it below charts/"


def _explain(sentence: str, missing: list[_Missing]) -> str:
    sentence = sentence.removesuffix(" Use --debug flag to render out invalid YAML")
    if missing:
        return f"{'. '.join([sentence, *(each.way_out for each in missing[:_MOST_NAMED])])}."
    if _MISSING.search(sentence):  # by a chart that this one holds
        return f"{sentence}. Vendor the dependencies: run `helm dependency build` and commit charts/."
    return sentence


def _missing(sentence: str, metadata: dict[str, Any]) -> list[_Missing]:
    """The charts that Helm misses, as Chart.yaml has them (action.CheckDependencies names those of the chart itself, not
    what these need). `helm dependency build` fetches what lies elsewhere; a directory that is not there is wrong here."""
    found = _MISSING.search(sentence)
    asked = metadata.get("dependencies")
    if found is None or not isinstance(asked, list):
        return []
    names = found["names"].split(", ")
    items = [item for item in asked if isinstance(item, dict) and item.get("name") in names]
    return [_Missing(str(item["name"]), str(item.get("repository") or "")) for item in items]


def _post_render(documents: list[str], patches: object, tools: Tools) -> list[str]:
    """A Flux ``postRenderers[].kustomize`` step: the output as resources of a kustomization, in a room of its own."""
    value = patches if isinstance(patches, dict) else {}
    kept = {key: value[key] for key in _POST_FIELDS if key in value}
    kept["patches"] = inline_patches(value.get("patches"))
    with Room() as room:
        room.write("repo/all.yaml", "\n---\n".join(documents).encode(errors="surrogateescape"))
        room.write("repo/kustomization.yaml", json.dumps({**kept, "resources": ["all.yaml"]}).encode())
        return build(room, "", tools, restrict=True)


def _without_comments(text: str) -> str:
    """Without Helm's ``# Source:`` lines in front of the object."""
    lines = text.splitlines(keepends=True)
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        lines.pop(0)
    return "".join(lines)
