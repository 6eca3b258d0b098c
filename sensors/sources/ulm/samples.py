"""A small sound payload, written by us in the source's shape."""

PAYLOAD = b'[{"id":"pbg-b-handicap-o-1-001","timestamp":"2026-05-04T11:59:00.000Z","occupied":false}]'
