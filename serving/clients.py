"""Who asks: the address of the connection, or the one that a proxy we trust says it asks for.

X-Forwarded-For and Forwarded (RFC 7239) are anybody's to write. They are read from their end, and believed only as far
as each hop is a trusted proxy. (uvicorn's own middleware does that for X-Forwarded-For alone.)
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_PAIR = re.compile(r"""\s*(?:([^\s"=;,]+)\s*=\s*(?:"([^"]*)"|([^\s";,]*)))?\s*(?:[;,]|$)""")
"""One ``name=value`` of a Forwarded header, or none, and what must follow it."""

_UNREADABLE = ""
_IPV6_PREFIX = 64
_KEPT = 4096
_SAID_IN = frozenset((b"x-forwarded-for", b"forwarded"))
_NOBODY: list[str] = []


def read_networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, with commas. Raises ValueError where one is neither."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


class ClientFinder:
    """Finds one name for each client. An IPv6 client is its /64: it owns all of that and could ask from each."""

    def __init__(self, trusted: Iterable[Network] = ()) -> None:
        networks = tuple(trusted)

        @lru_cache(maxsize=_KEPT)
        def look(host: str) -> tuple[str, bool]:
            address = find_address(host)
            if address is None:
                return "", False
            return _name(address), any(address in network for network in networks)

        self._look = look

    def peer(self, host: str) -> tuple[str, bool]:
        """The name of who holds a connection from that address, and whether that is a trusted proxy."""
        return self._look(host)

    def find(self, scope: Scope) -> str:
        """The client's name; empty where nobody can say, as over a Unix socket."""
        client = scope.get("client")
        name, is_trusted = self._look(client[0]) if client else ("", False)
        if is_trusted:
            for host in reversed(_said_hosts(scope)):
                before, is_trusted = self._look(host)
                name = before or name  # what cannot be read ("unknown") is the last hop's
                if not is_trusted:
                    break
        return name

    def is_unbelieved_proxy(self, scope: Scope) -> bool:
        """Whether this comes from a machine of a private network that names others, and that we do not trust."""
        host = scope["client"][0] if scope.get("client") else ""
        address = find_address(host)
        return address is not None and address.is_private and not self._look(host)[1] and bool(_said_hosts(scope))


def find_address(text: str) -> Address | None:
    """An address as a header or a socket writes it: with a port, in brackets, an IPv4 one within IPv6."""
    host = text.strip()
    if host.startswith("["):
        host, _, port = host[1:].partition("]")
        if port and not port.startswith(":"):
            return None
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _name(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)


def _said_hosts(scope: Scope) -> list[str]:
    """The hosts a request came by, the client first. Two headers that disagree are worth nothing: a client may have
    written the one that its proxy does not touch.
    """
    said = [(name, value) for name, value in scope["headers"] if name in _SAID_IN]
    if not said:
        return _NOBODY
    listed: list[str] = []
    forwarded: list[str] = []
    for name, value in said:
        if name == b"x-forwarded-for":
            listed += [host.strip() for host in value.decode("latin-1").split(",")]
        elif name == b"forwarded":
            forwarded += _forwarded_hosts(value.decode("latin-1"))
    if listed and forwarded:
        return listed if [*map(find_address, listed)] == [*map(find_address, forwarded)] else []
    return listed or forwarded


def _forwarded_hosts(value: str) -> list[str]:
    """Every ``for`` of a Forwarded header; of one that is not written as the RFC has it, nobody whose name is known.

    It is read whole: in a value that a client began with an open quote, what its proxy adds stands inside the quote.
    """
    hosts, read = [], 0
    while read < len(value):
        pair = _PAIR.match(value, read)
        if pair is None:
            return [_UNREADABLE]
        name, quoted, bare = pair.groups()
        if name is not None and name.lower() == "for":
            hosts.append(quoted or bare or _UNREADABLE)
        read = pair.end()
    return hosts
