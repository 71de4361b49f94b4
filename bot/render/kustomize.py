"""Build a kustomization with kustomize or kubectl: no plugins, no exec, no network, files inside the root only
unless Flux or the configuration says otherwise."""

from __future__ import annotations

import contextlib
import re
import signal
import sys
from collections.abc import Iterator

from bot.documents import find_duplicate_keys, split
from bot.errors import ToolError, UserError
from bot.model.unit import KustomizeRender
from bot.process import Completed, minimal_environment
from bot.render.base import ContentElsewhere, LimitReached, Material, Raw, RenderError
from bot.render.guard import check_charts, check_references
from bot.render.layout import lay_out
from bot.render.overlay import apply_overlay, set_metadata, substitute
from bot.render.rooms import Room
from bot.render.tools import Tools

LONGEST_SENTENCE = 4000  # of a program
# What kustomize adds to Helm's sentence: directories that are gone by now.
# What no person needs and what differs in each run: the environment, temporary paths, and pointers of Go.
_ENVIRONMENT = re.compile(r" with env=\[[^\]]*\]|/tmp/kustomize-[^/\s'\"]*| &\{0x[0-9a-f]+ <nil>\}|\b0xc[0-9a-f]{9}\b")
# How kubectl logs an error (klog): a header with time and process, and the text in quotes as Go writes them, or where it has
# several lines in angle brackets.
_LOGGED = re.compile(
    r'\A[EF]\d{4} [\d:.]+ +\d+ \S+\] "command failed" err=(?:< ?(?P<said>.*?) ?>|"(?P<quoted>(?:[^"\\]|\\.)*)")\Z'
)
_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_SPACES = "abfnrtv"  # of Go's escapes, those that stand for what a sentence on one line has not
_NO_ERRORS = ("# Warning", "Warning:", "WARNING:", "level=", "time=", "coalesce.go", "walk.go")
_TWICE = re.compile(r'line (?P<line>\d+): mapping key "(?P<key>[^"]*)" already defined')


def render(material: Material, tools: Tools) -> Raw:
    """See render.base.Renderer."""
    part = material.part
    assert isinstance(part, KustomizeRender)
    with Room() as room:
        lay_out(room, material)
        apply_overlay(room, part)
        try:
            raw = Raw(build(room, part.path, tools, restrict=part.restrict, enable_helm=part.enable_helm))
        except (ContentElsewhere, LimitReached):
            raise
        except RenderError as error:
            raise RenderError(_with_advice(_with_file(str(error), material), part)) from error
    if part.generate:  # Flux sets common metadata on the objects themselves, after the build
        raw.documents = set_metadata(raw.documents, part.overlay.labels, part.overlay.annotations)
    if part.substitution is not None:
        substitute(raw, part.substitution)
    return raw


def _with_file(sentence: str, material: Material) -> str:
    """kustomize's sentence about a key that is written twice, with the file, which it does not name. It counts lines in the
    object as its transformers left it: where none has the key on that line, the only one that has it twice is meant."""
    found = _TWICE.search(sentence)
    if found is None:
        return sentence
    key = found["key"]
    places = list(_written_twice(key, material))
    there = next((place for place in places if place[1] == int(found["line"])), None)
    if there is None and len(places) != 1:
        return sentence
    path, line = there or places[0]
    return f"{path}:{line} has the key {key!r} twice in one mapping; take one of them out."


def _written_twice(key: str, material: Material) -> Iterator[tuple[str, int]]:
    """The files and lines where a key is repeated."""
    for entry in material.files:
        if entry.path.endswith((".yaml", ".yml", "Kustomization")) and not entry.is_symlink:
            with contextlib.suppress(UserError):
                repeated = find_duplicate_keys(material.read(entry), name=entry.path)
                yield from ((entry.path, line) for name, line in repeated if name == key)


def _with_advice(sentence: str, part: KustomizeRender) -> str:
    """kustomize's sentence about charts that it may not inflate, with the place to allow it. Without backticks: masking
    takes everything up to the last one for the quoted configuration."""
    if not sentence.endswith("must specify --enable-helm"):
        return sentence
    if part.generate:
        return f"{sentence}. Flux inflates no charts in kustomizations: deploy this one by a HelmRelease."
    return (
        f"{sentence}. If it is built with that, say so: set render.enable_helm to true in .gatehouse.yaml, or for Argo CD "
        "kustomize.buildOptions in its ConfigMap argocd-cm."
    )


