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

# A Pod in an object of some operator.
foreign(place, version) := {
	"apiVersion": version,
	"kind": "Service",
	"metadata": {"name": "web"},
	"spec": spec,
} if {
	dangerous := {"hostNetwork": true, "containers": [{"name": "web", "securityContext": {"privileged": true}}]}
	spec := object.union(
		{"other": true},
		{
			"": dangerous,
			"template": {"template": {"spec": dangerous}},
			"podTemplate": {"podTemplate": {"spec": dangerous}},
			"jobTargetRef": {"jobTargetRef": {"template": {"spec": dangerous}}},
		}[place],
	)
}

test_pods_of_other_kinds_are_looked_at[place] if {
	some place in ["", "template", "podTemplate", "jobTargetRef"]
	rules(foreign(place, "serving.example.com/v1")) == {"privileged", "host-namespaces"}
}

test_what_an_operator_completes_is_not_asked_for if {
	manifest := {"apiVersion": "serving.example.com/v1", "kind": "Web", "spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}
	rules(manifest) == set()
}

test_kinds_of_kubernetes_have_pods_where_they_have_them if {
	rules(foreign("template", "v1")) == set()
	rules(foreign("template", "gateway.networking.k8s.io/v1")) == set()
}
