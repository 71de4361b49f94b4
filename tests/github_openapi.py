"""GitHub's OpenAPI description as a judge: every request and every answer that passes is held against it.

``Judge`` is WSGI middleware. What the description forbids is collected in ``problems``; ``seen`` counts what passed by
method, route and status, so that a test can say that nothing passed unseen.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qsl

import octokit
from jsonschema_rs import Draft202012Validator

Schema = dict[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_KEPT = frozenset(
    ("type", "enum", "items", "required", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
     "uniqueItems", "pattern", "format", "additionalProperties", "properties", "allOf", "anyOf", "oneOf", "not", "$ref",
     "maxProperties", "minProperties")
)  # fmt: skip
# Written out there as a user and an enterprise at once; everywhere else an installation is right.
_REPLACED = {("GET", "/app/installations"): {"type": "array", "items": {"$ref": "#/components/schemas/installation"}}}
_BELOW = ("items", "additionalProperties", "not")


class Operation:
    """One method of one route."""

    def __init__(self, description: Description, method: str, route: str, raw: Schema) -> None:
        self._description = description
        self.method, self.route, self._raw = method, route, raw

    @cached_property
    def _parameters(self) -> dict[tuple[str, str], Schema]:
        rows = [self._description.resolved(row) for row in self._raw.get("parameters", [])]
        return {(row["in"], row["name"]): row for row in rows}

    @cached_property
    def _pages(self) -> tuple[str, ...]:
        """What may be asked of a list whose answer has a Link to the next page, named by the description or not."""
        headers = self._description.resolved(self._raw["responses"].get("200", {})).get("headers", {})
        return ("page", "per_page") if "Link" in headers else ()

    def request(self, query: Mapping[str, str], body: bytes) -> list[str]:
        """What is wrong with a request."""
        strange = [name for name in query if ("query", name) not in self._parameters and name not in self._pages]
        found = [f"the query {name} is not known" for name in strange]
        for (place, name), row in self._parameters.items():
            if place == "query" and row.get("required") and name not in query:
                found.append(f"the query {name} is missing")
            if place == "query" and name in query:
                kind = row["schema"].get("type")
                value: Any = int(query[name]) if kind == "integer" and query[name].isdecimal() else query[name]
                found += _wrong(self._description.validator(row["schema"]), value)
        if "requestBody" not in self._raw:
            return [*found, "there is a body"] if body else found
        return found + self._body(body)

    def _body(self, raw: bytes) -> list[str]:
        wanted = self._raw["requestBody"]
        if not raw:
            return ["the body is missing"] if wanted.get("required") else []
        schema, value = wanted["content"]["application/json"]["schema"], json.loads(raw)
        strange = sorted(set(value) - set(schema.get("properties", value)))
        return [f"the body's {name} is not known" for name in strange] + _wrong(
            self._description.validator(schema), value
        )

    def answer(self, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer. The description leaves out most refusals: those are held against its basic error."""
        declared = self._raw["responses"].get(str(status))
        if declared is None and status < 400 and status != 304:
            return [f"the status {status} is not known"]
        if status == 304:
            return ["there is a body"] if body else []
        content = self._description.resolved(declared).get("content", {}) if declared else {}
        schema = _REPLACED.get((self.method, self.route)) or content.get("application/json", {}).get("schema")
        if schema is None and status < 400:
            return ["there is a body"] if body and status == 204 else []
        schema = schema or {"$ref": "#/components/schemas/basic-error"}
        return _wrong(self._description.validator(schema), json.loads(body))


