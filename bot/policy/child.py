"""The process in which policies run: it reads questions from standard input and answers in lines of JSON.

A policy that loops or allocates cannot be stopped from inside regorus. Here the kernel does it: a timer ends the process
when one step takes too long, an address-space limit ends it when memory runs out, and the parent starts another one.
Only regorus and the standard library are imported: starting costs as little as a bare interpreter.

Questions (the first line of each is an object):
``{"load": [[path, text], ...]}``: a line for each module, ``{"package": ..}`` or ``{"problem": [line, message]}``, then one
with the engine's number, the outlines and the problems of the whole.
``{"engine": n, "queries": [...], "count": c}`` and c lines with one input each: a line for each input with a list of
``{"v": value}``, ``{}`` (undefined) or ``{"e": sentence}``.
"""

from __future__ import annotations

import dataclasses
import json
import re
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import regorus

from bot.policy.absent import reads_of_data
from bot.policy.base import Problem
from bot.policy.cases import beside
from bot.policy.dialect import EACH_MODULE, PATTERN, for_regorus
from bot.policy.entangled import needs, unused
from bot.policy.negation import negations
from bot.policy.outline import Tree, tree
from bot.policy.refuse import problems
from bot.policy.regular import for_rust
from bot.policy.replaced import REPLACED
from bot.policy.sprintf import sprintf

_UNDEFINED = '"<undefined>"'
_WHERE = re.compile(r"-->\s*(\d+):(\d+):\d+")
_WHAT = re.compile(r"^error: (.*)", re.MULTILINE | re.DOTALL)
_EXTENSION = re.compile(
    r"^extension '([\w.]+)' raises Python error: \w+: "
)  # a function of ours that refuses its arguments
_OLD = "`if` keyword is required before rule body"
_OLD_MEANS = "it is written in Rego v0 (`if` is missing before a body); `opa fmt --write --v0-v1` rewrites it"
_PAGE = resource.getpagesize()
_LONGEST_SENTENCE = 500


def main(seconds: float, memory: int, output: int) -> None:
    """Answer until standard input ends."""
    _limit(memory)
    loaded: list[regorus.Engine] = []
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    for line in source:
        question = json.loads(line)
        if "load" in question:
            lines = _load(question["load"], loaded, seconds)
        else:
            inputs = [source.readline() for _ in range(question["count"])]
            lines = _evaluate(loaded[question["engine"]], question["queries"], inputs, seconds, output)
        for answer in lines:
            answers.write(answer.encode() + b"\n")
            answers.flush()


def _limit(memory: int) -> None:
    """Bound the address space to what is mapped now (much more than is used) and ``memory``."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        now = int(Path("/proc/self/statm").read_bytes().split()[0]) * _PAGE
    except OSError:  # not Linux: the parent looks at the memory now and then, and time is bounded anyway
        return
    resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))


def _timer(seconds: float) -> None:
    """The kernel ends this process after ``seconds``, whatever it does then; 0 takes that back."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _engine(texts: dict[int, str]) -> regorus.Engine:
    engine = regorus.Engine()
    engine.set_gather_prints(True)  # what a policy prints is for nobody
    engine.add_extension("sprintf", 2, sprintf)
    engine.add_extension(PATTERN, 1, for_rust)
    for name, (arguments, function) in REPLACED.items():
        engine.add_extension(name, arguments, function)
    for number, text in texts.items():
        engine.add_policy(str(number), text)
    return engine


# -- load


def _load(modules: list[list[str]], loaded: list[regorus.Engine], seconds: float) -> Iterator[str]:
    trees: dict[int, Tree] = {}
    for number, (path, text) in enumerate(modules):
        _timer(seconds)
        try:
            module = json.loads(_engine({number: text}).get_ast_as_json())[0]
            trees[number] = tree(path, module["ast"], text.encode())
            trees[number].negations = negations(module["ast"], text.encode())
            found = tuple(beside(module["ast"], text.encode()))
            trees[number].outline = dataclasses.replace(trees[number].outline, cases=found)
            trees[number].needs = list(needs(module["ast"], text.encode()))
            trees[number].data = list(reads_of_data(module["ast"], trees[number].imports))
            trees[number].unused = list(unused(module["ast"], text.encode()))
            answer: dict[str, Any] = {"package": trees[number].outline.package}
        except RuntimeError as error:
            answer = {"problem": _problem(error)[1:]}
        except RecursionError:
            answer = {"problem": [0, "nested too deep"]}
        _timer(0)
        yield json.dumps(answer)
    _timer(seconds)
    yield json.dumps(_together([text for _, text in modules], trees, loaded))
    _timer(0)


