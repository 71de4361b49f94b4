"""Gatehouse: what a change to a GitOps repository really does, and whether it may be merged.

Rooms, from the street inwards (an import only ever goes down this list):

- doors    ``cli`` - one process each, thin
- wiring   settings to concrete adapters; the only module that names them all
- jobs     one file per thing Gatehouse does; only here are stages chained
- stages   ``affected``, ``render``, ``diff``, ``checks``, ``report``: model in, model out
- adapters ``git``: the outside world
- libraries ``config``, ``settings``, ``documents``, ``process``: know nothing of the rooms above
- model    frozen dataclasses; a newcomer who reads ``model`` knows the product
"""

__version__ = "0.1.0"
