"""The desk's looks back over HTTP: a place's day beside its usual one. Reading is slow, so it happens in a thread."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol, TypeVar

from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gateways.desk.past import NotInHistoryError, PastPort, day_document
from gateways.desk.then import then_document
from parking.desk.operators import Operator, Role
from serving.problems import ProblemDocument

T = TypeVar("T")
_TIME = "a time: 2026-05-04T14:30 is the city's, or with Z or +02:00"
_PRIVATE = {"Cache-Control": "no-store"}
_AT_ONCE = 2
"""So many readings of the history at one time; more would only be slower, and each holds a day in memory."""


class Doorkeeper(Protocol):
    """Who asks, and whether they may (``gateways.desk.access``)."""

    async def require(self, request: Request, role: Role, tenant: str) -> Operator:
        """The operator. Raises ProblemDocument."""
        ...


class LooksBack:
    """The endpoints that read the history. Everybody who may look at the city may ask them."""

    def __init__(self, past: PastPort, door: Doorkeeper) -> None:
        self._past, self._door = past, door
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def list_routes(self) -> Sequence[BaseRoute]:
        """Where they are."""
        return [Route("/v1/desk/places/{id}/day", self.day), Route("/v1/desk/at", self.then)]

    async def day(self, request: Request) -> Response:
        """GET /v1/desk/places/{id}/day?date=YYYY-MM-DD: what was published that day, beside what is usual."""
        asked = await self._enter(request, {"date": "a day, like 2026-05-04; default: the last that is known"})
        day = _read_day(asked["date"]) if "date" in asked else None
        known = await self._read(lambda: self._past.find_day(request.path_params["id"], day))
        return JSONResponse(day_document(known), headers=_PRIVATE)

    async def then(self, request: Request) -> Response:
        """GET /v1/desk/at?time=…: the whole desk as it was."""
        asked = await self._enter(request, {"time": _TIME})
        if "time" not in asked:
            raise ProblemDocument(400, "Bad request", "which time? give ?time=", "time", _TIME)
        return JSONResponse(
            then_document(await self._read(lambda: self._past.find_then(asked["time"]))), headers=_PRIVATE
        )

    async def _enter(self, request: Request, allowed: dict[str, str]) -> dict[str, str]:
        """The query of somebody who may look. Raises ProblemDocument."""
        await self._door.require(request, Role.VIEW, self._past.tenant)
        for name in request.query_params:
            if name not in allowed:
                raise ProblemDocument(
                    400, "Bad request", f"{name!r:.80} is no parameter here", name, str(list(allowed))
                )
        return dict(request.query_params)

    async def _read(self, find: Callable[[], T]) -> T:
        async with self._turns:
            try:
                return await asyncio.to_thread(find)
            except NotInHistoryError as error:
                if error.field is not None:
                    raise ProblemDocument(400, "Bad request", str(error), error.field, _TIME) from error
                status, title = (404, "Not found") if error.is_missing else (409, "Not in the history")
                raise ProblemDocument(status, title, str(error)) from error
            except (RedisError, OSError) as error:
                detail = f"the history cannot be read now ({error}); try again"
                raise ProblemDocument(503, "Not readable", detail, headers={"Retry-After": "5"}) from error


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        detail = f"{text!r:.80} is not a day"
        raise ProblemDocument(400, "Bad request", detail, "date", "a day, like 2026-05-04") from None
