"""Accounts, organisations, teams, Apps and tokens: who there is, and what they may do."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.model.forge import ForgeKind, Permission
from bot.playground.errors import Forbidden, Invalid, Missing
from bot.playground.events import Event
from bot.playground.records import App, Installation, Organisation, PullRequest, Repository, Team, Token, User
from bot.playground.state import State


class People(State):
    """The part of the World that knows accounts."""

    def add_user(self, login: str, *, name: str = "", email: str = "", is_bot: bool = False, app_id: int = 0) -> User:
        """An account on both halves. Raises Invalid where the login is taken."""
        with self._lock:
            if any(u.login.lower() == login.lower() for u in self.users.values()):
                raise Invalid(f"The login {login} is taken.")
            user = User(self.new_id(), login, name or login, email or f"{login}@example.com", is_bot, app_id)
            self.users[user.id] = user
            return user

    def add_organisation(
        self, kind: ForgeKind, path: str, members: Mapping[str, Permission] | None = None
    ) -> Organisation:
        """An organisation, or a group by its full path; ``members``: login → role."""
        with self._lock:
            people = {self.user(login).id: role for login, role in (members or {}).items()}
            made = Organisation(self.new_id(), kind, path, people)
            self.organisations[made.id] = made
            return made

    def add_team(
        self,
        organisation: Organisation,
        slug: str,
        members: Iterable[str] = (),
        grants: Mapping[int, Permission] | None = None,
    ) -> Team:
        """A team of a GitHub organisation; its people become members. ``grants``: repository id → role."""
        with self._lock:
            team = Team(self.new_id(), slug, slug.replace("-", " ").title(), {self.user(m).id for m in members})
            team.grants.update(grants or {})
            organisation.teams[slug.lower()] = team
            for member in team.members:
                organisation.members.setdefault(member, Permission.READ)
            return team

    def namespace(self, repository: Repository) -> Organisation:
        """What the repository lies in. A user's own is made when it is first needed."""
        with self._lock:
            try:
                return self.organisation(repository.kind, repository.owner)
            except Missing:
                login = repository.owner
                owner = {login: Permission.ADMIN} if any(u.login == login for u in self.users.values()) else {}
                made = self.add_organisation(repository.kind, login, owner)
                made.is_user = bool(owner)
                return made

    def groups_of(self, repository: Repository) -> list[Organisation]:
        """The organisation, or all groups above a GitLab project, the nearest first."""
        with self._lock:
            nearest = self.namespace(repository)
            above = [
                o
                for o in self.organisations.values()
                if o.kind is repository.kind and nearest.path.lower().startswith(o.path.lower() + "/")
            ]
            return [nearest, *sorted(above, key=lambda o: -len(o.path))]

    def permission(self, repository: Repository, user: User) -> Permission:
        """What they may do there, whatever gives it to them: the most of their own role, their organisation's or groups' and
        their teams'. Of an App's account what its installation allows."""
        with self._lock:
            if user.app_id:
                return self._of_app(repository, user)
            roles = [Permission.NONE if repository.private else Permission.READ]
            roles.append(repository.members.get(user.id, Permission.NONE))
            for organisation in self.groups_of(repository):
                roles.append(organisation.members.get(user.id, Permission.NONE))
                roles += [
                    team.grants.get(repository.id, Permission.NONE)
                    for team in organisation.teams.values()
                    if user.id in team.members
                ]
            return max(roles)

    def _of_app(self, repository: Repository, user: User) -> Permission:
        for installation in self.installations.values():
            if installation.app_id == user.app_id and self.covers(installation, repository):
                writes = "write" in (installation.permissions.get(p) for p in ("contents", "pull_requests", "issues"))
                return Permission.WRITE if writes else Permission.READ
        return Permission.NONE if repository.private else Permission.READ

    def require(self, repository: Repository, user: User, least: Permission, doing: str) -> None:
        """Raises Missing where the repository is not theirs to see, Forbidden where they see it and may not do that."""
        has = self.permission(repository, user)
        if has >= least:
            return
        if has is Permission.NONE:
            raise Missing(f"There is no {repository.path}.")
        raise Forbidden(
            f"{user.login} has the role {has.name.lower()} in {repository.path}; {doing} needs {least.name.lower()}."
        )

    def is_author(self, pull: PullRequest, user: User) -> bool:
        return pull.author_id == user.id

    # -- Apps and tokens

    def add_app(self, slug: str, public_key: bytes, permissions: Mapping[str, str], events: Iterable[str]) -> App:
        """A GitHub App with the account ``slug[bot]``. ``public_key``: PEM, what its JWTs are verified by. Its webhook is
        added by ``add_hook(app=…)``."""
        with self._lock:
            app_id = self.new_id()
            user = self.add_user(
                f"{slug}[bot]",
                name=slug,
                email=f"{app_id}+{slug}[bot]@users.noreply.example.com",
                is_bot=True,
                app_id=app_id,
            )
            app = App(app_id, slug, slug.title(), user.id, [public_key], dict(permissions), set(events))
            self.apps[app.id] = app
            return app

    def install(
        self, app: App, organisation: Organisation, actor: User, repositories: Iterable[Repository] | None = None
    ) -> Installation:
        """Install an App with the permissions that it asks for; None: in all repositories of the organisation."""
        with self._lock:
            chosen = {r.id for r in repositories} if repositories is not None else None
            permissions = dict(app.permissions)
            made = Installation(self.new_id(), app.id, organisation.id, permissions, self.now(), chosen)
            self.installations[made.id] = made
            self.emit(Event("installation", actor, self.now(), "created", installation=made))
            return made

    def covers(self, installation: Installation, repository: Repository) -> bool:
        """Whether an installation that is not suspended holds for a repository."""
        organisation = self.organisations[installation.organisation_id]
        inside = organisation.kind is repository.kind and organisation.path.lower() == repository.owner.lower()
        chosen = installation.repositories
        return inside and not installation.suspended and (chosen is None or repository.id in chosen)

    def installation_token(
        self,
        installation: Installation,
        *,
        permissions: Mapping[str, str] | None = None,
        repositories: Iterable[int] | None = None,
        seconds: float = 3600,
    ) -> Token:
        """A token of an installation, perhaps with less than the installation has. Raises Invalid for more than it has."""
        with self._lock:
            allowed = installation.permissions
            wanted = dict(permissions) if permissions is not None else dict(allowed)
            levels = {"read": 1, "write": 2, "admin": 3}
            for name, level in wanted.items():
                if levels.get(level, 9) > levels.get(allowed.get(name, ""), 0):
                    raise Invalid(f"The permission {name}: {level} is not granted to this installation.")
            chosen = set(repositories) if repositories is not None else installation.repositories
            user_id = self.apps[installation.app_id].user_id
            expires = self.now() + timedelta(seconds=seconds)
            token = Token(f"ghs_{secrets.token_hex(18)}", user_id, installation.id, wanted, chosen, expires_at=expires)
            self.tokens[token.value] = token
            return token

    def user_token(self, user: User, scopes: Iterable[str] = ("api",), value: str = "") -> Token:
        """A personal access token (GitLab), for ever; ``value``: a chosen one."""
        with self._lock:
            token = Token(value or f"glpat-{secrets.token_hex(10)}", user.id, scopes=frozenset(scopes))
            self.tokens[token.value] = token
            return token

    def token(self, value: str) -> Token | None:
        """The token of this value, while it is good."""
        with self._lock:
            found = self.tokens.get(value)
            if found is None or (found.expires_at is not None and found.expires_at <= self.now()):
                return None
            installation = self.installations.get(found.installation_id)
            gone = found.installation_id and (installation is None or installation.suspended)
            return None if gone else found
