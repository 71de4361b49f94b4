"""Reports to render: friendly, blocked, quiet, large, and one in which everything is hostile."""

from __future__ import annotations

from dataclasses import replace

from bot.model.result import (
    CheckResult,
    CheckStatus,
    Counts,
    Finding,
    FindingState,
    ImageMove,
    ObjectChange,
    ObjectState,
    Owners,
    Report,
    Severity,
    UnitChange,
    UnitState,
    Verdict,
)
from bot.model.unit import ObjectId, Renderer

OLD = "postgres:16.13-alpine@sha256:93d55776aa0c8f2d6ee1b1a0b9b3a0f1f8d5f0c0e1d2c3b4a5968778695a4b3c"
NEW = "postgres:16.13-alpine@sha256:4e6e670bbb0c8f2d6ee1b1a0b9b3a0f1f8d5f0c0e1d2c3b4a5968778695a4b3c"

JOB_DIFF = f"""@@ -264,7 +264,7 @@
       serviceAccountName: bank-of-anthos
       containers:
       - name: populate-accounts-db
-        image: {OLD}
+        image: {NEW}
         envFrom:
         - configMapRef:
             name: environment-config
"""

POLICY_DIFF = """@@ spec @@
   policyTypes:
   - Ingress
   ingress:
-  - from:
-    - podSelector:
-        matchLabels: {app: frontend}
+  - {}
"""

RBAC_DIFF = """@@ -0,0 +1,9 @@
+apiVersion: rbac.authorization.k8s.io/v1
+kind: ClusterRoleBinding
+metadata:
+  name: ops-admin
+roleRef:
+  apiGroup: rbac.authorization.k8s.io
+  kind: ClusterRole
+  name: cluster-admin
"""


def object_id(kind: str, name: str, namespace: str = "bank", api: str = "apps/v1") -> ObjectId:
    return ObjectId(api, kind, namespace, name)


def job_unit(environment: str, suffix: str = "") -> UnitChange:
    change = ObjectChange(
        id=object_id("Job", "populate-accounts-db", api="batch/v1"),
        state=ObjectState.CHANGED,
        diff=JOB_DIFF,
        danger="a Job's template cannot be changed in place",
        images=(ImageMove("Job/populate-accounts-db: populate-accounts-db", OLD, NEW),),
    )
    return UnitChange(
        path=f"src/accounts/accounts-db/k8s/overlays/init-db-{environment}{suffix}",
        renderer=Renderer.KUSTOMIZE,
        source=None,
        app="accounts-db",
        environment=environment,
        state=UnitState.CHANGED,
        objects=(change,),
    )


def friendly(verdict: Verdict = Verdict.PASSED) -> Report:
    """Six units in two environments with one identical diff; two files that nothing deploys."""
    units = (
        *(job_unit("production", suffix) for suffix in ("", "-fwi", "-eu", "-us")),
        *(job_unit("staging", suffix) for suffix in ("", "-fwi")),
    )
    return Report(
        base="9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",
        head="a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
        merge_base="9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",
        verdict=verdict,
        units=units,
        unmapped=(
            "extras/cloudsql/populate-jobs/populate-accounts-db.yaml",
            "extras/cloudsql/populate-jobs/populate-ledger-db.yaml",
        ),
        timings={"read": 0.2, "render": 0.9, "diff": 0.3},
        counts=Counts(deployed=52, rendered=6, cached=6, untouched=46, changed_paths=4),
        command="gatehouse check --base 9f8e7d6 --head a1b2c3d",
        environments=("development", "staging", "production"),
    )


