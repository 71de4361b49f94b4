from bot.diff.redact import masked_document, scrub  # TEMPORARY
