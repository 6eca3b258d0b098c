"""What Prometheus may ask: requests, their server time, listeners, places, and how old the last word of Redis is."""

import time
from collections.abc import Awaitable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)
_TIMED = frozenset(("/v1/nearest", "/v1/sites", "/v1/sites/{id}", "/v1/areas", "/v1/about", "/"))


class GatewayMeters:
    """The meters of one gateway process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "placelibre_http_requests_total", "Requests by path and status", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "placelibre_http_seconds",
            "Server time from the request to the last byte handed over",
            ["path"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.sent_bytes = Counter(
            "placelibre_http_sent_bytes_total", "Bytes of answers, as they were sent", ["path"], registry=self.registry
        )
        self._senders: dict[str, Counter] = {}
        self._counters: dict[tuple[str, int], Counter] = {}  # labels() is slow; its answers are kept
        self._timers: dict[str, Histogram] = {}
        self.listeners = self._gauge("placelibre_listeners", "Clients of /v1/changes")
        self.places = self._gauge("placelibre_places", "Places known")
        self.unknown = self._gauge("placelibre_places_unknown", "Places of which nothing valid is known")
        self.redis_up = self._gauge("placelibre_redis_up", "1 while Redis answers")
        self.left_out = self._gauge("placelibre_changes_left_out", "Entries of the stream that were none of ours")

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(name, about, registry=self.registry)

    def count(self, path: str, status: int) -> None:
        """One more request answered."""
        key = (path, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self.requests.labels(path, str(status))
        counter.inc()

    def send(self, path: str, size: int) -> None:
        """So many bytes more of an answer's body."""
        sender = self._senders.get(path)
        if sender is None:
            sender = self._senders[path] = self.sent_bytes.labels(path)
        sender.inc(size)

    def time(self, path: str, seconds: float) -> None:
        """How long one request took us."""
        timer = self._timers.get(path)
        if timer is None:
            timer = self._timers[path] = self.seconds.labels(path)
        timer.observe(seconds)


class MeteredApp:
    """ASGI middleware that counts and times requests; streams of events are counted, not timed."""

    def __init__(self, app: ASGIApp, meters: GatewayMeters) -> None:
        self._app, self._meters = app, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        path = scope["path"] if scope["path"] in _TIMED else _family(scope["path"])

        answered = False

        def watch(message: Message) -> Awaitable[None]:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                self._meters.count(path, message["status"])
            elif message["type"] == "http.response.body":
                self._meters.send(path, len(message.get("body", b"")))
            return send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if not answered:  # a mistake of ours, which Starlette answers above us
                self._meters.count(path, 500)
            raise
        finally:
            if path in _TIMED:
                self._meters.time(path, time.perf_counter() - started)


def _family(path: str) -> str:
    """A small set of names, whatever people ask for."""
    for prefix, name in (("/v1/sites/", "/v1/sites/{id}"), ("/v1/changes", "/v1/changes"), ("/static/", "/static")):
        if path.startswith(prefix):
            return name
    return "other"
