"""Give modules packages of their own below one name, so that two runs on one OPA server never meet."""

from __future__ import annotations

from bot.policy.base import Module, Outline


def below(module: Module, outline: Outline, root: str) -> str:
    """The module's text with ``package x`` as ``package ROOT.x`` and each ``data`` as ``data.ROOT``; lines stay where they
    are. Offsets are in bytes of UTF-8, as the parser counts."""
    text = module.text.encode()
    places = [(outline.name, f"{root}.".encode()), *((at + len("data"), f".{root}".encode()) for at in outline.data)]
    for at, inserted in sorted(places, reverse=True):
        text = text[:at] + inserted + text[at:]
    return text.decode()


_STUBS = {
    "set": "{name} contains input.stub if input.stub",
    "value": "{name} := input.stub if input.stub",
    "object": "{name}[key] := input.stub if key := input.stub",
}


def stub(outline: Outline, root: str) -> str:
    """A module with the same rules and functions, of any value and without needs: OPA takes modules one by one and wants
    everything to exist that one names, so stubs come first."""
    kinds = {head.name: head for head in outline.rules if head.kind != "default"}
    lines = [f"package {root}.{outline.package}"]
    for name, head in kinds.items():
        if head.kind == "function":
            arguments = ", ".join(f"a{n}" for n in range(head.arity))
            lines.append(f"{name}({arguments}) := input.stub")
        else:
            lines.append(_STUBS[head.kind].format(name=name))
    return "\n".join(lines) + "\n"
