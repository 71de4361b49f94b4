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


def secret_uses(fields: dict[str, Any]) -> Iterator[SecretUse]:
    """Every use in pods wherever they are described, of ServiceAccounts, ExternalSecrets and SecretProviderClasses."""
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
            yield SecretUse(f"{spec.get('provider')}: {parameters[name]}", "", f"parameter {name}")


def _of_pod(spec: dict[str, Any]) -> Iterator[SecretUse]:
    for item in _mappings(spec.get("imagePullSecrets")):
        if isinstance(item.get("name"), str):
            yield SecretUse(item["name"], "", "pulling images")
    volumes = dict(_volumes(spec))
    for name, container in containers(spec):
        for item in _mappings(container.get("env")):
            reference = _mapping(_mapping(item.get("valueFrom")).get("secretKeyRef"))
            if isinstance(reference.get("name"), str):
                yield SecretUse(
                    reference["name"], str(reference.get("key", "")), f"variable {item.get('name')} of {name}"
                )
        for item in _mappings(container.get("envFrom")):
            reference = _mapping(item.get("secretRef"))
            if isinstance(reference.get("name"), str):
                yield SecretUse(reference["name"], "", f"variables {item.get('prefix', '')}* of {name}")
        for mount in _mappings(container.get("volumeMounts")):
            path = "/".join(str(mount[k]) for k in ("mountPath", "subPath") if k in mount)
            for secret, key in volumes.get(str(mount.get("name")), ()):
                yield SecretUse(secret, key, f"{path} in {name}")


def _volumes(spec: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Name of each volume, and the Secrets (with keys) in it."""
    for volume in _mappings(spec.get("volumes")):
        found: list[tuple[str, str]] = []
        found += _projected(_mapping(volume.get("secret")), "secretName")
        for source in _mappings(_mapping(volume.get("projected")).get("sources")):
            found += _projected(_mapping(source.get("secret")), "name")
        csi = _mapping(volume.get("csi"))
        provider = _mapping(csi.get("volumeAttributes")).get("secretProviderClass")
        if isinstance(provider, str):
            found.append((f"SecretProviderClass {provider}", ""))
        yield str(volume.get("name")), found


def _projected(source: dict[str, Any], name: str) -> list[tuple[str, str]]:
    if not isinstance(source.get(name), str):
        return []
    keys = sorted(f"{i.get('key')} as {i.get('path')}" for i in _mappings(source.get("items")))
    return [(source[name], key) for key in keys or [""]]


def _of_account(fields: dict[str, Any]) -> Iterator[SecretUse]:
    for key, where in (("imagePullSecrets", "pulling images"), ("secrets", "secrets")):
        for item in _mappings(fields.get(key)):
            if isinstance(item.get("name"), str):
                yield SecretUse(item["name"], "", where)


def _of_external(fields: dict[str, Any]) -> Iterator[SecretUse]:
    spec = _mapping(fields.get("spec"))
    spec = _mapping(spec.get("externalSecretSpec")) or spec
    store = _mapping(spec.get("secretStoreRef"))
    place = f"{store.get('kind', 'SecretStore')} {store.get('name')}"
    for item in _mappings(spec.get("data")):
        remote = _mapping(item.get("remoteRef"))
        own = _mapping(_mapping(item.get("sourceRef")).get("storeRef")).get("name")
        yield SecretUse(
            f"{remote.get('key')} in {own or place}", str(remote.get("property", "")), f"key {item.get('secretKey')}"
        )
    for item in _mappings(spec.get("dataFrom")):
        remote = _mapping(item.get("extract")) or _mapping(item.get("find"))
        yield SecretUse(f"{remote.get('key') or remote.get('path') or remote.get('name')} in {place}", "", "all keys")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
