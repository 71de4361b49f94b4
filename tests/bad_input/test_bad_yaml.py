"""YAML that is broken, hostile or merely strange: the unit says what is wrong where, and every other unit is reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_repository import Made, Said, check, config_map

OTHER = {"apps/other/kustomization.yaml": "resources: [a.yaml]\n", "apps/other/a.yaml": config_map("other")}
OTHER_MOVES = {"apps/other/a.yaml": config_map("other", "2")}
KUSTOMIZED = {**OTHER, "apps/x/kustomization.yaml": "resources: [a.yaml]\n", "apps/x/a.yaml": config_map()}
PLAIN = {**OTHER, "environments/prod/a.yaml": config_map()}
# Nine levels of nine aliases in less than 300 bytes.
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


def kustomized(path: Path, content: object) -> Said:
    return check(Made(path).change(KUSTOMIZED, {**OTHER_MOVES, "apps/x/a.yaml": content}))


def plain(path: Path, content: object) -> Said:
    return check(Made(path).change(PLAIN, {**OTHER_MOVES, "environments/prod/a.yaml": content}))


def broken(said: Said, path: str, *words: str) -> None:
    """The unit is broken by the change, its error holds the words, and the other unit is there as well."""
    assert (said.code, said.err) == (1, "")
    assert said.states() == {path: "broken", "apps/other": "changed"}
    for word in words:
        assert word in said.error(path)


def changed(said: Said, path: str) -> str:
    assert (said.code, said.err) == (0, "")
    assert said.states() == {path: "changed", "apps/other": "changed"}
    diff = said.units[path]["diff"]
    assert isinstance(diff, str)
    return diff


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n", ["a.yaml", "line 2"], id="broken"),
        pytest.param(
            config_map() + "data: {b: '2'}\n", ["apps/x/a.yaml:5 has the key 'data' twice"], id="duplicate-key"
        ),
        pytest.param(config_map() + BOMB, ["apps/x/a.yaml:11", "1,000,000 values", "aliases"], id="alias-bomb"),
        pytest.param(config_map() + "x: " + "[" * 20000 + "]" * 20000, ["a.yaml", "max depth"], id="deep"),
        pytest.param(bytes(range(256)) * 9, ["a.yaml", "control characters"], id="binary"),
        pytest.param("kind: ConfigMap\nmetadata:\n\tname: a\n", ["a.yaml", "line 3", "token"], id="tabs"),
        pytest.param("apiVersion: v1\nmetadata: {name: a}\n", ["apps/x/a.yaml", "missing kind"], id="no-kind"),
    ],
)
def test_kustomize_unit_breaks_with_a_sentence(tmp_path: Path, content: object, words: list[str]) -> None:
    broken(kustomized(tmp_path / "r", content), "apps/x", *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n", ["a.yaml:4", "not valid YAML"], id="broken"
        ),
        pytest.param(config_map() + BOMB, ["a.yaml:11", "1,000,000 values"], id="alias-bomb"),
        pytest.param(config_map() + "x: " + "[" * 20000 + "]" * 20000, ["a.yaml:5", "200 levels"], id="deep"),
        pytest.param("apiVersion: v1\nkind: A\nmetadata:\n\tname: a\n", ["a.yaml:4", "tab", "spaces"], id="tabs"),
        pytest.param(config_map() + "b: \x01\n", ["a.yaml:5", "control character"], id="control-character"),
        pytest.param(config_map().encode() + b"b: \xff\xfe\n", ["a.yaml:5", "UTF-8"], id="not-utf8"),
    ],
)
def test_plain_unit_breaks_with_file_and_line(tmp_path: Path, content: object, words: list[str]) -> None:
    broken(plain(tmp_path / "r", content), "environments/prod/a.yaml", *words)


def test_the_bomb_is_small() -> None:
    assert len(BOMB) < 289


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(config_map(value="2").replace("\n", "\r\n"), id="crlf"),
        pytest.param(config_map(value="2").encode("utf-16"), id="utf-16"),
        pytest.param("---\n---\n" + config_map(value="2") + "---\n\n---\n# nothing\n", id="empty-documents"),
        pytest.param("\ufeff" + config_map(value="2"), id="byte-order-mark"),
    ],
)
def test_readable_spellings_show_the_change_itself(tmp_path: Path, content: object) -> None:
    diff = changed(kustomized(tmp_path / "k", content), "apps/x")
    assert ("-  a: '1'" in diff or '-  a: "1"' in diff) and ("+  a: '2'" in diff or '+  a: "2"' in diff)
    diff = changed(plain(tmp_path / "p", content), "environments/prod/a.yaml")
    assert "-  a: '1'" in diff or '-  a: "1"' in diff


def test_kind_list_is_taken_apart(tmp_path: Path) -> None:
    item = "- {apiVersion: v1, kind: ConfigMap, metadata: {name: %s}}\n"
    content = "apiVersion: v1\nkind: List\nitems:\n" + item % "a" + item % "b"
    for said, path in (
        (kustomized(tmp_path / "k", content), "apps/x"),
        (plain(tmp_path / "p", content), "environments/prod/a.yaml"),
    ):
        changed(said, path)
        assert [o["name"] for o in said.units[path]["objects"]["added"]] == ["a", "b"]


def test_a_plain_document_without_kind_is_no_object_and_said(tmp_path: Path) -> None:
    said = plain(tmp_path / "r", config_map(value="2") + "---\nmetadata: {name: a}\n")
    changed(said, "environments/prod/a.yaml")


def test_traps_of_yaml_1_1_mean_what_they_mean_to_kubernetes(tmp_path: Path) -> None:
    traps = "data: {on: on, mode: 0644, exp: 1e3, time: 12:30:45, no: y, nothing: ~}\n"
    content = "apiVersion: example.org/v1\nkind: Traps\nmetadata: {name: t}\n" + traps
    diff = changed(plain(tmp_path / "p", content), "environments/prod/a.yaml")
    for row in ("true: true", "mode: 420", "exp: 1000", "nothing: null"):
        assert row in diff.replace('"true"', "true").replace("'true'", "true"), row
    changed(kustomized(tmp_path / "k", content), "apps/x")


def test_a_file_of_50_mb_is_named_with_its_size_and_the_limit(tmp_path: Path) -> None:
    content = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n".ljust(50_000_000, "#")
    said = plain(tmp_path / "r", content)
    broken(said, "environments/prod/a.yaml", "environments/prod/a.yaml is 50,000,000 bytes", "16,777,216")


def test_a_file_over_the_limit_of_git_objects_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.git.objects.MAX_BLOB", 1 << 20)
    large = config_map().ljust(2 << 20, "#")
    broken(plain(tmp_path / "p", large), "environments/prod/a.yaml", "environments/prod/a.yaml has 2 MiB", "not read")
    broken(kustomized(tmp_path / "k", large), "apps/x", "apps/x/a.yaml has 2 MiB", "split it")
    made = Made(tmp_path / "r").change({**KUSTOMIZED, "apps/x/big.yaml": large}, OTHER_MOVES)
    assert check(made).states() == {"apps/other": "changed"}


def test_a_kustomization_that_is_no_yaml_breaks_its_unit_only(tmp_path: Path) -> None:
    said = check(
        Made(tmp_path / "r").change(KUSTOMIZED, {**OTHER_MOVES, "apps/x/kustomization.yaml": "resources: [a.yaml\n"})
    )
    broken(said, "apps/x", "yaml")


def test_what_was_broken_before_does_not_fail_the_gate(tmp_path: Path) -> None:
    before = {**KUSTOMIZED, "apps/x/a.yaml": "a: [\n"}
    said = check(Made(tmp_path / "r").change(before, {**OTHER_MOVES, "apps/x/a.yaml": "a: [[\n"}))
    assert (said.code, said.states()) == (0, {"apps/x": "unrenderable", "apps/other": "changed"})
