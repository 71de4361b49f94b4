package gatehouse.baseline

deny contains finding if {
	some container in _containers
	container.fields.securityContext.privileged == true
	finding := {
		"rule": "privileged",
		"severity": _strict,
		"at": _at(container, ["securityContext", "privileged"]),
		"mark": container.name,
		"msg": sprintf("Container %s is privileged: whoever gets into it has the node, and with it every Pod there.", [container.name]),
		"fix": "Take privileged away, and add the one capability that is needed.",
	}
}

deny contains finding if {
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	_spec[field] == true
	finding := {
		"rule": "host-namespaces",
		"severity": _strict,
		"at": array.concat(_spec_at, [field]),
		"mark": field,
		"msg": sprintf("%s is on: the Pod sees what the node and its other Pods do, and NetworkPolicies or process borders do not hold for it.", [field]),
		"fix": sprintf("Take %s away; a Service or a host port reaches a Pod without it.", [field]),
	}
}

# Pod Security Standards, baseline: capabilities that a container may add.
_usual_capabilities := {
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
	"NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

deny contains finding if {
	some container in _containers
	added := {name | some name in container.fields.securityContext.capabilities.add}
	beyond := added - _usual_capabilities
	count(beyond) > 0
	first := min({i | some i, name in container.fields.securityContext.capabilities.add; name in beyond})
	finding := {
		"rule": "capabilities",
		"severity": _strict,
		"at": _at(container, ["securityContext", "capabilities", "add", first]),
		"mark": sprintf("%s %v", [container.name, beyond]),
		"msg": sprintf("Container %s adds %s, powers over the node that most programs never need.", [container.name, concat(", ", sort(beyond))]),
		"fix": "Take them out; keep only those that the program fails without.",
	}
}
