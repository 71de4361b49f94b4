"""Who is believed of GitLab's webhooks, and for which projects."""

from __future__ import annotations

import base64

import pytest
from gitlab_hooks import (
    DELIVERY,
    KEY,
    NOW,
    PROJECT,
    SIGNING,
    TOKEN,
    encoded,
    read,
    signature,
    with_signature,
    with_token,
)

from bot.errors import UserError
from bot.webhooks.base import Refused
from bot.webhooks.gitlab import Secret, parse_secrets

BODY = encoded("merge_request", object_attributes={"action": "open", "iid": 7})


def is_believed(headers: dict[str, str], secrets: str, body: bytes = BODY) -> bool:
    try:
        delivery = read(headers, body, secrets)
    except Refused as refused:
        assert refused.status == 401
        for value in headers.values():
            assert len(value) < 4 or value not in str(refused)
        return False
    assert [job.number for job in delivery.jobs] == [7]
    return True


def test_the_setting_is_read() -> None:
    assert parse_secrets("") == ()
    assert parse_secrets(f" one, shop/deploy:two ,shop/sub/:{SIGNING},a:b,,/x/y:z") == (
        Secret("one"),
        Secret("two", "shop/deploy"),
        Secret(SIGNING, "shop/sub/"),
        Secret("a:b"),
        Secret("/x/y:z"),
    )


@pytest.mark.parametrize("wrong", ["shop/deploy:", "shop/: ", "whsec_%%%", "whsec_", "a/b:whsec_AAA.A"])
def test_a_setting_that_cannot_be_meant_is_told_without_its_value(wrong: str) -> None:
    with pytest.raises(UserError) as error:
        parse_secrets(f"good,{wrong}")
    assert "secret 2 of GITLAB_WEBHOOK_SECRET" in str(error.value)
    assert "%%%" not in str(error.value)
    assert "AAA" not in str(error.value)


def test_a_secret_shows_its_scope_and_not_its_value() -> None:
    assert repr(parse_secrets("shop/deploy:hunter2")) == "(Secret(scope='shop/deploy'),)"


def test_a_signing_token_needs_no_padding() -> None:
    assert Secret(SIGNING.rstrip("=")).key == KEY


@pytest.mark.parametrize("scope", ["", "other,", "shop/:", f"{PROJECT.path}:", "SHOP/Platform/:"])
def test_a_token_for_the_project_is_believed(scope: str) -> None:
    assert is_believed(with_token(), scope + TOKEN)


WRONG = ["", TOKEN[:-1], f"{TOKEN}2", TOKEN.upper(), "t\u00f6ken", "\u20ac", "\ud800"]


@pytest.mark.parametrize("token", WRONG)
def test_another_token_is_refused(token: str) -> None:
    assert not is_believed(with_token(token), TOKEN)


def test_a_token_of_other_letters_is_compared_by_its_bytes() -> None:
    as_the_server_reads_it = "schl\u00fcssel".encode().decode("latin-1")
    assert is_believed(with_token(as_the_server_reads_it), "schl\u00fcssel")


def test_without_secrets_nothing_is_believed() -> None:
    assert not is_believed(with_token(""), "")
    assert not is_believed(with_token(), "")
    assert not is_believed(with_signature(BODY), "")


@pytest.mark.parametrize(
    "secrets",
    [
        f"shop/other:{TOKEN}",
        f"shop/platform/deploy/sub:{TOKEN}",
        f"shop/plat/:{TOKEN}",
        f"shop/platform:{TOKEN}",
        f"{TOKEN},shop/:closer",
        f"shop/:{TOKEN},shop/platform/:closer",
        f"shop/platform/:{TOKEN},{PROJECT.path}:closer",
    ],
)
def test_a_secret_speaks_for_nothing_that_is_not_its_own_or_has_a_closer_one(secrets: str) -> None:
    assert not is_believed(with_token(), secrets)


def test_several_secrets_of_one_scope_live_side_by_side() -> None:
    for token in ("old", "new"):
        assert is_believed(with_token(token), f"bare,{PROJECT.path}:old,{PROJECT.path}:new")


def test_a_project_without_one_of_its_own_uses_those_for_all() -> None:
    assert is_believed(with_token(), f"{TOKEN},shop/other:closer")


def test_a_signature_is_believed() -> None:
    assert is_believed(with_signature(BODY), SIGNING)
    assert is_believed(with_signature(BODY), f"{TOKEN},{PROJECT.path}:{SIGNING}")
    assert read(with_signature(BODY), BODY, SIGNING).id == DELIVERY


def test_one_of_several_signatures_is_enough() -> None:
    headers = with_signature(BODY)
    for rotated in (f"{signature(BODY, b'old')} {signature(BODY)}", f"v1a,xx {signature(BODY)} v2,yy"):
        assert is_believed({**headers, "webhook-signature": rotated}, SIGNING)


def test_other_signatures_are_refused() -> None:
    good = with_signature(BODY)
    for changed in (
        {"webhook-signature": signature(BODY, b"another")},
        {"webhook-signature": signature(BODY).removeprefix("v1,")},
        {"webhook-signature": signature(BODY).replace("v1,", "v2,")},
        {"webhook-signature": signature(b"x" + BODY)},
        {"webhook-signature": "v1,"},
        {"webhook-signature": ""},
        {"webhook-id": "another"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": ""},
    ):
        assert not is_believed({**good, **changed}, SIGNING)
    assert not is_believed(good, "whsec_" + base64.b64encode(b"another").decode())


@pytest.mark.parametrize(("seconds", "believed"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_signature_is_good_for_five_minutes(seconds: int, believed: bool) -> None:
    assert is_believed(with_signature(BODY, seconds=seconds), SIGNING) is believed


def test_clocks_that_disagree_are_told() -> None:
    with pytest.raises(Refused, match="clocks"):
        read(with_signature(BODY, seconds=-900), BODY, SIGNING)


@pytest.mark.parametrize(
    "secrets", [f"{SIGNING},{TOKEN}", f"{TOKEN},{PROJECT.path}:{SIGNING}", f"shop/:{SIGNING},shop/:{TOKEN}", SIGNING]
)
def test_where_there_is_a_signing_token_no_mere_token_counts(secrets: str) -> None:
    assert not is_believed(with_token(), secrets)
    assert not is_believed(with_token(SIGNING), secrets)
    assert is_believed(with_signature(BODY) | {"X-Gitlab-Token": TOKEN}, secrets)


def test_a_closer_token_is_not_replaced_by_a_farther_signature() -> None:
    assert not is_believed(with_signature(BODY), f"{SIGNING},{PROJECT.path}:{TOKEN}")
    assert is_believed(with_token(), f"{SIGNING},{PROJECT.path}:{TOKEN}")


def test_a_secret_of_one_project_cannot_name_another() -> None:
    named = {"path_with_namespace": "shop/secret"}
    forged = encoded("merge_request", project=named, object_attributes={"action": "open", "iid": 7})
    assert not is_believed(with_token("mine"), "shop/mine:mine,shop/secret:theirs", forged)
    assert not is_believed(with_token("mine"), "shop/mine:mine,theirs", forged)
