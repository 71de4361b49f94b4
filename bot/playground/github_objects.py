"""Rows as GitHub's JSON tells them, in webhooks and in answers of the API alike: accounts, repositories, Apps.

Every field that GitHub's OpenAPI description requires is there; what the forge does not have is null, zero or empty, as
GitHub says it of a repository without it. Source: npm ``@octokit/openapi``, schemas simple-user, repository,
full-repository, integration, installation, simple-commit.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bot.model.forge import Permission
from bot.playground.bare import Commit, Signature
from bot.playground.records import App, Installation, Organisation, Repository, User
from bot.playground.state import State
from bot.playground.world import World

Json = dict[str, Any]

# The addresses of a repository's JSON: name → what stands behind the address of the repository.
_BELOW = {
    "archive": "/{archive_format}{/ref}", "assignees": "/assignees{/user}", "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}", "collaborators": "/collaborators{/collaborator}", "comments": "/comments{/number}",
    "commits": "/commits{/sha}", "compare": "/compare/{base}...{head}", "contents": "/contents/{+path}",
    "contributors": "/contributors", "deployments": "/deployments", "downloads": "/downloads", "events": "/events",
    "forks": "/forks", "git_commits": "/git/commits{/sha}", "git_refs": "/git/refs{/sha}", "git_tags": "/git/tags{/sha}",
    "hooks": "/hooks", "issue_comment": "/issues/comments{/number}", "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}", "keys": "/keys{/key_id}", "labels": "/labels{/name}", "languages": "/languages",
    "merges": "/merges", "milestones": "/milestones{/number}", "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}", "releases": "/releases{/id}", "stargazers": "/stargazers", "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers", "subscription": "/subscription", "tags": "/tags", "teams": "/teams",
    "trees": "/git/trees{/sha}",
}  # fmt: skip
_OF_USER = {
    "followers": "/followers", "following": "/following{/other_user}", "gists": "/gists{/gist_id}",
    "starred": "/starred{/owner}{/repo}", "subscriptions": "/subscriptions", "organizations": "/orgs", "repos": "/repos",
    "events": "/events{/privacy}", "received_events": "/received_events",
}  # fmt: skip


def api(world: State) -> str:
    """The root of GitHub's half of the API."""
    return f"{world.url}/api/v3"


def time(at: datetime | None) -> str | None:
    """As GitHub writes a time: in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else None


def node_id(kind: str, number: int) -> str:
    """An opaque id, as GraphQL has them."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode().rstrip("=")


def user_json(world: State, user: User) -> Json:
    """An account: a user, or the bot of an App."""
    return _account(world, user.id, user.login, "Bot" if user.is_bot else "User")


def owner_json(world: World, repository: Repository) -> Json:
    """Who owns a repository: an organisation or a user."""
    owner = world.namespace(repository)
    if owner.is_user:
        return user_json(world, world.user(owner.path))
    return account_json(world, owner)


def account_json(world: State, organisation: Organisation) -> Json:
    """An organisation, as simple users are told."""
    return _account(world, organisation.id, organisation.path, "Organization")


def _account(world: State, number: int, login: str, kind: str) -> Json:
    quoted = quote(login)  # of an App's account: brackets
    url = f"{api(world)}/users/{quoted}"
    return {
        "login": login,
        "id": number,
        "node_id": node_id(kind, number),
        "avatar_url": f"{world.url}/avatars/{number}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.url}/github/{quoted}",
        **{f"{name}_url": url + path for name, path in _OF_USER.items()},
        "type": kind,
        "site_admin": False,
    }