class Description:
    """The whole of it. Schemas are made into JSON Schema 2020-12 when they are first asked for."""

    def __init__(self, raw: Schema) -> None:
        self._raw = raw
        self._schemas: dict[str, Schema] = {}
        self._validators: dict[int, tuple[Schema, Draft202012Validator]] = {}
        self._operations: dict[tuple[str, str], Operation] = {}

    def operation(self, method: str, path: str) -> Operation | None:
        """The route with the most words of its own that fits."""
        fits = [route for route in self._routes.get(path.count("/"), ()) if _fits(route, path)]
        fits += [route for route in self._open if route.count("/") < path.count("/") and _fits(route, path)]
        for route in sorted(fits, key=lambda each: each.count("{")):
            raw = self._raw["paths"][route].get(method.lower())
            if raw is not None:
                return self._operations.setdefault((method, route), Operation(self, method, route, raw))
        return None

    @cached_property
    def _routes(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for route in self._raw["paths"]:
            found.setdefault(route.count("/"), []).append(route)
        return found

    @cached_property
    def _open(self) -> list[str]:
        """Routes whose last part may hold slashes: the names of branches and refs."""
        found = []
        for route, operations in self._raw["paths"].items():
            rows = [self.resolved(row) for one in operations.values() for row in one.get("parameters", ())]
            names = {row["name"] for row in rows if row.get("x-multi-segment")}
            found += [route] if any(route.endswith(f"/{{{name}}}") for name in names) else []
        return found

    def resolved(self, row: Schema) -> Schema:
        """What a reference stands for."""
        while "$ref" in row:
            at: Any = self._raw
            for part in row["$ref"].removeprefix("#/").split("/"):
                at = at[part]
            row = at
        return row

    def validator(self, schema: Schema) -> Draft202012Validator:
        if id(schema) not in self._validators:
            made = self._converted(schema)
            names: dict[str, Schema] = {}
            self._collect(made, names)
            whole = {**made, "$defs": names}
            self._validators[id(schema)] = (schema, Draft202012Validator(whole, validate_formats=True))
        return self._validators[id(schema)][1]

    def _collect(self, made: Any, names: dict[str, Schema]) -> None:
        """All schemas that are referred to from here, however far."""
        if isinstance(made, dict):
            name = str(made.get("$ref", "")).removeprefix("#/$defs/")
            if name and name not in names:
                if name not in self._schemas:
                    self._schemas[name] = self._converted(mended(name, self._raw["components"]["schemas"][name]))
                names[name] = self._schemas[name]
                self._collect(names[name], names)
            made = list(made.values())
        if isinstance(made, list):
            for each in made:
                self._collect(each, names)

    def _converted(self, schema: Schema) -> Schema:
        """OpenAPI 3.0 as JSON Schema: ``nullable`` is a type there, and words that are no rules are left out."""
        made = {key: value for key, value in schema.items() if key in _KEPT}
        if "$ref" in made:
            made = {"$ref": f"#/$defs/{made['$ref'].rpartition('/')[2]}"}
        for key in ("allOf", "anyOf", "oneOf"):
            if key in made:
                made[key] = [self._converted(each) for each in made[key]]
        for key in _BELOW:
            if isinstance(made.get(key), dict):
                made[key] = self._converted(made[key])
        if "properties" in made:
            made["properties"] = {name: self._converted(each) for name, each in made["properties"].items()}
        return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


def mended(name: str, schema: Schema) -> Schema:
    """Where the description is known to be wrong about GitHub itself."""
    if name in ("pull-request", "pull-request-simple"):
        # the repository of a head is null once the fork was deleted
        head = schema["properties"]["head"]
        repo = {"nullable": True, "allOf": [head["properties"]["repo"]]}
        head = {**head, "properties": {**head["properties"], "repo": repo}}
        return {**schema, "properties": {**schema["properties"], "head": head}}
    return schema


@cache
def description() -> Description:
    """Read once for all tests; skips where it is not there."""
    return Description(octokit.openapi())


class Judge:
    """Middleware around a server whose API begins at ``prefix``."""

    def __init__(self, app: Any, prefix: str = "/api/v3") -> None:
        self._app = app
        self._prefix = prefix
        self._description = description()
        self.problems: list[str] = []
        self.seen: Counter[tuple[str, str, int]] = Counter()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(f"{self._prefix}/"):
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        sent = environ["wsgi.input"].read(length) if length else b""
        environ["wsgi.input"] = io.BytesIO(sent)
        told: list[str] = []

        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            told.append(status)
            return start_response(status, headers, exc_info)

        chunks = self._app(environ, start)
        answer = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        self._look(environ["REQUEST_METHOD"], path.removeprefix(self._prefix), query, sent, int(told[0][:3]), answer)
        return [answer]

    def _look(self, method: str, path: str, query: dict[str, str], sent: bytes, status: int, answer: bytes) -> None:
        operation = self._description.operation(method, path)
        if operation is None:
            self.problems.append(f"{method} {path}: GitHub has no such route")
            return
        self.seen[method, operation.route, status] += 1
        wrong = [f"request: {each}" for each in operation.request(query, sent)] if status < 400 else []
        if status < 500:
            wrong += [f"answer: {each}" for each in operation.answer(status, answer)]
        self.problems += [f"{method} {operation.route} {status}: {each}" for each in wrong]


def _fits(route: str, path: str) -> bool:
    pairs = zip(route.split("/"), path.split("/", route.count("/")), strict=True)
    return all(want == part or (want.startswith("{") and part) for want, part in pairs)


def _wrong(validator: Draft202012Validator, value: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message[:300]}" for error in validator.iter_errors(value)
    ]
