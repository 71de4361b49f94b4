"""A token goes with git: to the forge alone."""

from __future__ import annotations

import pytest

from bot.forge.clone_urls import is_own

FAR = "https://git.example.com:8443/api/v3"
NEAR = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("url", "forge", "own"),
    [
        ("https://git.example.com:8443/acme/gitops.git", FAR, True),
        ("https://git.example.com/acme/gitops.git", FAR, False),
        ("http://git.example.com:8443/acme/gitops.git", FAR, False),
        ("https://git.example.com.evil.example:8443/a.git", FAR, False),
        ("https://git.example.com:8443@evil.example/a.git", FAR, False),
        ("https://me:word@git.example.com:8443/a.git", FAR, False),
        ("http://127.0.0.1:8443/a.git", FAR, False),
        ("file:///srv/a.git", FAR, False),
        ("ext::sh -c id", FAR, False),
        ("", FAR, False),
        ("http://127.0.0.1:8080/a.git", NEAR, True),
        ("http://localhost:9418/a.git", NEAR, True),
        ("file:///srv/a.git", NEAR, True),
        ("file://elsewhere/srv/a.git", NEAR, False),
        ("https://evil.example/a.git", NEAR, False),
        ("ssh://git@127.0.0.1/a.git", NEAR, False),
        ("ext::sh -c id", NEAR, False),
        ("/srv/a.git", NEAR, False),
        ("http://[::1", NEAR, False),
        ("http://127.0.0.1:port/a.git", NEAR, False),
    ],
)
def test_what_is_the_forge_itself(url: str, forge: str, own: bool) -> None:
    assert is_own(url, forge) is own
