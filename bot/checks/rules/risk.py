"""The rules of the risk check."""

from __future__ import annotations

from bot.checks.rules import Rule

RULES = (
    Rule(
        "risk/deletion",
        "Deletes what holds other things",
        "A Namespace, CustomResourceDefinition, PersistentVolumeClaim, PersistentVolume or StatefulSet is at the "
        "merge base "
        "and not at head, or an object for which an operator keeps data (a database, a queue, a bucket in a cloud, unless a "
        "policy of its own says that this stays); a StatefulSet gets fewer replicas and deletes their claims. In "
        "production, as a warning, also a Deployment, DaemonSet or another workload that serves. "
        "Silent where it is not deleted: it is annotated so (see below; `helm.sh/resource-policy: "
        "keep` "
        "for what Helm applies), its Flux Kustomization says `prune: false`, or its Argo CD Application goes without the "
        "finalizer that takes objects along (`resources-finalizer.argocd.argoproj.io`; CRDs stay with it, too). "
        "A warning where its Application syncs by itself without `prune: true`, or says `Prune=false`: then nothing is "
        "deleted until somebody syncs with pruning. Of an object that comes in another unit of the environment "
        "with the same change it says where: it is made again, but whoever deploys the one unit "
        "prunes without waiting for the other. That stays an error where something is lost for good (all of these but a "
        "StatefulSet whose claims stay), or where an object of the repository deploys either of the units, so that two are "
        "known to deploy them; else it is a warning.",
        "Whoever prunes deletes it: with a namespace everything inside goes, with a CRD every object of that kind, "
        "with a "
        "claim most often the data. Git can bring the object back, not what it held.",
        "Keep the object, or annotate it so that it is never pruned (`argocd.argoproj.io/sync-options: Prune=false`, "
        "`kustomize.toolkit.fluxcd.io/prune: disabled`), merge, and delete it by hand when nothing needs it any more. "
        "What moves to another unit: annotate it first, and move it in a later change.",
    ),
    Rule(
        "risk/unit-removed",
        "Nothing deploys the unit any more",
        "A whole unit (a directory, chart, Application or Flux Kustomization) exists at the merge base and not at "
        "head. "
        "An error in production where something of it is deleted; a warning where all of it stays in the cluster "
        "(`prune: false` or `deletionPolicy: Orphan` of its Flux Kustomization, an Application without "
        "`resources-finalizer.argocd.argoproj.io`, annotations of its objects), and where all of it comes in other "
        "units of the environment (a directory gets another name) and no object of the repository deploys them. What could "
        "not be rendered (a chart of a registry, an ApplicationSet for clusters that no file names) is told as well, "
        "without what it holds.",
        "A moved path, a generator that no longer lists it or a wrong selector looks the same as a deletion to whoever "
        "prunes: everything in it is deleted.",
        "Restore the path or the object that names it. If it is meant: delete in two steps, first switching pruning "
        "off.",
    ),
    Rule(
        "risk/immutable",
        "A field that cannot be changed in place",
        "A field differs that the API server never lets anyone change: selectors of workloads, "
        "volumeClaimTemplates, the "
        "template of a Job, roleRef of bindings, the storage class of a claim (or less storage), the source of a "
        "volume, "
        "the cluster IP of a Service… A field that is left out counts as what the API fills in. "
        "Silent where the object is deleted and made again each time: hooks of Helm and Argo CD, "
        "`argocd.argoproj.io/sync-options: Force=true`, `kustomize.toolkit.fluxcd.io/force: enabled`. Milder where the "
        "Flux Kustomization behind it says `force: true`: then the change arrives, by way of a deletion, and the "
        "finding says "
        "what that costs (a volume claim is lost with its data, and stays an error).",
        "The update is refused, and whatever was to be applied after it may not be applied at all: the rollout "
        "stays half "
        "done.",
        "Give the object a new name, or delete the old one first and say so in the pull request. A Job that is "
        "meant to run "
        "again with each change: make it a hook, or let it be replaced by force.",
    ),
    Rule(
        "risk/replicas-hpa",
        "Replicas in Git and an autoscaler",
        "A workload sets `replicas` and an autoscaler of the same unit scales it.",
        "Two owners of one field: each time the manifest is applied the number of pods jumps back to what Git says.",
        "Remove `replicas` from the workload (with server-side apply, once with the field set to the present number).",
    ),
    Rule(
        "risk/replicas-zero",
        "No replicas any more",
        "`replicas` becomes 0.",
        "The workload stops when this is applied, and nothing else says so.",
        "Remove the workload if nobody needs it, or keep at least one replica.",
    ),
    Rule(
        "risk/rbac",
        "Who may do what changes",
        "A Role, ClusterRole or binding is new, or its rules, subjects, role or aggregation differ; or it goes, but not "
        "with a unit that goes as a whole and holds every account that had its rights. The same rights in another order, or "
        "grouped otherwise, are no finding.",
        "A right that is granted by accident is rarely noticed before somebody uses it.",
        "Have the owners of the namespace or cluster agree to each verb and subject.",
    ),
    Rule(
        "risk/rbac-powers",
        "A right that lets its holder take over",
        "A role gains writing every kind of object, `escalate`, `bind` or `impersonate`, or a binding gives "
        "cluster-admin "
        "in the whole cluster, or admin, edit or another such right to everybody (`system:authenticated`, "
        "`system:serviceaccounts`), or anything to those who did not log in: errors. Warnings are reading secrets, a "
        "shell in "
        "pods, commands on nodes, tokens of service accounts, `bind` of named roles, and admin in one namespace: "
        "controllers and operators need some of them. A new subject of a role that had such a right before counts "
        "as well, and what those who did not log in may do with objects that the role names.",
        "Whoever holds one of the first can give himself every other right; the others are ways to the rights of those "
        "whose secrets, pods or accounts can be reached.",
        "Name the verbs, resources and `resourceNames` that are needed, in one namespace. Where an operator needs a "
        "right "
        "that is an error, waive the rule for its unit.",
    ),
    Rule(
        "risk/admission",
        "Admission changes",
        "An admission webhook or admission policy is new, differs (in more than its labels) or goes.",
        "It decides over every object that matches in the whole cluster; when it fails, it may stop every "
        "deployment, its "
        "own included.",
        "Check `failurePolicy`, `timeoutSeconds`, `namespaceSelector` and `objectSelector`; leave out system "
        "namespaces.",
    ),
    Rule(
        "risk/cluster-scoped",
        "An object of the whole cluster changes",
        "A kind without namespace (StorageClass, IngressClass, PriorityClass, ClusterIssuer…) is new, differs (in more than "
        "its labels) or goes.",
        "It is shared by every team on the cluster.",
        "Have the owners of the cluster agree.",
    ),
    Rule(
        "risk/network-policy",
        "Who may reach whom changes",
        "A NetworkPolicy, or its like of Cilium, Calico and the admin's policies, differs or goes; but not with a unit that "
        "goes as a whole together with the pods that the policy names.",
        "Traffic that was kept out is let in, or traffic that is needed is cut off, as soon as it is applied.",
        "Compare `podSelector`, `ingress` and `egress` with what the workload needs.",
    ),
    Rule(
        "risk/crd-version",
        "A CRD stops serving a version",
        "A version that the CRD served at the merge base is no longer served.",
        "Objects, controllers and manifests that use it fail from then on.",
        "Keep serving it until everything has moved, and stored versions were migrated.",
    ),
    Rule(
        "risk/generator",
        "What makes applications changes",
        "The specification of an ApplicationSet or AppProject differs, an ApplicationSet is new, an AppProject "
        "goes, an "
        "Application or Flux Kustomization that deploys several others turns to another path, source, destination, or "
        "prunes differently, or an "
        "Application gets the finalizer by which its deletion deletes all that it deployed.",
        "One such change creates or deletes many applications at once, or (a project) decides which may be synced.",
        "Look at every unit that the report lists as added or removed.",
    ),
    Rule(
        "risk/no-effect",
        "Accepted, and without effect",
        "A Service whose selector holds for no pod of its unit, where the unit shows which it means (it held before, or one "
        "workload of the same name or alone has the same labels), and a PodDisruptionBudget in the same way; a `targetPort` "
        "of a name that no container has, and a probe of one that its own container does not have; an Ingress or route of "
        "the Gateway API that names a port which the Service beside it lacks, or a Service that the unit no longer has; an "
        "autoscaler (also of KEDA) of a workload that is not there, beside others of the kind, or of an `apiVersion` that "
        "it does not have; a memory limit below one MiB (`256m`); a container that may not run as root and does; a medium "
        "of an `emptyDir` that nobody knows; a webhook, conversion or extension of the API whose Service beside it lacks "
        "the port, or is not there any more.",
        "The API server takes it, nothing fails, and it does nothing: calls are not answered, pods do not start.",
        "Correct the name, label or unit that the finding tells.",
    ),
    Rule(
        "risk/still-named",
        "Goes while pods still name it",
        "A ConfigMap, a Secret (or the ExternalSecret or SealedSecret that makes it) or a ServiceAccount goes from a unit, "
        "and pods of the unit still name it and cannot do without. Silent where it comes in another unit with the same "
        "change, or is not pruned.",
        "Pods that run go on; the next one, after a rollout, a drain or a crash, does not start.",
        "Keep the object, or take its name out of the pods with the same change.",
    ),
    Rule(
        "risk/exposure",
        "Reached from outside of the cluster",
        "In production a Service is new as, or becomes, a LoadBalancer or NodePort, or gets other `externalIPs`; or "
        "a load balancer or an Ingress is no longer internal, or lets everybody in where it named addresses.",
        "What only the cluster could reach is reached by everybody whom the network lets through; with `externalIPs` a "
        "Service takes traffic that is meant for others.",
        "Make sure that it is meant, and who may reach it (an Ingress, `loadBalancerSourceRanges`, an internal balancer).",
    ),
    Rule(
        "risk/identity",
        "Runs as another service account",
        "The pods of a workload that was there before name another `serviceAccountName`.",
        "They may do what the new account may, in the cluster and, by its annotations, in the cloud.",
        "Look at what is bound to the new account, and have its owners agree.",
    ),
    Rule(
        "risk/revision",
        "Another branch or repository decides",
        "`targetRevision` of a source that is no chart, or the branch of a GitRepository, turns to something that is no "
        "version, no commit, and not `main`, `master` or `HEAD`; or an Application, or a source of Flux, names another "
        "repository than before.",
        "From then on that one decides what is deployed, whoever may write to it, and changes to the other do nothing.",
        "Let it follow the branch that reviewed changes are merged to, or a tag; have the owners of both "
        "repositories agree.",
    ),
    Rule(
        "risk/pod-refused",
        "Pods that their namespace refuses",
        "A unit makes a Namespace that enforces `restricted`, and a container of a workload in it lacks what that level "
        "asks for (`runAsNonRoot`, `allowPrivilegeEscalation: false`, no capabilities, `seccompProfile`).",
        "The workload is accepted, and each of its pods refused: a rollout never ends, and a pod that dies stays away.",
        "Set the fields that the findings name (an admission webhook may do it too: then waive the rule).",
    ),
    Rule(
        "risk/pdb-blocks",
        "A disruption budget that never lets a pod leave",
        "`maxUnavailable: 0`, `minAvailable: 100%`, or a `minAvailable` that is the number of replicas (a "
        "percentage is rounded up; one replica, where none are said and no autoscaler decides).",
        "Nodes with such a pod cannot be drained: upgrades hang.",
        "Allow one pod to leave: `maxUnavailable: 1`.",
    ),
    Rule(
        "risk/owned-twice",
        "Two units own one object",
        "Two units that are deployed to the same cluster render the same object: units that are declared side by side, or "
        "overlays that no object declares, of one environment, whose paths differ in nothing but the application. An object "
        "that names no namespace lands where its unit is deployed to, as far as that is known.",
        "They overwrite each other at every reconciliation, and removing it from one deletes it for both.",
        "Let one unit own the object.",
    ),
    Rule(
        "risk/shared-base",
        "One file reaches several production units at once",
        "A changed file outside of them changes more than one production unit. Units that are new together with the "
        "file do "
        "not count: nothing that runs is changed.",
        "A mistake reaches all of them before anyone sees the first; there is no wave that could stop it.",
        "Change one overlay first, or let the change reach production step by step.",
    ),
)
