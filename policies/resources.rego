package gatehouse.baseline

_wanted_resources := [
	["requests", "cpu"],
	["requests", "memory"],
	["limits", "memory"],
]

deny contains finding if {
	_is_known
	some container in _containers
	container.list != "ephemeralContainers"
	missing := [concat(".", path) |
		some path in _wanted_resources
		object.get(container.fields, array.concat(["resources"], path), null) == null
		not _implied(container.fields, path)
		not _of_pod(path)
	]
	count(missing) > 0
	finding := {
		"rule": "resources",
		"severity": _resources_severity,
		"at": _at(container, ["resources"]),
		"mark": container.name,
		"msg": sprintf("Container %s does not say %s: the scheduler cannot plan for it, and under pressure it takes from its neighbours or is killed first.", [container.name, concat(", ", missing)]),
		"fix": "Set resources.requests for cpu and memory, and resources.limits.memory.",
	}
}

# A limit without a request is the request as well.
_implied(container, ["requests", name]) if object.get(container, ["resources", "limits", name], null) != null

# What the Pod says as a whole holds for its containers together (spec.resources, since Kubernetes 1.34).
_of_pod(path) if object.get(_spec, array.concat(["resources"], path), null) != null

_of_pod(path) if _implied(_spec, path)

_resources_severity := "warning" if {
	input.unit.production
	_object.kind in {"Deployment", "StatefulSet", "DaemonSet", "Rollout"}
}

else := "info"
