package gatehouse.baseline

_everywhere := {"0.0.0.0/0", "::/0"}

_directions := {"ingress": "from", "egress": "to"}

_words := {
	"ingress": "lets every Pod and every address in",
	"egress": "lets its Pods reach every address",
}

deny contains finding if {
	_object.kind == "NetworkPolicy"
	startswith(_object.apiVersion, "networking.k8s.io/")
	some direction, peers in _directions
	some number, rule in _object.spec[direction]
	count(object.get(rule, "ports", [])) == 0
	_open(rule, peers)
	finding := {
		"rule": "network-policy-open",
		"severity": _network_severity[direction],
		"at": ["spec", direction, number],
		"mark": direction,
		"msg": sprintf("This NetworkPolicy %s on every port, and since policies add up, no other one can take that back.", [_words[direction]]),
		"fix": sprintf("Name who is meant under `%s`, and the ports.", [peers]),
	}
}

_network_severity := {"ingress": _mild, "egress": "info"}

_open(rule, peers) if count(object.get(rule, peers, [])) == 0

_open(rule, peers) if rule[peers][_].ipBlock.cidr in _everywhere
