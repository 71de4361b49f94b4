"""Which Secrets an object reads, and where each of them appears: in which container, as which variable, at which path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.kubernetes.pods import containers, pod_specs


class SecretUse(NamedTuple):
    """One use. ``where`` says in words where its value goes ("" for the whole object), ``key`` is one of its keys, "" for
    all of them. ``secret`` is the Secret's name, or what stands for it: a SecretProviderClass or a path in a store."""

    secret: str
    key: str
    where: str


_Field = tuple[dict[str, Any], str]


class Reference(NamedTuple):
    """A use, and the fields that say it: the name of the Secret, its key, and where its value goes. A field is a mapping
    and a key, which need not be there."""

    use: SecretUse
    secret: _Field
    key: _Field
    where: _Field


def secret_uses(fields: dict[str, Any]) -> Iterator[SecretUse]:
    """Every use in pods wherever they are described, of ServiceAccounts, ExternalSecrets and SecretProviderClasses."""
    return (reference.use for reference in references(fields))


def references(fields: dict[str, Any]) -> Iterator[Reference]:
    """The same with the fields behind each use."""
    for spec in pod_specs(fields):
        yield from _of_pod(spec)
    kind = fields.get("kind")
    if kind == "ServiceAccount":
        yield from _of_account(fields)
    elif kind in ("ExternalSecret", "ClusterExternalSecret"):
        yield from _of_external(fields)
    elif kind == "SecretProviderClass":
        spec = _mapping(fields.get("spec"))
        parameters = _mapping(spec.get("parameters"))
        for name in sorted(map(str, parameters)):
            use = SecretUse(f"{spec.get('provider')}: {parameters[name]}", "", f"parameter {name}")
            yield _plain(use, (parameters, name))


def place_of(fields: dict[str, Any], field: _Field) -> tuple[str | int, ...]:
    """Where a field of an object stands; () for none of it."""
    for at, held in _below(fields, ()):
        if held is field[0]:
            return (*at, field[1])
    return ()


def _below(value: Any, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    if isinstance(value, dict):
        yield at, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _below(item, (*at, key))


def _plain(use: SecretUse, field: _Field) -> Reference:
    """A use that one field says."""
    return Reference(use, field, field, field)


def _of_pod(spec: dict[str, Any]) -> Iterator[Reference]:
    for item in _mappings(spec.get("imagePullSecrets")):
        if isinstance(item.get("name"), str):
            yield _plain(SecretUse(item["name"], "", "pulling images"), (item, "name"))
    volumes = dict(_volumes(spec))
    for name, container in containers(spec):
        for item in _mappings(container.get("env")):
            held = _mapping(_mapping(item.get("valueFrom")).get("secretKeyRef"))
            if isinstance(held.get("name"), str):
                use = SecretUse(held["name"], str(held.get("key", "")), f"variable {item.get('name')} of {name}")
                yield Reference(use, (held, "name"), (held, "key"), (item, "name"))
        for item in _mappings(container.get("envFrom")):
            held = _mapping(item.get("secretRef"))
            if isinstance(held.get("name"), str):
                named = f"{item['prefix']}* " if item.get("prefix") else ""
                use = SecretUse(held["name"], "", f"variables {named}of {name}")
                yield Reference(use, (held, "name"), (held, "name"), (item, "prefix"))
        for mount in _mappings(container.get("volumeMounts")):
            path = "/".join(str(mount[k]) for k in ("mountPath", "subPath") if k in mount)
            for secret, key, held, field in volumes.get(str(mount.get("name")), ()):
                use = SecretUse(secret, key, f"{path} in {name}")
                yield Reference(use, (held, field), (held, "items"), (mount, "mountPath"))


_Projected = tuple[str, str, dict[str, Any], str]  # Secret, key, and the field that names the Secret


def _volumes(spec: dict[str, Any]) -> Iterator[tuple[str, list[_Projected]]]:
    """Name of each volume, and the Secrets (with keys) in it."""
    for volume in _mappings(spec.get("volumes")):
        found: list[_Projected] = []
        found += _projected(_mapping(volume.get("secret")), "secretName")
        for source in _mappings(_mapping(volume.get("projected")).get("sources")):
            found += _projected(_mapping(source.get("secret")), "name")
        attributes = _mapping(_mapping(volume.get("csi")).get("volumeAttributes"))
        provider = attributes.get("secretProviderClass")
        if isinstance(provider, str):
            found.append((f"SecretProviderClass {provider}", "", attributes, "secretProviderClass"))
        yield str(volume.get("name")), found


def _projected(source: dict[str, Any], name: str) -> list[_Projected]:
    if not isinstance(source.get(name), str):
        return []
    keys = sorted(f"{i.get('key')} as {i.get('path')}" for i in _mappings(source.get("items")))
    return [(source[name], key, source, name) for key in keys or [""]]


def _of_account(fields: dict[str, Any]) -> Iterator[Reference]:
    for key, where in (("imagePullSecrets", "pulling images"), ("secrets", "secrets")):
        for item in _mappings(fields.get(key)):
            if isinstance(item.get("name"), str):
                yield _plain(SecretUse(item["name"], "", where), (item, "name"))


def _of_external(fields: dict[str, Any]) -> Iterator[Reference]:
    spec = _mapping(fields.get("spec"))
    spec = _mapping(spec.get("externalSecretSpec")) or spec
    store = _mapping(spec.get("secretStoreRef"))
    place = f"{store.get('kind', 'SecretStore')} {store.get('name')}"
    for item in _mappings(spec.get("data")):
        remote = _mapping(item.get("remoteRef"))
        own = _mapping(_mapping(item.get("sourceRef")).get("storeRef")).get("name")
        use = SecretUse(
            f"{remote.get('key')} in {own or place}", str(remote.get("property", "")), f"key {item.get('secretKey')}"
        )
        yield Reference(use, (remote, "key"), (remote, "property"), (item, "secretKey"))
    for item in _mappings(spec.get("dataFrom")):
        remote = _mapping(item.get("extract")) or _mapping(item.get("find"))
        field = next((key for key in ("key", "path", "name") if remote.get(key)), "name")
        yield _plain(SecretUse(f"{remote.get(field)} in {place}", "", "all keys"), (remote, field))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
