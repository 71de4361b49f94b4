"""The rules of the policies that Gatehouse ships, and of the check itself. Rules of a repository's own policies are
explained by their own messages."""

from __future__ import annotations

from bot.checks.rules import Rule

_STANDARD = "The levels are those of the Kubernetes Pod Security Standards."

RULES = (
    Rule(
        "policy/image-digest",
        "An image is named without its digest",
        "A container's image is named by a tag alone. This rule is off unless it is turned on: the images check knows more.",
        "A tag can be moved. What was tested, scanned and approved need not be what a node pulls next week.",
        "Write the digest behind the tag: registry/app:1.2.3@sha256:…. `crane digest` or the registry tells it.",
        "image: registry.example/app:1.2.3@sha256:…",
    ),
    Rule(
        "policy/image-latest",
        "An image has no version",
        "A container's image has the tag latest, or none, which means the same. Off unless turned on: see the images check.",
        "Two Pods of one workload can run different programs, and going back to what ran before is not possible.",
        "Name a version, better a digest.",
        "image: registry.example/app:1.2.3",
    ),
    Rule(
        "policy/resources",
        "A container does not say what it needs",
        "resources.requests for cpu or memory, or resources.limits.memory, are missing. A limit counts as its request.",
        "The scheduler packs nodes by requests: without them a node is overcommitted, and the container is evicted first or "
        "takes the memory of its neighbours.",
        "Set requests to what the container uses on a usual day and limits.memory to what it may use at most.",
        "resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}",
    ),
    Rule(
        "policy/privileged",
        "A container is privileged",
        "securityContext.privileged is true.",
        "Whoever gets into the container has the node, its credentials and every Pod that runs there.",
        "Take privileged away; add the one capability that the program fails without. Node agents that cannot do without "
        "are a case for a waiver with an owner.",
        "securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}",
    ),
    Rule(
        "policy/host-namespaces",
        "A Pod shares namespaces with its node",
        "hostNetwork, hostPID or hostIPC is true.",
        "The Pod sees the node's network, processes or memory; NetworkPolicies do not hold for a Pod on the host's network.",
        "Take the field away; reach the Pod through a Service.",
    ),
    Rule(
        "policy/capabilities",
        "A container adds unusual capabilities",
        "capabilities.add names more than the level baseline allows. " + _STANDARD,
        "Capabilities such as SYS_ADMIN or NET_ADMIN are most of what root on the node is.",
        "Take them out, or keep only the one that the program fails without, with a waiver.",
    ),
    Rule(
        "policy/probes",
        "A workload that serves has no readiness probe",
        "A Deployment, StatefulSet, DaemonSet or Rollout has containers with ports, and none has a readinessProbe.",
        "Traffic arrives before the program can answer, and a rollout that is broken counts as done.",
        "Give the container that serves a readinessProbe.",
        "readinessProbe: {httpGet: {path: /readyz, port: 8080}}",
    ),
    Rule(
        "policy/owner-label",
        "Nothing says whose a workload is",
        "A workload or Namespace in production has no label or annotation owner, team, app.kubernetes.io/part-of, "
        "backstage.io/owner, or one that ends with /owner, /team or /owned-by.",
        "During an incident nobody knows whom to call.",
        "Add one, best for all objects at once in the kustomization or chart.",
        "labels: {app.kubernetes.io/part-of: shop}",
    ),
    Rule(
        "policy/network-policy-open",
        "A NetworkPolicy opens everything",
        "A rule of a NetworkPolicy names no ports, and either no peers or all addresses.",
        "NetworkPolicies add up: what one allows no other can forbid, so that this one undoes the default denial of its "
        "namespace for the Pods that it selects.",
        "Name the peers and the ports that are meant.",
    ),
    Rule(
        "policy/pod-security-baseline",
        "A Pod breaks the level baseline",
        "Paths or ports of the node, Windows host processes, unmasked /proc, unsafe sysctls, Unconfined seccomp or "
        "AppArmor, SELinux users, roles or types, or probes that call other hosts. " + _STANDARD,
        "Each is a known way from a container to its node; a namespace that enforces the level refuses the Pod.",
        "Take the field away, or use what the finding names instead.",
    ),
    Rule(
        "policy/pod-security-restricted",
        "A container does not meet the level restricted",
        "The container may gain privileges, run as root, keep capabilities or make any system call, or the Pod has volumes "
        "of other types. Off unless turned on. " + _STANDARD,
        "What a program cannot do, somebody who takes it over cannot do either.",
        "Set the fields in the example.",
        "securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, "
        "seccompProfile: {type: RuntimeDefault}}",
    ),
    Rule(
        "policy/unusable",
        "A policy cannot be used",
        "A file of the repository's policies does not compile (Rego v0 does not), calls what no policy may call, reads data "
        "that no policy defines, clashes with another one, or is too large.",
        "What it would forbid, nobody forbids. So the gate stays closed until it is mended.",
        "Mend the file in a change of its own; `gatehouse policy test` says what is wrong and when it is right. Rego for "
        "another tool stays out where `checks.policy.directories` names other directories.",
    ),
    Rule(
        "policy/failed",
        "A policy could not judge an object",
        "A built-in function failed on this object, or a rule gave two values.",
        "Whether the object may be is not known; an object that makes a policy fail would otherwise pass.",
        "Let the policy ask whether a value is there and of the right type before it uses it.",
    ),
    Rule(
        "policy/stopped",
        "A policy was stopped",
        "A rule took too much time or memory for one object, or all policies together took too long.",
        "The objects after it were not judged by the rule, so that the gate cannot say yes.",
        "Make the policy cheaper: look at one object, without loops over loops, and without regular expressions over text "
        "that grows.",
    ),
)
