"""The desk's looks back over HTTP, as a room of it: a day, the whole desk then, the repair round, who did what.

Reading is slow, so it happens in a thread, a few at a time.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import IO, Protocol, TypeVar

from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from gateways.desk.audit import AUDIT_FIELDS, AuditPort, audit_csv, audit_document, read_wanted
from gateways.desk.past import REPORT_TABLES, MonthAsked, NotInHistoryError, PastPort, day_document
from gateways.desk.reporting_described import REPORTING_PATHS, REPORTING_SCHEMAS
from gateways.desk.rounding import ROUND_TABLE, RoundAsked, round_document, round_table
from gateways.desk.serve import DeskRoom
from gateways.desk.tables import write_csv
from gateways.desk.then import then_document
from gateways.desk.watching.asking import PRIVATE, answer, read_query
from parking.catalogue.model import Point
from parking.desk.operators import Operator, Role
from parking.desk.round import RoundLimits
from parking.words import Problem
from serving.problems import ProblemDocument

T = TypeVar("T")
_TIME = "a time: 2026-05-04T14:30 is the city's, or with Z or +02:00"
_DAY = "a day, like 2026-05-04"
_START = "lon,lat in degrees, like -1.5577,47.2131"
_MONTH = "a month, like 2026-10"
_PIECE = 256 * 1024
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_AT_ONCE = 2
"""So many readings of the history at one time; more would only be slower, and each holds a day in memory."""


class Doorkeeper(Protocol):
    """Who asks, and whether they may (``gateways.desk.access``)."""

    async def require(self, request: Request, role: Role, tenant: str) -> Operator:
        """The operator. Raises ProblemDocument."""
        ...


class LooksBack:
    """The endpoints. Everybody who may look at the city may ask them."""

    def __init__(self, past: PastPort, audit: AuditPort, door: Doorkeeper) -> None:
        self._past, self._audit, self._door = past, audit, door
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def room(self) -> DeskRoom:
        """This as a room of the desk."""
        return DeskRoom("reports", self.list_routes(), REPORTING_PATHS, REPORTING_SCHEMAS)

    def list_routes(self) -> Sequence[BaseRoute]:
        """Where they are."""
        return [
            Route("/v1/desk/places/{id}/day", self.day),
            Route("/v1/desk/at", self.then),
            Route("/v1/desk/round", self.round),
            Route("/v1/desk/report", self.report),
            Route("/v1/desk/trouble/export", self.trouble),
            Route("/v1/desk/audit", self.audit),
            Route("/v1/desk/audit/verification", self.verification),
        ]

    async def day(self, request: Request) -> Response:
        """GET /v1/desk/places/{id}/day?date=YYYY-MM-DD: what was published that day, beside what is usual."""
        asked = await self._enter(request, "date")
        day = _read_day(asked["date"]) if "date" in asked else None
        known = await self.read(lambda: self._past.find_day(request.path_params["id"], day))
        return answer(request, day_document(known))

    async def then(self, request: Request) -> Response:
        """GET /v1/desk/at?time=…: the whole desk as it was."""
        asked = await self._enter(request, "time")
        if "time" not in asked:
            raise ProblemDocument(400, "Bad request", "which time? give ?time=", "time", _TIME)
        then = await self.read(lambda: self._past.find_then(asked["time"]))
        return answer(request, then_document(then))

    async def round(self, request: Request) -> Response:
        """GET /v1/desk/round: devices to visit in walking order, as JSON or (form=csv) a list to print."""
        fields = await self._enter(request, "start", "stops", "minutes", "problem", form=("json", "csv"))
        asked = read_round(fields)
        document = round_document(await self.read(lambda: self._past.find_round(asked)))
        if fields.get("form") != "csv":
            return answer(request, document)
        body = b"".join(write_csv(round_table(document), UTC))
        return _file(body, f"{ROUND_TABLE}-{self._past.tenant}.csv")

    async def audit(self, request: Request) -> Response:
        """GET /v1/desk/audit: who did what, and what came of it, newest first, a page at a time."""
        fields = await self._enter(request, *AUDIT_FIELDS, form=("json", "csv"))
        wanted = read_wanted(fields)
        found = await self._audit.list_said(wanted)
        if fields.get("form") != "csv":
            return answer(request, audit_document(found, wanted, self._audit.tenant))
        zone = await self.read(self._past.find_zone)
        return _file(b"".join(audit_csv(found, wanted, zone)), f"audit-{self._audit.tenant}.csv")

    async def report(self, request: Request) -> Response:
        """GET /v1/desk/report?month=YYYY-MM: the month as a workbook, CSV in a zip, or one ?table= alone."""
        fields = await self._enter(request, "month", table=REPORT_TABLES, form=("xlsx", "csv"))
        if "month" not in fields:
            raise ProblemDocument(400, "Bad request", "which month? give ?month=", "month", _MONTH)
        asked = MonthAsked(fields["month"], fields.get("table"), fields.get("form", "xlsx"))
        return await self._write(lambda to: self._past.write_report(asked, to))

    async def trouble(self, request: Request) -> Response:
        """GET /v1/desk/trouble/export: what is wrong now as tables: unknown places, devices, alarms."""
        form = (await self._enter(request, form=("xlsx", "csv"))).get("form", "xlsx")
        return await self._write(lambda to: self._past.write_trouble(form, to))

    async def _write(self, write: Callable[[IO[bytes]], str]) -> Response:
        to = tempfile.TemporaryFile()  # noqa: SIM115 - it closes once all of it is sent
        try:
            name = await self.read(lambda: write(to))
        except BaseException:
            to.close()
            raise
        return _streamed(to, name)

    async def verification(self, request: Request) -> Response:
        """GET /v1/desk/audit/verification: whether the record is as it was."""
        await self._enter(request)
        return answer(request, await self._audit.verify())

    async def _enter(self, request: Request, *names: str, **choices: tuple[str, ...]) -> dict[str, str]:
        """The query of somebody who may look. Raises ProblemDocument."""
        await self._door.require(request, Role.VIEW, self._past.tenant)
        return read_query(request, dict.fromkeys(names, ()) | choices)

    async def read(self, find: Callable[[], T]) -> T:
        """What ``find`` finds, in a thread when it is its turn. Raises ProblemDocument."""
        async with self._turns:
            try:
                return await asyncio.to_thread(find)
            except NotInHistoryError as error:
                if error.field is not None:
                    raise ProblemDocument(400, "Bad request", str(error), error.field, _TIME) from error
                status, title = (404, "Not found") if error.is_missing else (409, "Not in the history")
                raise ProblemDocument(status, title, str(error)) from error
            except (RedisError, OSError) as error:
                detail = f"what is known cannot be read now ({error}); try again"
                raise ProblemDocument(503, "Not readable", detail, headers={"Retry-After": "5"}) from error


def _file(body: bytes, name: str) -> Response:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{_plain(name)}"'}
    return Response(body, headers=headers, media_type=_MEDIA["csv"])


def _streamed(file: IO[bytes], name: str) -> Response:
    """A file that was written, in pieces; no more than a piece is held in memory."""

    def pieces() -> Iterator[bytes]:
        with file:
            file.seek(0)
            while piece := file.read(_PIECE):
                yield piece

    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{_plain(name)}"'}
    return StreamingResponse(pieces(), headers=headers, media_type=_MEDIA[name.rpartition(".")[2]])


def _plain(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in name)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProblemDocument(400, "Bad request", f"{text!r:.80} is not a day", "date", _DAY) from None


def read_round(fields: Mapping[str, str]) -> RoundAsked:
    """The round that a query asks for. Raises ProblemDocument."""
    stops, minutes = _read_count(fields, "stops"), _read_count(fields, "minutes")
    problem = fields.get("problem")
    if problem is not None and problem not in set(Problem):
        raise ProblemDocument(400, "Bad request", f"{problem!r:.80} is no problem", "problem", ", ".join(Problem))
    limits = RoundLimits(stops, None if minutes is None else timedelta(minutes=minutes))
    return RoundAsked(_read_point(fields.get("start")), limits, Problem(problem) if problem else None)


def _read_count(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 10_000 and len(text) < 6):
        raise ProblemDocument(400, "Bad request", f"{name} is {text!r:.40}", name, "a whole number of 1..10000")
    return int(text)


def _read_point(text: str | None) -> Point | None:
    if text is None:
        return None
    try:
        lon, lat = map(float, text.split(","))
        return Point(lon=lon, lat=lat)
    except (ValueError, OverflowError) as error:
        raise ProblemDocument(400, "Bad request", f"{text!r:.80} is no point: {error}", "start", _START) from None
