"""The rules of the boundaries check."""

from __future__ import annotations

from bot.checks.rules import Rule

_PROJECT = (
    "Argo CD decides the same when it syncs, and refuses the whole application: the pull request is merged, and "
    "nothing of it "
    "arrives."
)
_ASK = "Stay within the project, or have the owners of the AppProject widen it in a change of its own."

RULES = (
    Rule(
        "boundaries/project-source",
        "A source that the project does not permit",
        "An Application takes manifests from a repository that `sourceRepos` of its AppProject does not name, or "
        "denies with "
        "`!`. Projects that are not in this repository, and what a template fills in, are not judged. A change of a project "
        "also asks the Applications that name it in other files; below a kustomization, which may complete them, it is a "
        "warning.",
        _PROJECT,
        _ASK,
    ),
    Rule(
        "boundaries/project-destination",
        "A destination that the project does not permit",
        "The cluster and namespace of an Application match no entry of its AppProject's `destinations`, or a denying "
        "one. Where "
        "the answer depends on which name and address belong to one cluster, nothing is said. A change of a project also "
        "asks the Applications that name it in other files, and sets of them that list what they make; below a "
        "kustomization, which may complete them, it is a warning.",
        _PROJECT,
        _ASK,
    ),
    Rule(
        "boundaries/project-namespace",
        "An object in a namespace that the project does not permit",
        "A rendered object names another namespace than its Application, and the project's `destinations` do not "
        "hold it.",
        _PROJECT,
        _ASK,
    ),
    Rule(
        "boundaries/project-kind",
        "A kind that the project does not permit",
        "A rendered object is of a kind that the lists of the AppProject exclude. Without `clusterResourceWhitelist` "
        "no kind of "
        "the whole cluster is permitted, not even Namespace.",
        _PROJECT,
        "Let an application of the platform's project hold such objects, or have the project's owners permit the kind.",
    ),
    Rule(
        "boundaries/project-application",
        "An Application in a namespace that may not use the project",
        "An Application outside of Argo CD's own namespace names a project whose `sourceNamespaces` do not hold its "
        "namespace.",
        "Argo CD does not reconcile it.",
        _ASK,
    ),
    Rule(
        "boundaries/project-empty",
        "A project that matches nothing",
        "`sourceRepos` or `destinations` of an AppProject are empty, or hold only patterns that cannot match.",
        "No application of the project can be deployed; most often a field is misspelt or indented wrongly.",
        "Name what the project is for, or remove it.",
    ),
    Rule(
        "boundaries/project-pattern",
        "A pattern that cannot be read",
        "A pattern of an AppProject has a bracket that is not closed, or a range that is none.",
        "Argo CD takes it as matching nothing: a denial with it denies nothing.",
        "Close the brackets; write `[a-z]` or `[abc]`, not both in one.",
    ),
    Rule(
        "boundaries/project-opens",
        "A project permits more",
        "An AppProject gains repositories, destinations, kinds or namespaces, or loses a denial. What a pattern of "
        "before "
        "held for already is no gain: `https://forge.example/team/*` after `*` is narrower. A "
        "new project is told where it permits every kind for the whole cluster, in every namespace of any cluster.",
        "It holds for every application of the project, also those of the same change: one edit lifts the fence and "
        "walks "
        "through.",
        "Have the owners of the cluster agree. Widen a project in a change of its own.",
    ),
    Rule(
        "boundaries/project-change",
        "An Application changes its project",
        "`spec.project` of an Application differs.",
        "What it may deploy, where to, and who may sync or delete it is decided by other rules from then on.",
        "Have the owners of both projects agree.",
    ),
    Rule(
        "boundaries/project-missing",
        "An Application of a project that is not there",
        "The change takes an AppProject away that an Application or ApplicationSet of the repository still names; "
        "or an "
        "Application turns to a project that no file holds, though the one that it leaves is here. A new "
        "Application of such "
        "a project is a warning, where those beside it have theirs here. Silent where projects come from elsewhere, "
        "and for "
        "`default`, which Argo CD makes itself.",
        "Argo CD syncs nothing of an application whose project it does not know: it stays as it is, and no later "
        "change "
        "arrives.",
        "Correct the name, keep the project until the last application has left it, or add the AppProject. If it is "
        "made "
        "elsewhere, waive the finding for that application.",
    ),
    Rule(
        "boundaries/flux-cross-namespace",
        "A source of another namespace",
        "A Flux Kustomization or HelmRelease refers to a source in another namespace. A warning below `tenants/` and "
        "`teams/`, for "
        "information elsewhere.",
        "Whoever may change the source there decides what is applied here. Flux with tenancy lockdown refuses it.",
        "Declare the source in the same namespace.",
    ),
    Rule(
        "boundaries/flux-controller-rights",
        "Applied with the controller's own rights",
        "A Kustomization or HelmRelease in an app team's path names no `serviceAccountName`. A warning below "
        "`tenants/` and "
        "`teams/`, for information elsewhere.",
        "It can create anything that the controller can, most often everything in the cluster, unless Flux runs with "
        "a default "
        "service account.",
        "Name a ServiceAccount of the team's namespace.",
    ),
    Rule(
        "boundaries/flux-identity",
        "Flux acts as somebody else, or elsewhere",
        "`serviceAccountName`, `targetNamespace`, `storageNamespace` or `kubeConfig` of a Flux object differs; or a "
        "new one below `tenants/` or `teams/` has a `targetNamespace` that is not its own namespace.",
        "Everything it applies is applied with other rights or to another place, and removed from the old one.",
        "Have the owners of both sides agree.",
    ),
    Rule(
        "boundaries/team-kind",
        "A kind that is not for this path",
        "An object is of a kind that `checks.boundaries` denies, or does not permit, for the unit's path.",
        "The repository's own rules say so.",
        "Leave it to whoever owns such objects, or have the owners of `.gatehouse.yaml` permit it first.",
    ),
    Rule(
        "boundaries/team-namespace",
        "A namespace that is not for this path",
        "An object lands in a namespace that `checks.boundaries` does not permit for the unit's path.",
        "The repository's own rules say so.",
        "Deploy it to a namespace of the team, or have the owners of `.gatehouse.yaml` permit it first.",
    ),
    Rule(
        "boundaries/platform-kind",
        "A platform's kind in an app team's path",
        "A unit below `apps/`, `applications/`, `tenants/`, `teams/` or `workloads/` (or a chart elsewhere whose "
        "last values lie there), of which `checks.boundaries` says nothing, holds a ClusterRole, a webhook or admission "
        "policy, a CRD, a StorageClass, IngressClass, GatewayClass or PriorityClass.",
        "It decides over every team on the cluster, and is reviewed by one.",
        "Move it to the platform's path; or, where the path is the platform's own, say so in `checks.boundaries`.",
    ),
    Rule(
        "boundaries/cloud-identity",
        "An identity in the cloud",
        "An app team's change gives an object an annotation that binds it to a role or account of a cloud.",
        "Its rights lie outside of the cluster, where neither RBAC nor this review sees them.",
        "Have the platform's owners look at the role.",
    ),
    Rule(
        "boundaries/load-balancer",
        "What the cloud builds in front",
        "An app team's change sets annotations that configure a cloud's load balancer.",
        "They decide whether it faces the internet, and what it costs.",
        "Have the platform's owners look at it.",
    ),
    Rule(
        "boundaries/pod-security",
        "Pod Security of a namespace changes",
        "A namespace enforces less than before (`pod-security.kubernetes.io/enforce`); in an app team's path also any other "
        "change of these labels but for more, and a new namespace that enforces `privileged`.",
        "A namespace that enforces less lets its pods reach into the node.",
        "Have the platform's owners agree.",
    ),
)
