"""Environments beside each other in a comment: whole at any size, and hostile names stay where they are."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.model.environments import Beside, Running
from bot.model.result import ObjectChange, ObjectState
from bot.model.unit import ObjectId
from bot.report.environments import differences, images


def change(name: str = "web", diff: str = "-a\n+b", state: ObjectState = ObjectState.CHANGED) -> ObjectChange:
    return ObjectChange(ObjectId("v1", "ConfigMap", "", name), state, diff)


def test_how_two_environments_differ() -> None:
    found = [
        Beside("shop", "shop/dev", "shop/prod", (change(), change("x", "+c", ObjectState.ADDED))),
        Beside("same", "same/dev", "same/prod"),
        Beside("left", "left/dev", ""),
        Beside("right", "", "right/prod"),
        Beside("broken", "b/dev", "b/prod", left_error="it lacks base.yaml"),
    ]
    text = differences(("dev", "prod"), found, 60_000)
    assert text.split("\n\n")[0].split("  \n") == [
        "**dev → prod**: of 3 units in both, 2 differ.",
        "The same in both: same.",
        "Only in dev: left.",
        "Only in prod: right.",
    ]
    assert "<details><summary>shop · 2 objects · +2 −1 lines</summary>\n\n`shop/dev` → `shop/prod`" in text
    assert "ConfigMap `web`\n```diff\n-a\n+b\n```" in text and "ConfigMap `x` is only in the second" in text
    assert "⚠️ `b/dev` does not render: it lacks `base.yaml`" in text
    assert differences(("dev", "dev"), found[:1], 60_000).startswith("dev is one environment")


def test_what_does_not_fit_is_left_out_and_counted() -> None:
    found = [Beside("shop", "a", "b", tuple(change(f"n{n}", "+" + "x" * (100 * n)) for n in range(1, 20)))]
    text = differences(("dev", "prod"), found, 3_000)
    assert len(text) <= 3_000 and "ConfigMap `n1`\n```diff" in text and "- ConfigMap `n19`" in text
    (left,) = re.findall(r"([0-9]+) diffs are left out here for size", text)
    assert text.count("```diff") == 19 - int(left)


def test_images_in_a_table() -> None:
    now = [
        Running("web", "prod", ("reg.example.com/a/web:1@sha256:" + "0" * 64, "side:2")),
        Running("web", "dev", ("web:2",)),
    ]
    then = [
        Running("web", "dev", ("web:3",)),
        Running("new", "dev", ("n:1",)),
        now[0],
        Running("bad", "dev", (), "why"),
    ]
    text = images(["dev", "prod"], now, then, 60_000)
    assert text.split("\n") == [
        "| application | dev | prod |",
        "|---|---|---|",
        "| bad | **does not render** (new) | – |",
        "| new | **`n:1`** (new) | – |",
        "| web | `web:2` → **`web:3`** | `web:1@00000000…`<br>`side:2` |",
    ]
    assert "`web:2` → removed" in images(["dev"], now[1:], [], 60_000)
    assert images([], [], [], 2_000) == "No unit belongs to an environment, so there is nothing to show."


TEXT = st.text(max_size=30) | st.sampled_from(
    ["/approve", "@acme/all", "</details>", "```", "<!-- gatehouse:reply:diff -->", "a|b", "`", "\n/merge", "x" * 300]
)
OBJECTS = st.lists(st.builds(change, TEXT, TEXT.map(lambda text: f"+{text}"), st.sampled_from(ObjectState)), max_size=6)
BESIDE = st.builds(Beside, TEXT, TEXT, TEXT, OBJECTS.map(tuple), TEXT, TEXT)
LIMITS = st.integers(2_000, 9_000)


def _whole(text: str, limit: int) -> None:
    assert len(text) <= limit
    assert not any(line.startswith("/") for line in text.split("\n"))
    assert len(re.findall(r"(?m)^<details>", text)) == len(re.findall(r"(?m)^</details>", text))
    assert len(re.findall(r"(?m)^`{3,}diff$", text)) == len(re.findall(r"(?m)^`{3,}$", text))
    assert "<!--" not in text


@given(TEXT, TEXT, st.lists(BESIDE, max_size=12), LIMITS)
def test_any_difference_stays_whole(left: str, right: str, found: list[Beside], limit: int) -> None:
    _whole(differences((left, right), found, limit), limit)


RUNNING = st.lists(
    st.builds(Running, TEXT, st.sampled_from(["dev", "prod", "|"]), st.lists(TEXT, max_size=6).map(tuple), TEXT)
)


@given(RUNNING, RUNNING, LIMITS)
def test_any_table_stays_whole(now: list[Running], then: list[Running], limit: int) -> None:
    text = images(["dev", "|", "prod"], now, then, limit)
    _whole(text, limit)
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1
