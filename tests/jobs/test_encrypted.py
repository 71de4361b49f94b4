"""What is said of encrypted values, and of which units."""

from __future__ import annotations

from gitops_repository import GitOpsRepository, flux, kustomization, manifest

from bot.affected.encrypted import ENCRYPTED


def secret(value: str) -> str:
    return manifest("Secret", "db", stringData={"a": f"ENC[AES256_GCM,data:{value}]"}, sops={"version": "3.13.2"})


def test_encrypted_values_are_told_where_they_differ(repository: GitOpsRepository) -> None:
    source = {"kind": "GitRepository", "name": "flux-system"}
    files: dict[str, str | None] = {
        "clusters/prod/apps.yaml": flux(
            "Kustomization", "apps", path="./apps", prune=True, sourceRef=source, decryption={"provider": "sops"}
        ),
        "apps/kustomization.yaml": kustomization(resources=["secret.yaml", "config.yaml"]),
        "apps/secret.yaml": secret("one"),
        "apps/config.yaml": manifest("ConfigMap", "c", data={"a": "1"}),
    }
    other = {"apps/config.yaml": manifest("ConfigMap", "c", data={"a": "2"})}
    (unit,) = repository.compare(files, other).units
    assert unit.objects and ENCRYPTED not in unit.notes
    (unit,) = repository.compare(files, {"apps/secret.yaml": secret("two")}).units
    assert ENCRYPTED in unit.notes
    (unit,) = repository.compare(files, {"apps/config.yaml": f"# said otherwise\n{files['apps/config.yaml']}"}).units
    assert not unit.objects and ENCRYPTED not in unit.notes
