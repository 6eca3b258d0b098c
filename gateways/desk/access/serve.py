"""What the desk needs of this room: ``DeskAccess``, which ``create_access`` makes and all endpoints ask.

``operator = await access.require(request, Role.OPERATE, tenant)``; its ``routes()`` are the app's too.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import httpx
from starlette.routing import BaseRoute, Route

from gateways.desk.access.described import ACCESS_PATHS, ACCESS_SCHEMAS
from gateways.desk.access.door import Door
from gateways.desk.access.front import Front
from gateways.desk.access.grants import TokenHolders
from gateways.desk.access.keeping import SessionKeeping
from gateways.desk.access.local_link import PATH, LocalLinks
from gateways.desk.access.people import LocalPeople, People
from gateways.desk.access.provider.client import IdentityProvider
from gateways.desk.access.provider.discovery import Discovery
from gateways.desk.access.provider.people import ProviderPeople
from gateways.desk.access.provider.setup import ProviderSetup
from gateways.desk.access.provider.signing import SigningInByProvider
from gateways.desk.access.sessions import Now, Sessions, wall_clock
from gateways.desk.access.signing_in import SigningIn
from gateways.desk.serve import DeskRoom
from serving.clients import ClientFinder, Network

PROVIDER_PATIENCE_S = 5.0


class DeskAccess(Door):
    """The door, with the ways by which people come to it."""

    def __init__(
        self,
        holders: TokenHolders,
        people: People,
        sessions: Sessions,
        front: Front,
        links: LocalLinks,
        coming: Callable[[Door], SigningIn],
        http: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(holders, people, sessions, front)
        self._links, self._coming = links, coming(self)
        self._http = http

    def routes(self) -> list[BaseRoute]:
        """Of the app, beside its own; they answer problems, so the app has ``serving.problems``' handlers."""
        here = self._coming
        return [
            Route("/login", here.login),
            Route("/callback", here.callback),
            Route("/signed-out", here.signed_out),
            Route("/logout", here.logout, methods=["POST"]),
            Route(PATH + "{once}", here.local),
            Route("/v1/desk/me", here.me),
            Route("/v1/desk/me/sessions", here.sessions),
            Route("/v1/desk/me/sessions/{id}", here.end_session, methods=["DELETE"]),
        ]

    def room(self) -> DeskRoom:
        """This as a room of the desk."""
        return DeskRoom("access", self.routes(), ACCESS_PATHS, ACCESS_SCHEMAS, running=self.running)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Around all requests; closes what it has opened to the provider."""
        try:
            yield
        finally:
            if self._http is not None:
                await self._http.aclose()

    async def make_local_link(self, name: str = "local") -> str:
        """The path of a link, good once, by which a browser on this machine is that person with every role."""
        return await self._links.make(name)


def create_access(
    kept: SessionKeeping,
    holders: TokenHolders,
    proxies: Iterable[Network] = (),
    setup: ProviderSetup | None = None,
    now: Now = wall_clock,
    http: httpx.AsyncClient | None = None,
) -> DeskAccess:
    """Access by tokens, and for people by a provider; by the local link where none is set.

    ``http`` asks the provider; it follows no redirects, and is closed with the room.
    """
    clients, sessions = ClientFinder(proxies), Sessions(kept, now)
    links, front = LocalLinks(kept, clients), Front(clients)
    if setup is None:
        return DeskAccess(holders, LocalPeople(), sessions, front, links, lambda door: SigningIn(door, links))
    http = http or httpx.AsyncClient(timeout=PROVIDER_PATIENCE_S, follow_redirects=False)
    provider = IdentityProvider(setup, Discovery(setup.issuer, http), now)
    people = ProviderPeople(provider, sessions, kept)
    return DeskAccess(
        holders, people, sessions, front, links, lambda door: SigningInByProvider(door, links, provider, kept), http
    )