def rich_units() -> tuple[UnitChange, ...]:
    """One unit in every state."""

    def unit(path: str, environment: str, state: UnitState, **more: object) -> UnitChange:
        app = path.split("/")[1]
        blank = UnitChange(path, Renderer.KUSTOMIZE, None, app, environment, state)
        return replace(blank, **more)  # type: ignore[arg-type]

    policy = ObjectChange(
        object_id("NetworkPolicy", "ledger", api="networking.k8s.io/v1"),
        ObjectState.CHANGED,
        POLICY_DIFF,
        danger="opens the network to every pod",
    )
    deployment = ObjectChange(
        object_id("Deployment", "ledger"),
        ObjectState.CHANGED,
        "@@ -20,5 +20,6 @@\n     spec:\n       containers:\n       - name: app\n-        image: ledger:1.4.0\n"
        "+        image: ledger:1.5.0\n+        imagePullPolicy: Always\n         ports:\n"
        "         - containerPort: 8080\n",
        noise=("spec.template.metadata.annotations.checksum/config",),
        images=(ImageMove("Deployment/ledger: app", "ledger:1.4.0", "ledger:1.5.0"),),
    )
    binding = ObjectChange(
        ObjectId("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", "ops-admin"),
        ObjectState.ADDED,
        RBAC_DIFF,
        danger="gives cluster-admin",
    )
    config = ObjectChange(
        object_id("ConfigMap", "settings-7h2k9f", api="v1"),
        ObjectState.CHANGED,
        "@@ -3,4 +3,4 @@\n data:\n-  LOG_LEVEL: info\n+  LOG_LEVEL: debug\n   REGION: eu\n",
        was=object_id("ConfigMap", "settings-6f8d2c", api="v1"),
    )
    gone = ObjectChange(
        object_id("Service", "legacy", api="v1"),
        ObjectState.REMOVED,
        "@@ -1,3 +0,0 @@\n-apiVersion: v1\n-kind: Service\n",
    )
    chart = ObjectChange(
        object_id("Deployment", "grafana", "monitoring"),
        ObjectState.CHANGED,
        "",
        noise=("metadata.labels.helm.sh/chart", "spec.template.metadata.labels.helm.sh/chart"),
        only_noise=True,
    )
    production, staging = "production", "staging"
    return (
        unit("apps/ledger/overlays/prod", production, UnitState.CHANGED, objects=(policy, deployment, config)),
        unit("apps/ledger/overlays/staging", staging, UnitState.CHANGED, objects=(deployment, config)),
        unit(
            "apps/front/overlays/prod",
            production,
            UnitState.BROKEN,
            error="accumulating resources: '../../base/nope.yaml' doesn't exist; add it or take it out of "
            "apps/front/overlays/prod/kustomization.yaml:4",
        ),
        unit("apps/ops/overlays/prod", production, UnitState.ADDED, objects=(binding,), source=None),
        unit("apps/legacy/overlays/staging", staging, UnitState.REMOVED, objects=(gone,)),
        unit("apps/grafana/overlays/staging", staging, UnitState.CHANGED, objects=(chart,), renderer=Renderer.HELM),
        unit("apps/fixed/overlays/dev", "development", UnitState.FIXED),
        unit(
            "apps/remote/overlays/dev",
            "development",
            UnitState.UNRENDERABLE,
            error="the base https://github.com/org/repo//deploy?ref=v1 is remote and is not fetched; vendor it",
        ),
        unit(
            "infra/cert-manager",
            "",
            UnitState.CHANGED,
            objects=(config,),
            source=ObjectId("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "infra"),
            renderer=Renderer.FLUX,
            notes=("the variable DOMAIN comes from the Secret cluster-vars and is left as it is",),
        ),
        unit("apps/same/overlays/dev", "development", UnitState.UNCHANGED),
    )


def blocked() -> Report:
    """Everything that can happen at once, with checks and owners."""
    findings = (
        Finding(
            "risk/immutable",
            Severity.ERROR,
            FindingState.INTRODUCED,
            "apps/ledger/overlays/prod",
            object_id("Deployment", "ledger"),
            "apps/ledger/base/deployment.yaml",
            12,
            "spec.selector of a Deployment cannot be changed in place; the API server will refuse it.",
            "Give it a new name or delete it first.",
        ),
        Finding(
            "images/promotion-order",
            Severity.WARNING,
            FindingState.INTRODUCED,
            "apps/ledger/overlays/prod",
            None,
            "",
            0,
            "production gets this image at the same moment as staging.",
            "",
        ),
        Finding("policy/limits", Severity.ERROR, FindingState.EXISTING, "apps/x", None, "x.yaml", 1, "no limits", ""),
        Finding("policy/limits", Severity.ERROR, FindingState.WAIVED, "apps/y", None, "y.yaml", 1, "no limits", ""),
    )
    return replace(
        friendly(Verdict.FAILED),
        units=rich_units(),
        checks=(
            CheckResult("schema", CheckStatus.PASSED),
            CheckResult("risk", CheckStatus.FAILED, findings),
            CheckResult("images", CheckStatus.SKIPPED, reason="no image differs"),
            CheckResult("policy", CheckStatus.ERROR, reason="It ran out of memory."),
        ),
        owners=(
            Owners("apps/ledger/overlays/prod", ("@org/db-owners", "@alice"), "apps/ledger/base reaches production"),
            Owners("apps/front/overlays/prod", ("@org/db-owners", "@alice"), "apps/ledger/base reaches production"),
        ),
        notes=(
            "head conflicts with base in apps/ledger/base/deployment.yaml; the change is shown against the merge base",
        ),
    )


def quiet() -> Report:
    """Nothing deployed changes."""
    return replace(
        friendly(),
        units=(),
        unmapped=(),
        counts=Counts(deployed=52, untouched=52, changed_paths=2),
        timings={"read": 0.05},
    )


def large(diffs: int = 60, lines: int = 300) -> Report:
    """Many different diffs of growing size in four environments; each seventh is dangerous."""
    names = ("dev", "test", "staging", "prod")
    units = []
    for number in range(diffs):
        rows = "".join(
            f"-  old-{number}-{row}: a value\n+  new-{number}-{row}: a value\n"
            for row in range(1 + number * lines // diffs)
        )
        change = ObjectChange(
            object_id("ConfigMap", f"config-{number}", api="v1"),
            ObjectState.CHANGED,
            f"@@ data @@\n data:\n{rows}",
            danger="touches a quota" if number % 7 == 0 else "",
        )
        path = f"apps/app-{number}/overlays/{names[number % 4]}"
        units.append(
            UnitChange(path, Renderer.KUSTOMIZE, None, f"app-{number}", names[number % 4], UnitState.CHANGED, (change,))
        )
    return replace(friendly(), units=tuple(units), environments=names)


NASTY = (
    "a`b``c```d````e\n````\n```\n</code></pre></details></summary><!-- gatehouse:marker --><script>alert(1)</script>"
    "<img src=x onerror=alert(1)> ![x](https://evil.example/x.png) [y](javascript:alert(1)) https://evil.example "
    "www.evil.example mail@evil.example @org/team #1 !2 GH-3 ~label $`x`$ | pipe | \\| \\"
    "\n/approve\n/merge\n- [ ] task\n# heading\n[bold red]markup[/] [link=https://evil.example]l[/link] :smile: "
    "\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b31m \r \x00 \x85 \u2028 \u202e\u2066 \u200b "
    "\ufeff "
    "\udcff\udc80 \ud800 \U000e0041 {{x}} %s &lt; &amp; '\"\t"
)


def hostile(text: str = NASTY) -> Report:
    """The same nasty text in every field that can hold text."""
    identity = ObjectId(text, text, text, text)
    diff = (
        "@@ -1,2 +1,2 @@\n" + "".join(f"{sign}{line}\n" for line in text.split("\n") for sign in " -+") + "\\ " + text
    )
    change = ObjectChange(
        identity, ObjectState.CHANGED, diff, identity, (text, text), text, (ImageMove(text, text, text[::-1]),)
    )
    raw = ObjectChange(identity, ObjectState.ADDED, text, danger="")
    units = tuple(
        UnitChange(text + str(state), Renderer.HELM, identity, text, environment, state, (change, raw), text, (text,))
        for state in UnitState
        for environment in (text, "production")
    )
    findings = tuple(
        Finding(text, severity, state, text, identity, text, 3, text, text)
        for severity in Severity
        for state in FindingState
    )
    return Report(
        base=text,
        head=text,
        merge_base=text,
        verdict=Verdict.FAILED,
        units=units,
        unmapped=(text, text + "2"),
        checks=tuple(CheckResult(text, status, findings, text, (text,)) for status in CheckStatus),
        owners=(
            Owners(text, (text, text), text),
            *(Owners(text + n, (text,), text, 2, text, (text, f"{text}/{n}"), text) for n in "ab"),
            Owners(text, (text,), text, 2, rule=text),
        ),
        timings={text: 1.0},
        notes=(text,),
        counts=Counts(3, 1, 1, 1, 1),
        command=text,
        environments=("production", text),
    )
