"""The configuration file: what it means when it is right, and every sentence when it is wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.keys import FILE
from bot.config.kinds import ListOf, Section
from bot.config.load import load
from bot.config.problems import SHOWN_PROBLEMS, ConfigError
from bot.config.reference import EXAMPLE
from bot.config.schema import Config, EnvironmentRule, LoadRestrictor, NoiseRule, PathRule
from bot.diff.noise import DEFAULT_FOLD, RULES
from bot.errors import UserError
from bot.model.unit import Renderer


def read(text: str) -> Config:
    return load(text.encode(), name=".gatehouse.yaml")


def problems(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ConfigError) as caught:
        load(data, name=".gatehouse.yaml")
    return str(caught.value).splitlines()[1:]


def only(text: str | bytes) -> str:
    found = problems(text)
    assert len(found) == 1, found
    return found[0].strip()


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "~\n", "{}", "\ufeff", "version: 1\n"])
def test_a_file_that_says_nothing_is_the_default(text: str) -> None:
    assert read(text) == Config()


def test_the_documented_example_is_read_as_documented() -> None:
    config = read(EXAMPLE)
    assert [e.name for e in config.environments] == ["dev", "staging", "prod"]
    assert config.environments[2] == EnvironmentRule("prod", production=True, aliases=("production", "live"))
    assert config.apps[0].match == ("services/shop-*/", "**/shop/")
    assert config.units[0].renderer is Renderer.HELM
    assert config.units[0].values == ("charts/notifier/values.yaml", "settings/notifier-prod.yaml")
    assert (config.units[1].root, config.units[1].renderer, config.units[1].environment) == (False, None, None)
    assert config.ignore == ("docs/", "**/*.md", "**/OWNERS")
    assert config.plain == ("bootstrap/",)
    assert config.commands.override.allow == ("@acme/release-managers",)
    assert config.render.timeout_seconds == 120
    assert config.render.kube_version == "1.36.3"
    assert config.diff.noise.fold == (NoiseRule.CHECKSUM_ANNOTATION, NoiseRule.GENERATOR_HASH)
    assert config.diff.noise.paths == (
        PathRule('metadata.annotations["example.com/build-time"]'),
        PathRule("spec.replicas", ("Deployment",)),
    )
    assert config.diff.noise.show == (PathRule('spec.template.metadata.annotations["checksum/policy"]'),)


def test_crlf_and_bom_change_nothing() -> None:
    assert load(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode(), name="x") == read(EXAMPLE)


def test_the_root_and_a_trailing_slash_of_a_path() -> None:
    config = read("units: [{path: .}, {path: deploy/prod/}]")
    assert [u.path for u in config.units] == ["", "deploy/prod"]


@pytest.mark.parametrize(("word", "fold"), [("all", tuple(NoiseRule)), ("none", ()), ("[]", ())])
def test_folding_all_or_none(word: str, fold: tuple[NoiseRule, ...]) -> None:
    assert read(f"diff: {{noise: {{fold: {word}}}}}").diff.noise.fold == fold


def test_the_order_of_folded_rules_is_their_own() -> None:
    config = read("diff: {noise: {fold: [generator-hash, checksum-annotation, checksum-annotation]}}")
    assert config.diff.noise.fold == (NoiseRule.CHECKSUM_ANNOTATION, NoiseRule.GENERATOR_HASH)


def test_the_noise_rules_are_those_of_the_diff() -> None:
    assert tuple(NoiseRule) == tuple(rule.name for rule in RULES)
    assert Config().diff.noise.fold == DEFAULT_FOLD


def test_the_same_place_may_be_folded_in_some_kinds_and_shown_in_others() -> None:
    noise = read("diff: {noise: {paths: [{path: a, kinds: [A]}], show: [{path: a, kinds: [B]}]}}").diff.noise
    assert (noise.paths, noise.show) == ((PathRule("a", ("A",)),), (PathRule("a", ("B",)),))


def test_load_restrictor_none_is_the_word() -> None:
    assert read("render: {load_restrictor: None}").render.load_restrictor is LoadRestrictor.NONE


WRONG = [
    # text, line:column, words of the sentence
    ("version: 2", "1:10", ["version", "2", "allowed: 1"]),
    ("version: true", "1:10", ["yes/no", "allowed: 1"]),
    ("enviroments: []", "1:1", ["unknown key", "did you mean environments?", "allowed: version, "]),
    ("zzz: 1", "1:1", ["unknown key", "allowed: version, "]),
    ("units:\n- {path: a, rendrer: helm}", "2:13", ["units[0].rendrer", "did you mean renderer?"]),
    ("units:\n- {path: a, renderer: kustomise}", "2:23", ["kustomize, helm, plain, flux, argocd; did you mean"]),
    ("units:\n- {path: a, renderer: Helm}", "2:23", ["did you mean helm?"]),
    ("units:\n- {renderer: helm}", "2:3", ["units[0] has no path"]),
    ("units:\n- {path: a, root: yes}", "2:19", ["units[0].root", "true or false"]),
    ("units:\n- {path: a, root: True}", "2:19", ["true or false"]),
    ('units:\n- {path: a, root: "true"}', "2:19", ['the text "true"', "true or false"]),
    ("units:\n- {path: ../a}", "2:10", [".. segment"]),
    ("units:\n- {path: /a}", "2:10", ["starts with /"]),
    ('units:\n- {path: "a\\nb"}', "2:10", ["control character"]),
    ('units:\n- {path: "a\\eb"}', "2:10", ["control character"]),
    ("units:\n- {path: a, release: Big_Name, renderer: helm}", "2:22", ["no Kubernetes name"]),
    ("units:\n- {path: a, renderer: plain, values: [b]}", "2:38", ["says nothing with renderer plain, only with helm"]),
    ("units:\n- {path: a, renderer: helm, recurse: false}", "2:38", ["only with plain"]),
    ("units:\n- {path: a}\n- {path: a}", "3:3", ["the same unit as units[0]"]),
    ("units:\n- {path: a/b}\nignore: [a/]", "2:10", ["ignored by"]),
    ("units:\n- {path: a, root: false, values: [b]}", "2:34", ["says nothing with root: false"]),
    ("units:\n- {path: a, renderer: kustomize, root: false}", "2:23", ["says nothing with root: false"]),
    (
        "units:\n- {path: a, root: false}\n- {path: a, release: b}",
        "2:3",
        ["no unit by itself here, and one in units[1]"],
    ),
    ("environments: [dev]\nchecks: {gates: [{fails_on: error, environments: [dve]}]}", "2:50", ["mean dev?"]),
    (
        "environments: [{name: p, aliases: [q]}]\nchecks: {levels: [{rule: risk/*, severity: info, environments: [Q, x]}]}",
        "2:64",
        ["is none of environments (p, q)"],
    ),
    ("environments: [dev, on]", "1:21", ['in quotes: "on"']),
    ("environments: [dev, 5]", "1:21", ['in quotes: "5"']),
    ("environments: [dev, '']", "1:21", ["no name"]),
    ("environments: dev", "1:15", ["a list"]),
    ("environments: [dev, dev]", "1:21", ["already a name or alias of environments[0]"]),
    ("environments: [dev, Dev]", "1:21", ["already"]),
    ("environments: [dev, {name: x, aliases: [dev]}]", "1:21", ["already"]),
    ("environments: [dev]\nunits: [{path: a, environment: dve}]", "2:32", ["none of environments (dev)", "mean dev?"]),
    ("apps: [{name: a, match: [x]}, {name: a, match: [y]}]", "1:31", ["already apps[0]"]),
    ("apps: [{name: a, match: []}]", "1:25", ["no pattern"]),
    ("apps: [{match: [x]}]", "1:8", ["has no name"]),
    ("ignore: ['{a,b}']", "1:10", ["holds {"]),
    ("ignore: a", "1:9", ["allowed: a list"]),
    ("ignore:", "1:8", ["empty", "a list"]),
    ("plain: [{a: b}]", "1:9", ["a mapping", "a path pattern"]),
    ("render: {timeout_seconds: 0}", "1:27", ["from 1 to 3600"]),
    ("render: {timeout_seconds: 1e2}", "1:27", ["from 1 to 3600"]),
    ("render: {timeout_seconds: 010}", "1:27", ["from 1 to 3600"]),
    ("render: {timeout_seconds: 1:30}", "1:27", ["from 1 to 3600"]),
    ("render: {kube_version: 1.30}", "1:24", ['in quotes: "1.30"']),
    ("render: {kube_version: latest}", "1:24", ["no version such as"]),
    ("render: {load_restrictor: none}", "1:27", ["RootOnly, None; did you mean None?"]),
    ("repository: {urls: [github]}", "1:21", ["is no URL"]),
    ("diff: {noise: {fold: some}}", "1:22", ["all, none, or a list"]),
    ("diff: {noise: {fold: [checksum-annotations]}}", "1:23", ["did you mean checksum-annotation?"]),
    ("diff:\n noise:\n  paths:\n  - spec.a/b", "4:5", ["diff.noise.paths[0]", "has / at", 'labels["helm.sh/chart"]']),
    ("diff: {noise: {show: [{path: a..b}]}}", "1:30", ["diff.noise.show[0].path", "a dot at character 2"]),
    ("diff: {noise: {paths: [{kinds: [A]}]}}", "1:24", ["diff.noise.paths[0] has no path"]),
    ("diff: {noise: {paths: [{path: a, kinds: [a/b]}]}}", "1:42", ["is no kind", "such as Deployment"]),
    ("diff: {noise: {paths: [{path: a, kind: A}]}}", "1:34", ["did you mean kinds?"]),
    ("diff: {noise: {paths: [1]}}", "1:24", ["a resource path", 'in quotes: "1"']),
    ("diff: {noise: {paths: [*.labels]}}", "1:25", ["starts with * stands in quotes"]),
    ("diff: {noise: {paths: [*x]}}", "1:24", ["starts with * stands in quotes"]),
    (
        "diff: {noise: {paths: [spec.selector.a]}}",
        "1:24",
        ["stands in spec.selector or spec.volumeClaimTemplates, which are never folded"],
    ),
    ("diff: {noise: {paths: [{path: spec.selector}]}}", "1:24", ["diff.noise.paths[0]: ", "never folded"]),
    ("diff: {noise: {paths: [a, b, a]}}", "1:30", ['"a" is already diff.noise.paths[0]']),
    ("diff: {noise: {paths: [a], show: [a]}}", "1:35", ['diff.noise.show[0]: "a" is already diff.noise.paths[0]']),
    ("diff: []", "1:7", ["a list", "noise"]),
    ("- a", "1:1", ["the file is a list"]),
    ("hello", "1:1", ["the file is the text"]),
    ("? [a]\n: b", "1:3", ["a key of the file is a list"]),
    ("version: 1\nversion: 1", "2:1", ["version is written twice (first on line 1)"]),
    ("a: 1\n---\nb: 2", "2:1", ["a second document"]),
    ("ignore: &a [b]", "1:9", ["anchors"]),
    ("ignore: !!seq [b]", "1:9", ["tags"]),
    ("version: 1\n\tignore: []", "2:1", ["spaces, not tabs"]),
    ("version: [1", "2:1", ["not YAML"]),
    ("ignore: ['a", "1:12", ["not YAML"]),
    ("ignore: [a\x07]", "1:11", ["U+0007"]),
    ("[" * 100_000, "1:13", ["levels deep"]),
    ("{a: " * 50_000, "", ["levels deep"]),
    (b"version: 1\nx: \xff", "2:4", ["not UTF-8"]),
    ("version: 1".encode("utf-16"), "1:1", ["not UTF-8"]),
    (b"# " + b"x" * 300_000, "", ["300002 bytes", "262144"]),
]


@pytest.mark.parametrize(("text", "place", "words"), WRONG, ids=[str(row[0])[:40] for row in WRONG])
def test_what_is_wrong_is_said_with_its_place(text: str | bytes, place: str, words: list[str]) -> None:
    sentence = only(text)
    assert sentence.startswith(f".gatehouse.yaml:{place}:" if place else ".gatehouse.yaml")
    assert [w for w in words if w not in sentence] == []


@pytest.mark.parametrize("key", ["owner", "reason"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_a_waiver_says_who_and_why(key: str, empty: str) -> None:
    said = {"rule": "risk/zero", "owner": "@org/a", "reason": "why", "expires": "2026-01-01", key: empty}
    lines = "".join(f'    {name}: "{value}"\n' for name, value in said.items())
    assert f"waivers[0].{key}" in only(f"version: 1\nwaivers:\n  -\n{lines}")


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    found = problems("version: 3\nunits:\n- path: a\n  renderer: x\n- {}\nignore: 5\nnosuch: 1\n")
    assert [row.split(":")[1] for row in found] == ["1", "4", "5", "6", "7"]


def test_a_flood_of_problems_is_cut_and_counted() -> None:
    found = problems("ignore:\n" + "- /x\n" * 200)
    assert len(found) == SHOWN_PROBLEMS + 1
    assert found[-1].strip() == "… and 150 more"


def test_a_credential_in_a_url_is_refused_and_not_repeated() -> None:
    sentence = only("repository: {urls: ['https://bot:dummy-token@host/org/repo']}")
    assert "revoke" in sentence
    assert "dummy-token" not in sentence


def test_control_characters_of_a_value_and_of_the_name_do_not_reach_the_terminal() -> None:
    with pytest.raises(UserError) as caught:
        load(b'"a\\e[31m": 1', name="x\x1b[2J.yaml")
    assert "\x1b" not in str(caught.value)


def test_an_alias_bomb_costs_nothing() -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"{c}: &{c} [*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    assert any("aliases" in row for row in problems(bomb))


@given(st.binary(max_size=200))
def test_no_bytes_escape_as_another_error(data: bytes) -> None:
    try:
        load(data, name="x")
    except ConfigError as e:
        assert e.problems


@given(
    st.recursive(st.sampled_from(["a", "1", "true", "~", "*x", "&x b", "!t c", "'"]), lambda x: st.lists(x).map(str))
)
def test_no_yaml_escapes_as_another_error(value: str) -> None:
    text = value.replace("'", "")
    for key in FILE.keys:
        try:
            read(f"{key.name}: {text}")
        except ConfigError as e:
            assert e.problems


def sections(section: Section) -> list[Section]:
    found = [section]
    for key in section.keys:
        kind = key.kind.item if isinstance(key.kind, ListOf) else key.kind
        if isinstance(kind, Section):
            found += sections(kind)
    return found


@pytest.mark.parametrize("section", sections(FILE), ids=lambda s: s.makes.__name__)
def test_the_table_has_every_field_and_says_what_it_means(section: Section) -> None:
    assert [k.name for k in section.keys] == list(section.makes._fields)
    assert [k.name for k in section.keys if not k.about.endswith(".")] == []
    unsaid = [name for name, default in section.makes._field_defaults.items() if default is None]
    assert [k.name for k in section.keys if k.name in unsaid and not k.left_out] == []


def test_a_repository_without_the_file_needs_no_yaml_library() -> None:
    code = (
        "import bot.config.load, sys; print([m for m in sys.modules if m.split('.')[0] in ('yaml', 'ruamel', 'rich')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nobody_may_override_unless_somebody_is_named() -> None:
    assert Config().commands.override.allow == ()
    assert read("commands: {check: {permission: read}}").commands.override == Config().commands.override


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("commands: {overide: {}}", 'unknown key "commands.overide"; allowed: help, check, explain, diff, status'),
        ("commands: {override: {author: true}}", 'unknown key "commands.override.author"; allowed: allow, permission'),
        ("commands: {check: {permission: owner}}", "allowed: read, triage, write, maintain, admin"),
        ("commands: {cancel: {allow: [team]}}", 'commands.cancel.allow[0] "team" names nobody: write @login'),
        ("commands: {cancel: {allow: ['@@maintainers']}}", "names nobody"),
        ("pull_requests: {forks: ignore}", 'pull_requests.forks is "ignore"; allowed: check, refuse'),
        ("pull_requests: {approvals: none}", "allowed: head, any"),
    ],
)
def test_what_is_wrong_with_commands(text: str, words: str) -> None:
    assert words in only(text)
