"""How Argo CD reaches a cluster (``config`` of a cluster Secret, argo-cd docs, declarative setup): in many cases without a
credential, because the cluster is its own, or a cloud's identity is what counts. Then it is no secret.
"""

from __future__ import annotations

import json
from typing import Any

from bot.redaction import credentials

# What gives access by itself, or may.
_GIVING = frozenset(("username", "password", "bearertoken", "keydata", "env", "args", "command"))
_OF_CLOUDS = frozenset(("argocd-k8s-auth", "aws", "gke-gcloud-auth-plugin", "kubelogin", "aws-iam-authenticator"))
_LONGEST = 100_000


def gives_no_access(text: str) -> bool:
    """Whether such a configuration holds nothing that gives access by itself."""
    if len(text) > _LONGEST or credentials.is_in(text):
        return False
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(config, dict):
        return False
    program = config.get("execProviderConfig")
    if isinstance(program, dict) and program.get("command") in _OF_CLOUDS and not program.get("env"):
        config = {**config, "execProviderConfig": None}
    return not any(name.lower() in _GIVING for name in _names(config))


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [name for key, item in value.items() for name in (str(key), *_names(item))]
    return [name for item in value for name in _names(item)] if isinstance(value, list) else []
