"""Passwords within a text of any program, by what stands before them."""

from __future__ import annotations

import pytest

from bot.redaction import RANDOM, credentials, mask, named, named_texts

VALUE = "Zk3xq9abLm2VbT4c"
LONG = VALUE * 4
HELD = {
    "XML": f"<server><user>u</user><password>{VALUE}</password></server>",
    "XML with a name before": f"  <db.password>{VALUE}</db.password>",
    "Ruby and PHP": f"'password' => '{VALUE}',",
    "a header of nginx": f'proxy_set_header Authorization "Bearer {VALUE}";',
    "another header of nginx": f"proxy_set_header X-Api-Key {VALUE};",
    "a header of Apache": f'RequestHeader set Authorization "Basic {VALUE}"',
    "a variable of FastCGI": f"fastcgi_param DB_PASSWORD {VALUE};",
    "WordPress": f"define( 'DB_PASSWORD', '{VALUE}' );",
    "a salt of WordPress": f"define('NONCE_SALT', '{VALUE}');",
    "Redis": f"port 6379\nrequirepass {VALUE}\nmaxmemory 1gb",
    "Redis, its master": f"masterauth {VALUE}",
    "in quotes": f'requirepass "{VALUE}"',
    "keepalived": f"    auth_pass {VALUE}",
    "a line of its own": f"  password {VALUE};\r\n",
    "Fluent Bit": f"    apikey  {VALUE}\n",
    "a header of Fluent Bit": f"    Header  X-Token {VALUE}",
    "netrc": f"machine example.com login bob password {VALUE}",
    "HAProxy": f"  user bob insecure-password {VALUE}",
    "a registry": f"docker login -u bob -p {VALUE} registry.example.com",
    "three quotes, as in grafana.ini": f'password = """{VALUE}"""',
    "attributes of XML": f'<property name="javax.persistence.jdbc.password" value="{VALUE}"/>',
    "web.config": f'<add key="ApiSecret" value="{VALUE}" />',
    "SQL": f"ALTER ROLE app WITH LOGIN PASSWORD '{VALUE}';",
    "SQL of MySQL": f"CREATE USER 'app'@'%' IDENTIFIED BY '{VALUE}';",
    "a short name": f"smtp_pass={VALUE}",
    "RabbitMQ": f"default_pass = {VALUE}",
    "RabbitMQ, its program": f"rabbitmqctl add_user app {VALUE}",
    "MongoDB": f"mongosh -u root -p {VALUE} admin",
    "ssh": f"sshpass -p {VALUE} ssh bob@host",
    "Sentinel": f"sentinel auth-pass mymaster {VALUE}",
    "PHP-FPM": f"env[DB_PASS] = {VALUE}",
    "an index in PHP": f"$cfg['blowfish_secret'] = '{VALUE}';",
    "Laravel": f"APP_KEY=base64:{VALUE}=",
}
FREE = (
    "the password argon2id makes is long",
    "<token>my-app.v2-config</token>",
    "proxy_set_header X-Request-Id req12345678;",
    "proxy_set_header Authorization $http_authorization;",
    "docker run -p 8080a8080 web",
    "t('password', 'Enter1 your')",
    "define('DB_HOST', 'shop12345678');",
    "requirepass ${REDIS_PASSWORD1}",
    "tls_min_v1.2 login page2024",
    "<password>changeme</password>",
    "the token header2 of a page1",
    "header page12345 text",
    '<input name="search" value="shop12345678">',
    '<property name="password.encoder" value="bcrypt12rounds"/>',
    "proxy_pass http://upstream1/a;",
    "compass = needle12345",
    "the password 'of' a role",
)


@pytest.mark.parametrize("text", HELD.values(), ids=list(HELD))
def test_a_password_in_the_file_of_a_program(text: str) -> None:
    found: list[str] = []

    def keep(value: str) -> str:
        found.append(value)
        return ""

    named_texts.replace(text, keep)
    assert [value.rstrip("=") for value in found] == [VALUE]
    assert named.may_hold(text)


@pytest.mark.parametrize("text", FREE)
def test_what_is_none(text: str) -> None:
    assert named_texts.replace(text, lambda _: "<M>") == text


def test_the_key_of_a_kubeconfig() -> None:
    assert all(named.is_secret("client-key-data", LONG, where) for where in (named.Where.FIELDS, named.Where.VALUES))
    assert named.may_hold(f"client-key-data: {LONG}")
    assert not named.is_secret("certificate-authority-data", LONG)


@pytest.mark.parametrize(
    "address",
    [
        "https://discord.com/api/webhooks/123456789012345678/{}",
        "https://discordapp.com/api/webhooks/123456789012345678/{}/slack",
        "https://acme.webhook.office.com/webhookb2/{}@a/IncomingWebhook/b/c",
        "https://api.telegram.org/bot123456789:{}/sendMessage",
        "https://hooks.slack.com/workflows/T000/{}",
    ],
)
def test_an_address_that_is_a_secret(address: str) -> None:
    text = f"url: {address.format(LONG)}\n"
    assert credentials.may_hold(text)
    assert LONG not in credentials.replace(text, lambda _: "<M>")
    assert credentials.replace(text, lambda _: "<M>").startswith(f"url: {address.partition(':/')[0]}://")


@pytest.mark.parametrize(
    ("text", "weighs"),
    [
        ("db.password={}", True), ("//npm.example.com/:_authToken={}", True), ('-H "Authorization: Bearer {}"', True),
        ("encryption_key = {}", True), ("stripe_key: {}", False), ("app_key={}", False),
    ],
)  # fmt: skip
def test_what_looks_random_weighs_more_under_the_name_of_a_password(text: str, weighs: bool) -> None:
    masked = mask({"kind": "ConfigMap", "data": {"a.conf": f"# it\n{text.format('k7Qz9xLm2VbT4cWsR8nY')}\n"}}, key=b"k")
    assert (RANDOM.search(repr(masked)) is not None) is weighs
    known = mask({"kind": "ConfigMap", "data": {"a.conf": f"# it\n{text.format('tiger-lilly-2024')}\n"}}, key=b"k")
    assert RANDOM.search(repr(known)) is None
