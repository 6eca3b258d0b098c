"""The signs' own server: the wall of faces, JSON and pictures for readers, orders for those who have a token.

It reads Redis and nothing of the controller's, so a standby answers as the one that speaks to the signs does.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gateways.signs.board import SignBoard, not_readable
from gateways.signs.datex.serve import SignPublications
from gateways.signs.described import describe_signs
from gateways.signs.desk import OrderDesk, SignsPort
from gateways.signs.ordering import FindAuthor, OrderTaking, by_tokens
from gateways.signs.preview import SignPreviews
from gateways.signs.reading import SignReads, answer
from parking.decisions.acting import RecordPort
from serving.assets import Assets
from serving.credentials import Credentials
from serving.headers import ANY_ORIGIN, PAGE
from serving.policy import NO_POLICY, ServingPolicy
from serving.problems import problem_handlers

_FILES = Path(__file__).parent / "web"
_READ_BY_ANYONE = ("/v1/", "/openapi.json")
_Endpoint = Callable[[Request], Awaitable[Response]]


def _refusal(request: Request, error: HTTPException) -> str:
    if error.detail != HTTPStatus(error.status_code).phrase:
        return error.detail
    return {
        404: f"there is nothing at {request.scope['path']:.200}; /openapi.json lists what there is",
        405: f"{request.method} is not served at {request.scope['path']:.200}; /openapi.json says what is",
    }.get(error.status_code, error.detail)


def create_signs_app(
    port: SignsPort,
    record: RecordPort,
    tokens: Mapping[str, str],
    policy: ServingPolicy | None = NO_POLICY,
    two_persons: bool = False,
    author: FindAuthor | None = None,
) -> Starlette:
    """The ASGI app. ``tokens`` are those of people who may give orders, by their name; nobody may where it is empty.

    With ``two_persons`` an override waits until somebody else confirms it. Within another app, ``policy`` is None, for
    that one keeps it, and ``author`` says who gives an order there, instead of tokens.
    """
    board = SignBoard(port)
    reads = SignReads(board)
    publications = SignPublications(board)
    orders = OrderTaking(reads, OrderDesk(port, record, two_persons), author or by_tokens(Credentials(tokens, {})))
    previews = SignPreviews(reads)

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        await board.look()
        if board.trouble:
            raise not_readable()
        return JSONResponse({"status": "ready"})

    async def openapi(request: Request) -> Response:
        return answer(request, describe_signs())

    app = Starlette(
        routes=[
            Route("/", reads.wall),
            Route("/v1/signs", reads.signs),
            Route("/v1/signs/{id}", reads.sign),
            *_pictures("/v1/signs/{id}/face", reads.face),
            *_pictures("/v1/signs/{id}/preview", previews.preview),
            Route("/v1/signs/{id}/override", _by_method(
                GET=orders.held, POST=orders.override, PATCH=orders.extend, DELETE=orders.release
            ), methods=["GET", "POST", "PATCH", "DELETE"]),
            Route("/v1/signs/{id}/proposal", _by_method(
                GET=orders.proposal, POST=orders.confirm, DELETE=orders.withdraw
            ), methods=["GET", "POST", "DELETE"]),
            Route("/v1/signs/{id}/tasks", _by_method(GET=orders.task, POST=orders.ask), methods=["GET", "POST"]),
            Route("/v1/datex/table.xml", publications.table),
            Route("/v1/datex/status.xml", publications.status),
            Route("/static/{file}", _static()),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/openapi.json", openapi),
        ],
        middleware=policy.for_readers(_READ_BY_ANYONE, ANY_ORIGIN) if policy else [],
        exception_handlers=problem_handlers(_refusal, "a mistake of placelibre's; its log says more", ANY_ORIGIN),
    )  # fmt: skip
    app.router.redirect_slashes = False  # it would send people, with their token, to whatever host they named
    return app


def _pictures(path: str, endpoint: _Endpoint) -> list[BaseRoute]:
    """One route for each form; ``form`` tells the endpoint which."""

    def of(form: str) -> _Endpoint:
        async def drawn(request: Request) -> Response:
            request.path_params["form"] = form
            return await endpoint(request)

        return drawn

    return [Route(f"{path}.{form}", of(form)) for form in ("svg", "png")]


def _by_method(**endpoints: _Endpoint) -> _Endpoint:
    async def chosen(request: Request) -> Response:
        return await endpoints["GET" if request.method == "HEAD" else request.method](request)

    return chosen


def _static() -> _Endpoint:
    assets = Assets({**PAGE, "Cache-Control": "no-cache"})

    async def file(request: Request) -> Response:
        if request.path_params["file"] not in ("wall.css", "wall.js"):
            raise HTTPException(404)
        return await assets.respond(request, _FILES / request.path_params["file"])

    return file
