package gatehouse.baseline_test

image(name) := workload({}, {"image": name})

test_a_digest_is_wanted if rules(image("registry.example/web:1.2.3")) == {"image-digest"}

test_latest_is_found if {
	every name in ["nginx", "nginx:latest", "registry.example:5000/team/nginx"] {
		rules(image(name)) == {"image-digest", "image-latest"}
	}
}

test_a_digest_is_enough if {
	digest := split(good_container.image, "@")[1]
	rules(image(sprintf("nginx@%s", [digest]))) == set()
}

test_an_init_container_counts if {
	spec := {"initContainers": [{"name": "setup", "image": "busybox", "resources": good_container.resources, "securityContext": good_container.securityContext}]}
	"spec/template/spec/initContainers/0/image" in places(workload(spec, {}))
}
