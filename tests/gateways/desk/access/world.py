"""A desk with one endpoint of each kind, over a clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateways.desk.access.front import Front
from gateways.desk.access.grants import Grant, TokenHolders
from gateways.desk.access.keeping import KeptInMemory, SessionKeeping
from gateways.desk.access.local_link import LocalLinks
from gateways.desk.access.people import LocalPeople
from gateways.desk.access.serve import DeskAccess
from gateways.desk.access.sessions import Sessions
from gateways.desk.access.signing_in import SigningIn
from parking.desk.operators import Role
from serving.clients import ClientFinder, read_networks
from serving.problems import problem_handlers

TOKEN = "a-token-of-a-dispatching-system"
HOLDERS = TokenHolders({"dispatch": (TOKEN, Grant(frozenset((Role.OPERATE,)), ("nantes",)))})


class Clock:
    """The time of the server, which does not pass by itself."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def later(self, **how: float) -> None:
        self.now += timedelta(**how)


def desk_app(access: DeskAccess) -> Starlette:
    """Pages and commands that need roles, as the desk has them."""

    async def page(request: Request) -> Response:
        return JSONResponse((await access.require(request, Role.VIEW, "nantes")).name)

    async def act(request: Request) -> Response:
        return JSONResponse((await access.require(request, Role.OPERATE, "nantes")).name)

    handlers = problem_handlers(lambda request, error: error.detail, "a mistake")
    routes = [Route("/", page), Route("/v1/desk/act", act, methods=["GET", "POST"]), *access.routes()]
    return Starlette(routes=routes, exception_handlers=handlers)


def client_of(app: Starlette, address: str = "127.0.0.1", base: str = "http://127.0.0.1:18110", **headers: Any) -> Any:
    """A browser without scripts, at that address."""
    transport = httpx.ASGITransport(app, client=(address, 40000))
    return httpx.AsyncClient(transport=transport, base_url=base, headers=headers)


class LocalDesk:
    """A desk without an identity provider, asked from ``address``."""

    def __init__(self, kept: SessionKeeping | None = None, trusted: str = "127.0.0.1") -> None:
        self.clock = Clock()
        clients = ClientFinder(read_networks(trusted))
        self.kept = kept or KeptInMemory(self.clock.monotonic)
        self.sessions = Sessions(self.kept, self.clock)
        links = LocalLinks(self.kept, clients)
        self.access = DeskAccess(
            HOLDERS, LocalPeople(), self.sessions, Front(clients), links, lambda door: SigningIn(door, links)
        )
        self.app = desk_app(self.access)

    def client(self, *where: str, **headers: Any) -> Any:
        return client_of(self.app, *where, **headers)
