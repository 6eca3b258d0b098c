"""How payloads come in: polled from an API, or replayed from a file."""
