package gatehouse.baseline

deny contains finding if {
	_is_known
	some container in _containers
	image := container.fields.image
	is_string(image)
	not regex.match(`@sha256:[0-9a-f]{64}$`, image)
	finding := {
		"rule": "image-digest",
		"severity": _mild,
		"at": _at(container, ["image"]),
		"mark": container.name,
		"msg": sprintf("Container %s runs `%s`, a name that can mean another image tomorrow: what was tested is not what will run.", [container.name, image]),
		"fix": "Name the digest: registry/app:1.2.3@sha256:…",
	}
}

deny contains finding if {
	_is_known
	some container in _containers
	image := container.fields.image
	is_string(image)
	not contains(image, "@")
	_floating(image)
	finding := {
		"rule": "image-latest",
		"severity": "warning",
		"at": _at(container, ["image"]),
		"mark": container.name,
		"msg": sprintf("Container %s runs `%s`, whatever that is when a Pod starts: two Pods of one workload can differ, and nothing can be rolled back.", [container.name, image]),
		"fix": "Name a version, better a digest.",
	}
}

_floating(image) if endswith(image, ":latest")

_floating(image) if not contains(_last(image), ":")

_last(image) := words[count(words) - 1] if words := split(image, "/")
