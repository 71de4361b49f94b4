"""Resource paths: which places they hold, and the sentence for every text that is none."""

from __future__ import annotations

import pytest

from bot.config.resource_paths import ALWAYS_SHOWN, parse, wrong_with

IMAGE = ("spec", "containers", "[app]", "image")

HOLDS: list[tuple[str, tuple[str, ...], bool]] = [
    ("spec.containers[app].image", IMAGE, True),
    ("spec.containers[app]", IMAGE, True),
    ("spec", IMAGE, True),
    ("spec.containers[app].image.x", IMAGE, False),
    ("containers[app].image", IMAGE, False),
    ("spec.containers.app.image", IMAGE, False),
    ('spec.containers["app"].image', IMAGE, False),
    ("spec.containers[ap].image", IMAGE, False),
    ("spec.containers[*].image", IMAGE, True),
    ("spec.containers.*.image", IMAGE, True),
    ("spec.containers[a*].image", IMAGE, True),
    ("spec.containers[a*a].image", IMAGE, False),
    ("spec.containers[*p*].image", IMAGE, True),
    ("spec.*.image", IMAGE, False),
    ("*.*.*.image", IMAGE, True),
    ("spec[*]", IMAGE, False),
    ("spec.contain*", IMAGE, True),
    ('metadata.labels["helm.sh/chart"]', ("metadata", "labels", "helm.sh/chart"), True),
    ('metadata.labels["helm.sh/*"]', ("metadata", "labels", "helm.sh/chart"), True),
    ('metadata.labels["helm.sh/*"]', ("metadata", "labels", "helm.shop/chart"), False),
    ('metadata["labels"].x', ("metadata", "labels", "x"), True),
    ('data["*a*b*"]', ("data", "--a--b--"), True),
    ('data["*a*a"]', ("data", "a"), False),
    (r'data["\*"]', ("data", "*"), True),
    (r'data["\*"]', ("data", "x"), False),
    (r'data["a\"]b"]', ("data", 'a"]b'), True),
    (r"spec[a\]b]", ("spec", "[a]b]"), True),
    ("data.0", ("data", "0"), True),
    ("data[0]", ("data", "[0]"), True),
    ('["a.b"].c', ("a.b", "c"), True),
    ('data[""]', ("data", ""), True),
]


@pytest.mark.parametrize(("text", "place", "held"), HOLDS)
def test_what_a_path_holds(text: str, place: tuple[str, ...], held: bool) -> None:
    assert wrong_with(text) == ""
    assert parse(text).holds(place) is held


def test_what_a_path_leads_through() -> None:
    path = parse("spec.containers[*].image")
    assert [path.leads_through(IMAGE[:n]) for n in range(5)] == [True, True, True, True, False]
    assert not path.leads_through(("spec", "volumes"))
    assert not path.leads_through(("metadata",))


WRONG = [
    ("", "is empty"),
    (".spec", "starts with a dot"),
    ("/metadata/labels", "has / at character 1"),
    ("$.spec", "has $ at character 1"),
    ("spec.", "has a dot at character 5 and no name"),
    ("spec..image", "has a dot at character 5 and no name"),
    ("spec.**.image", "* stands for one step"),
    ("spec.containers[].image", "write [*] for any item, [app]"),
    ("spec.containers[app.image", "has a [ at character 16 that nothing closes"),
    ('metadata.labels["a]', "has a [ at character 16 that nothing closes"),
    ("metadata.labels['a']", "write double quotes"),
    ("metadata.labels.helm.sh/chart", "has / at character 24: dots part the steps, and a key with other characters"),
    ("spec.a]", "has ] at character 7"),
    ("spec[a]b", "has b at character 8"),
    ("spec.ä", "has ä at character 6"),
    ("spec.[app]", "has a dot at character 5 and no name"),
    ("spec replicas", "has a space at character 5"),
    ('labels["a"', "nothing closes"),
    ('labels["a\\"]', "nothing closes"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_no_path_is_told(text: str, words: str) -> None:
    assert words in wrong_with(text)
    with pytest.raises(ValueError, match="the resource path"):
        parse(text)


def test_a_path_stands_in_another_one() -> None:
    assert parse("spec.selector.matchLabels").stands_in(parse(ALWAYS_SHOWN[0]))
    assert parse("spec.selector").stands_in(parse(ALWAYS_SHOWN[0]))
    assert not parse("spec").stands_in(parse(ALWAYS_SHOWN[0]))
    assert not parse("spec.*").stands_in(parse(ALWAYS_SHOWN[0]))


def test_many_stars_cost_what_the_length_says() -> None:
    path = parse(f'data["{"*a" * 400}b"]')
    assert not path.holds(("data", "a" * 100_000))
