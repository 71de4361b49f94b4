package gatehouse.baseline_test

resources(fields) := workload({"containers": [object.union(object.remove(good_container, {"resources"}), {"resources": fields})]}, {})

test_missing_resources_are_named if {
	some finding in found(resources({}), true)
	finding.rule == "resources"
	contains(finding.msg, "requests.cpu, requests.memory, limits.memory")
}

test_a_limit_is_its_request if rules(resources({"limits": {"cpu": "1", "memory": "1Gi"}})) == set()

test_a_cpu_limit_is_not_asked_for if rules(resources({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}})) == set()

test_what_the_pod_says_counts if {
	bare := object.remove(good_container, {"resources"})
	pod := {"resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}}
	rules(workload(object.union({"containers": [bare]}, pod), {})) == set()
}

test_resources_are_milder_outside_of_production if severities(resources({}), false) == {"info"}

test_resources_are_a_warning_in_production if severities(resources({}), true) == {"warning"}
