package gatehouse.baseline_test

labelled(metadata) := {"apiVersion": "v1", "kind": "Namespace", "metadata": object.union({"name": "shop"}, metadata)}

test_a_namespace_without_owner_is_found if rules(labelled({})) == {"owner-label"}

test_only_production_needs_an_owner if found(labelled({}), false) == set()

test_an_empty_owner_is_none if rules(labelled({"labels": {"owner": ""}})) == {"owner-label"}

test_many_words_name_an_owner[key] if {
	some key in ["owner", "team", "app.kubernetes.io/part-of", "example.org/team", "backstage.io/owner"]
	rules(labelled({"labels": {key: "shop"}})) == set()
}

test_an_annotation_names_an_owner if rules(labelled({"annotations": {"example.org/owner": "shop"}})) == set()
