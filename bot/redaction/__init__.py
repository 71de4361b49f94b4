"""Secrets never leave: masking of objects, of texts and of tools' sentences. Knows nothing of the rooms above."""

from bot.redaction.masker import is_encrypted
from bot.redaction.masks import CREDENTIAL, MARKER, NAMED, NUMBER, RANDOM, SHAPED, is_mask_of, sign_of, signs_in
from bot.redaction.redact import (
    MASKED,
    hide,
    hide_row,
    mask,
    masked_document,
    needs_masking,
    scrub,
)

__all__ = [
    "CREDENTIAL", "MARKER", "MASKED", "NAMED", "NUMBER", "RANDOM", "SHAPED", "hide", "hide_row", "is_encrypted",
    "is_mask_of", "mask", "masked_document", "needs_masking", "scrub", "sign_of", "signs_in",
]  # fmt: skip
