"""The rules of Gatehouse itself: what a report says before any check speaks. They are the gate's own, so they can neither be
waived nor switched off."""

from __future__ import annotations

from bot.checks.rules import Rule

RULES = (
    Rule(
        "gatehouse/broken",
        "A unit does not build any more",
        "A unit renders at the merge base and not at head, or the change adds one that does not render although everything "
        "that it needs is in the repository.",
        "Whoever deploys it keeps what is there and reports an error: nothing that the change means for it arrives, and "
        "neither does the next change.",
        "The message is that of the tool that renders. `gatehouse render UNIT` repeats it, `gatehouse explain PATH` says "
        "why a changed file reaches the unit.",
    ),
    Rule(
        "gatehouse/not-rendered",
        "A unit cannot be rendered from here",
        "A unit that the change reaches could not be rendered before either, or its content is not in this repository: a "
        "chart in a registry, a remote base, a value that only the cluster knows.",
        "Nobody can say what the change does to it. It does not stop the merge, because the change did not break it.",
        "Copy the remote base or chart into the repository, or mend what was broken before. If nobody deploys it, say so "
        "under `ignore` in `.gatehouse.yaml`.",
    ),
    Rule(
        "gatehouse/not-looked-at",
        "This machine cannot render a unit",
        "A program that the unit needs, such as Helm, is missing or too old here, or a render took more time or memory "
        "than it may.",
        "There is no answer for this unit, so there is none for the change.",
        "Install the program that the message names, or raise `render` limits in `.gatehouse.yaml`, and check again.",
    ),
    Rule(
        "gatehouse/no-answer",
        "A check could not judge",
        "A check failed, or was given something that it cannot work with.",
        "Its answer is missing. A gate that is open while a check is silent is no gate, so the verdict is an error.",
        "Mend what the reason names. When it says that the check failed, that is a defect of Gatehouse: set "
        "`GATEHOUSE_DEBUG=1` for the trace and report it.",
    ),
)
