# A Deployment with one good container, and what the tests change of it.
package gatehouse.baseline_test

import data.gatehouse.baseline

good_container := {
	"name": "web",
	"image": "registry.example/web:1.2.3@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"ports": [{"containerPort": 8080}],
	"readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}},
	"resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
	"securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
}

good_spec := {
	"containers": [good_container],
	"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
}

workload(spec, container) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": "web", "labels": {"team": "shop"}},
	"spec": {"template": {"spec": object.union(
		object.union(good_spec, {"containers": [object.union(good_container, container)]}),
		spec,
	)}},
}

found(manifest, production) := findings if {
	findings := baseline.deny with input as {"object": manifest, "unit": {"production": production}}
}

rules(manifest) := {finding.rule | some finding in found(manifest, true)}

severities(manifest, production) := {finding.severity | some finding in found(manifest, production)}

places(manifest) := {concat("/", [sprintf("%v", [step]) | some step in finding.at]) | some finding in found(manifest, true)}

test_a_good_workload_is_let_through if found(workload({}, {}), true) == set()

test_what_starts_no_pods_is_let_through if found({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}, true) == set()

test_odd_objects_are_let_through if {
	every odd in [{}, {"kind": "Deployment"}, {"kind": "Pod", "spec": null}, {"kind": "Pod", "spec": {"containers": ["text", null]}}] {
		rules(odd) - {"owner-label"} == set()
	}
}

test_containers_are_found_wherever_pods_start[kind] if {
	pod := {"spec": {"containers": [object.union(good_container, {"securityContext": {"privileged": true}})]}}
	some kind, starter in {
		"Pod": object.union({"kind": "Pod"}, pod),
		"StatefulSet": {"kind": "StatefulSet", "metadata": {"labels": {"team": "shop"}}, "spec": {"template": pod}},
		"CronJob": {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": pod}}}},
		"PodTemplate": {"kind": "PodTemplate", "template": pod},
	}
	"privileged" in rules(starter)
}

test_every_finding_is_complete if {
	bad := workload({"hostNetwork": true}, {"image": "nginx", "securityContext": {"privileged": true}})
	count(found(bad, true)) > 3
	every finding in found(bad, true) {
		object.keys(finding) == {"rule", "severity", "at", "mark", "msg", "fix"}
	}
}
