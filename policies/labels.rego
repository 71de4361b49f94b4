package gatehouse.baseline

_owner_keys := {"owner", "team", "app.kubernetes.io/part-of", "backstage.io/owner"}

_owner_key(key) if key in _owner_keys

_owner_key(key) if regex.match(`/(owner|team|owned-by)$`, key)

deny contains finding if {
	input.unit.production # nobody is called at night for the others
	_object.kind in {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Rollout", "Namespace"}
	not _has_owner
	finding := {
		"rule": "owner-label",
		"severity": "info",
		"at": ["metadata", "labels"],
		"mark": "",
		"msg": "No label says whose this is: at night nobody knows whom to call.",
		"fix": "Add a label such as app.kubernetes.io/part-of, owner or team.",
	}
}

_has_owner if {
	some place in ["labels", "annotations"]
	some key, value in _object.metadata[place]
	_owner_key(key)
	value != ""
}
