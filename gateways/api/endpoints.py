"""The endpoints over one city: what is asked, answered from memory."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import redis.asyncio as aioredis
import shapely
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateways.api.city import ServedCity
from gateways.api.follower import Follower
from gateways.api.listening import listen, read_last_event_id
from gateways.api.meters import GatewayMeters
from gateways.api.openapi import describe
from gateways.api.problems import not_known_yet, not_ready
from gateways.api.questions import read_nearest, read_point, read_query
from gateways.api.timed_tags import find_young, timed_tag
from gateways.documents import details_document, space_documents
from gateways.hub import Hub
from gateways.words.language import CODES, get_language
from parking.catalogue.model import Tenant
from parking.errors import ParkingError
from parking.instants import AHEAD_TOLERANCE
from parking.printable import visible_json
from parking.published.availability import Availability
from parking.wall import ahead_of_us
from serving.entity_tags import find_held, strong_tag
from serving.headers import ANY_ORIGIN, raw
from serving.probes import WELL, Probes, Wellbeing, answering, exposition
from serving.problems import ProblemDocument
from store.changes import ChangesPosition

log = logging.getLogger(__name__)
_LANGUAGES = [get_language(code) for code in CODES]
ANYONE = {**ANY_ORIGIN, "Cache-Control": "no-cache"}
_ANSWER = [
    (b"content-type", b"application/json"),
    *raw({"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}),
]


class Gateway:
    """The endpoints over one city. ``broken`` is the mistake of ours that keeps it from following its city, or None."""

    def __init__(
        self,
        client: "aioredis.Redis",
        tenant: str,
        basemap: str | None = None,
        probes_at: tuple[str, int] | None = None,
    ) -> None:
        self.city, self.hub, self.meters = ServedCity(tenant), Hub(), GatewayMeters()
        self.follower = Follower(client, self.city, self.hub)
        self._client, self._basemap, self._probes_at = client, basemap, probes_at
        self.broken: BaseException | None = None
        self._sites: tuple[bytes, str] = (b"", "")
        self._sites_made: tuple[ChangesPosition, int] | None = None

    @asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """Follow Redis, and answer probes, for as long as the server runs."""
        async with answering(self.probes(), self._probes_at):
            following = asyncio.create_task(self.follower.run())
            following.add_done_callback(self._note_a_bug)
            try:
                yield
            finally:
                self.hub.close()
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    def _note_a_bug(self, task: "asyncio.Task[Any]") -> None:
        """A gateway that no longer follows must not go on as if it did."""
        if not task.cancelled() and (error := task.exception()) is not None:
            says_enough = isinstance(error, ParkingError)
            log.critical("the gateway cannot follow its city; stopping", exc_info=None if says_enough else error)
            self.broken = error

    def _now(self) -> datetime:
        """The city's time; a problem before anything is known, or once nothing new can be."""
        if self.broken is not None:
            raise not_ready("something keeps us from following the city; our log says what")
        if not self.city.is_loaded:
            raise not_known_yet(self.city.tenant, self.follower.trouble or "it is being read")
        return self.city.at(datetime.now(UTC))

    async def nearest(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET /v1/nearest, as plain ASGI: what is asked most goes the shortest way."""
        now = self._now()
        asked = read_nearest(scope["query_string"], self.city)
        await answer(send, self.city.nearest_body(asked, now))

    async def sites(self, request: Request) -> Response:
        """GET /v1/sites."""
        now = self._now()
        read_query(request.scope["query_string"], ())
        body, tag = self._sites_at(now)
        return _timed(request, body, tag)

    def _sites_at(self, now: datetime) -> tuple[bytes, str]:
        """The whole city and its tag, made once a second and position however many ask; its ``now`` says when."""
        made = (self.city.position, int(now.timestamp()))
        if self._sites_made != made:
            body = self.city.sites_body(now)
            self._sites, self._sites_made = (body, timed_tag(body, now)), made
        return self._sites

    async def site(self, request: Request) -> Response:
        """GET /v1/sites/{id}: a place, its single spaces, and the areas it lies in."""
        now, site_id = self._now(), request.path_params["id"]
        read_query(request.scope["query_string"], ())
        place = self.city.places.get(site_id)
        if place is None:
            allowed = "an id that /v1/sites lists"
            raise ProblemDocument(
                404, "Not found", f"there is no place {site_id!r:.80} in {self.city.tenant}", "id", allowed
            )
        found = self.city.areas.list_at(place.point.lon, place.point.lat) if place.point else []
        more = _encode(
            {
                "now": now,
                "areas": [{"kind": area.kind, "id": area.id, "name": area.name} for area in found],
                "details": details_document(place),
                "spaces": space_documents(place, self.city.availability(site_id)),
            }
        )
        body = self.city.body(site_id, now)[:-1] + b"," + more[1:]
        return _timed(request, body, timed_tag(body, now))

    async def areas(self, request: Request) -> Response:
        """GET /v1/areas: communes and street zones as GeoJSON; with lon and lat, those around that point."""
        self._now()
        fields = read_query(request.scope["query_string"], ("lon", "lat"))
        found = self.city.areas.list_at(*read_point(fields)) if fields else self.city.areas.footprints
        features = [
            {
                "type": "Feature",
                "properties": {"id": area.id, "name": area.name, "kind": area.kind},
                "geometry": shapely.geometry.mapping(area.polygon),
            }
            for area in found
        ]
        return _lasting(request, _encode({"type": "FeatureCollection", "features": features}))

    async def about(self, request: Request) -> Response:
        """GET /v1/about: what the page needs to know of the city."""
        self._now()
        about = self.city.about or Tenant(id=self.city.tenant, clock=self.city.basis)
        credit = about.attribution
        return _lasting(
            request,
            _encode(
                {
                    "tenant": self.city.tenant,
                    "name": about.name or about.id,
                    "located": about.located,
                    "zone": about.zone,
                    "pace": about.pace,
                    "languages": [
                        {"code": language.code, "name": language.name, "reviewed": language.reviewed}
                        for language in sorted(
                            _LANGUAGES, key=lambda language: place_in(about.languages, language.code)
                        )
                    ],
                    "licence": about.licence,
                    "view": about.view,
                    "center": self.city.center,
                    "basemap": self._basemap,
                    "clock": self.city.basis.value,
                    "attribution": "placelibre" + (f" · {credit}" if credit else ""),
                }
            ),
        )

    def located(self) -> str:
        """How one says in French that something is in this city; empty before it is known."""
        about = self.city.about
        if about is None:
            return ""
        return about.located.get("fr") or get_language("fr").say("page.located", city=about.name or about.id)

    async def changes(self, request: Request) -> Response:
        """GET /v1/changes: server-sent events."""
        self._now()
        fields = read_query(request.scope["query_string"], ("last_event_id",))
        asked = (request.headers.get("last-event-id"), fields.get("last_event_id"))
        by_header, by_query = map(read_last_event_id, asked)
        resume = by_header or by_query
        headers = {**ANYONE, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(headers=headers, media_type="text/event-stream")
        events = listen(self.follower, self._client, resume)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def healthz(self, request: Request) -> Response:
        """GET /healthz: the process is alive."""
        return _json(b'{"status":"ok"}')

    async def readyz(self, request: Request) -> Response:
        """GET /readyz: the city is loaded and Redis answers; else a problem that says what is wrong, and since when."""
        self._require_ready()
        return _json(_encode(self._ready()))

    def _ready(self) -> dict[str, str]:
        """That it may be asked, and what is wrong with its clock or the city's: then it says that all is unknown."""
        ahead = self.city.ahead_of(datetime.now(UTC))
        return {"status": "ready"} | (
            {"clock": ahead_of_us(self.city.tenant, ahead)} if ahead > AHEAD_TOLERANCE else {}
        )

    def _require_ready(self) -> None:
        if (trouble := self.follower.trouble) is not None:
            raise not_ready(trouble)
        self._now()

    def probes(self) -> Probes:
        """What the gateway tells its keepers, on a port of their own."""
        return Probes(self._metrics, self._health, self._readiness)

    def _health(self) -> Wellbeing:
        return WELL if self.broken is None else Wellbeing(False, {"status": "broken"})

    def _readiness(self) -> Wellbeing:
        try:
            self._require_ready()
        except ProblemDocument as problem:
            return Wellbeing(False, problem.document())
        return Wellbeing(True, self._ready())

    def _metrics(self) -> bytes:
        shown: list[Availability] = [self.city.availability(place_id) for place_id in self.city.places]
        self.meters.listeners.set(len(self.hub))
        self.meters.places.set(len(shown))
        self.meters.unknown.set(sum(availability.basis is None for availability in shown))
        self.meters.redis_up.set(self.follower.trouble is None)
        self.meters.left_out.set(self.follower.left_out)
        return exposition(self.meters.registry)

    async def openapi(self, request: Request) -> Response:
        """GET /openapi.json."""
        return _lasting(request, _encode(describe()))


async def answer(send: Send, body: bytes) -> None:
    """A JSON body as plain ASGI."""
    headers = [*_ANSWER, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _encode(document: object) -> bytes:
    """As JSON, with what cannot be seen as escapes: whoever named a place has chosen its letters."""
    return visible_json(msgspec.json.encode(document).decode()).encode()


def _json(body: bytes, **headers: str) -> Response:
    return Response(body, headers={**ANYONE, **headers}, media_type="application/json")


def _lasting(request: Request, body: bytes) -> Response:
    """An answer that no clock changes: 304 for who holds it."""
    tag = strong_tag(body)
    held = find_held(request.headers.get("if-none-match"), tag)
    return _json(body, ETag=tag) if held is None else _not_modified(tag if held == "*" else held)


def _timed(request: Request, body: bytes, tag: str) -> Response:
    """An answer with ages: 304 for who holds the same and made lately (``timed_tags``)."""
    held = find_young(request.headers.get("if-none-match"), tag)
    return _json(body, ETag=tag) if held is None else _not_modified(held)


def _not_modified(tag: str) -> Response:
    return Response(status_code=304, headers={**ANYONE, "ETag": tag})


def place_in(order: tuple[str, ...], code: str) -> int:
    """Where a code stands in an order; what is not in it comes after all that is."""
    return order.index(code) if code in order else len(order)