def _together(texts: list[str], trees: dict[int, Tree], loaded: list[regorus.Engine]) -> dict[str, Any]:
    """Load what can be used. A module that is refused is taken out, and what needs it is refused in turn; one problem of
    each is enough, because the others often follow from it."""
    found: list[Problem] = []
    while True:
        refused = problems(list(trees.values()))
        if not refused:
            refused, engine = _compiled(_translated(texts, trees), trees)
        if not refused:
            break
        first = {problem.path: problem for problem in sorted(refused, key=lambda one: one.line, reverse=True)}
        found += first.values()
        trees = {number: one for number, one in trees.items() if one.outline.path not in first}
    loaded.append(engine)
    return {
        "engine": len(loaded) - 1,
        "outlines": [dataclasses.asdict(one.outline) for one in trees.values()],
        "problems": [[p.path, p.line, p.message] for p in found],
    }


def _translated(texts: list[str], trees: dict[int, Tree]) -> dict[int, str]:
    kinds: dict[str, dict[str, str]] = {}
    for one in trees.values():
        own = kinds.setdefault(one.outline.package, {})
        own.update({head.name: head.kind for head in one.outline.rules if head.kind != "default"})
    return {n: for_regorus(texts[n].encode(), one, kinds[one.outline.package]) for n, one in trees.items()}


def _compiled(texts: dict[int, str], trees: dict[int, Tree]) -> tuple[list[Problem], regorus.Engine]:
    """Put the modules together; regorus looks at them when it is first asked."""
    try:
        engine = _engine({**texts, -1: EACH_MODULE})
        engine.eval_query_as_json("true")
    except RuntimeError as error:
        number, line, message = _problem(error)
        path = trees[number if number in trees else min(trees)].outline.path
        return [Problem(path, line, message)], regorus.Engine()
    return [], engine


def _problem(error: RuntimeError) -> tuple[int, int, str]:
    """What regorus says, without its drawing of the line and its stack: module, line and sentence."""
    text = str(error).partition("Stack backtrace")[0].strip()
    where, what = _WHERE.search(text), _WHAT.search(text)
    sentence = " ".join((what[1] if what else text).partition("-->")[0].split())
    number, line = (int(where[1]), int(where[2])) if where else (-1, 0)
    sentence = _OLD_MEANS if sentence.rstrip(".") == _OLD else sentence
    return number, line, _EXTENSION.sub(r"`\1`: ", sentence)[:_LONGEST_SENTENCE]


# -- evaluate


def _evaluate(
    engine: regorus.Engine, queries: list[str], inputs: list[bytes], seconds: float, output: int
) -> Iterator[str]:
    for text in inputs:
        _timer(seconds)
        try:
            engine.set_input_json(text.decode())
            answers = [_ask(engine, query, output) for query in queries]
        except RuntimeError as error:
            answers = [json.dumps({"e": f"the input cannot be read: {_problem(error)[2]}"})] * len(queries)
        engine.take_prints()
        _timer(0)
        yield f"[{','.join(answers)}]"


def _ask(engine: regorus.Engine, query: str, output: int) -> str:
    try:
        value = str(engine.eval_rule_as_json(query))
    except RuntimeError as error:
        number, line, message = _problem(error)
        return json.dumps({"e": message, "at": [number, line]})
    if value == _UNDEFINED:
        return "{}"
    if len(value) > output:
        return json.dumps({"e": f"gave more than {output // 1024} KiB"})
    return '{"v":' + value.replace("\n", " ") + "}"  # line ends are never inside of a JSON string


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
