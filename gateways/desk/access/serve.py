"""What the desk needs of this room: ``DeskAccess``, which ``create_access`` makes and all endpoints ask.

``operator = await access.require(request, Role.OPERATE, tenant)``; its ``routes()`` are the app's too.
"""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Route

from gateways.desk.access.described import ACCESS_PATHS, ACCESS_SCHEMAS
from gateways.desk.access.door import Door
from gateways.desk.access.front import Front
from gateways.desk.access.grants import TokenHolders
from gateways.desk.access.keeping import SessionKeeping
from gateways.desk.access.local_link import PATH, LocalLinks
from gateways.desk.access.people import LocalPeople, People
from gateways.desk.access.sessions import Sessions
from gateways.desk.access.signing_in import SigningIn
from gateways.desk.serve import DeskRoom
from serving.clients import ClientFinder, Network


class DeskAccess(Door):
    """The door, with the ways by which people come to it."""

    def __init__(
        self, holders: TokenHolders, people: People, sessions: Sessions, front: Front, links: LocalLinks
    ) -> None:
        super().__init__(holders, people, sessions, front)
        self._links, self._coming = links, SigningIn(self, links)

    def routes(self) -> list[BaseRoute]:
        """Of the app, beside its own; they answer problems, so the app has ``serving.problems``' handlers."""
        here = self._coming
        return [
            Route("/login", here.login),
            Route("/logout", here.logout, methods=["POST"]),
            Route(PATH + "{once}", here.local),
            Route("/v1/desk/me", here.me),
            Route("/v1/desk/me/sessions", here.sessions),
            Route("/v1/desk/me/sessions/{id}", here.end_session, methods=["DELETE"]),
        ]

    def room(self) -> DeskRoom:
        """This as a room of the desk."""
        return DeskRoom("access", self.routes(), ACCESS_PATHS, ACCESS_SCHEMAS)

    async def make_local_link(self, name: str = "local") -> str:
        """The path of a link, good once, by which a browser on this machine is that person with every role."""
        return await self._links.make(name)


def create_access(kept: SessionKeeping, holders: TokenHolders, proxies: Iterable[Network] = ()) -> DeskAccess:
    """Access by tokens and, where no identity provider is set, by the local link."""
    clients = ClientFinder(proxies)
    return DeskAccess(holders, LocalPeople(), Sessions(kept), Front(clients), LocalLinks(kept, clients))
