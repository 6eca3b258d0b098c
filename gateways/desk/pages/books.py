"""Pages to look things up in: what was refused, the repair round, who did what, the reports, the past, a place's day.

They ask what /v1/desk/… asks, and say where there is no answer why there is none.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateways.desk.audit import AUDIT_FIELDS, AuditPort, audit_document, read_wanted
from gateways.desk.pages.audit_page import audit_body
from gateways.desk.pages.day_page import day_body
from gateways.desk.pages.frame import DeskReader, render_frame
from gateways.desk.pages.rejects_page import rejects_body
from gateways.desk.pages.report_page import report_body
from gateways.desk.pages.round_page import round_body
from gateways.desk.pages.speaking import language_code, remember_language
from gateways.desk.pages.then_page import then_body
from gateways.desk.past import PastPort
from gateways.desk.reporting import LooksBack, read_round
from gateways.desk.rounding import round_document
from gateways.desk.serve import DeskRoom
from gateways.desk.watching.asking import PRIVATE, Require
from gateways.desk.watching.refusals import Refusals, group_documents
from gateways.words.city_clock import CityClock
from gateways.words.language import get_language
from parking.desk.operators import Role
from serving.assets import Assets
from serving.headers import PAGE
from serving.problems import ProblemDocument

_CSS = Path(__file__).parent / "web" / "books.css"
_SHEET = '<link rel="stylesheet" href="/static/books.css">'
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_ROUND = ("start", "stops", "minutes", "problem")
T = TypeVar("T")


class CityShown(Protocol):
    """What is known of the city itself (``DeskView``)."""

    @property
    def clock(self) -> CityClock:
        """Whose time the pages show."""
        ...

    @property
    def is_made_up(self) -> bool:
        """Whether anything there is invented."""
        ...

    def now(self) -> datetime:
        """The city's time."""
        ...


class BooksPort(NamedTuple):
    """What the pages are made of."""

    looks: LooksBack
    past: PastPort
    audit: AuditPort
    refusals: Refusals
    require: Require
    city: CityShown


class DeskBooks:
    """The endpoints."""

    def __init__(self, port: BooksPort) -> None:
        self._port, self._tenant = port, port.past.tenant
        self._assets = Assets({**PAGE, "Content-Security-Policy": _CSP, "Cache-Control": "no-cache"})

    def room(self) -> DeskRoom:
        """These as a room of the desk; it stands before the one that has all of /static."""
        return DeskRoom("books", [
            Route("/rejects", self.rejects),
            Route("/round", self.round),
            Route("/audit", self.audit),
            Route("/report", self.report),
            Route("/past", self.past),
            Route("/places/{id}/day", self.day),
            Route("/static/books.css", self.sheet),
        ])  # fmt: skip

    async def rejects(self, request: Request) -> Response:
        """GET /rejects: the last day by source and reason."""
        reader = await self._reader(request)
        refusals = self._port.refusals
        body = rejects_body(group_documents(refusals.day), self._tenant, reader, is_complete=refusals.is_complete)
        return self._page(request, reader, "rejects", body)

    async def round(self, request: Request) -> Response:
        """GET /round: what is to be visited, to print."""
        reader, asked = await self._reader(request), _fields(request, *_ROUND)

        async def find() -> dict[str, object]:
            wanted = read_round(asked)
            return round_document(await self._port.looks.read(lambda: self._port.past.find_round(wanted)))

        known, why = await _tried(find)
        return self._page(request, reader, "round", round_body(known, asked, why, reader))

    async def audit(self, request: Request) -> Response:
        """GET /audit: who did what. Times without a zone are the city's."""
        reader, asked = await self._reader(request), _fields(request, *AUDIT_FIELDS)

        async def find() -> dict[str, object]:
            wanted = read_wanted(asked | _zoned(asked, reader.clock), self._port.city.now())
            return audit_document(await self._port.audit.list_said(wanted), wanted, self._tenant)

        known, why = await _tried(find)
        return self._page(request, reader, "audit", audit_body(known, asked, why, reader))

    async def report(self, request: Request) -> Response:
        """GET /report: what can be taken away."""
        reader = await self._reader(request)
        return self._page(request, reader, "report", report_body(self._port.city.now(), reader))

    async def past(self, request: Request) -> Response:
        """GET /past?time=: the whole desk as it was."""
        reader, asked = await self._reader(request), _fields(request, "time").get("time", "")
        known, why = None, None
        if asked:
            known, why = await _tried(lambda: self._port.looks.read(lambda: self._port.past.find_then(asked)))
        return self._page(request, reader, "past", then_body(known, asked[:16], why, reader))

    async def day(self, request: Request) -> Response:
        """GET /places/{id}/day?date=: a place's day beside its usual one."""
        reader, place = await self._reader(request), request.path_params["id"]
        day = _read_date(_fields(request, "date").get("date"))
        known, why = await _tried(lambda: self._port.looks.read(lambda: self._port.past.find_day(place, day)))
        name = known.place.name if known is not None else place
        return self._page(request, reader, "places", day_body(known, place, day, why, reader), name)

    async def sheet(self, request: Request) -> Response:
        """GET /static/books.css."""
        return await self._assets.respond(request, _CSS)

    async def _reader(self, request: Request) -> DeskReader:
        operator = await self._port.require(request, Role.VIEW, self._tenant)
        return DeskReader(operator, get_language(language_code(request)), self._port.city.clock)

    def _page(self, request: Request, reader: DeskReader, way: str, body: str, title: str | None = None) -> Response:
        title = title or reader.language.say(f"desk_way.{way}")
        is_made_up = self._port.city.is_made_up
        page = render_frame(reader, way, title, _SHEET + body, path=request.scope["path"], is_made_up=is_made_up)
        headers = {**PAGE, "Content-Security-Policy": _CSP, **PRIVATE}
        response = Response(page, headers=headers, media_type="text/html; charset=utf-8")
        remember_language(request, response)
        return response


def _fields(request: Request, *names: str) -> dict[str, str]:
    """What forms of ours say: fields that were left empty are not said."""
    return {name: value for name in names if (value := request.query_params.get(name, "").strip())}


async def _tried(find: Callable[[], Awaitable[T]]) -> tuple[T | None, str | None]:
    """What was found, or in a sentence why nothing was."""
    try:
        return await find(), None
    except ProblemDocument as problem:
        return None, problem.detail


def _zoned(asked: dict[str, str], clock: CityClock) -> dict[str, str]:
    """Times as a form has them, without a zone, are the city's."""
    found: dict[str, str] = {}
    for name in ("since", "until"):
        try:
            at = datetime.fromisoformat(asked.get(name, ""))
            found |= {} if at.tzinfo else {name: at.replace(tzinfo=clock.zone).astimezone(UTC).isoformat()}
        except (ValueError, OverflowError):
            continue  # whoever reads it says so
    return found


def _read_date(given: str | None) -> date | None:
    """A day; what is none is as if nothing was asked."""
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        return None
