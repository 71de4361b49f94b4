"""The engine of those who run OPA: modules go up under a name of this run, and come down again, whatever happens.

The embedded engine reads and judges the modules first, so both engines refuse the same. The server's time is bounded by
closing the connection (OPA then cancels the evaluation); its memory is the server's own affair.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bot.errors import ToolError, UserError
from bot.policy.base import Answer, EngineError, Limits, Module, Outline, Problem
from bot.policy.embedded import Embedded
from bot.policy.rename import below, stub

_BATCH = 32
_CONNECT_SECONDS = 5.0
_LONGEST_SENTENCE = 500
_T = TypeVar("_T")

_ALL_AT_ONCE = """package {root}.gatehouse_batch
answers contains [number, query, value] if {{
  some number, one in input.inputs
  some query, value in asked with input as one
}}
"""


class Server:
    """A real OPA server. ``token`` is sent as bearer token and shown nowhere."""

    identity = ""  # another version may answer at the same address tomorrow

    def __init__(self, url: str, token: str = "", limits: Limits | None = None) -> None:
        """Raises UserError when the URL is none of a server."""
        found = urlsplit(url)
        try:
            port = found.port or (443 if found.scheme == "https" else 80)
        except ValueError as error:
            # never the words of the error: a password with a slash would stand in them
            raise UserError("OPA_URL names no port that can be; it has to be like https://opa.example:8181.") from error
        if (
            found.scheme not in ("http", "https")
            or not found.hostname
            or found.username
            or found.query
            or found.fragment
        ):
            raise UserError("OPA_URL has to be like https://opa.example:8181, without user, query or fragment.")
        self.name = f"the OPA server {found.hostname}:{port}"
        self.limits = limits or Limits()
        self._where = (found.scheme == "https", found.hostname, port, found.path.rstrip("/"))
        self._token = token

    @contextmanager
    def open(self, modules: Sequence[Module]) -> Iterator[ServerSession]:
        """See Engine.open. Raises ToolError when the server does not answer, or keeps what should be deleted."""
        with Embedded(self.limits).open(modules) as embedded:
            problems, outlines = list(embedded.problems), list(embedded.outlines)
        session = ServerSession(self._client(), self.name, self.limits, problems)
        try:
            session.upload({module.path: module for module in modules}, outlines)
            yield session
        except BaseException:
            session.remove(quietly=True)
            raise
        session.remove(quietly=False)

    def _client(self) -> Any:
        from opa_client.opa import OpaClient  # a quarter of a second

        secure, host, port, path = self._where
        timeout = (_CONNECT_SECONDS, self.limits.seconds)
        shown = f"[{host}]" if ":" in host else host
        client = OpaClient(host=shown, port=port, ssl=secure, token=self._token or None, retries=0, timeout=timeout)
        client.root_url = f"{client.schema}{shown}:{port}{path}/v1"
        return client


class ServerSession:
    """Modules on the server below ``root``."""

    def __init__(self, client: Any, name: str, limits: Limits, problems: list[Problem]) -> None:
        self.outlines: list[Outline] = []
        self.problems = problems
        self.limits = limits
        self._client, self._name = client, name
        self._root = f"gatehouse_{secrets.token_hex(8)}"
        self._uploaded: list[str] = []
        self._stubs: dict[str, str] = {}
        self._stopped: dict[str, str] = {}
        self._batch_of: tuple[str, ...] = ()
        self._spent = 0.0

    # -- modules

    def upload(self, modules: dict[str, Module], outlines: Sequence[Outline]) -> None:
        """Put all of them up. What OPA refuses is a problem, and then none of them is used: they may need each other."""
        for number, outline in enumerate(outlines):
            if len(outlines) > 1:
                self._stubs[f"{self._root}/{number}"] = stub(outline, self._root)
                self._put(str(number), self._stubs[f"{self._root}/{number}"])
        refused = []
        for number, outline in enumerate(outlines):
            if problem := self._put(str(number), below(modules[outline.path], outline, self._root)):
                line, message = problem
                refused.append(Problem(outline.path, line, message.replace(f"{self._root}.", "")))
        self.problems += refused
        if refused:
            reason = f"not used, because {self._name} refuses {refused[0].path}"
            bad = {problem.path for problem in refused}
            self.problems += [Problem(o.path, 0, reason) for o in outlines if o.path not in bad]
        else:
            self.outlines = list(outlines)

    def _put(self, name: str, text: str) -> tuple[int, str] | None:
        """Line and sentence when OPA refuses the module."""
        import requests
        from opa_client.errors import RegoParseError

        place = f"{self._root}/{name}"
        if is_new := place not in self._uploaded:
            self._uploaded.append(place)  # before the call: it may arrive although the answer does not
        try:
            self._call(lambda: self._client.update_policy_from_string(text, place, rego_compat=False))
        except RegoParseError as error:
            if is_new:
                self._uploaded.remove(place)
            first = error.errors[0] if error.errors else {}
            line = first.get("location", {}).get("row", 0)
            return int(line), f"{self._name} says: {first.get('message') or error.message}"[:_LONGEST_SENTENCE]
        except requests.ReadTimeout as error:
            raise EngineError(f"{self._name} took longer than {self.limits.seconds:g} s to take a policy.") from error
        return None

    def remove(self, *, quietly: bool) -> None:
        """Take everything down again. Raises ToolError when something stays.

        What is still called by others cannot be deleted: stubs, which call nothing, are put in its place first.
        """
        left = self._deleted(list(reversed(self._uploaded)))
        if left:
            for place in left:
                with suppress(ToolError):
                    self._put(place.rpartition("/")[2], self._stubs.get(place) or f"package {self._root}\n")
            left = self._deleted(left)
        self._client.close_connection()
        if left and not quietly:
            raise EngineError(f"{self._name} keeps policies of this run; delete what is below {self._root}/ there.")

    def _deleted(self, places: list[str]) -> list[str]:
        """Delete; returns what stays."""
        import requests
        from opa_client.errors import DeletePolicyError

        left = []
        for place in places:
            try:
                self._call(lambda place=place: self._client.delete_policy(place))  # type: ignore[misc]
            except DeletePolicyError as error:
                left += [place] if error.expression != "resource_not_found" else []
            except (ToolError, requests.RequestException):
                left.append(place)
        return left

    # -- questions

    def evaluate(self, queries: Sequence[str], inputs: Iterable[object]) -> Iterator[tuple[Answer, ...]]:
        """See Session.evaluate."""
        waiting = iter(inputs)
        while batch := list(islice(waiting, _BATCH)):
            yield from self._batch(tuple(queries), batch)

    def _batch(self, queries: tuple[str, ...], batch: list[object]) -> list[tuple[Answer, ...]]:
        """All at once; one by one where something goes wrong, to know what it is."""
        if self._stopped or (found := self._at_once(queries, batch)) is None:
            return [tuple(self._one(query, value) for query in queries) for value in batch]
        return [tuple(self._bounded(row.get(n, Answer())) for n in range(len(queries))) for row in found]

    def _at_once(self, queries: tuple[str, ...], batch: list[object]) -> list[dict[int, Answer]] | None:
        if queries != self._batch_of:
            asked = "".join(f"asked[{n}] := {self._inside(query)}\n" for n, query in enumerate(queries))
            if self._put("batch", _ALL_AT_ONCE.format(root=self._root) + asked):
                return None
            self._batch_of = queries
        found = self._ask("gatehouse_batch.answers", {"inputs": batch})
        if found.error:
            return None
        rows: list[dict[int, Answer]] = [{} for _ in batch]
        assert isinstance(found.value, list)
        for number, query, value in found.value:
            rows[number][query] = Answer(value, defined=True)
        return rows

    def _inside(self, query: str) -> str:
        return f"data.{self._root}.{query.removeprefix('data.')}"

    def _one(self, query: str, value: object) -> Answer:
        if reason := self._stopped.get(query):
            return Answer(error=reason, stopped=True)
        if self._spent > self.limits.total:
            reason = f"not asked: the policies took more than {self.limits.total:g} s together"
            return Answer(error=reason, stopped=True)
        found = self._ask(query.removeprefix("data."), value)
        if found.stopped:
            self._stopped[query] = found.error
        return self._bounded(found)

    def _ask(self, rule: str, value: object) -> Answer:
        import requests

        parameters = {"strict-builtin-errors": "true"}  # as the embedded engine: what fails is never silence
        started = time.monotonic()
        try:
            body = self._call(lambda: self._client.query_rule(value, f"{self._root}.{rule}", None, parameters))
        except requests.HTTPError as error:
            return Answer(error=self._said(error))
        except requests.Timeout:
            return Answer(error=f"took longer than {self.limits.seconds:g} s, and was stopped", stopped=True)
        finally:
            self._spent += time.monotonic() - started
        return Answer(body["result"], defined=True) if "result" in body else Answer()

    def _said(self, error: Any) -> str:
        try:
            body = error.response.json()
            first = (body.get("errors") or [body])[0]
        except (ValueError, AttributeError, IndexError):
            return f"{self._name} answers {error.response.status_code}"
        line = (first.get("location") or {}).get("row")
        words = str(first.get("message", ""))[:_LONGEST_SENTENCE].replace(f"{self._root}.", "")
        return f"{words} (line {line})" if line else words

    def _bounded(self, answer: Answer) -> Answer:
        if answer.defined and len(json.dumps(answer.value)) > self.limits.output:
            return Answer(error=f"gave more than {self.limits.output // 1024} KiB")
        return answer

    def _call(self, call: Callable[[], _T]) -> _T:
        """Raises ToolError when the server is not there or answers nonsense; time-outs and HTTP errors pass."""
        import requests

        try:
            return call()
        except (requests.HTTPError, requests.ReadTimeout):
            raise  # the question was bad, not the server
        except ValueError as error:  # no JSON
            raise EngineError(f"{self._name} does not answer as OPA does; look at OPA_URL.") from error
        except requests.RequestException as error:
            raise EngineError(
                f"{self._name}, which OPA_URL names, cannot be reached: {type(error).__name__}. Start it, or mend or unset "
                "OPA_URL to use the embedded engine."
            ) from error
