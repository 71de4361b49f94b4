"""A forge on this machine, to try Gatehouse on: accounts, pull requests and statuses in memory over real git repositories.

- ``world``     the state, and everything that people, Apps and tokens can do to it; ``records`` are its nouns
- ``bare``      one git repository on disk
- ``webhooks``  real HTTP deliveries of what happens; ``faults`` makes them, and the APIs, misbehave on request
- ``github_api``, ``gitlab_api``  the subset of both HTTP APIs that the bot uses
- ``git_http``, ``pages``, ``app``  git over HTTP, pages for people, and the server of all of it
- ``seed``      the sample repository with its three pull requests
"""
