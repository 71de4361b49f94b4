"""Cluster Secrets of Argo CD: which of them give access."""

from __future__ import annotations

import base64
import json

import pytest

from bot.redaction import MARKER, mask

FREE = [
    {"tlsClientConfig": {"insecure": False}},
    {"tlsClientConfig": {"insecure": False, "caData": "LS0tLS1CRUdJTiBDRVJU", "serverName": "a"}},
    {"awsAuthConfig": {"clusterName": "prod", "roleARN": "arn:aws:iam::111122223333:role/argocd"}},
    {
        "execProviderConfig": {
            "command": "argocd-k8s-auth",
            "args": ["gcp"],
            "apiVersion": "client.authentication.k8s.io/v1",
        }
    },
]
GIVING = [
    {"bearerToken": "abc"}, {"username": "a", "password": "b"}, {"tlsClientConfig": {"certData": "a", "keyData": "b"}},
    {"execProviderConfig": {"command": "sh", "args": ["-c", "echo hunter2"]}},
    {"execProviderConfig": {"command": "argocd-k8s-auth", "env": {"AZURE_CLIENT_SECRET": "x"}}}, ["abc"], "abc",
]  # fmt: skip


def _is_masked(config: object, kind: str = "cluster", *, encoded: bool = False) -> bool:
    text = config if isinstance(config, str) else json.dumps(config)
    data = (
        {"data": {"config": base64.b64encode(text.encode()).decode()}} if encoded else {"stringData": {"config": text}}
    )
    labels = {"argocd.argoproj.io/secret-type": kind}
    secret: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "c", "labels": labels},
        **data,
    }
    return MARKER.search(repr(mask(secret, key=b"k"))) is not None


@pytest.mark.parametrize("config", FREE)
def test_a_cluster_without_a_credential_is_no_secret(config: object) -> None:
    assert not _is_masked(config)
    assert not _is_masked(config, encoded=True)
    assert _is_masked(config, "repository")


@pytest.mark.parametrize("config", GIVING)
def test_what_gives_access_is_one(config: object) -> None:
    assert _is_masked(config)
    assert _is_masked(config, encoded=True)
