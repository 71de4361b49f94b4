package gatehouse.baseline_test

without_probe := workload({"containers": [object.remove(good_container, {"readinessProbe"})]}, {})

test_a_missing_probe_is_found if rules(without_probe) == {"probes"}

test_what_serves_nothing_needs_no_probe if {
	quiet := object.remove(good_container, {"readinessProbe", "ports"})
	rules(workload({"containers": [quiet]}, {})) == set()
}

test_a_sidecar_may_do_without if {
	sidecar := object.union(object.remove(good_container, {"readinessProbe"}), {"name": "proxy"})
	rules(workload({"containers": [good_container, sidecar]}, {})) == set()
}

test_a_job_needs_no_probe if {
	rules(object.union(without_probe, {"apiVersion": "batch/v1", "kind": "Job"})) == set()
}
