# Pod Security Standards, level baseline (kubernetes.io/docs/concepts/security/pod-security-standards), what privileges.rego
# does not say already.
package gatehouse.baseline

deny contains finding if {
	some found in _baseline_violations
	finding := {
		"rule": "pod-security-baseline",
		"severity": _strict,
		"at": found.at,
		"mark": found.mark,
		"msg": sprintf("%s: the level `baseline` of the Pod Security Standards forbids it, and a namespace that enforces it refuses the Pod.", [found.what]),
		"fix": found.fix,
	}
}

_baseline_violations contains {"at": array.concat(_spec_at, ["volumes", number, "hostPath"]), "mark": sprintf("hostPath %s", [name]), "what": sprintf("Volume %s is a path of the node", [name]), "fix": "Use a PersistentVolumeClaim, emptyDir, ConfigMap or CSI volume."} if {
	some number, volume in _spec.volumes
	object.get(volume, "hostPath", null) != null
	name := object.get(volume, "name", "")
}

_baseline_violations contains {"at": _at(container, ["ports", number, "hostPort"]), "mark": sprintf("hostPort %s %d", [container.name, port.hostPort]), "what": sprintf("Container %s takes port %d of the node", [container.name, port.hostPort]), "fix": "Take hostPort away and use a Service."} if {
	some container in _containers
	some number, port in container.fields.ports
	port.hostPort > 0
}

_baseline_violations contains {"at": _at(container, ["securityContext", "procMount"]), "mark": sprintf("procMount %s", [container.name]), "what": sprintf("Container %s sees /proc unmasked", [container.name]), "fix": "Take procMount away."} if {
	some container in _containers
	not container.fields.securityContext.procMount in {"Default", ""}
	container.fields.securityContext.procMount
}

_baseline_violations contains {"at": array.concat(_spec_at, ["securityContext", "sysctls", number]), "mark": sprintf("sysctl %s", [sysctl.name]), "what": sprintf("Sysctl %s reaches beyond the Pod", [sysctl.name]), "fix": "Take it out, or set it on the node."} if {
	some number, sysctl in _spec.securityContext.sysctls
	not sysctl.name in _safe_sysctls
}

_safe_sysctls := {
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.ping_group_range",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_rmem",
	"net.ipv4.tcp_syncookies",
	"net.ipv4.tcp_wmem",
}

# Settings that the Pod and each container may have.
_contexts contains {"fields": _spec.securityContext, "at": array.concat(_spec_at, ["securityContext"]), "who": "The Pod"} if _spec.securityContext

_contexts contains {"fields": container.fields.securityContext, "at": _at(container, ["securityContext"]), "who": sprintf("Container %s", [container.name])} if {
	some container in _containers
	container.fields.securityContext
}

_baseline_violations contains {"at": array.concat(context.at, ["windowsOptions", "hostProcess"]), "mark": sprintf("hostProcess %s", [context.who]), "what": sprintf("%s runs as a process of the Windows node", [context.who]), "fix": "Take hostProcess away."} if {
	some context in _contexts
	context.fields.windowsOptions.hostProcess == true
}

_baseline_violations contains {"at": array.concat(context.at, ["seccompProfile", "type"]), "mark": sprintf("seccomp %s", [context.who]), "what": sprintf("%s may make every system call", [context.who]), "fix": "Set seccompProfile.type to RuntimeDefault."} if {
	some context in _contexts
	context.fields.seccompProfile.type == "Unconfined"
}

_baseline_violations contains {"at": array.concat(context.at, ["appArmorProfile", "type"]), "mark": sprintf("appArmor %s", [context.who]), "what": sprintf("%s runs without AppArmor", [context.who]), "fix": "Set appArmorProfile.type to RuntimeDefault, or take it out."} if {
	some context in _contexts
	context.fields.appArmorProfile.type == "Unconfined"
}

_baseline_violations contains {"at": array.concat(_place, ["metadata", "annotations", key]), "mark": key, "what": "A container runs without AppArmor", "fix": "Take the annotation out."} if {
	some key, value in _template.metadata.annotations
	startswith(key, "container.apparmor.security.beta.kubernetes.io/")
	value != "runtime/default"
	not startswith(value, "localhost/")
	value != ""
}

_selinux_types := {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}

_baseline_violations contains {"at": array.concat(context.at, ["seLinuxOptions", field]), "mark": sprintf("seLinux %s %s", [field, context.who]), "what": sprintf("%s sets its SELinux %s", [context.who, field]), "fix": "Take seLinuxOptions out, or use a container type."} if {
	some context in _contexts
	some field, value in context.fields.seLinuxOptions
	_odd_selinux(field, value)
}

_odd_selinux("type", value) if not value in _selinux_types

_odd_selinux(field, value) if {
	field in {"user", "role"}
	value != ""
}

# Probes and hooks that make the node call a host of their own choice (level baseline since Kubernetes 1.34).
_probes := [
	["livenessProbe"],
	["readinessProbe"],
	["startupProbe"],
	["lifecycle", "postStart"],
	["lifecycle", "preStop"],
]

_baseline_violations contains {"at": _at(container, array.concat(probe, [action, "host"])), "mark": sprintf("host %s %s", [container.name, concat(".", probe)]), "what": sprintf("%s of container %s names a host that the node calls", [concat(".", probe), container.name]), "fix": "Take `host` out: the Pod itself is the default."} if {
	some container in _containers
	some probe in _probes
	some action in ["httpGet", "tcpSocket"]
	object.get(container.fields, array.concat(probe, [action, "host"]), "") != ""
}
