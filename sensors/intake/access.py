"""What a feed's server wants to be told before it answers, and how an address is shown without it. No IO."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

HARMLESS = frozenset({"format", "f", "limit", "offset", "page", "rows", "dataset", "lang", "timezone"})
"""Parameters whose values may stand in a log; any other may be a key."""


@dataclass(frozen=True, repr=False)
class Access:
    """Headers, parameters of the query, and a user with a password: sent to the feed's own server, and to no other."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    password: str = ""

    def on(self, url: str) -> httpx.URL:
        """The address as it is asked; whoever stands before its @ is sent as basic auth, by httpx."""
        address = httpx.URL(url)
        return address.copy_merge_params(dict(self.query)) if self.query else address

    @property
    def basic(self) -> tuple[str, str] | None:
        """User and password for basic auth, if any."""
        return None if self.user is None else (self.user, self.password)


NO_ACCESS = Access()


def shown(url: str | httpx.URL) -> str:
    """An address for logs and for the catalogue: without user, password, and whatever in its query may be a key."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return "an address that cannot be read"
    names = [f"{name}={value if name.lower() in HARMLESS else '…'}" for name, value in address.params.multi_items()]
    port = f":{address.port}" if address.port else ""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{address.scheme}://{host}{port}{address.path}" + ("?" + "&".join(names) if names else "")


def is_same_server(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether both addresses are of one server, so that what is told to the one may be told to the other."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
