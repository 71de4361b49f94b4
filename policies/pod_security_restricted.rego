# Pod Security Standards, level restricted: what it asks for beyond baseline. One finding for each container (and one for
# the volumes), because a manifest that was never written for this level breaks all of it at once.
package gatehouse.baseline

deny contains finding if {
	_is_known
	some container in _containers
	broken := [demand | some demand in _demands; _breaks(demand, container.fields)]
	count(broken) > 0
	finding := {
		"rule": "pod-security-restricted",
		"severity": "info",
		"at": _at(container, ["securityContext"]),
		"mark": container.name,
		"msg": sprintf("Container %s does not meet the level `restricted` of the Pod Security Standards: %s.", [container.name, concat(", ", broken)]),
		"fix": "Set them in securityContext; a namespace that enforces the level refuses the Pod.",
	}
}

deny contains finding if {
	_is_known
	odd := [name |
		some volume in _spec.volumes
		some name, _ in volume
		not name in _restricted_volumes
	]
	count(odd) > 0
	finding := {
		"rule": "pod-security-restricted",
		"severity": "info",
		"at": array.concat(_spec_at, ["volumes"]),
		"mark": "volumes",
		"msg": sprintf("Volumes of type %s are not for the level `restricted` of the Pod Security Standards.", [concat(", ", sort({name | some name in odd}))]),
		"fix": "Use configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected or secret.",
	}
}

_restricted_volumes := {
	"name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral",
	"persistentVolumeClaim", "projected", "secret", "image",
}

_demands := [
	"allowPrivilegeEscalation: false",
	"runAsNonRoot: true",
	"runAsUser other than 0",
	"seccompProfile RuntimeDefault or Localhost",
	"capabilities drop ALL",
	"capabilities add nothing but NET_BIND_SERVICE",
]

# A setting of the container, else of the Pod.
_setting(container, path, default_value) := value if {
	value := object.get(container, array.concat(["securityContext"], path), null)
	value != null
} else := object.get(_spec, array.concat(["securityContext"], path), default_value)

_breaks("allowPrivilegeEscalation: false", container) if {
	not _on_windows
	object.get(container, ["securityContext", "allowPrivilegeEscalation"], true) != false
}

_breaks("runAsNonRoot: true", container) if _setting(container, ["runAsNonRoot"], false) != true

_breaks("runAsUser other than 0", container) if _setting(container, ["runAsUser"], 1) == 0

_breaks("seccompProfile RuntimeDefault or Localhost", container) if {
	not _on_windows
	not _setting(container, ["seccompProfile", "type"], "") in {"RuntimeDefault", "Localhost"}
}

_breaks("capabilities drop ALL", container) if {
	not _on_windows
	not "ALL" in object.get(container, ["securityContext", "capabilities", "drop"], [])
}

_breaks("capabilities add nothing but NET_BIND_SERVICE", container) if {
	not _on_windows
	some name in object.get(container, ["securityContext", "capabilities", "add"], [])
	name != "NET_BIND_SERVICE"
}
