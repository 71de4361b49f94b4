package gatehouse.baseline_test

network_policy(spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}, "spec": spec}

test_an_open_policy_is_found[name] if {
	some name, spec in {
		"everybody": {"ingress": [{}]},
		"every address": {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]},
		"every address of IPv6": {"egress": [{"to": [{"ipBlock": {"cidr": "::/0"}}]}]},
	}
	rules(network_policy(spec)) == {"network-policy-open"}
}

test_a_policy_with_borders_is_let_through[name] if {
	some name, spec in {
		"denies all": {"podSelector": {}, "policyTypes": ["Ingress"]},
		"empty": {"ingress": []},
		"some peers": {"ingress": [{"from": [{"podSelector": {}}]}]},
		"some ports": {"ingress": [{"ports": [{"port": 443}]}]},
	}
	rules(network_policy(spec)) == set()
}

test_other_groups_are_let_through if {
	other := object.union(network_policy({"ingress": [{}]}), {"apiVersion": "crd.projectcalico.org/v1"})
	rules(other) == set()
}
