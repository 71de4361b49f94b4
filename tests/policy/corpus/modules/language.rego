package corpus.language

import data.corpus.library
import data.corpus.library as lib
import input.object.spec as spec

deny contains sprintf("%s is %s with %v", [name, lib.size(count(name)), sort(names)]) if {
	some name in library.names
	names := {other | some other in lib.names; other != name}
}

deny_every contains "every port is known" if {
	every port in {p | some p in spec.containers[_].ports[_].port} {
		port in lib.constants.ports
	}
}

deny_not contains msg if {
	some container in spec.containers
	not container.probe
	not lib.by_name[container.name].probe
	msg := {"msg": sprintf("%s has no probe", [container.name]), "at": ["spec", "containers", container.name]}
}

warn_numbers contains {"double": lib.double(spec.replicas), "sum": lib.sum_of([1, 2, spec.replicas]), "left": spec.replicas % 2, "limit": lib.limit} if spec.replicas > 1

warn_patterns contains [a, b, kind] if {
	[a, b] := [lib.first([1, 2]), lib.first(["x", "y"])]
	kind := lib.kind_of(input.object)
}

warn_unify contains {"a": a, "c": c} if {
	[a, [b, c]] = [1, [2, spec.replicas]]
	b == 2
}

violation contains {"msg": "walked", "details": {"paths": paths}} if {
	paths := {concat("/", [sprintf("%v", [p]) | some p in path]) | walk(input.object.metadata, [path, value]); is_string(value)}
}

violation_with contains result if {
	result := lib.limit with input as {"object": {"spec": {"limit": 7}}}
}

violation_with contains result if {
	result := lib.names with input.object.spec.containers as [{"name": "other"}]
}

violation_mock contains result if {
	result := lib.sum_of([1, 2]) with data.corpus.library.double as triple
}

triple(x) := 3 * x

warn_graph contains node if {
	some node in graph.reachable({"a": {"b"}, "b": {"c"}, "c": set(), "d": {"a"}}, {"a"})
}

warn_text contains out if {
	some image in [c.image | some c in spec.containers]
	parts := split(image, ":")
	out := {
		"name": parts[0],
		"version": concat(":", array.slice(parts, 1, 9)),
		"glob": glob.match("registry.example/**", ["/"], parts[0]),
		"regex": regex.match(`^[a-z./]+$`, parts[0]),
		"upper": upper(trim_prefix(parts[0], "registry.example/")),
		"semver": [c | semver.is_valid(parts[1]); c := semver.compare(parts[1], "1.10.0")],
	}
}

warn_time contains [year, day] if {
	[year, _, _] := time.date(time.parse_rfc3339_ns(input.object.metadata.annotations.released))
	day := time.weekday(time.parse_ns("2006-01-02", "2024-02-29"))
}

warn_units contains out if {
	some container in spec.containers
	memory := container.memory
	out := {"bytes": units.parse_bytes(memory), "big": units.parse_bytes(memory) > units.parse_bytes("100Mi")}
}

warn_json contains json.unmarshal(json.marshal({"b": [1, 2.5, null], "a": input.object.metadata.name}))

warn_tree contains {"ports": lib.ports[spec.containers[0].name], "deep": lib.constants.nested.deep.er[1].x, "tiers": lib.constants.tiers[count(lib.constants.tiers) - 1]}

warn_else contains lib.size(n) if some n in [1, 50, 500, "text"]

warn_old contains "grew" if spec.replicas > input.old.spec.replicas

warn_null contains "null is a value" if {
	some key, value in input.object.metadata.annotations
	value == null
	key != ""
}

default allow := false

allow if input.unit.production == false

deny_flag if not allow

nothing contains "never" if false
