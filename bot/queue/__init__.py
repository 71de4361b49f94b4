"""Redis: the queue (RQ), locks, what is remembered between runs, and a server of our own where nobody has one.

``embedded`` runs that server, ``connection`` reaches any, ``condition`` says what is wrong with it; ``jobs`` is the queue,
``options`` its order and times, ``merging`` how jobs of one key become one, ``leftovers`` finds jobs that a dying worker
dropped, ``hands`` is RQ's worker with our timing, ``waiting`` tells how the queue stands; ``intake`` takes deliveries,
``spool`` keeps them on disk while Redis is away; ``locks``, ``memory`` and ``metrics`` say what they are.
Everything in Redis may be lost at any time: what counts stands on the forge, and the sweep finds it there.
"""
