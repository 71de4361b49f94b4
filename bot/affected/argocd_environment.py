"""Argo CD's build environment: ``$ARGOCD_APP_NAME`` and its siblings in paths, parameters, images and labels."""

from __future__ import annotations

import re

from bot.affected.fields import Fields
from bot.affected.sources import Gathering

# Go's os.Expand: $$, $name, ${name}
_VARIABLE = re.compile(r"\$(?:\$|\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_ONLY_THERE = re.compile(r"ARGOCD_APP_REVISION|KUBE_VERSION|KUBE_API_VERSIONS")


class BuildEnvironment:
    """The variables of one source of one Application; what only Argo CD knows stays as written, with a note."""

    def __init__(self, app: str, namespace: str, project: str, source: Fields, found: Gathering) -> None:
        self.app = app
        self.namespace = namespace
        self.found = found
        self._values = {
            "ARGOCD_APP_NAME": app,
            "ARGOCD_APP_NAMESPACE": namespace,
            "ARGOCD_APP_PROJECT_NAME": project,
            "ARGOCD_APP_SOURCE_REPO_URL": source.text("repoURL"),
            "ARGOCD_APP_SOURCE_PATH": source.text("path"),
            "ARGOCD_APP_SOURCE_TARGET_REVISION": source.text("targetRevision"),
        }

    def expand(self, text: str) -> str:
        """``text`` with its variables replaced; unknown names become empty, as in Argo CD."""
        return _VARIABLE.sub(self._value, text) if "$" in text else text

    def _value(self, match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is None:
            return "$"
        if _ONLY_THERE.match(name):
            self.found.note(f"${name} is known to Argo CD only: shown as written")
            return match[0]
        return self._values.get(name, "")