def build(room: Room, path: str, tools: Tools, *, restrict: bool, enable_helm: bool = False) -> list[str]:
    """The documents that ``kustomize build`` prints for a directory of the room. Raises RenderError."""
    tool = tools.kustomize()
    root = tools.sandbox.root(room, tool.path)
    if root:
        check_references(room, restrict=restrict)
    restrictor = "LoadRestrictionsRootOnly" if restrict else "LoadRestrictionsNone"
    words = [*tool.words, f"{root}/repo/{path}" if path else f"{root}/repo", f"--load-restrictor={restrictor}"]
    own = {"HOME": f"{root}/tmp", "TMPDIR": f"{root}/tmp"}  # noqa: S108 the room's own
    # A build lives for milliseconds: collecting garbage as rarely as memory allows saves a fifth of its time.
    thrift = {"GOMAXPROCS": str(tools.threads), "GOGC": "400", "GOMEMLIMIT": str(tools.limits.memory // 2)}
    env = minimal_environment() | own | thrift | {"GIT_ALLOW_PROTOCOL": "none"}
    if enable_helm:
        check_charts(room)
        words += ["--enable-helm", f"--helm-command={_helm_command(room, tools)}"]
    done = tools.sandbox.run(room, tool.path, words, env=env, limits=tools.limits, stop=tools.stop)
    if not done.stopped and done.code >= 0 and not (done.ok and done.stdout):  # of what was killed nothing is asked
        tools.vouch_for(tool)
    if not done.ok:
        raise failure(room, done, tool.path)
    return split(done.stdout.decode(errors="replace"))


def _helm_command(room: Room, tools: Tools) -> str:
    """Helm as kustomize finds it: beside it in the room, where kustomize is shut in."""
    helm = tools.helm().path
    if not tools.sandbox.shuts_in(tools.kustomize().path):
        return helm
    if not tools.sandbox.shuts_in(helm):
        raise ToolError(f"{helm} needs shared libraries, which the sandbox does not hold; install a static Helm.")
    room.write("dev/null", b"")  # Go opens it for every program that it starts
    return room.place_program(helm)


_WAY_OUT = (  # without backticks, as above
    '; where that is meant (as Flux allows it), set render.load_restrictor to "None" in .gatehouse.yaml, or restrict to '
    "false for the unit"
)


def failure(room: Room, done: Completed, program: str) -> RenderError:
    """What a program that failed says of it. Raises ToolError where that is no word on what it was given: it was killed, or
    said nothing."""
    if done.stopped:
        return LimitReached(
            f"The render {done.stopped}; raise the limit under `render` in .gatehouse.yaml, or split the unit."
        )
    return RenderError(explain(room, done, program))


def explain(room: Room, done: Completed, program: str) -> str:
    """The program's own sentence, without the room's paths, on one line of a bearable length. Raises ToolError as
    ``failure`` does."""
    text = _ENVIRONMENT.sub("", room.clean(done.stderr.decode(errors="replace"))).strip()
    if (done.code == 127 and not text) or text.startswith("unshare: "):
        raise ToolError(f"The program could not be started in the sandbox: {text or program}.")
    if done.code < 0:
        raise ToolError(
            f"{program} was ended by {_signal(-done.code)} while it rendered this, most likely for want of memory. Run it "
            "again, with fewer renders at once (GATEHOUSE_WORKERS) or on a larger machine."
        )
    lines = [line for line in text.splitlines() if line and not line.startswith(_NO_ERRORS)]
    sentence = _LOGGED.sub(_said, " ".join(" ".join(lines).split()))
    sentence = sentence.removeprefix("Error: ").removeprefix("error: ")[:LONGEST_SENTENCE]
    if not sentence:
        raise ToolError(f"{program} ended with code {done.code} and said nothing: see whether it is whole.")
    if "is not in or below" in sentence:
        sentence += _WAY_OUT
    return sentence


def _said(logged: re.Match[str]) -> str:
    return logged["said"] if logged["quoted"] is None else " ".join(_ESCAPED.sub(_unescaped, logged["quoted"]).split())


def _unescaped(match: re.Match[str]) -> str:
    """What an escape of Go's strconv.Quote stands for."""
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number <= sys.maxunicode and not 0xD800 <= number < 0xE000 else "\ufffd"
    return " " if match[4] in _SPACES else match[4]


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
