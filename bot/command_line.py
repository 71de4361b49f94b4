"""The arguments of ``gatehouse``, with an example for each verb."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from types import MappingProxyType

from bot import __version__

FORMATS = ("text", "markdown", "html", "json", "sarif", "codequality")
_EPILOG = {
    "check": "example: gatehouse check --base origin/main --format markdown",
    "units": "example: gatehouse units --units all",
    "render": "example: gatehouse render apps/shop/overlays/prod",
    "explain": "example: gatehouse explain apps/shop/base/deployment.yaml",
    "owners": "example: gatehouse owners apps/shop/base/deployment.yaml --at origin/main --format json",
    "config": "example: gatehouse config --repo ~/gitops",
    "init": "example: gatehouse init --print",
    "playground": "example: gatehouse playground --repo . --port 8484",
    "policy test": "example: gatehouse policy test policies",
    "serve": "example: gatehouse serve --settings gatehouse.env --workers 4",
    "web": "example: REDIS_URL=redis://localhost:6379/0 gatehouse web",
    "worker": "example: REDIS_URL=redis://localhost:6379/0 gatehouse worker",
    "setup github": "example: gatehouse setup github --public-url https://gatehouse.example.com --organization acme",
    "setup gitlab": "example: GITLAB_TOKEN=… gatehouse setup gitlab acme/gitops --public-url https://gatehouse.example.com",
    "doctor": "example: gatehouse doctor acme/gitops --settings gatehouse.env --format json",
    "sweep": "example: REDIS_URL=redis://localhost:6379/0 gatehouse sweep",
}

_FORGE = "who reads CODEOWNERS; left out: told by the remotes of the clone, else by where the file lies"


GROUPS = {
    "look at a repository": ("check", "units", "render", "explain", "owners", "config", "policy", "init"),
    "run the bot": ("serve", "web", "worker", "sweep"),
    "set it up": ("setup", "doctor"),
    "try it": ("playground",),
}


class _Top(argparse.ArgumentParser):
    """The parser of all verbs: its help shows them by what they are for, and a wrong option is told by the verb that does
    not know it."""

    verbs: Mapping[str, argparse.ArgumentParser] = MappingProxyType({})

    def format_help(self) -> str:
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        formatter.add_text(self.description)
        for heading, names in GROUPS.items():
            formatter.start_section(heading)
            formatter.add_arguments([argparse.Action([], name, help=_words(self.verbs[name])) for name in names])
            formatter.end_section()
        formatter.start_section("options")
        formatter.add_arguments([action for action in self._actions if action.option_strings])
        formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def parse_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        known, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.verbs[known.verb].error(
                f"{' '.join(unknown)}: not known here; `gatehouse {known.verb} --help` lists what is"
            )
        return known


def _words(verb: argparse.ArgumentParser) -> str:
    text = (verb.description or "").partition(". ")[0].removesuffix(".")
    return text[:1].lower() + text[1:]


def parser() -> argparse.ArgumentParser:
    """The parser; argparse prints usage errors and exits with 2 by itself."""
    top = _Top(
        prog="gatehouse",
        description="Says what a change to a GitOps repository really does to every environment.",
        epilog="Exit codes: 0 passed, 1 the gate says no, 2 bad usage or configuration, 3 Gatehouse could not do its job. "
        "`gatehouse VERB --help` shows the options of a verb, and an example.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"gatehouse {__version__}", help="print the version")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=argparse.ArgumentParser)
    top.verbs = verbs.choices
    check = _verb(verbs, "check", "what a change does to every environment, and the verdict")
    check.add_argument("--base", required=True, metavar="REF", help="what the change is to be merged into")
    check.add_argument("--head", metavar="REF", help="the change; left out: the work tree")
    _which(check)
    check.add_argument("--forge", choices=("github", "gitlab"), help=_FORGE)
    check.add_argument(
        "--approved-by", metavar="OWNER[,OWNER]", action="append", default=[],
        help="judge as on a pull request that one person has approved who is, or speaks for, these owners; once for each "
        "person, `nobody` for none; left out: nobody was asked",
    )  # fmt: skip
    check.add_argument("--format", choices=FORMATS, default="text", help="form of the report (text)")
    check.add_argument(
        "--also", metavar="FORMAT=FILE", type=_also, action="append", default=[],
        help="write the report in another form, too; may be given several times",
    )  # fmt: skip
    check.add_argument(
        "--findings", choices=("all", "new"), default="all",
        help="sarif: every finding with its state, or only new ones, for readers that ignore the state as GitHub does (all)",
    )  # fmt: skip
    check.add_argument("--limit", metavar="N", type=_limit, help="markdown: at most N characters, 2000 or more")
    units = _verb(verbs, "units", "what was discovered in the repository and how each unit is rendered")
    units.add_argument("--at", metavar="REF", help="the commit to look at; left out: the work tree")
    _which(units)
    units.add_argument("--format", choices=("text", "json"), default="text", help="form of the list (text)")
    render = _verb(verbs, "render", "the manifests of one unit, secrets masked")
    render.add_argument("unit", metavar="UNIT", help="path or key of the unit, as `gatehouse units` lists it")
    render.add_argument("--at", metavar="REF", help="the commit to render; left out: the work tree")
    explain = _verb(verbs, "explain", "what a rule means, or why a path reaches a unit, hop by hop")
    explain.add_argument(
        "what", metavar="RULE|PATH", nargs="?", help="a rule or a path in the repository; left out: lists the rules"
    )
    explain.add_argument("--at", metavar="REF", help="the commit to look at; left out: the work tree")
    owners = _verb(verbs, "owners", "who owns paths, as the forge reads CODEOWNERS", config=False)
    owners.add_argument("paths", metavar="PATH", nargs="+", help="a path from the root of the repository")
    owners.add_argument("--at", metavar="REF", default="HEAD", help="the commit whose CODEOWNERS counts (HEAD)")
    owners.add_argument("--forge", choices=("github", "gitlab"), help=_FORGE)
    owners.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer (text)")
    config = _verb(verbs, "config", "the configuration in force, or what is wrong with it")
    config.add_argument("--at", metavar="REF", help="the commit to read it from; left out: the work tree")
    init = _verb(verbs, "init", "write a first .gatehouse.yaml that says what was found", config=False)
    init.add_argument("--print", action="store_true", help="only print it")
    _policy(verbs)
    _service(verbs)
    _setup(verbs)
    _doctor(verbs)
    _playground(verbs)
    return top


def _service(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _part(
        verbs, "serve", "the service: webhooks, workers, sweeper and, unless REDIS_URL is set, a Redis of its own"
    )
    serve.add_argument("--workers", metavar="N", type=_count, help="how many pull requests at once (as many as cores)")
    web = _part(verbs, "web", "the part of the service that takes webhooks and shows reports")
    web.add_argument("--processes", metavar="N", type=_count, help="how many processes share the work (two to four)")
    worker = _part(verbs, "worker", "the part of the service that judges pull requests; one more anywhere does more")
    worker.add_argument("--commands", action="store_true", help="only answer commands, so that none waits for a check")
    _part(verbs, "sweep", "the part of the service that looks for what was lost")


def _added(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str, *, said: str = "", of: str = ""
) -> argparse.ArgumentParser:
    """A verb with its example (that of ``of``, where it has none by itself); ``said`` ends its description."""
    return verbs.add_parser(
        name, help=words, description=f"{words[0].upper()}{words[1:]}.{said}", epilog=_EPILOG[of or name],
        allow_abbrev=False,
    )  # fmt: skip


def _part(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str) -> argparse.ArgumentParser:
    verb = _added(verbs, name, words)
    verb.add_argument("--settings", metavar="FILE", help="lines NAME=value that add to the environment")
    return verb


def _setup(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "make the credentials of the service at a forge, and store them"
    verb = _added(verbs, "setup", words, of="setup github")
    forges = verb.add_subparsers(dest="forge", metavar="FORGE", required=True)
    github = _setup_at(forges, "github", "register a GitHub App with the browser, by GitHub's manifest flow")
    github.add_argument(
        "--organization", metavar="NAME", default="", help="who owns the App (the person who registers it)"
    )
    github.add_argument("--replace", action="store_true", help="forget the App whose credentials are stored")
    gitlab = _setup_at(forges, "gitlab", "make the webhook of a project or a group, and check GITLAB_TOKEN")
    gitlab.add_argument("path", metavar="PATH", help="the project or the group, with all groups above it")


def _doctor(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "what is missing for the service: on this machine, at the forges, in each repository"
    verb = _added(verbs, "doctor", words, said=" Exit codes: 0 nothing, 1 something.")
    verb.add_argument(
        "repository",
        metavar="REPOSITORY",
        nargs="*",
        help="a repository, as acme/gitops or github:acme/gitops; left out: all that the bot may see",
    )
    verb.add_argument("--settings", metavar="FILE", help="lines NAME=value that add to the environment")
    verb.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer (text)")
    verb.add_argument("--output", metavar="FILE", help="write there instead of standard output")


def _setup_at(
    forges: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str
) -> argparse.ArgumentParser:
    verb = _added(forges, name, words, of=f"setup {name}")
    verb.add_argument("--public-url", metavar="URL", help="where the forge and people reach the service")
    verb.add_argument("--settings", metavar="FILE", help="store it there (settings.env in the state directory)")
    return verb


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 3 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 999")
    return int(text)


def _playground(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "a forge on this machine, with the sample's pull requests and the bot at work: look at it in a browser"
    verb = _added(verbs, "playground", words)
    verb.add_argument("--port", metavar="N", type=_port, default=0, help="where it listens; left out: any free port")
    verb.add_argument(
        "--repo", metavar="DIR", help="your own repository instead of the sample; its branches are pull requests"
    )
    verb.add_argument("--base", metavar="BRANCH", help="the branch of it that changes are merged into (main)")
    verb.add_argument("--without-bot", action="store_true", help="the forge alone, for a bot that you start yourself")
    verb.add_argument(
        "--bot-url", metavar="URL", type=_bot_url, help="where that bot takes webhooks (http://127.0.0.1:8080)"
    )
    verb.add_argument("--log", metavar="FILE", help="keep what the bot logs in this file")


def _bot_url(text: str) -> str:
    from bot.service_settings import fault_of_address

    if fault_of_address(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no address: http://127.0.0.1:8080, for one")
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _also(text: str) -> tuple[str, str]:
    form, _, file = text.partition("=")
    if form not in FORMATS or not file:
        raise argparse.ArgumentTypeError(f"{text!r} is not FORMAT=FILE with a FORMAT out of {', '.join(FORMATS)}")
    return form, file


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) < 2000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 2000 on")
    return int(text)


def _policy(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "what concerns the repository's policies"
    verb = _added(verbs, "policy", words, of="policy test")
    actions = verb.add_subparsers(dest="action", metavar="ACTION", required=True)
    words = "run the test_* rules of *_test.rego; exit codes: 0 all hold, 1 one does not, 2 a policy cannot be used"
    test = _added(actions, "test", words, of="policy test")
    test.add_argument("directory", metavar="DIR", nargs="?", default="policies", help="where they are (policies)")
    test.add_argument("--output", metavar="FILE", help="write there instead of standard output")


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, description: str, *, config: bool = True
) -> argparse.ArgumentParser:
    verb = _added(verbs, name, description)
    verb.add_argument("--repo", metavar="DIR", default=".", help="the repository, a clone or a bare one (.)")
    if config:
        verb.add_argument("--config", metavar="FILE", help="instead of .gatehouse.yaml of the repository")
    verb.add_argument("--output", metavar="FILE", help="write there instead of standard output")
    return verb


def _which(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--units", choices=("roots", "all"), default="roots",
        help="only what is deployed, or every kustomization in between as well (roots)",
    )  # fmt: skip
