"""CustomResourceDefinitions: which kinds they define, in which versions, and what judges objects of these.

Both ``apiextensions.k8s.io/v1`` and the removed ``v1beta1`` (still in many repositories) are read. What lacks a group,
a kind or versions is a patch for a CRD, not a CRD.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.kubernetes_schemas import structural, translated
from bot.kubernetes_schemas.bundled import Bundle
from bot.kubernetes_schemas.problem import Place
from bot.kubernetes_schemas.validator import Found, SchemaError, Validator
from bot.model.remember import Remember, ask_again

GROUP = "apiextensions.k8s.io"
KIND = "CustomResourceDefinition"
# Characters of an object times what each may cost at worst: about ten seconds.
_MOST_WORK = 600_000_000


@dataclass(frozen=True, slots=True)
class Served:
    """One version of a custom kind. ``warning`` is the CRD's own word on a deprecated version ("" for its default)."""

    name: str
    served: bool
    deprecated: bool
    warning: str
    schema: Any
    place: Place


_Said = tuple[list[tuple[Place, str]], list[str]]  # what is wrong with a schema, and what of it cannot be judged


class Definition:
    """One CRD. ``problems`` are what is wrong with its schemas; ``unjudged`` expressions that cannot be looked at here.
    ``remember`` knows them by the digest."""

    def __init__(
        self,
        group: str,
        kind: str,
        versions: dict[str, Served],
        *,
        legacy: bool,
        preserve: bool,
        digest: str,
        remember: Remember = ask_again,
    ) -> None:
        self.group = group
        self.kind = kind
        self.versions = versions
        self.digest = digest
        self._legacy = legacy
        self._preserve = preserve
        self._remember = remember
        self._said: dict[str, _Said] | None = None
        self._unusable: dict[str, list[tuple[Place, str]]] = {}  # what only came out when objects were judged
        self._translated: dict[str, structural.Translation] = {}
        self._judges: dict[tuple[object, ...], Validator | None] = {}

    @property
    def problems(self) -> list[tuple[Place, str]]:
        """What the API server refuses in its schemas, or what cannot be used here: (place in the CRD, sentence)."""
        said = self._of_schemas()
        found = (each for name in self.versions for each in (*said[name][0], *self._unusable.get(name, ())))
        return list(islice(found, structural.MOST_PROBLEMS))

    @property
    def unjudged(self) -> list[str]:
        said = self._of_schemas()
        return [pattern for name in self.versions for pattern in said[name][1]]

    def _of_schemas(self) -> dict[str, _Said]:
        """By version. That needs no translation of the schemas where it is remembered: most have no object to judge."""
        if self._said is None:
            raw: Any = self._remember("schemas of a definition", self.digest, self._translations)
            self._said = {
                name: ([(tuple(place), sentence) for place, sentence in problems], unjudged)
                for name, (problems, unjudged) in raw.items()
            }
        return self._said

    def _translations(self) -> dict[str, object]:
        own = {name: self._translation(name) for name in self.versions}
        return {name: ([(list(at), said) for at, said in each.problems], each.unjudged) for name, each in own.items()}

    def found(
        self, fields: dict[str, Any], version: str, bundle: Bundle, size: int
    ) -> tuple[list[Found], Validator | None]:
        """What is wrong with an object of one of its versions, and the judge; None when the schema cannot be used.
        ``size`` is the length of the object's text: where the schema would cost too much, only fields and types count."""
        costly = self.costly(version, size)
        judge = self._judge(version, bundle, plain=costly)
        if judge is None:
            return [], None
        return judge.found(translated.without_nulls(fields, judge.schema)), judge

    def costly(self, version: str, size: int) -> bool:
        """Whether only fields and types are judged, see ``found``."""
        return self._translation(version).weight * size > _MOST_WORK

    def _judge(self, version: str, bundle: Bundle, *, plain: bool) -> Validator | None:
        key = (version, bundle.version, plain)
        if key not in self._judges:
            own = self._translation(version)
            schema = translated.plain(own.schema) if plain else own.schema
            try:
                self._judges[key] = Validator(bundle.closed(schema)) if schema else None
            except SchemaError as error:
                problem = (self.versions[version].place, f"cannot be used: {error}")
                self._unusable.setdefault(version, []).append(problem)
                self._judges[key] = None
        return self._judges[key]

    def _translation(self, version: str) -> structural.Translation:
        if version not in self._translated:
            of = self.versions[version]
            legacy = self._legacy or self._preserve
            if of.schema is None and legacy:
                self._translated[version] = structural.Translation({})
            else:
                self._translated[version] = structural.translate(of.schema, place=of.place, legacy=legacy)
        return self._translated[version]


def is_definition(fields: dict[str, Any]) -> bool:
    """Whether an object says that it is a CRD."""
    return fields.get("kind") == KIND and str(fields.get("apiVersion")).startswith(f"{GROUP}/")


def read(fields: dict[str, Any], digest: str, remember: Remember = ask_again) -> Definition | None:
    """The CRD that an object is; None for others and for what is too incomplete to define anything. ``digest`` names its
    content: CRDs with the same one are the same, also for ``remember``."""
    if not is_definition(fields):
        return None
    spec = fields.get("spec")
    names = spec.get("names") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(names, dict):
        return None
    group, kind = spec.get("group"), names.get("kind")
    versions = _versions(spec)
    if not isinstance(group, str) or not isinstance(kind, str) or not versions:
        return None
    beta = fields.get("apiVersion") == f"{GROUP}/v1beta1"
    preserve = spec.get("preserveUnknownFields", beta) is not False
    return Definition(group, kind, versions, legacy=beta, preserve=preserve, digest=digest, remember=remember)


def _versions(spec: dict[str, Any]) -> dict[str, Served]:
    shared = _schema(spec.get("validation"))
    listed = spec.get("versions")
    if not isinstance(listed, list):
        single = spec.get("version")
        listed = [{"name": single, "served": True, "storage": True}] if isinstance(single, str) else []
    found: dict[str, Served] = {}
    for index, each in enumerate(listed):
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            continue
        own = _schema(each.get("schema"))
        in_version = own is not None or shared is None
        place: Place = ("spec", "versions", index, "schema") if in_version else ("spec", "validation")
        warning = each.get("deprecationWarning")
        found[each["name"]] = Served(
            each["name"],
            each.get("served") is not False,
            each.get("deprecated") is True,
            warning if isinstance(warning, str) else "",
            own if in_version else shared,
            (*place, "openAPIV3Schema"),
        )
    return found


def _schema(holder: Any) -> Any:
    return holder.get("openAPIV3Schema") if isinstance(holder, dict) else None
