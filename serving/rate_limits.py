"""How much one client may ask: counted in memory, told in time, and refused with 429.

The notation is that of ``limits`` ("6000/minute", "50/second; 6000/minute"); the fields are RateLimit and
RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers). Each process counts for itself. A window begins with the first
request in it, so up to twice the limit can pass around the end of one.
"""

import logging
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

log = logging.getLogger(__name__)
MAX_CLIENTS = 50_000
"""Windows held, some 10 MB; beyond that the one that began first is forgotten."""

TOLD_SHARE = 0.5
"""A client is told what it has left once it has used this share of a limit: before that nobody needs to know, and two
more fields would cost the quickest answers two per cent."""

OFF = ("", "0")


def read_limits(text: str) -> tuple[RateLimitItem, ...]:
    """Limits from their notation, none where it is 0. Raises ValueError where it is none."""
    return () if text.strip() in OFF else tuple(parse_many(text))


class LimitPolicy(NamedTuple):
    """A limit by its name in the RateLimit fields: ``amount`` requests in a window of so many seconds."""

    name: str
    amount: int
    seconds: int


class Allowance(NamedTuple):
    """What a client has left of the limit it is nearest to, and in how many seconds it has all of it again.

    Of several that it is over, the one that lasts longest.
    """

    policy: LimitPolicy
    left: int
    reset_s: int

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.left < 0

    def field(self) -> bytes:
        """The RateLimit field."""
        return b'"%b";r=%d;t=%d' % (self.policy.name.encode(), max(0, self.left), self.reset_s)


class ClientWindows:
    """Counts requests by client and limit, in a bounded memory.

    ``limits`` brings a store in memory, which starts a thread for every few requests to look through all its keys and
    has no bound: not for a path of microseconds.
    """

    def __init__(
        self, items: tuple[RateLimitItem, ...], clock: Callable[[], float] = time.monotonic, most: int = MAX_CLIENTS
    ) -> None:
        self.policies = tuple(LimitPolicy(_name(item), item.amount, item.get_expiry()) for item in items)
        self._clock, self._most = clock, most
        # For each client and policy: requests so far, when that ends, from how many on the client is told, and
        # the policy's seconds. Lists and not objects, because this is counted for every request.
        self._windows: OrderedDict[str, list[list[float]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    @property
    def field(self) -> str:
        """The RateLimit-Policy field."""
        return ", ".join(f'"{policy.name}";q={policy.amount};w={policy.seconds}' for policy in self.policies)

    def take(self, client: str) -> Allowance | None:
        """Count one request. None as long as the client is far from every limit; else what it has left of one."""
        now = self._clock()
        windows = self._windows.get(client)
        if windows is None:
            windows = self._begin(client, now)
        near = False
        for window in windows:
            if window[1] <= now:
                window[0], window[1] = 0, now + window[3]
            window[0] += 1
            if window[0] >= window[2]:
                near = True
        return self._nearest(windows, now) if near else None

    def _begin(self, client: str, now: float) -> list[list[float]]:
        windows = self._windows[client] = [
            [0, now + policy.seconds, policy.amount * TOLD_SHARE, policy.seconds] for policy in self.policies
        ]
        if len(self._windows) > self._most:
            self._windows.popitem(last=False)
        return windows

    def _nearest(self, windows: list[list[float]], now: float) -> Allowance:
        found = [
            Allowance(policy, policy.amount - int(window[0]), math.ceil(window[1] - now))
            for window, policy in zip(windows, self.policies, strict=True)
        ]
        if over := [allowance for allowance in found if allowance.is_over]:
            return max(over, key=lambda allowance: allowance.reset_s)  # whoever comes back sooner is refused again
        return min(found, key=lambda allowance: allowance.left)


def _name(item: RateLimitItem) -> str:
    return f"per-{item.multiples if item.multiples > 1 else ''}{item.GRANULARITY.name}"


class RateLimited:
    """ASGI middleware that refuses who asks too much. ``WithHeaders`` around it tells who is near its limit."""

    def __init__(
        self, app: ASGIApp, windows: ClientWindows, clients: ClientFinder, headers: Mapping[str, str] | None = None
    ) -> None:
        self._app, self._windows, self._clients = app, windows, clients
        self._policy = (b"ratelimit-policy", windows.field.encode())
        self._headers = dict(headers or {})
        self._warned = False

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """See ASGI."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        allowance = self._windows.take(self._clients.find(scope))
        if allowance is not None:
            scope[EXTRA] = [self._policy, (b"ratelimit", allowance.field())]
            if allowance.is_over:
                return self._refuse(scope, receive, send, allowance)
        return self._app(scope, receive, send)

    def _refuse(self, scope: Scope, receive: Receive, send: Send, allowance: Allowance) -> Awaitable[None]:
        if not self._warned and self._clients.is_unbelieved_proxy(scope):
            self._warned = True
            log.warning(
                "%s is refused as one client, and says that it asks for others: if it is your proxy, name it in "
                "PLACELIBRE_TRUSTED_PROXIES",
                scope["client"][0],
            )
        wait_s = max(1, allowance.reset_s)
        detail = f"this address has asked more than it may ({self._windows.field}); ask again in {wait_s} s"
        problem = ProblemDocument(429, "Too many requests", detail, headers={"Retry-After": str(wait_s)})
        return respond(problem, self._headers)(scope, receive, send)
