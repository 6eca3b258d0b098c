"""The HTTP kit of every process: problems, server, probes, limits, credentials, compression.

It knows no page and no city. A process puts together what it needs: ``server`` runs an ASGI app, ``probes`` answers
/metrics, /healthz and /readyz on a port of their own, and middlewares wrap the app.
"""
