"""The state of a forge: accounts, repositories over real git, pull requests, conversations, statuses.

A World lives in memory, its git repositories in one directory; both halves, GitHub's and GitLab's, are in one World, and
each repository belongs to one of them. It is made of parts that stand on each other, a module each::

    State → People → Repositories → PullRequests → Conversation → Statuses → Merging → MergeQueue
    = World

What a caller needs to know:

- Rows (``records``) are live. Read several under ``with world.lock``; change them by the methods alone. All methods take
  the lock themselves, so each is atomic.
- Methods that act take the ``User`` who acts, check that user's role in the repository, and raise ``errors.Refused``
  (``.status`` is the HTTP status). What an App's token permits, and a GitLab token's scopes, the APIs check.
- Every change emits an ``events.Event`` to the listeners within the lock; ``webhooks.Sender`` is one of them.
- ``world.clock`` gives the time, ``world.new_id()`` ids, ``world.faults`` what shall go wrong, ``world.url`` the address.

In short::

    world = World(directory)                       # an empty directory; removed by whoever made it
    mona = world.add_user("mona")
    acme = world.add_organisation(ForgeKind.GITHUB, "acme", {"mona": Permission.ADMIN})
    repository = world.create_repository(ForgeKind.GITHUB, "acme/gitops", source=Path("a/clone"))
    world.commit(repository, mona, "change", {"a.yaml": "a: 1\\n"}, "Say so")
    pull = world.open_pull(repository, mona, "Say so", "change")
    world.set_status(repository, mona, pull.head, "gatehouse", "success")
    world.merge(pull, mona, sha=pull.head)
"""

from __future__ import annotations

from bot.playground.merge_queue import MergeQueue


class World(MergeQueue):
    """All of it; see the module."""
