"""The signs at the desk: their wall, faces and orders under /signs, for who has a session or a token of the desk.

The same app as at ``signs_listen``, but for who asks: nothing there is read without a role in the city, and an order
needs the role ``signs`` and has the operator as its author.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateways.desk.access.serve import DeskAccess
from gateways.desk.serve import DeskRoom
from gateways.signs.desk import SignsPort
from gateways.signs.serve import create_signs_app
from parking.decisions.acting import RecordPort
from parking.desk.operators import Role

AT = "/signs"


class _ForOperators:
    """ASGI: lets nobody by who may not look."""

    def __init__(self, app: ASGIApp, access: DeskAccess, tenant: str) -> None:
        self._app, self._access, self._tenant = app, access, tenant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._access.require(Request(scope), Role.VIEW, self._tenant)
        await self._app(scope, receive, send)


def signs_room(port: SignsPort, record: RecordPort, access: DeskAccess, two_persons: bool) -> DeskRoom:
    """The room; what it has is described at /signs/openapi.json."""

    async def author(request: Request) -> str:
        return (await access.require(request, Role.SIGNS, port.tenant)).name

    async def into(request: Request) -> Response:
        return RedirectResponse(f"{AT}/", 307)

    app = create_signs_app(port, record, {}, None, two_persons, author)
    return DeskRoom("signs", [Route(AT, into), Mount(AT, _ForOperators(app, access, port.tenant))])
