"""The door for forges and for people: webhooks in, report pages out, health and figures. Flask is imported only here and in
the playground.

``app.create_app`` puts the parts together; ``webhooks``, ``reports``, ``health`` and ``figures`` are those parts,
``answers`` how a sentence becomes an answer, ``wired`` what stands behind it, ``serving`` and ``wsgi`` how gunicorn runs it.
"""
