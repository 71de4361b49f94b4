"""The rules of the check ``schema``."""

from __future__ import annotations

from bot.checks.rules import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "schema/unknown-field",
        "A field that the kind does not have",
        "An object has a field that its kind, in this version, does not know.",
        "kubectl and Argo CD refuse the object, or the API server drops the field without a word: the setting is in Git and "
        "not in the cluster.",
        "Correct the spelling, or move the field to where it belongs; the finding names the nearest field that exists.",
        "spec.template.spec.containers[0].imagePulPolicy: Always",
    ),
    Rule(
        "schema/missing-field",
        "A required field is missing",
        "An object lacks a field that its kind requires, or all of several of which one is required.",
        "The API server refuses the whole object, and the rest of the change is applied without it.",
        "Set the field. If a patch or overlay should bring it, look whether its target still matches.",
        "a Deployment without spec.selector",
    ),
    Rule(
        "schema/wrong-type",
        "A value of the wrong type",
        "A value has another type than the field: a text for a number, a number for a text, a mapping for a list.",
        "The API server cannot read the object and refuses it.",
        "Write the value as the finding says; numbers, true and false in annotations, labels and environment variables need "
        "quotes, and most others must have none.",
        'spec.replicas: "3", or an env value of 8080 without quotes',
    ),
    Rule(
        "schema/bad-value",
        "A value that the field does not accept",
        "A value is none of those that are allowed, out of range, of another form, or no quantity; or a name or label "
        "breaks the rules of Kubernetes for names.",
        "The API server refuses the object.",
        "Use one of the values that the finding names.",
        "resources.limits.memory: 512MB (must be 512M or 512Mi)",
    ),
    Rule(
        "schema/duplicate-item",
        "Items of a list that must differ do not",
        "Two items of a list have the same key: two containers of one name, two equal ports, one variable twice.",
        "The API server refuses most of them; of the rest the last one wins, and server-side apply (Flux) refuses them.",
        "Remove one of the two.",
        "env: [{name: MODE, value: a}, {name: MODE, value: b}]",
    ),
    Rule(
        "schema/unknown-kind",
        "A kind that nobody can judge, or that does not exist",
        "No schema is known for a custom kind; or a group of Kubernetes' own has no such kind, which is always an error. A "
        "custom kind of which the repository had objects before is an existing finding in each further unit, unless such "
        "kinds are errors.",
        "A kind without a schema is applied unseen: a misspelt field in it is found in the cluster. A kind that does not "
        "exist is refused.",
        "Keep the CRD in the repository (it may be in any directory), correct kind or apiVersion, or name the kind among "
        "those that are accepted without a schema. A setting makes unknown kinds errors, or leaves them out.",
        "apiVersion: apps/v1, kind: Deploymnet",
    ),
    Rule(
        "schema/removed-api",
        "An API version that the cluster no longer serves",
        "The environment's version of Kubernetes does not serve this apiVersion of the kind any more.",
        "The object cannot be applied, and a cluster that is upgraded keeps one that Git can no longer change.",
        "Move to the apiVersion that the finding names; the Kubernetes migration guide lists the fields that moved.",
        "policy/v1beta1 PodDisruptionBudget on 1.25 and later",
    ),
    Rule(
        "schema/deprecated-api",
        "An API version that will be removed",
        "The apiVersion is deprecated in the environment's version of Kubernetes, or by its CRD.",
        "It works today, and stops with an upgrade of the cluster that somebody else may do.",
        "Move to the replacement before the cluster is upgraded.",
        "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema on 1.29 to 1.31",
    ),
    Rule(
        "schema/not-served",
        "A version that is not served here",
        "The kind exists, but the environment's Kubernetes is too old for this apiVersion, or the CRD does not serve it.",
        "The API server refuses the object.",
        "Use a version that is served, or upgrade the cluster or the CRD first.",
        "a CRD with served: false for v1alpha1, and an object of v1alpha1",
    ),
    Rule(
        "schema/duplicate-object",
        "One object twice in one unit",
        "Two objects of a unit have the same group, kind, namespace and name.",
        "Helm and kustomize refuse it; otherwise which of the two is in the cluster is chance.",
        "Remove one, or give it another name or namespace.",
    ),
    Rule(
        "schema/duplicate-key",
        "One key twice in one mapping",
        "A changed YAML or JSON file has a key twice in the same mapping.",
        "Most readers take the last one, silently: what stands above it has no effect. kustomize refuses the file.",
        "Remove one of the two, or bring their contents together.",
        "two blocks called env: in one container",
    ),
    Rule(
        "schema/refused",
        "What the API server refuses without a schema",
        "Fields of one object that contradict each other or mean nothing. Workloads: a selector that does not hold "
        "for the labels of its own pods; a volume that is mounted and not there, or that has two sources; a variable "
        "with a value and a source; a probe with two handlers, or none; requests above limits; the restartPolicy of "
        "Jobs and of what runs on; a strategy with fields of another one; no image. Others: ports of Services (names,"
        " nodePort on a ClusterIP), paths, hosts and ports of Ingresses, peers of a NetworkPolicy, schedules, "
        "`minReplicas` above `maxReplicas`, a disruption budget with both numbers, claims without size or access "
        "mode, service accounts without namespace in a ClusterRoleBinding, keys and size of data. And names of resources, "
        "fields of the pod, paths and addresses that there are not.",
        "No schema says so, and the API server refuses the object all the same; the pods of a StatefulSet, one by "
        "one. Often a patch brings a second form beside the first, as kustomize merges mappings.",
        "Make the fields agree that the finding names; a patch takes a field away by `FIELD: null`.",
        "requests: {memory: 512Mi}, limits: {memory: 256Mi}",
    ),
    Rule(
        "schema/no-kind",
        "An object without kind or apiVersion",
        "A rendered document does not say what it is.",
        "Nothing can apply it; usually a template printed less than it was meant to.",
        "Write apiVersion and kind, or take the document out.",
    ),
    Rule(
        "schema/no-name",
        "An object without a name",
        "An object has neither metadata.name nor metadata.generateName.",
        "The API server refuses it. Where it has no metadata at all and nobody knows its kind, it may be a tool's own file "
        "(a profile, a configuration), and that is told only (`info`).",
        "Set metadata.name; or name a file that nothing applies under `ignore` in .gatehouse.yaml.",
    ),
    Rule(
        "schema/no-namespace",
        "An object without a namespace, for Flux",
        "An object of a kind that has namespaces names none, in a unit that a Kustomization of Flux without "
        "`targetNamespace` deploys. kubectl and Argo CD have a default namespace for such objects, Flux has none.",
        "Flux stops with `namespace not specified`, and applies nothing of the Kustomization.",
        "Set `namespace` in the kustomization.yaml, in the object, or `targetNamespace` in the Kustomization of Flux.",
        "a ConfigMap from configMapGenerator in a kustomization.yaml without namespace",
    ),
    Rule(
        "schema/not-decrypted",
        "A Secret that Flux does not decrypt",
        "A Secret is encrypted with SOPS, or made from a file that is, and the Flux Kustomization that deploys it has no "
        "`decryption`, neither in its file nor by a patch of whoever deploys it. Secrets with "
        "`kustomize.toolkit.fluxcd.io/decrypt: disabled` are left alone.",
        "Flux stops at an encrypted object and applies nothing of the Kustomization; what a generator made reaches the pods "
        "as it is, encrypted.",
        "Set `decryption` in the Kustomization as its neighbours do: provider `sops`, and the Secret that holds the key.",
    ),
    Rule(
        "schema/generate-name",
        "A name that is made at each apply",
        "An object has metadata.generateName and no name, and is no hook of Argo CD or Helm.",
        "kubectl apply and Flux refuse it; Argo CD makes another object at each sync.",
        "Give it a name, or make it a hook.",
    ),
    Rule(
        "schema/bad-definition",
        "A CRD whose schema cannot be used",
        "The schema of a CustomResourceDefinition breaks the rules for structural schemas, holds an expression that is "
        "none, or is too large.",
        "The API server refuses the CRD, and every object of its kind with it; or nobody can judge these objects.",
        "Correct the schema at the place that the finding names.",
        "pattern: (?!a)b (Kubernetes' expressions cannot look ahead)",
    ),
)
