package corpus.library

import rego.v1

# Functions with several bodies, patterns as arguments, else, and defaults.
default size(_) := "unknown"

size(n) := "small" if n < 10

else := "medium" if n < 100

else := "large"

first([head, _]) := head

kind_of(one) := one.kind

kind_of(odd) := "nothing" if not odd.kind

double(x) := 2 * x

sum_of(numbers) := total if {
	total := sum([double(n) | some n in numbers])
}

default limit := 100

limit := input.object.spec.limit if is_number(input.object.spec.limit)

constants := {"ports": {80, 443}, "tiers": ["web", "db"], "nested": {"deep": {"er": [1, {"x": "y"}]}}}

# A partial object and a partial set.
by_name[name] := container if {
	some container in input.object.spec.containers
	name := container.name
}

names contains name if some name, _ in by_name

# A reference with variables in its head.
ports[name][protocol] contains port if {
	some container in input.object.spec.containers
	name := container.name
	some one in container.ports
	protocol := object.get(one, "protocol", "TCP")
	port := one.port
}
