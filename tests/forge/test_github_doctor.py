"""Which statuses a merge waits for, by each of GitHub's two ways to say it."""

from __future__ import annotations

from bot.forge.github_doctor import Required, _classic, _of_rule


def test_rulesets() -> None:
    rule = {
        "type": "required_status_checks",
        "parameters": {
            "required_status_checks": [{"context": "gatehouse", "integration_id": 17}, {"context": "lint"}],
            "strict_required_status_checks_policy": False,
        },
    }
    assert _of_rule(rule) == [Required("gatehouse", 17), Required("lint", 0)]
    assert _of_rule({"type": "deletion"}) == []


def test_classic_protection() -> None:
    told = {
        "enforcement_level": "non_admins",
        "contexts": ["gatehouse", "old"],
        "checks": [{"context": "gatehouse", "app_id": 17}],
    }
    row = {"protected": True, "protection": {"enabled": True, "required_status_checks": told}}
    assert sorted(_classic(row)) == [Required("gatehouse", 17), Required("old", 0)]
    assert _classic({"protection": {"required_status_checks": {**told, "enforcement_level": "off"}}}) == []
    assert _classic({"protected": False}) == []
    anybody = {"contexts": [], "checks": [{"context": "gatehouse", "app_id": -1}]}
    assert _classic({"protection": {"required_status_checks": anybody}}) == [Required("gatehouse", 0)]
