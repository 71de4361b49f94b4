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


def stub(outline: Outline, root: str) -> str:
    """The functions of a module with any value: OPA takes modules one by one and wants each function to exist that one
    calls, so stubs come first. "" for a module without functions."""
    arities = {head.name: head.arity for head in outline.rules if head.kind == "function"}
    if not arities:
        return ""
    lines = [f"package {root}.{outline.package}"]
    for name, arity in arities.items():
        arguments = [f"a{n}" for n in range(arity)]
        lines.append(f"{name}({', '.join(arguments)}) := {arguments[0] if arguments else 'input'}")
    return "\n".join(lines) + "\n"
