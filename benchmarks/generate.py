"""Git repositories of any size with two commits: the first holds everything, the second changes one unit.

Written through ``git fast-import``, so that ten thousand units take seconds. The same arguments give the same bytes.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

Files = Iterator[tuple[str, str]]

_API = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
_PERSON = "Benchmark <benchmark@example.com> 1700000000 +0000"


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of repository. ``files`` gives the content of every file for a number of units, ``change`` the one that the
    second commit replaces; ``affects`` says how many units it reaches."""

    name: str
    files: Callable[[int], Files]
    change: Callable[[int], tuple[str, str]]
    affects: Callable[[int], int]


def write(directory: Path, layout: Layout, units: int, *, checkout: bool = False) -> Path:
    """A new repository in ``directory``: branch ``main``, two commits, a work tree only when asked for."""
    directory.mkdir(parents=True)
    _git(directory, "init", "-q", "-b", "main", *(() if checkout else ("--bare",)))
    importer = subprocess.Popen(
        ["git", "-C", str(directory), "fast-import", "--quiet", "--done"], stdin=subprocess.PIPE, env=_ENVIRONMENT
    )
    assert importer.stdin is not None
    with importer.stdin as stream:
        _commit(stream, "everything", layout.files(units), mark=1)
        _commit(stream, "one change", iter([layout.change(units)]), mark=2, parent=1)
        stream.write(b"done\n")
    if importer.wait():
        raise RuntimeError(f"git fast-import ended with {importer.returncode}")
    if checkout:
        _git(directory, "reset", "-q", "--hard")
    return directory


_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def _git(directory: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(directory), *words], check=True, env=_ENVIRONMENT)


def _commit(stream: IO[bytes], message: str, files: Files, *, mark: int, parent: int = 0) -> None:
    stream.write(
        f"commit refs/heads/main\nmark :{mark}\ncommitter {_PERSON}\ndata {len(message)}\n{message}\n".encode()
    )
    if parent:
        stream.write(f"from :{parent}\n".encode())
    for path, text in files:
        data = text.encode()
        stream.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))


# -- what is in the files


def deployment(name: str, image: str = "registry.example.com/app:1.0.0", replicas: int = 2) -> str:
    """A Deployment as teams write it: probes, resources, environment from a ConfigMap."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: main
          image: {image}
          ports:
            - containerPort: 8080
          envFrom:
            - configMapRef:
                name: {name}
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet:
              path: /healthz
              port: 8080
"""


def config_map(name: str, level: str = "info") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  LOG_LEVEL: {level}\n  NAME: {name}\n"


def kustomization(*resources: str, more: str = "") -> str:
    listed = "".join(f"  - {name}\n" for name in resources)
    return f"{_API}resources:\n{listed}{more}"


# -- overlays: apps/aN/base and apps/aN/overlays/{dev,prod}


def _overlays(units: int) -> Files:
    """Two overlays on a base of its own for each application."""
    for n in range(units // 2):
        base = f"apps/a{n}/base"
        yield f"{base}/kustomization.yaml", kustomization("deployment.yaml", "configmap.yaml")
        yield f"{base}/deployment.yaml", deployment(f"a{n}")
        yield f"{base}/configmap.yaml", config_map(f"a{n}")
        for environment in ("dev", "prod"):
            yield _overlay(n, environment, "1.0.0")


def _overlay(n: int, environment: str, tag: str) -> tuple[str, str]:
    images = f"images:\n  - name: registry.example.com/app\n    newTag: {tag}\n"
    more = f"namespace: {environment}\n{images}"
    return f"apps/a{n}/overlays/{environment}/kustomization.yaml", kustomization("../../base", more=more)


OVERLAYS = Layout("overlays", _overlays, lambda units: _overlay(units // 4, "prod", "1.1.0"), lambda _: 1)


# -- Flux: one Kustomization a unit in clusters/prod, its manifests in apps/aN


def _flux_object(n: int) -> str:
    return f"""\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: a{n}
  namespace: flux-system
spec:
  interval: 10m
  path: ./apps/a{n}
  prune: true
  targetNamespace: a{n}
  sourceRef:
    kind: GitRepository
    name: flux-system
"""


_FLUX_SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m
  url: https://git.example.com/platform/gitops.git
  ref:
    branch: main
"""


def _flux(units: int) -> Files:
    """A directory of manifests for each unit; Flux writes the kustomization itself."""
    yield "clusters/prod/flux-system.yaml", _FLUX_SOURCE
    for n in range(units):
        yield f"clusters/prod/a{n}.yaml", _flux_object(n)
        yield f"apps/a{n}/configmap.yaml", config_map(f"a{n}")
        yield f"apps/a{n}/deployment.yaml", deployment(f"a{n}")


def _flux_with_kustomizations(units: int) -> Files:
    yield from _flux(units)
    for n in range(units):
        yield f"apps/a{n}/kustomization.yaml", kustomization("configmap.yaml", "deployment.yaml")


def _flux_change(units: int) -> tuple[str, str]:
    n = units // 2
    return f"apps/a{n}/configmap.yaml", config_map(f"a{n}", level="debug")


FLUX = Layout("flux", _flux, _flux_change, lambda _: 1)
FLUX_KUSTOMIZE = Layout("flux with kustomization.yaml", _flux_with_kustomizations, _flux_change, lambda _: 1)


# -- a base that fans out: base and apps/aN


def _fan_out(units: int) -> Files:
    """One base of a few objects under every unit."""
    yield "base/kustomization.yaml", kustomization("deployment.yaml", "configmap.yaml", "service.yaml")
    yield _fan_out_change(0)[0], deployment("app")
    yield "base/configmap.yaml", config_map("app")
    yield (
        "base/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: app\nspec:\n  ports:\n    - port: 80\n",
    )
    for n in range(units):
        more = f"namespace: team-{n}\nnamePrefix: t{n}-\nlabels:\n  - pairs:\n      team: t{n}\n"
        yield f"apps/a{n}/kustomization.yaml", kustomization("../../base", more=more)


def _fan_out_change(_: int) -> tuple[str, str]:
    return "base/deployment.yaml", deployment("app", replicas=3)


FAN_OUT = Layout("fan-out", _fan_out, _fan_out_change, lambda units: units)
LAYOUTS = (OVERLAYS, FLUX, FLUX_KUSTOMIZE, FAN_OUT)
