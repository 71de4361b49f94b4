"""Tokens of services by their shape: masked wherever they stand, and told."""

from __future__ import annotations

import pytest

from bot.redaction import credentials, mask

A = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5kL7n"  # 40
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TOKENS = [
    f"dckr_pat_{A[:27]}", f"dop_v1_{HEX}", f"glsa_{A[:32]}_{HEX[:8]}", f"glc_eyJ{A}", f"sk-ant-api03-{A}{A}AA",
    f"sk-proj-{A}", "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH", f"shpat_{HEX[:32]}", "NRAK-" + A[:27].upper(),
    f"{A[:14]}.atlasv1.{A}{A[:27]}", f"lin_api_{A}", f"tskey-auth-{A[:12]}-{A[:32]}", f"rubygems_{HEX[:48]}",
    f"sntryu_{HEX}", f"PMAK-{HEX[:24]}-{HEX[:34]}", f"pul-{HEX[:40]}", f"dp.st.prd.{A}", f"ATATT3{A * 4}=0A1B2C3D",
    f"AKCp{A}{A[:29]}", f"whsec_{A}", f"xkeysib-{HEX}-{A[:16]}", f"sbp_{HEX[:40]}", f"GOCSPX-{A[:28]}",
    f"{A[:3]}8Q~{A[:34]}", f"123456789:AA{A[:33]}",
]  # fmt: skip


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("text", ["{}", "a: {}", 'export SETTING="{}"', "https://x.example/{}?a", "- {},\n"])
def test_a_token_is_masked(token: str, text: str) -> None:
    fields: dict[str, object] = {"kind": "Pod", "a": text.format(token)}
    assert token not in repr(mask(fields, key=b"k"))
    assert credentials.is_in(text.format(token))


@pytest.mark.parametrize("token", TOKENS)
def test_its_beginning_alone_is_a_word(token: str) -> None:
    assert not credentials.is_in(token[: len(token) // 3])


@pytest.mark.parametrize(
    "text",
    [
        "hf_transformers_are_here",
        "whsec_",
        "dp.st.prd",
        "10:AA:BB:CC",
        "sk-proj-name",
        "pul-request",
        "tskey-auth",
        "Q~",
    ],
)
def test_words_that_begin_alike_are_none(text: str) -> None:
    assert not credentials.is_in(text)
