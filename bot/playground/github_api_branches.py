"""Routes of GitHub's API about branches: what a branch asks of a merge, and which refs there are.
https://docs.github.com/en/rest/branches, https://docs.github.com/en/rest/git/refs

The playground's protection is the classic one; there are no rulesets.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.playground.errors import Conflict, Missing
from bot.playground.github_call import Answer, Call
from bot.playground.github_objects import api, commit_json, node_id


def branch(call: Call) -> Answer:
    """With the checks that it requires."""
    row, name = call.repository("contents:read"), call.params["branch"]
    tip = row.bare.branch(name)
    if not tip:
        raise Missing("Branch not found")
    protection = call.world.protection(row, name)
    address = f"{api(call.world)}/repos/{row.path}/branches/{quote(name, safe='')}"
    checks = list(protection.checks) if protection else []
    required: dict[str, Any] = {
        "enforcement_level": "everyone" if checks else "off",
        "contexts": checks,
        "checks": [{"context": check, "app_id": None} for check in checks],
    }
    return Answer(
        {
            "name": name,
            "commit": commit_json(call.world, row, row.bare.commit(tip)),
            "_links": {"html": f"{call.world.web_url(row)}/tree/{quote(name)}", "self": address},
            "protected": protection is not None,
            "protection": {"enabled": protection is not None, "required_status_checks": required},
            "protection_url": f"{address}/protection",
        }
    )


def rules(call: Call) -> Answer:
    """Of rulesets, which are not here."""
    call.repository("metadata:read")
    return call.listed([], lambda row: row)


def matching_refs(call: Call) -> Answer:
    """All whose names begin so, in their order."""
    row = call.repository("contents:read")
    refs = row.bare.refs()
    if not refs:
        raise Conflict("Git Repository is empty.")
    begin, address = f"refs/{call.params['ref']}", f"{api(call.world)}/repos/{row.path}/git"

    def shown(name: str) -> dict[str, Any]:
        tip = {"type": "commit", "sha": refs[name], "url": f"{address}/commits/{refs[name]}"}
        return {"ref": name, "node_id": node_id("Ref", row.id), "url": f"{address}/{quote(name)}", "object": tip}

    return call.listed([name for name in sorted(refs) if name.startswith(begin)], shown)


ROUTES = (
    ("GET", "/repos/{owner}/{repo}/branches/{branch}", branch),
    ("GET", "/repos/{owner}/{repo}/rules/branches/{branch}", rules),
    ("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref...}", matching_refs),
)
