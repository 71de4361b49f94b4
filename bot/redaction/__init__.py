"""Secrets never leave: masking of objects, of texts and of tools' sentences. Knows nothing of the rooms above."""

from bot.redaction.redact import (
    CREDENTIAL,
    MARKER,
    MASKED,
    NAMED,
    NUMBER,
    RANDOM,
    SHAPED,
    hide,
    hide_row,
    is_encrypted,
    is_mask_of,
    mask,
    masked_document,
    needs_masking,
    scrub,
    sign_of,
    signs_in,
)

__all__ = [
    "CREDENTIAL", "MARKER", "MASKED", "NAMED", "NUMBER", "RANDOM", "SHAPED", "hide", "hide_row", "is_encrypted",
    "is_mask_of", "mask", "masked_document", "needs_masking", "scrub", "sign_of", "signs_in",
]  # fmt: skip
