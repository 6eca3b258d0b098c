"""The pages of the desk over HTTP, as a room of it, and the stream that keeps them live."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateways.desk.pages.frame import DeskReader, render_frame, text
from gateways.desk.pages.live import DeskView
from gateways.desk.pages.overview import overview_body, place_rows, places_table
from gateways.desk.pages.place import place_body
from gateways.desk.pages.speaking import language_code, remember_language
from gateways.desk.serve import DeskRoom
from gateways.desk.watching.asking import PRIVATE, Require, done, read_act
from gateways.words.language import get_language
from parking.decisions.acting import DecisionNow
from parking.desk.last_words import DeviceWord
from parking.desk.operators import Role
from parking.signs.status import SignStatus
from serving.assets import Assets
from serving.entity_tags import find_held, strong_tag
from serving.headers import PAGE
from serving.problems import ProblemDocument

_FILES = Path(__file__).parent / "web"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Mapping[str, str] = {**PAGE, "Content-Security-Policy": _CSP, **PRIVATE}
_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
EDITING_S = 15.0


class PagesPort(Protocol):
    """What pages ask beside what is in memory. Nothing raises; what cannot be read is empty."""

    async def statuses(self) -> dict[str, SignStatus]:
        """What is known of each sign."""
        ...

    async def last_words(self, place_id: str) -> tuple[DeviceWord, ...]:
        """What each device of a place said last."""
        ...

    async def said(self, place_id: str) -> list[DecisionNow]:
        """What people have ordered of a place, the latest of each thing."""
        ...


Stay = Callable[[Request, AsyncIterator[bytes]], AsyncIterator[bytes]]


class DeskPages:
    """The endpoints. ``stay`` ends a stream when its reader's session does."""

    def __init__(self, view: DeskView, port: PagesPort, require: Require, stay: Stay) -> None:
        self._view, self._port, self._require, self._stay = view, port, require, stay
        self._assets = Assets({**PAGE, "Content-Security-Policy": _CSP, "Cache-Control": "no-cache"})

    def room(self) -> DeskRoom:
        """These as a room of the desk."""
        routes = [
            Route("/", self.overview),
            Route("/places", self.places),
            Route("/places/{id}", self.place),
            Route("/live", self.changes),
            Route("/v1/desk/places/{id}/editing", self.editing, methods=["POST"]),
            Route("/static/{file}", self.static),
        ]
        return DeskRoom("pages", routes, running=self.running)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the pieces young for as long as the desk runs."""
        task = asyncio.create_task(self._view.run(self._port.statuses))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._view.stream.close()

    async def overview(self, request: Request) -> Response:
        """GET /: the city in one line, its alarms, the places to look at first."""
        reader = await self._reader(request)
        pieces = self._view.pieces(reader.language.code)
        total = len(self._view.mirror.places)
        body = overview_body(pieces["line"], pieces["alarms"], pieces["places"], total, reader.language)
        return self._page(request, reader, "overview", reader.language.say("desk_way.overview"), body)

    async def places(self, request: Request) -> Response:
        """GET /places: all of them, the worst first."""
        reader = await self._reader(request)
        body = places_table(place_rows(self._view.standings(), reader), reader.language)
        return self._page(request, reader, "places", reader.language.say("desk_way.places"), body)

    async def place(self, request: Request) -> Response:
        """GET /places/{id}: one of them, and the forms."""
        reader = await self._reader(request)
        place_id = request.path_params["id"]
        if (place := self._view.mirror.places.get(place_id)) is None:
            raise ProblemDocument(404, "Not found", f"there is no place {place_id!r:.80} in this city")
        devices, said = await asyncio.gather(self._port.last_words(place_id), self._port.said(place_id))
        body = place_body(place, self._view.mirror.availability(place_id), devices, said, reader)
        editors = self._view.editors(place_id, asyncio.get_running_loop().time())
        who = ", ".join(one for one in editors if one != reader.operator.name)
        words = text(reader.language.say("desk.editing", who=who)) if who else ""
        body = f'<p id="editors" class="notice" data-place="{text(place_id)}">{words}</p>{body}'
        return self._page(request, reader, "places", place.name, body)

    async def changes(self, request: Request) -> Response:
        """GET /live: pieces of the pages as they change, in the language of ``lang``."""
        await self._require(request, Role.VIEW, self._view.mirror.tenant)
        pieces = self._stay(request, self._view.stream.listen(language_code(request)))
        return StreamingResponse(pieces, media_type="text/event-stream", headers=_STREAM)

    async def editing(self, request: Request) -> Response:
        """POST /v1/desk/places/{id}/editing: whoever asks is writing there now, and for some seconds."""
        operator = await self._require(request, Role.OPERATE, self._view.mirror.tenant)
        await read_act(request, dict[str, Any])
        if request.path_params["id"] not in self._view.mirror.places:
            raise ProblemDocument(404, "Not found", f"there is no place {request.path_params['id']!r:.80} in this city")
        until = asyncio.get_running_loop().time() + EDITING_S
        self._view.editing(request.path_params["id"], operator.name, until)
        return done({"until_s": EDITING_S})

    async def static(self, request: Request) -> Response:
        """GET /static/{file}: style and script of the pages; anybody may read them."""
        name = request.path_params["file"]
        if name not in ("desk.css", "desk.js", "orders.js", "city_time.js", "keys.js"):
            raise HTTPException(404)
        return await self._assets.respond(request, _FILES / name)

    async def _reader(self, request: Request) -> DeskReader:
        operator = await self._require(request, Role.VIEW, self._view.mirror.tenant)
        return DeskReader(operator, get_language(language_code(request)), self._view.clock)

    def _page(self, request: Request, reader: DeskReader, way: str, title: str, body: str) -> Response:
        path = request.scope["path"]
        page = render_frame(reader, way, title, body, path=path, is_made_up=self._view.is_made_up)
        tag = strong_tag(page)
        if find_held(request.headers.get("if-none-match"), tag) is not None:
            return Response(status_code=304, headers={**_HEADERS, "ETag": tag})
        response = Response(page, headers={**_HEADERS, "ETag": tag}, media_type="text/html; charset=utf-8")
        remember_language(request, response)
        return response
