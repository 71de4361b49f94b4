package gatehouse.baseline_test

context(fields) := workload({}, {"securityContext": fields})

test_privileged_is_found if rules(context({"privileged": true})) == {"privileged"}

test_privileged_false_is_let_through if rules(context({"privileged": false})) == set()

test_privileged_stops_production_only if {
	severities(context({"privileged": true}), true) == {"error"}
	severities(context({"privileged": true}), false) == {"warning"}
}

test_host_namespaces_are_found[field] if {
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	rules(workload({field: true}, {})) == {"host-namespaces"}
	rules(workload({field: false}, {})) == set()
}

test_unusual_capabilities_are_found if {
	"capabilities" in rules(context({"capabilities": {"add": ["SYS_ADMIN"]}}))
	not "capabilities" in rules(context({"capabilities": {"add": ["NET_BIND_SERVICE", "CHOWN"]}}))
}
