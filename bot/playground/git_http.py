"""Git over HTTP: clone, fetch by commit id and push, by git's own ``http-backend`` over the bare repositories.

A credential comes as HTTP Basic with the token as password (user names ``x-access-token`` and ``oauth2``, any other works
too) or as a Bearer token. Public repositories may be read without; everything else answers 401, or 404 to who may not know
of the repository. A push goes through git, and then through the World as if somebody had pushed there.

Source: git-http-backend(1), gitprotocol-pack(5), RFC 3875 (CGI).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Blueprint, Request, Response, request

from bot.git.command import argv, environment
from bot.model.forge import ForgeKind, Permission
from bot.playground.bare import ALONE, ZERO
from bot.playground.errors import Forbidden, Missing, Refused
from bot.playground.records import Repository, User
from bot.playground.world import World
from bot.process import Conversation, Limits, run

_MOST_BODY = 512 * 1024 * 1024
_CHUNK = 65_536
_FLUSH, _FRAME = b"0000", 60_000  # of a packet line, which holds at most 65,516 bytes
_UPLOAD, _RECEIVE = "git-upload-pack", "git-receive-pack"
_LIMITS = Limits(seconds=300, memory=4 * 1024**3, output=_MOST_BODY)
_SCOPES = {
    _UPLOAD: frozenset({"api", "read_api", "read_repository", "write_repository"}),
    _RECEIVE: frozenset({"api", "write_repository"}),
}


class _Unauthorized(Refused):
    status = 401


class _Move(NamedTuple):
    """One command of a push: zeros where a ref is new or to go."""

    old: str
    new: str
    ref: str


def blueprint(world: World) -> Blueprint:
    """The routes below ``/git``."""
    routes = Blueprint("git", __name__, url_prefix="/git")

    @routes.get("/<kind>/<path:path>.git/info/refs")
    def refs(kind: str, path: str) -> Response:
        return _answered(world, kind, path, "info/refs", request.args.get("service", ""))

    @routes.post("/<kind>/<path:path>.git/<service>")
    def rpc(kind: str, path: str, service: str) -> Response:
        return _answered(world, kind, path, service, service)

    return routes


def _answered(world: World, kind: str, path: str, rest: str, service: str) -> Response:
    try:
        if service not in (_UPLOAD, _RECEIVE):  # the dumb protocol is served by nobody any more
            raise Forbidden("Only git's smart HTTP protocol is spoken here.")
        repository, person = _admitted(world, kind, path, service)
        if rest == _RECEIVE:
            return _pushed(world, repository, person)
        return _backend(world, repository, rest)
    except Refused as refused:
        answer = Response(f"{refused}\n", refused.status, mimetype="text/plain")
        if refused.status == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="playground"'
        return answer


# -- who may


def _admitted(world: World, kind: str, path: str, service: str) -> tuple[Repository, User]:
    """The repository, and who came; nobody is a user without an id. Raises Refused."""
    with world.lock:
        value = _credential(request)
        token = world.token(value) if value else None
        if value and token is None:
            raise _Unauthorized("The token is unknown or has expired.")
        if kind not in set(ForgeKind):
            raise Missing(f"There is no {path}.")
        if token is None:
            repository = _public(world, ForgeKind(kind), path)
            if repository is None or service == _RECEIVE:
                raise _Unauthorized("Give a token as the password.")
            return repository, User(0, "", "", "")
        repository, person = world.repository(ForgeKind(kind), path), world.users[token.user_id]
        least = Permission.WRITE if service == _RECEIVE else Permission.READ
        if token.installation_id:
            _require_installation(world, token.installation_id, token.repositories, repository)
            wanted = ("write",) if service == _RECEIVE else ("read", "write")
            if token.permissions.get("contents") not in wanted:
                raise Forbidden(f"The App's token lacks the permission contents: {wanted[0]}.")
        elif not token.scopes & _SCOPES[service]:
            raise Forbidden(f"The token has none of the scopes {', '.join(sorted(_SCOPES[service]))}.")
        world.require(repository, person, least, "pushing" if service == _RECEIVE else "fetching")
        return repository, person


def _public(world: World, kind: ForgeKind, path: str) -> Repository | None:
    try:
        found = world.repository(kind, path)
    except Missing:
        return None
    return None if found.private else found


def _require_installation(world: World, installation_id: int, chosen: set[int] | None, repository: Repository) -> None:
    installation = world.installations[installation_id]
    inside = world.covers(installation, repository) and (chosen is None or repository.id in chosen)
    if not inside and repository.private:
        raise Missing(f"There is no {repository.path}.")


def _credential(asked: Request) -> str:
    """The token of a request, "" for none."""
    scheme, _, value = asked.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "?"  # a credential that nobody has
    return password or name


# -- git's own program


def _backend(world: World, repository: Repository, rest: str) -> Response:
    """Run it for a fetch (or either advertisement of refs), and pass on what it prints while it prints."""
    body = _body()
    words = argv(world.directory, "http-backend")
    backend = Conversation(words, env=_cgi(world, repository, rest, body))
    try:
        backend.input.write(body)
        backend.input.close()
    except OSError:  # it has ended; what it printed says why
        pass
    code, headers = _headers(backend)

    def rest_of_it() -> Iterator[bytes]:
        with backend:
            while chunk := backend.output.read(_CHUNK):
                yield chunk

    return Response(rest_of_it(), code, headers)


def _headers(backend: Conversation) -> tuple[int, list[tuple[str, str]]]:
    """The status and the headers that a CGI program prints first."""
    code, found = 200, []
    while line := backend.output.readline().strip().decode("latin-1"):
        name, _, value = line.partition(":")
        if name.lower() == "status":
            code = int(value.split()[0])
        else:
            found.append((name, value.strip()))
    return (code, found) if found else (500, [])


def _pushed(world: World, repository: Repository, person: User) -> Response:
    """A push: allowed first, then done by git, then followed up. Nothing else moves meanwhile."""
    body = _body()
    with world.lock:
        moves = _moves(body)
        for move in moves:
            name = move.ref.removeprefix("refs/heads/")
            if name != move.ref and not world.may_push(repository, person, name):
                return _declined(moves, f"The branch {name} is protected: change it by a pull request.")
        before = repository.bare.branches()
        words = argv(world.directory, "http-backend")
        done = run(words, env=_cgi(world, repository, _RECEIVE, body), stdin=body, limits=_LIMITS)
        after = repository.bare.branches()
        for name in sorted(before.keys() | after.keys()):
            world.branch_moved(repository, person, name, before.get(name, ""), after.get(name, ""))
    head, _, rest = done.stdout.partition(b"\r\n\r\n")
    if not done.ok:
        return Response("git could not take the push.\n", 500, mimetype="text/plain")
    headers = [tuple(line.split(": ", 1)) for line in head.decode("latin-1").split("\r\n") if ": " in line]
    code = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
    return Response(rest, code, [(name, value) for name, value in headers if name != "Status"])


def _declined(moves: Sequence[_Move], why: str) -> Response:
    """No ref moves, as when a hook of either forge says no: git shows the sentence behind ``remote:``, and each ref as
    rejected."""
    report = b"".join(_packet(f"ng {move.ref} protected branch hook declined\n".encode()) for move in moves)
    inner = _packet(b"unpack ok\n") + report + _FLUSH
    told = _packet(b"\x02" + f"error: {why}\n".encode())
    frames = b"".join(_packet(b"\x01" + inner[at : at + _FRAME]) for at in range(0, len(inner), _FRAME))
    return Response(told + frames + _FLUSH, 200, mimetype="application/x-git-receive-pack-result")


def _packet(content: bytes) -> bytes:
    return f"{len(content) + 4:04x}".encode() + content


def _moves(body: bytes) -> list[_Move]:
    """What a push asks for: the packet lines before the first flush. Raises Refused for what is none."""
    found, at = [], 0
    while at + 4 <= len(body):
        try:
            size = int(body[at : at + 4], 16)
        except ValueError as error:
            raise Refused("The body is no push of git.") from error
        if size < 4:
            break
        words = body[at + 4 : at + size].split(b"\0")[0].decode(errors="surrogateescape").rstrip("\n").split(" ", 2)
        if len(words) == 3 and len(words[0]) == len(ZERO):
            found.append(_Move(*words))
        elif words[0] not in ("shallow", "push-cert"):
            raise Refused("The body is no push of git.")
        at += size
    return found


def _body() -> bytes:
    found = request.stream.read(_MOST_BODY + 1)
    if len(found) > _MOST_BODY:
        raise Refused("The request is larger than this forge takes.")
    return found


def _cgi(world: World, repository: Repository, rest: str, body: bytes) -> dict[str, str]:
    """The environment of a CGI program, and none of the client's own variables besides."""
    wanted = {
        "GIT_PROJECT_ROOT": str(world.directory),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.bare.directory.name}/{rest}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": f"service={request.args.get('service', '')}" if rest == "info/refs" else "",
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_USER": "somebody",  # whoever it is has been admitted; http-backend refuses a push without a name
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        **ALONE,
    }
    if encoding := request.headers.get("Content-Encoding", ""):
        wanted["HTTP_CONTENT_ENCODING"] = encoding
    return environment(wanted)
