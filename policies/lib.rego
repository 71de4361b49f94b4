# What the shipped policies share: where the Pod of an object is, its containers, and the form of a finding.
package gatehouse.baseline

_object := input.object

# Kinds with a Pod template, by the place of the template.
_templates := {
	"Pod": [],
	"Deployment": ["spec", "template"],
	"StatefulSet": ["spec", "template"],
	"DaemonSet": ["spec", "template"],
	"ReplicaSet": ["spec", "template"],
	"ReplicationController": ["spec", "template"],
	"Job": ["spec", "template"],
	"Rollout": ["spec", "template"],
	"PodTemplate": ["template"],
	"CronJob": ["spec", "jobTemplate", "spec", "template"],
}

_is_known if _templates[_object.kind]

# Where kinds of other people's have one: the operator completes it, so that only what it asks for says anything, and nothing
# what it leaves out.
_others := [
	["spec", "template"],
	["spec", "podTemplate"],
	["spec", "jobTargetRef", "template"],
	["spec", "jobTemplate", "spec", "template"],
	[],
]

_is_foreign if {
	not _is_known
	contains(split(_object.apiVersion, "/")[0], ".")
	not endswith(split(_object.apiVersion, "/")[0], ".k8s.io")
}

# The Pod's place in the object; undefined where the object starts no Pods.
_place := _templates[_object.kind] if _is_known

else := [place | some place in _others; is_array(object.get(_object, array.concat(place, ["spec", "containers"]), null))][0] if _is_foreign

_template := object.get(_object, _place, {})

_spec_at := array.concat(_place, ["spec"])

_spec := object.get(_template, "spec", {})

_container_lists := ["initContainers", "containers", "ephemeralContainers"]

_containers contains {"fields": container, "at": array.concat(_spec_at, [list, number]), "list": list, "name": name} if {
	some list in _container_lists
	some number, container in _spec[list]
	is_object(container)
	name := object.get(container, "name", sprintf("%d", [number]))
}

_on_windows if _spec.os.name == "windows"

_strict := "error" if input.unit.production

else := "warning"

_mild := "warning" if input.unit.production

else := "info"

_at(container, fields) := array.concat(container.at, fields)
