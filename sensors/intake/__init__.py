"""How payloads come in: polled from an API, replayed from a file, or sent to us by MQTT or HTTP."""
