package gatehouse.baseline_test

# Each control of the standard with a value that it forbids and one that it allows.
controls := {
	"hostPath": {"bad": workload({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, {}), "good": workload({"volumes": [{"name": "a", "emptyDir": {}}]}, {})},
	"hostPort": {"bad": workload({}, {"ports": [{"containerPort": 1, "hostPort": 1}]}), "good": workload({}, {"ports": [{"containerPort": 1, "hostPort": 0}]})},
	"procMount": {"bad": context({"procMount": "Unmasked"}), "good": context({"procMount": "Default"})},
	"sysctls": {"bad": workload({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, {}), "good": workload({"securityContext": {"sysctls": [{"name": "net.ipv4.ip_local_port_range"}]}}, {})},
	"hostProcess": {"bad": context({"windowsOptions": {"hostProcess": true}}), "good": context({"windowsOptions": {"hostProcess": false}})},
	"seccomp": {"bad": context({"seccompProfile": {"type": "Unconfined"}}), "good": context({"seccompProfile": {"type": "Localhost"}})},
	"appArmor": {"bad": context({"appArmorProfile": {"type": "Unconfined"}}), "good": context({"appArmorProfile": {"type": "RuntimeDefault"}})},
	"seLinux type": {"bad": context({"seLinuxOptions": {"type": "spc_t"}}), "good": context({"seLinuxOptions": {"type": "container_t"}})},
	"seLinux user": {"bad": context({"seLinuxOptions": {"user": "root"}}), "good": context({"seLinuxOptions": {"level": "s0"}})},
	"probe host": {"bad": workload({}, {"livenessProbe": {"httpGet": {"host": "10.0.0.1"}}}), "good": workload({}, {"livenessProbe": {"httpGet": {"path": "/"}}})},
	"hook host": {"bad": workload({}, {"lifecycle": {"preStop": {"tcpSocket": {"host": "10.0.0.1"}}}}), "good": workload({}, {"lifecycle": {"preStop": {"exec": {}}}})},
}

test_the_level_baseline_forbids[name] if {
	some name, control in controls
	"pod-security-baseline" in rules(control.bad)
}

test_the_level_baseline_allows[name] if {
	some name, control in controls
	not "pod-security-baseline" in rules(control.good)
}

test_every_control_is_looked_at if {
	every _, control in controls {
		"pod-security-baseline" in rules(control.bad)
		not "pod-security-baseline" in rules(control.good)
	}
}

test_an_annotation_can_switch_apparmor_off if {
	annotated := object.union(workload({}, {}), {"spec": {"template": {"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/web": "unconfined"}}}}})
	rules(annotated) == {"pod-security-baseline"}
}
