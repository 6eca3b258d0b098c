"""What a city decides about its HTTP, from the settings, and the middlewares that keep it."""

from collections.abc import Mapping
from typing import NamedTuple

from limits import RateLimitItem
from starlette.middleware import Middleware

from serving.clients import ClientFinder, Network
from serving.compression import Compressed
from serving.connections import MAX_CONNECTIONS, PER_ADDRESS, Doors
from serving.headers import OpenToAnyOrigin, WithHeaders, fixed_headers
from serving.rate_limits import ClientWindows, RateLimited


class ServingPolicy(NamedTuple):
    """``limits`` of one client (none: unlimited), the ``proxies`` it is believed to come by, and HSTS in seconds.

    ``per_address`` is how many connections one address may hold; 0: as many as there are.
    """

    limits: tuple[RateLimitItem, ...] = ()
    proxies: tuple[Network, ...] = ()
    hsts_s: int = 0
    per_address: int = PER_ADDRESS

    def for_readers(self, prefixes: tuple[str, ...], on_refusal: Mapping[str, str]) -> list[Middleware]:
        """Around an app that anyone may read. ``prefixes`` are the paths that scripts of other origins may ask."""
        return [
            Middleware(WithHeaders, fixed=fixed_headers(self.hsts_s)),
            *self._limited(on_refusal),
            Middleware(OpenToAnyOrigin, prefixes=prefixes),
            Middleware(Compressed),
        ]

    def for_senders(self) -> list[Middleware]:
        """Around an app that known senders POST to: no browser is meant, and answers are a line."""
        return [Middleware(WithHeaders, fixed=fixed_headers(self.hsts_s, varies=False)), *self._limited({})]

    def doors(self, most: int = MAX_CONNECTIONS) -> Doors:
        """Who may connect to a server under this policy."""
        return Doors(self.proxies, self.per_address, most)

    def _limited(self, on_refusal: Mapping[str, str]) -> list[Middleware]:
        if not self.limits:
            return []
        windows, clients = ClientWindows(self.limits), ClientFinder(self.proxies)
        return [Middleware(RateLimited, windows=windows, clients=clients, headers=on_refusal)]


NO_POLICY = ServingPolicy()
"""No limits, no proxies, no HSTS: what a test or a laptop needs."""
