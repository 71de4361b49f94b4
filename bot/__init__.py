"""Gatehouse: what a change to a GitOps repository really does, and whether it may be merged.

Rooms, from the street inwards (an import only ever goes down this list):

- doors    ``cli``, ``doors`` - the command line; ``web``, ``worker``, ``sweeper`` - a process each, which
           ``supervisor`` runs together
- apart    ``playground`` - a local forge to try everything; ``setup`` - credentials and webhooks;
           ``doctor`` - what is missing
- wiring   ``assembly`` - settings to adapters; ``wiring`` - the same for the engine alone
- service  one file per thing the bot does on a forge; ``gate`` - the one function that judges
- jobs     what a check consists of; only here are stages chained
- stages   ``affected``, ``render``, ``diff``, ``checks``, ``report``: model in, model out
- adapters ``git``, ``policy``, ``forge``, ``queue``, ``webhooks``: the outside world
- libraries ``config``, ``settings``, ``documents``, ``process``: know nothing of the rooms above
- model    frozen dataclasses; a newcomer who reads ``model`` knows the product
"""

__version__ = "0.1.0"
