"""Secrets never leave: masking of objects, of texts and of tools' sentences. Knows nothing of the rooms above."""

from bot.redaction.redact import MASKED, hide, hide_row, mask, masked_document, needs_masking, scrub

__all__ = ["MASKED", "hide", "hide_row", "mask", "masked_document", "needs_masking", "scrub"]
