"""The gateway as an app: one process that answers for one city. Start as many as you like; they answer alike."""

from collections.abc import Awaitable, Callable

import redis.asyncio as aioredis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateways.api.endpoints import Gateway
from gateways.api.meters import MeteredApp
from gateways.api.pages import page_routes
from gateways.api.problems import HANDLERS
from serving.connections import Doors
from serving.headers import ANY_ORIGIN
from serving.policy import NO_POLICY, ServingPolicy
from serving.server import make_server

OPEN = ("/v1/", "/openapi.json")
"""What scripts of other origins may ask; the page's own files are not among it."""


def _nothing() -> None:
    """Where nobody wants to know."""


class Direct:
    """An ASGI endpoint: Starlette routes to it and handles its problems, and stays out of the way otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        await self._app(scope, receive, send)


def run_server(app: Starlette, host: str, port: int, doors: Doors, on_stopping: Callable[[], None] = _nothing) -> None:
    """Serve until a signal. Raises BrokenServiceError where the gateway can no longer follow its city."""
    gateway: Gateway = app.state.gateway

    def stop() -> None:
        on_stopping()
        gateway.hub.close()

    make_server(app, host, port, stop, lambda: gateway.broken, doors).run()


def create_app(
    client: "aioredis.Redis",
    tenant: str,
    basemap: str | None = None,
    probes_at: tuple[str, int] | None = None,
    policy: ServingPolicy = NO_POLICY,
) -> Starlette:
    """The ASGI app. ``client`` must wait at least two seconds for a reply: it also waits for changes."""
    gateway = Gateway(client, tenant, basemap, probes_at)
    endpoints: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/v1/sites": gateway.sites,
        "/v1/sites/{id}": gateway.site,
        "/v1/areas": gateway.areas,
        "/v1/about": gateway.about,
        "/v1/changes": gateway.changes,
        "/healthz": gateway.healthz,
        "/readyz": gateway.readyz,
        "/openapi.json": gateway.openapi,
    }
    app = Starlette(
        routes=[
            Route("/v1/nearest", Direct(gateway.nearest), methods=["GET"]),
            *(Route(path, endpoint) for path, endpoint in endpoints.items()),
            *page_routes(basemap, gateway.located),
        ],
        middleware=[Middleware(MeteredApp, meters=gateway.meters), *policy.for_readers(OPEN, ANY_ORIGIN)],
        exception_handlers=HANDLERS,
        lifespan=gateway.running,
    )
    app.router.redirect_slashes = False  # it would send people to whatever host they named, by http://
    app.state.gateway = gateway
    return app
