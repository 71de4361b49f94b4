package gatehouse.baseline_test

restricted(fields) := workload({}, {"securityContext": fields})

test_the_level_restricted_forbids[name] if {
	some name, manifest in {
		"escalation": restricted({"allowPrivilegeEscalation": true}),
		"root": restricted({"runAsUser": 0}),
		"may be root": restricted({"runAsNonRoot": false}),
		"kept capabilities": restricted({"capabilities": {"drop": []}}),
		"added capabilities": restricted({"capabilities": {"add": ["CHOWN"]}}),
		"system calls": workload({"securityContext": {"seccompProfile": {"type": ""}}}, {}),
		"volumes": workload({"volumes": [{"name": "a", "nfs": {"server": "x"}}]}, {}),
	}
	rules(manifest) == {"pod-security-restricted"}
}

test_net_bind_service_may_be_added if rules(restricted({"capabilities": {"add": ["NET_BIND_SERVICE"]}})) == set()

test_windows_has_no_capabilities if {
	plain := {"name": "web", "image": good_container.image, "resources": good_container.resources}
	spec := {"os": {"name": "windows"}, "containers": [plain], "securityContext": {"runAsNonRoot": true}}
	not "pod-security-restricted" in rules(workload(spec, {}))
}
