"""What the driver, the API and the signs would say under a command, before anybody gives it. Nothing is recorded."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateways.desk.command_port import CommandPort, NoSuchThingError, PlaceSight
from gateways.desk.command_routes import answered, done, find_wish, read_command
from gateways.desk.reporting import Doorkeeper
from gateways.documents import aged_document
from parking.catalogue.model import Place
from parking.desk.checking import require_possible
from parking.desk.commands import PlaceOverride, PlaceRecount
from parking.desk.operators import Role
from parking.desk.preview import preview
from parking.instants import in_text
from parking.published.availability import NEVER_OBSERVED, Availability
from parking.signs.model import Sign
from parking.signs.planner import kept_from_real, plan_sign

Document = dict[str, Any]
PREVIEWED: Any = PlaceOverride | PlaceRecount
SIGNS_AS_PLANNED = (
    "once a line's dwell is over; an order given at a sign itself, and pixels that have failed, are not looked at"
)


class CitySight(NamedTuple):
    """What is live of a city: all its places and what is said of them, its signs, its time, whether it is real."""

    places: Mapping[str, Place]
    availability: Callable[[str], Availability]
    signs: list[Sign]
    zone: tzinfo
    is_real: bool


class CommandPreviews:
    """The endpoint. ``look`` is what is live now."""

    def __init__(self, port: CommandPort, look: Callable[[], CitySight], door: Doorkeeper) -> None:
        self._port, self._look, self._door = port, look, door

    def list_routes(self) -> list[BaseRoute]:
        """Where it is."""
        return [Route("/v1/desk/places/{id}/preview", self.of_command, methods=["POST"])]

    async def of_command(self, request: Request) -> Response:
        """POST …/preview: what would be said under an override or after a recount; ``command`` says which it is."""
        await find_wish(request, self._door, Role.OPERATE, self._port.tenant)
        command = await read_command(request, PREVIEWED)
        return answered(await done(self._document(request.path_params["id"], command)))

    async def _document(self, place_id: str, command: PlaceOverride | PlaceRecount) -> Document:
        if (sight := await self._port.find_place(place_id)) is None:
            raise NoSuchThingError(f"there is no place {place_id:.128} in {self._port.tenant}")
        now = await self._port.now()
        require_possible(command, sight.place, sight.known, now)
        would, untold = preview(command, sight.place, sight.known, now)
        known = sight.known or NEVER_OBSERVED
        return {
            "now": in_text(now),
            "is": aged_document(sight.place, known, now),
            "would": would and aged_document(sight.place, would, now),
            "untold": untold,
            "signs": would and _signs(self._look(), sight, would, now),
            "signs_as": SIGNS_AS_PLANNED,
        }


def _signs(city: CitySight, sight: PlaceSight, would: Availability, now: datetime) -> list[Document]:
    """Each sign that counts the place: what it shows without an order, and what it would."""
    name, found = sight.place.id, []
    for sign in city.signs:
        if name not in sign.members:
            continue
        is_now = _lines(city, sign, sight, sight.known or NEVER_OBSERVED, now)
        lines = zip(is_now, _lines(city, sign, sight, would, now), strict=True)
        found.append({"id": sign.id, "name": sign.name, "lines": [{"is": old, "would": new} for old, new in lines]})
    return found


def _lines(city: CitySight, sign: Sign, sight: PlaceSight, said: Availability, now: datetime) -> list[Document]:
    places = {one: city.places[one] for one in sign.members if one in city.places} | {sight.place.id: sight.place}
    availabilities = {one: city.availability(one) for one in places} | {sight.place.id: said}
    plan = plan_sign(sign, sign.limits, availabilities, places, {}, None, now, city.zone)
    return [
        {
            "number": line.number,
            "state": line.state.value,
            "text": f"{line.line.legend} {line.line.value}".strip(),
            "because": line.because and line.because.value,
        }
        for line in kept_from_real(plan, sign, city.is_real, now).lines
    ]
