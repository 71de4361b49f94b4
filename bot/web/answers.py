"""How the web door answers: small JSON for machines, one plain sentence for everybody else, and the headers of both."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape

from flask import Response

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:40em;margin:12vh auto;padding:0 1em;color-scheme:light dark}"
)
# Nothing may be loaded, sent, framed or run.
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def policy(style: str) -> str:
    """The content security policy of a page with one style sheet in it (CSP level 3, 6.7.3: hashes of inline style)."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"{_POLICY}; style-src 'sha256-{digest}'"


def sentence(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")


def as_json(status: int, **fields: object) -> Response:
    return Response(json.dumps(fields, separators=(",", ":")) + "\n", status, content_type="application/json")


def page(title: str, paragraphs: tuple[str, ...], status: int) -> Response:
    """A small page for people; all of it is escaped."""
    told = "".join(f"<p>{escape(text)}</p>\n" for text in paragraphs)
    html = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{told}</body>\n</html>\n"
    )
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = policy(_STYLE)
    return response
