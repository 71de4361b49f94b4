"""All cases of a test with cases: ``test_x[name] if { some name, c in cases; … }`` has an entry for those that hold only.

OPA's own test runner tells the others by watching the evaluation (https://www.openpolicyagent.org/docs/policy-testing).
Here a rule beside the test asks for them: its body is that of the test up to where the name of the case is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy.negation import end_of
from bot.policy.outline import Node, bound_of, nodes

BESIDE = "gatehouse_cases_of_"


def beside(module: Node, source: bytes) -> Iterator[tuple[str, str]]:
    """The name of each test whose cases can be told, and the rule to put beside it."""
    for rule in module["rules"]:
        head = rule["Spec"]["head"].get("Compr", {}).get("refr", {}) if "Spec" in rule else {}
        test = head.get("RefBrack", {})
        name = str(test.get("refr", {}).get("Var", {}).get("value", ""))
        if name.startswith("test_") and rule["Spec"]["bodies"]:
            span = next(iter(test["index"].values()))["span"]
            key = source[span["start"] : span["end"]].decode()
            if body := _until_known(test["index"], rule["Spec"]["bodies"][0]["query"]["stmts"], source):
                yield name, f"{BESIDE}{name} contains {key} if {{ {body} }}"


def _until_known(key: Node, statements: list[Node], source: bytes) -> str:
    """The statements up to the one after which the key's variables are bound; "" where they are bound in another way."""
    wanted = {str(node["Var"]["value"]) for node in nodes([key]) if isinstance(node.get("Var"), dict)}
    bound: set[str] = set()
    for statement in statements if wanted else ():
        for node in nodes([statement["literal"]]):
            bound |= bound_of(node, source)
        if wanted <= bound:
            return source[int(statements[0]["span"]["start"]) : end_of(statement["span"], source)].decode()
    return ""
