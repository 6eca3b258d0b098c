"""How much one client may ask: counted in memory, answered with 429, and told with every answer.

The notation is that of ``limits`` ("6000/minute", "50/second; 6000/minute"); the fields are RateLimit and
RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers). Each process counts for itself. A window begins with the first
request in it, so up to twice the limit can pass around the end of one.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from limits import RateLimitItem, parse_many
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.clients import ClientFinder
from serving.headers import EXTRA
from serving.problems import ProblemDocument, respond

MAX_CLIENTS = 50_000
"""Windows held, some 10 MB; beyond that the one that began first is forgotten."""

OFF = ("", "0")


def read_limits(text: str) -> tuple[RateLimitItem, ...]:
    """Limits from their notation, none where it is 0. Raises ValueError where it is none."""
    return () if text.strip() in OFF else tuple(parse_many(text))


class Allowance(NamedTuple):
    """What a client has left of one limit, and in how many seconds it has all of it again."""

    policy: str
    left: int
    reset_s: int
    is_over: bool


class ClientWindows:
    """Counts requests by client and limit, in a bounded memory.

    ``limits`` brings a store in memory, which starts a thread for every few requests to look through all its keys and
    has no bound: not for a path of microseconds.
    """

    def __init__(
        self, items: tuple[RateLimitItem, ...], clock: Callable[[], float] = time.monotonic, most: int = MAX_CLIENTS
    ) -> None:
        self._policies = [(_name(item), item.amount, item.get_expiry()) for item in items]
        self._clock, self._most = clock, most
        self._windows: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    @property
    def policy(self) -> str:
        """The RateLimit-Policy field."""
        return ", ".join(f'"{name}";q={amount};w={seconds}' for name, amount, seconds in self._policies)

    def take(self, client: str) -> Allowance:
        """Count one request; what is left of the limit that has the least."""
        now = self._clock()
        return min((self._count(client, now, *policy) for policy in self._policies), key=_severity)

    def _count(self, client: str, now: float, name: str, amount: int, seconds: int) -> Allowance:
        key = (client, name)
        window = self._windows.get(key)
        if window is None or window[1] <= now:
            self._windows[key] = window = [0, now + seconds]
            self._windows.move_to_end(key)
            if len(self._windows) > self._most:
                self._windows.popitem(last=False)
        window[0] += 1
        left = amount - int(window[0])
        return Allowance(name, max(0, left), math.ceil(window[1] - now), left < 0)


def _severity(allowance: Allowance) -> tuple[bool, int]:
    return not allowance.is_over, allowance.left


def _name(item: RateLimitItem) -> str:
    return f"per-{item.multiples if item.multiples > 1 else ''}{item.GRANULARITY.name}"


class RateLimited:
    """ASGI middleware that refuses who asks too much. Inside it, ``WithHeaders`` tells everyone what is left."""

    def __init__(
        self, app: ASGIApp, windows: ClientWindows, clients: ClientFinder, headers: Mapping[str, str] | None = None
    ) -> None:
        self._app, self._windows, self._clients = app, windows, clients
        self._policy = (b"ratelimit-policy", windows.policy.encode())
        self._headers = dict(headers or {})

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """See ASGI."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        allowance = self._windows.take(self._clients.find(scope))
        told = (b"ratelimit", b'"%b";r=%d;t=%d' % (allowance.policy.encode(), allowance.left, allowance.reset_s))
        scope[EXTRA] = [self._policy, told]
        if allowance.is_over:
            return self._refuse(scope, receive, send, allowance)
        return self._app(scope, receive, send)

    def _refuse(self, scope: Scope, receive: Receive, send: Send, allowance: Allowance) -> Awaitable[None]:
        wait_s = max(1, allowance.reset_s)
        detail = f"this address has asked more than it may ({self._windows.policy}); ask again in {wait_s} s"
        problem = ProblemDocument(429, "Too many requests", detail, headers={"Retry-After": str(wait_s)})
        return respond(problem, self._headers)(scope, receive, send)
