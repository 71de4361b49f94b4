"""A value that is known to be secret in one text of a render is hidden in the others."""

from __future__ import annotations

import base64
import time

import pytest

from bot.redaction.elsewhere import hide_elsewhere, scrub_given

KEY = b"a key of this machine"
VALUE = "CobaltHarbor84xx"
LINE = f"kind: ConfigMap\ndata:\n  cmd: run {VALUE} now\n"
PLAIN = f"kind: Secret\nmetadata: {{name: x}}\nstringData:\n  p: {VALUE}\n"
ENCODED = f"kind: Secret\nmetadata: {{name: x}}\ndata:\n  p: {base64.b64encode(VALUE.encode()).decode()}\n"


@pytest.mark.parametrize("secret", [PLAIN, ENCODED, PLAIN.replace("stringData", "stringdata")])
def test_what_a_secret_holds_is_hidden_in_another_object(secret: str) -> None:
    for texts in ([secret, LINE], [LINE, secret]):
        hidden = hide_elsewhere(texts, (), key=KEY)
        assert sorted(map(len, hidden)) != sorted(map(len, texts))
        assert secret in hidden
        assert not any(VALUE in text and text != secret for text in hidden)
        assert any("cmd: run <secret " in text for text in hidden)


@pytest.mark.parametrize(
    "given", [f"smtp: {{password: {VALUE}}}", f"a:\n  apiToken: '{VALUE}'\n", f"password: {VALUE}"]
)
def test_what_was_given_under_the_name_of_a_secret_is_hidden(given: str) -> None:
    assert VALUE not in hide_elsewhere([LINE], [given], key=KEY)[0]
    assert scrub_given(f'execution error: "{VALUE}" is too short', [given]) == 'execution error: "•••" is too short'


@pytest.mark.parametrize(
    "held", ["db.prod.example.org", "production", "shop-db-7d9c5b6f9d", "true", "5432", "createdAtTimestamp2"]
)
def test_what_stands_elsewhere_by_right_stays(held: str) -> None:
    texts = [PLAIN.replace(VALUE, held), LINE.replace(VALUE, held)]
    assert hide_elsewhere(texts, [f"host: {held}"], key=KEY) == texts


def test_a_long_text_takes_no_square_of_time() -> None:
    started = time.process_time()
    hide_elsewhere([LINE], ["password: " * 60_000, "a" * 500_000, "a=" * 300_000], key=KEY)
    assert time.process_time() - started < 5


def test_words_stay_in_the_sentences_of_tools() -> None:
    said = "charts/postgres/templates/a.yaml: nil pointer"
    assert scrub_given(said, ["password: postgres"]) == said
