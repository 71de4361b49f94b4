"""Documents that look like Kubernetes objects but configure a program on somebody's desk or in CI: nobody applies them."""

from __future__ import annotations

_GROUPS = frozenset(
    ("skaffold", "kustomize.config.k8s.io", "kind.x-k8s.io", "ctlptl.dev", "eksctl.io", "k3d.io", "k0sctl.k0sproject.io",
     "backstage.io", "kubeadm.k8s.io", "kubelet.config.k8s.io", "kubeproxy.config.k8s.io", "kubescheduler.config.k8s.io",
     "apiserver.config.k8s.io", "apiserver.k8s.io", "audit.k8s.io", "client.authentication.k8s.io", "tanka.dev", "tilt.dev",
     "kuttl.dev", "cli.kyverno.io", "fn.kpt.dev", "kpt.dev", "config.kubernetes.io", "mirrors.kts.studio", "score.dev",
     "devspace.sh", "werf.io", "garden.io", "pipecd.dev", "controller-runtime.sigs.k8s.io")
)  # fmt: skip


def is_tool_file(api_version: str, kind: str) -> bool:
    """Whether a document with this apiVersion and kind is configuration of a program, not an object of a cluster."""
    group = api_version.partition("/")[0]
    return group in _GROUPS or (api_version == "v1" and kind == "Config")  # the latter is a kubeconfig
