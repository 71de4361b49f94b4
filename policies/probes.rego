package gatehouse.baseline

deny contains finding if {
	_object.kind in {"Deployment", "StatefulSet", "DaemonSet", "Rollout"}
	containers := [container | some container in _containers; container.list == "containers"]
	count(containers) > 0
	every container in containers { # sidecars may do without
		not container.fields.readinessProbe
	}
	_serves(containers)
	finding := {
		"rule": "probes",
		"severity": _mild,
		"at": array.concat(_spec_at, ["containers"]),
		"mark": "",
		"msg": "No container has a readiness probe: traffic arrives before the program can answer, and a rollout that is broken looks finished.",
		"fix": "Give the container that serves a readinessProbe.",
	}
}

# Only what takes traffic has to say when it can.
_serves(containers) if count(containers[_].fields.ports) > 0