def repository_json(world: World, repository: Repository) -> Json:
    """A repository, as ``GET /repos/…`` and webhooks tell it."""
    url = f"{api(world)}/repos/{repository.path}"
    open_pulls = sum(p.is_open for p in world.pulls_of(repository))
    made = time(repository.created_at)
    counts = dict.fromkeys(("stargazers", "watchers", "forks", "network", "subscribers"), 0)
    switches = dict.fromkeys(("has_projects", "has_wiki", "has_pages", "has_discussions", "has_downloads"), False)
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.path,
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "owner": owner_json(world, repository),
        "html_url": world.web_url(repository),
        "description": None,
        "fork": bool(repository.fork_of),
        "url": url,
        **{f"{name}_url": url + path for name, path in _BELOW.items()},
        "clone_url": world.clone_url(repository),
        "git_url": world.clone_url(repository),
        "ssh_url": world.clone_url(repository),
        "svn_url": world.web_url(repository),
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "topics": [],
        "default_branch": repository.default_branch,
        "archived": False,
        "disabled": False,
        "has_issues": True,
        **switches,
        "is_template": False,
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "open_issues": open_pulls,
        "open_issues_count": open_pulls,
        "forks": 0,
        "watchers": 0,
        "size": 0,
        **{f"{name}_count": number for name, number in counts.items()},
        "created_at": made,
        "updated_at": made,
        "pushed_at": made,
    }


def permissions_json(role: Permission) -> dict[str, bool]:
    """A role as the five switches that GitHub tells."""
    return {
        "admin": role >= Permission.ADMIN,
        "maintain": role >= Permission.MAINTAIN,
        "push": role >= Permission.WRITE,
        "triage": role >= Permission.TRIAGE,
        "pull": role >= Permission.READ,
    }


def app_json(world: State, app: App) -> Json:
    """An App, as check runs and ``GET /app`` tell it."""
    owner = next((o for o in world.organisations.values() if not o.is_user), None)
    made = time(datetime.fromtimestamp(0, UTC))
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("App", app.id),
        "owner": account_json(world, owner) if owner else user_json(world, world.users[app.user_id]),
        "name": app.name,
        "description": None,
        "external_url": world.url,
        "html_url": f"{world.url}/apps/{app.slug}",
        "created_at": made,
        "updated_at": made,
        "permissions": app.permissions,
        "events": sorted(app.events),
    }


def installation_json(world: State, installation: Installation) -> Json:
    """An installation, whole."""
    app, organisation = world.apps[installation.app_id], world.organisations[installation.organisation_id]
    url = f"{api(world)}/app/installations/{installation.id}"
    return {
        "id": installation.id,
        "account": account_json(world, organisation),
        "repository_selection": "all" if installation.repositories is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{api(world)}/installation/repositories",
        "html_url": f"{world.url}/organizations/{organisation.path}/settings/installations/{installation.id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": organisation.id,
        "target_type": "User" if organisation.is_user else "Organization",
        "permissions": installation.permissions,
        "events": sorted(app.events),
        "created_at": time(installation.created_at),
        "updated_at": time(installation.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": time(installation.created_at) if installation.suspended else None,
    }


def git_user_json(signature: Signature) -> Json:
    """Who made a commit, as git has it."""
    return {"name": signature.name, "email": signature.email, "date": time(signature.at)}


def simple_commit_json(commit: Commit) -> Json:
    """A commit as pushes, suites and merge groups tell it."""
    return {
        "id": commit.id,
        "tree_id": commit.tree,
        "message": commit.message.rstrip("\n"),
        "timestamp": time(commit.committer.at),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def commit_json(world: World, repository: Repository, commit: Commit) -> Json:
    """A commit as lists of commits and statuses tell it."""
    url = f"{api(world)}/repos/{repository.path}"
    people = {u.email: u for u in world.users.values()}
    author, committer = people.get(commit.author.email), people.get(commit.committer.email)
    return {
        "sha": commit.id,
        "node_id": node_id("Commit", int(commit.id[:8], 16)),
        "url": f"{url}/commits/{commit.id}",
        "html_url": f"{world.web_url(repository)}/commit/{commit.id}",
        "comments_url": f"{url}/commits/{commit.id}/comments",
        "commit": {
            "url": f"{url}/git/commits/{commit.id}",
            "author": git_user_json(commit.author),
            "committer": git_user_json(commit.committer),
            "message": commit.message.rstrip("\n"),
            "comment_count": 0,
            "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
            "verification": {
                "verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None,
            },
        },
        "author": user_json(world, author) if author else None,
        "committer": user_json(world, committer) if committer else None,
        "parents": [
            {"sha": p, "url": f"{url}/commits/{p}", "html_url": f"{world.web_url(repository)}/commit/{p}"}
            for p in commit.parents
        ],
    }  # fmt: skip
