"""A full scan of a real repository, beside what teams run today: kubeconform and conftest over the same rendered files.

Both get what Gatehouse knows: the schemas of the same Kubernetes version, each made to stand alone (uncounted), and the
shipped policies with a small one in front that gives the object the place they look for it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.alarms import everything_new
from benchmarks.measure import Runs, Unsuitable, environment, measure
from benchmarks.subjects import Place, program
from bot.policy import baseline

_REF = re.compile(r'"\$ref": "(?:/api/_definitions\.json)?#/\$defs/([^"]+)"')
# What the shipped policies find under `input.object` and `input.unit` is the whole input of conftest.
_ADAPTER = """\
package main

deny contains {"msg": finding.msg, "rule": finding.rule} if {
	some finding in data.gatehouse.baseline.deny with input as
		{"object": input, "old": null, "environment": "", "pull_request": null, "unit": {"production": false}}
	finding.rule in {RULES}
}
"""
Wrong = frozenset[tuple[str, str]]  # kind and name of objects that a schema refuses


class Scan:
    """One repository: what Gatehouse needs for a scan, and what the others do. Raises Unsuitable."""

    def __init__(self, place: Place, corpus: str) -> None:
        self._place = place
        self._clone = place.corpus(corpus)
        self._base, self._head = everything_new(self._clone)
        self._rendered = place.cache(corpus)
        self._env = environment(self._rendered)
        self.files = place.directory / "rendered"
        self.first: dict[str, Any] = {}
        for name in ("kubeconform", "conftest"):
            if shutil.which(name) is None:
                raise Unsuitable(f"{name} is not on PATH")

    def gatehouse(self, checks: str) -> tuple[Runs, Runs, dict[str, Any]]:
        """Seconds of the stages after rendering: objects are read, compared with nothing, judged, and the lines of findings
        found. First with a cache that holds renders and nothing else, then with what was remembered of that."""
        if not self.first:
            self.first = self._report("none", self._env)
        first, again, report = [], [], {}
        for _ in range(self._place.times):
            cache = self._place.cache("judged")
            shutil.copytree(self._rendered, cache, dirs_exist_ok=True)
            first.append(_seconds(self._report(checks, environment(cache))))
            report = self._report(checks, environment(cache))
            again.append(_seconds(report))
        return Runs(tuple(first)), Runs(tuple(again)), report

    def _report(self, checks: str, env: dict[str, str]) -> dict[str, Any]:
        settings = self._place.directory / "checks.yaml"
        settings.write_text(f"version: 1\nchecks: {{run: {checks}}}\n")
        words = [program(), "check", "--repo", str(self._clone), "--base", self._base, "--head", self._head]
        argv = [*words, "--config", str(settings), "--format", "json"]
        found: dict[str, Any] = json.loads(measure(argv, env=env, times=1, codes=(0, 1)).output)
        return found

    def write(self) -> int:
        """Every unit that renders, in a file of its own; how many."""
        self.files.mkdir()
        paths = [unit["path"] or "." for unit in self.first["units"] if unit["change"] == "added"]
        for number, path in enumerate(paths):
            file = str(self.files / f"{number:04}.yaml")
            argv = [program(), "render", "--repo", str(self._clone), "--at", self._head, "--output", file, path]
            subprocess.run(argv, env=self._env, check=True, capture_output=True)
        return len(paths)

    def kubeconform(self) -> tuple[Runs, Wrong]:
        """Strict, offline, on all cores; kinds without a schema are passed over."""
        schemas = _schemas(self._place.directory / "schemas")
        location = f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
        argv = ["kubeconform", "-strict", "-ignore-missing-schemas", "-n", str(os.cpu_count() or 1), "-output", "json",
                "-summary", "-schema-location", location, str(self.files)]  # fmt: skip
        runs = measure(argv, env=self._env, times=self._place.times, codes=(0, 1))
        said = json.loads(runs.output)
        if not said["summary"]["valid"]:
            raise RuntimeError("kubeconform judged nothing: it took none of the schemas")
        return runs, frozenset((r["kind"], r["name"]) for r in said["resources"])

    def conftest(self) -> tuple[Runs, Counter[str]]:
        """The shipped policies that are on without being asked for; what they deny, by rule."""
        policies = self._place.directory / "policies"
        policies.mkdir()
        for module in baseline.modules(on := default_rules()):
            (policies / module.path.split()[0].rpartition("/")[2]).write_text(module.text)
        listed = ", ".join(f'"{rule}"' for rule in sorted(on))
        (policies / "main.rego").write_text(_ADAPTER.replace("RULES", listed))
        files = sorted(map(str, self.files.iterdir()))
        argv = ["conftest", "test", "--no-color", "--policy", str(policies), "--output", "json", *files]
        runs = measure(argv, env=self._env, times=self._place.times, codes=(0, 1))
        failures = [each for file in json.loads(runs.output) for each in file.get("failures", ())]
        return runs, Counter(each["metadata"]["rule"] for each in failures)


def _seconds(report: dict[str, Any]) -> float:
    return float(report["timings"]["diff"] + report["timings"]["checks"])


def default_rules() -> frozenset[str]:
    """The rules of the shipped policies that run where nobody chose."""
    from bot.config.judging import BASELINE

    return frozenset(rule.value for rule in BASELINE)


def missed(report: dict[str, Any], wrong: Wrong, denied: Counter[str]) -> int:
    """How much of what the others say Gatehouse does not: objects that it has nothing to say of, and findings by rule."""
    found = {check["name"]: check["findings"] for check in report["checks"]}
    ours = {(f["object"]["kind"], f["object"]["name"]) for f in found["schema"] if f["object"]}
    rules = Counter(finding["rule"].removeprefix("policy/") for finding in found["policy"])
    return len(wrong - ours) + sum((denied - rules).values())


def lines(report: dict[str, Any]) -> tuple[int, int]:
    """How many findings a report has, and how many of them with file and line."""
    found = [finding for check in report["checks"] for finding in check["findings"]]
    return len(found), sum(bool(finding.get("line")) for finding in found)


def _schemas(directory: Path) -> Path:
    """The newest bundled schemas, each with the definitions that it uses: as kubeconform's own source of them has it."""
    directory.mkdir()
    spec = importlib.util.find_spec("kubernetes_validate")
    assert spec is not None and spec.submodule_search_locations
    bundled = Path(next(iter(spec.submodule_search_locations))) / "kubernetes-json-schema"
    newest = max(bundled.glob("v*-local-strict"), key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)])
    every = json.loads((newest / "_definitions.json").read_text())["$defs"]
    texts = {name: json.dumps(schema) for name, schema in every.items()}
    for file in newest.glob("*-*.json"):
        text = json.dumps(json.loads(file.read_text()))
        used, waiting = set[str](), _REF.findall(text)
        while waiting:
            name = waiting.pop()
            if name not in used:
                used.add(name)
                waiting += _REF.findall(texts[name])
        own = ", ".join(f'"{name}": {texts[name]}' for name in sorted(used))
        whole = f'{{"$defs": {{{own}}}, {text[1:]}'
        (directory / file.name).write_text(_REF.sub(r'"$ref": "#/$defs/\1"', whole))
    return directory
