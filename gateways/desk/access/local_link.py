"""The one-time local link: where no identity provider is set, whoever starts the desk on a machine may use it there.

It is random, good once and for LINK_S, and only for a browser on the same machine; its digest is kept, not the link.
"""

from urllib.parse import urlsplit

from starlette.requests import Request

from gateways.desk.access.keeping import SessionKeeping, digest_of
from gateways.desk.access.sessions import new_id, read_id
from serving.clients import ClientFinder, find_address

LINK_S = 600.0
PATH = "/local/"
_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))
_LOOPBACK_6 = "::/64"
"""How ``ClientFinder`` calls ::1; nothing else of that network is ever the address of a client."""


class LocalLinks:
    """Makes links, and takes each once."""

    def __init__(self, kept: SessionKeeping, clients: ClientFinder) -> None:
        self._kept, self._clients = kept, clients

    async def make(self, name: str) -> str:
        """The path of a link by which its first visitor is that person."""
        once = new_id()
        await self._kept.put(_key(once), name.encode("utf-8", "replace"), LINK_S)
        return PATH + once

    async def take(self, once: str) -> str | None:
        """Who the visitor is by it; nobody where it was used, has run out, or never was."""
        if read_id(once) is None:
            return None
        found = await self._kept.take(_key(once))
        return found.decode() if found else None

    def is_local(self, request: Request) -> bool:
        """Whether the browser is on this machine, and asks it by a name of this machine's own.

        A proxy here that does not say for whom it asks looks local; but nobody asks through it without the link.
        """
        name = self._clients.find(request.scope)
        address = find_address(name)
        try:
            host = urlsplit(f"//{request.headers.get('host', '')}").hostname
        except ValueError:
            return False
        return host in _NAMES and (name == _LOOPBACK_6 or (address is not None and address.is_loopback))


def _key(once: str) -> str:
    return digest_of(f"link:{once}")
