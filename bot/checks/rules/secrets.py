"""The rules of the secrets check."""

from __future__ import annotations

from bot.checks.rules import Rule

_HISTORY = (
    "Whoever can read the repository, a clone or a backup has the value. Taking it out again does not help: it stays in the "
    "history."
)
_OUTSIDE = (
    "Change the value where it is used first, because it counts as known. Then keep its successor outside of Git: an "
    "ExternalSecret, a SealedSecret, SOPS, or a SecretProviderClass of the CSI driver."
)

RULES = (
    Rule(
        "secrets/plain-value",
        "A Secret with its value in Git",
        "A rendered Secret, a Secret in a changed file that no affected unit renders, or a generator of a kustomization "
        "holds values that are neither encrypted nor placeholders. Certificates, public keys, names of users, hosts and "
        "databases (by their keys), empty values, words such as `CHANGE_ME`, variables and references of "
        "argocd-vault-plugin, Bank-Vaults, vals or 1Password are fine, and so is how Argo CD reaches a cluster without a "
        "credential; a credential that is known by its shape is one under any key.",
        f"{_HISTORY} base64 is a way to write bytes, not to hide them.",
        f"{_OUTSIDE} What a chart makes at every render (`randAlphaNum`, `genCA`) is in no file and no finding; a note of "
        "the unit names such functions. Let it use an existing Secret all the same, as each deployment would change the "
        "password.",
        "kind: Secret\ndata:\n  password: aHVudGVyMg==",
    ),
    Rule(
        "secrets/credential-in-object",
        "A credential outside of a Secret",
        "A field of an object that is no Secret holds what has the shape of a credential: a private key, a token with a "
        "known prefix, a password in a URL. The prose of a CRD's schema is left out.",
        f"{_HISTORY} Objects other than Secrets are readable to more people, and appear in logs and dashboards.",
        f"{_OUTSIDE} Build URLs from variables: `postgres://$(USER):$(PASSWORD)@host`.",
    ),
    Rule(
        "secrets/password-in-object",
        "A plain value under the name of a secret",
        "A variable of a container, an entry of a ConfigMap, a parameter or a value for a chart is named like a password, "
        "token or key and has a literal value; or an entry of the template in a SealedSecret or ExternalSecret has one, or "
        "one that looks random. Names of objects, numbers, paths and URLs are left out. It is an error where "
        "the value of a password, secret, token or secret key (`AWS_SECRET_ACCESS_KEY`, `apiKey`, `encryptionKey`; no "
        "public one) looks random (16 characters or more, in no order), and else a warning.",
        f"{_HISTORY} It may be a default that nobody uses in earnest: the name is all that speaks for a secret.",
        f"{_OUTSIDE} Read it with `valueFrom.secretKeyRef`. If it is none, waive it for this object.",
    ),
    Rule(
        "secrets/credential",
        "A credential in a changed file",
        "A line of a changed file, deployed or not, has the shape of a credential: private keys, tokens of clouds and "
        "forges, passwords in URLs (detectors of detect-secrets, and the shapes that Gatehouse masks). Comments that switch "
        "detectors off do not count. Lines that another changed file had before are not new. A password in a URL of the own "
        "machine (`localhost`) is a warning, and one that only repeats the name of the user (`postgres:postgres`) is not "
        "told.",
        _HISTORY,
        _OUTSIDE,
    ),
    Rule(
        "secrets/random-value",
        "A random value under the name of a secret",
        "A line of a changed file gives a random-looking value (by its entropy) to a name that ends in password, token, "
        "secret or key. Checksums, identifiers, sealed and encrypted values are left out.",
        _HISTORY,
        f"{_OUTSIDE} If it is no secret, waive it for this file.",
    ),
    Rule(
        "secrets/password-in-file",
        "A plain value under the name of a secret, in a file of values",
        "A changed values file (`values*.yaml`, `*values.yaml`, `secrets*.yaml`, and what an Application or a release "
        "names as one), `.env` or `.properties` file gives a literal value to a name like password, token or key; what "
        "renders it may lie elsewhere, such as a chart of a registry. Where a rendered object tells of the same value, "
        "only that is said. Templates, variables, references, encrypted values, examples (`changeme`) and files that show "
        "how one is written (`.env.example`, `docs/`, `tests/`) are left out. It is an error where the value of a "
        "password, secret, token or secret key looks random, and else a warning.",
        f"{_HISTORY} A chart may put it anywhere, also into objects that many can read.",
        f"{_OUTSIDE} Most charts take the name of an existing Secret instead. If it is none, waive it for this file.",
        "db:\n  password: hunter2",
    ),
    Rule(
        "secrets/not-scanned",
        "A file that nobody searched",
        "A changed text file is larger than 4 MiB, or the change is larger than 32 MiB.",
        "A credential in it would not be seen.",
        "Split the file, or search it by other means.",
    ),
    Rule(
        "secrets/use",
        "Another Secret, or in another place",
        "A container, ServiceAccount, ExternalSecret or SecretProviderClass that was there before reads another Secret, "
        "another key, or puts it elsewhere; or a new object of the unit reads a Secret that nothing in it read. A "
        "Secret that an object of the same change makes is told once.",
        "No value moves, so nothing else shows it: the workload holds other credentials, or credentials end up where more "
        "people can read them.",
        "Have the owners of the Secret agree.",
    ),
    Rule(
        "secrets/readers",
        "Who may read Secrets grows",
        "A role gains reading Secrets, a binding gives such a role to more subjects, or a SealedSecret gets a wider scope.",
        "Reading a Secret is having it.",
        "Name single Secrets in `resourceNames`, with the verb `get`.",
    ),
)
