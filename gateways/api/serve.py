"""The gateway as an app: one process that answers for one city. Start as many as you like; they answer alike."""

from collections.abc import Awaitable, Callable
from typing import Any

import redis.asyncio as aioredis
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateways.api.endpoints import Gateway
from gateways.api.gathering import GatheringProtocol
from gateways.api.meters import Measured
from gateways.api.pages import page_routes
from gateways.api.problems import Problem, on_bug, on_http_error, on_problem


class Direct:
    """An ASGI endpoint: Starlette routes to it and handles its problems, and stays out of the way otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        await self._app(scope, receive, send)


class Server(uvicorn.Server):
    """A server that lets its listeners go before it waits for connections to end."""

    async def shutdown(self, sockets: Any = None) -> None:
        """See uvicorn."""
        gateway: Gateway = self.config.app.state.gateway  # type: ignore[union-attr]
        gateway.hub.close()
        await super().shutdown(sockets)


def run_server(app: Starlette, host: str, port: int) -> None:
    """Serve until a signal."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=GatheringProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who asks
        timeout_graceful_shutdown=3,
    )
    Server(config).run()


def create_app(client: "aioredis.Redis", tenant: str, basemap: str | None = None) -> Starlette:
    """The ASGI app. ``client`` must wait at least two seconds for a reply: it also waits for changes."""
    gateway = Gateway(client, tenant, basemap)
    endpoints: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/v1/sites": gateway.sites,
        "/v1/sites/{id}": gateway.site,
        "/v1/areas": gateway.areas,
        "/v1/about": gateway.about,
        "/v1/changes": gateway.changes,
        "/healthz": gateway.healthz,
        "/readyz": gateway.readyz,
        "/metrics": gateway.metrics,
        "/openapi.json": gateway.openapi,
    }
    app = Starlette(
        routes=[
            Route("/v1/nearest", Direct(gateway.nearest), methods=["GET"]),
            *(Route(path, endpoint) for path, endpoint in endpoints.items()),
            *page_routes(basemap),
        ],
        middleware=[Middleware(Measured, meters=gateway.meters)],
        exception_handlers={Problem: on_problem, HTTPException: on_http_error, Exception: on_bug},
        lifespan=gateway.running,
    )
    app.state.gateway = gateway
    return app
