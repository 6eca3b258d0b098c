"""A small sound payload, written by us in the source's shape."""

PAYLOAD = b"timestamp,a,b\n2026-05-04T11:59:00+00:00,5,\n"
