"""The desk's own server: what people and other systems do and see there, put together of rooms.

A room is a part of the desk with its routes, its words in the OpenAPI document, and what has to run beside it. Whoever
puts a desk together (``ops.desk``) hands the rooms in; none of them knows another.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from serving.policy import NO_POLICY, ServingPolicy
from serving.problems import ProblemDocument, problem_handlers

_BUG = "a mistake of placelibre's; its log says more"


def _no_trouble() -> None:
    """Of a room to which nothing can happen."""


class DeskRoom(NamedTuple):
    """A part of the desk.

    ``routes`` are looked at in the order of the rooms. ``paths`` and ``schemas`` are its part of /openapi.json.
    ``middleware`` is around the whole desk, the first room's outermost. ``running`` is entered before the first request
    and left after the last. ``find_trouble`` says in a sentence why this desk is not ready, None while it is.
    """

    name: str
    routes: Sequence[BaseRoute] = ()
    paths: Mapping[str, Any] = {}
    schemas: Mapping[str, Any] = {}
    middleware: Sequence[Middleware] = ()
    running: Callable[[], AbstractAsyncContextManager[Any]] | None = None
    find_trouble: Callable[[], str | None] = _no_trouble


def describe_desk(rooms: Sequence[DeskRoom]) -> dict[str, Any]:
    """The OpenAPI document of these rooms together."""
    paths = {path: operations for room in rooms for path, operations in room.paths.items()}
    schemas = {name: schema for room in rooms for name, schema in room.schemas.items()}
    security = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "placelibre_desk"},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "placelibre: desk", "version": "1", "description": "what operators see and do"},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas, "securitySchemes": security},
    }


def create_desk_app(rooms: Sequence[DeskRoom], policy: ServingPolicy = NO_POLICY) -> Starlette:
    """The ASGI app of these rooms, in this order. Nothing of it may be read by a script of another origin."""
    document = describe_desk(rooms)

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        for room in rooms:
            if (trouble := room.find_trouble()) is not None:
                raise ProblemDocument(503, "Not ready", trouble, headers={"Retry-After": "5"})
        return JSONResponse({"status": "ready"})

    async def openapi(request: Request) -> Response:
        return JSONResponse(document, headers={"Cache-Control": "no-cache"})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for room in rooms:
                if room.running is not None:
                    await stack.enter_async_context(room.running())
            yield

    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/openapi.json", openapi),
            *(route for room in rooms for route in room.routes),
        ],
        middleware=[*policy.for_readers((), {}), *(layer for room in rooms for layer in room.middleware)],
        exception_handlers=problem_handlers(_refusal, _BUG),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # it would send people, with their token, to whatever host they named
    return app


def _refusal(request: Request, error: HTTPException) -> str:
    if error.detail != HTTPStatus(error.status_code).phrase:
        return error.detail
    return {
        404: f"the desk has nothing at {request.scope['path']:.200}; /openapi.json lists what there is",
        405: f"{request.method} is not served at {request.scope['path']:.200}; /openapi.json says what is",
    }.get(error.status_code, error.detail)
