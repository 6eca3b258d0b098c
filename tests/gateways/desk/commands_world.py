"""A desk of commands without Kafka and Redis: a place, a zone, a record in memory, and an effect that may be away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.requests import Request

from gateways.desk.catalogue_routes import CatalogueTaking
from gateways.desk.command_port import EffectRefusedError, NotDoneYetError, NotReadableError, PlaceSight
from gateways.desk.command_routes import CommandTaking
from gateways.desk.command_telling import CommandTelling
from gateways.desk.commanding import CommandDesk
from gateways.desk.described import COMMAND_PATHS, COMMAND_SCHEMAS
from gateways.desk.finishing import CommandFinisher
from gateways.desk.previewing import CitySight, CommandPreviews
from gateways.desk.serve import DeskRoom, create_desk_app
from parking.catalogue.model import Device, Place, PlaceKind, Space
from parking.decisions.acting import Confirmation, NotRecordedError, Recorded
from parking.decisions.model import Decision
from parking.decisions.words import JsonMap
from parking.desk.edits import apply_change, find_edit
from parking.desk.operators import Operator, Role
from parking.desk.said import DeskRecord
from parking.published.availability import NEVER_OBSERVED, Availability
from parking.signs.model import Sign
from serving.problems import ProblemDocument, forbidden

CITY = "exempleville"
PEOPLE = {
    "durand": Operator(name="m.durand", subject="1", roles={CITY: frozenset({Role.OPERATE, Role.CATALOGUE})}),
    "leroy": Operator(name="s.leroy", subject="2", roles={CITY: frozenset({Role.ADMIN})}),
    "looker": Operator(name="looker", subject="3", roles={CITY: frozenset({Role.VIEW})}),
    "abroad": Operator(name="abroad", subject="4", roles={"lemans": frozenset({Role.ADMIN})}),
}
"""By token. Whoever is not among them was removed, or never was."""


def car_park(**more: Any) -> Place:
    given: dict[str, Any] = {
        "tenant": CITY, "id": "p1", "name": "Commerce", "capacity": 100,
        "devices": (Device(source="nantes", id="C1"),),
    }  # fmt: skip
    return Place(**given | more)


def zone() -> Place:
    devices = tuple(Device(source="pavement", id=f"S{n}", slot=n) for n in range(2))
    return Place(tenant=CITY, id="z1", name="Rue A", kind=PlaceKind.ZONE, devices=devices,
                 spaces=(Space(id="b1"), Space(id="b2")))  # fmt: skip


class Doorman:
    """Knows people by their token."""

    async def require(self, request: Request, role: Role, tenant: str) -> Operator:
        person = PEOPLE.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if person is None:
            raise ProblemDocument(401, "Unauthorized", "nobody", headers={"WWW-Authenticate": "Bearer"})
        if not person.may(role, tenant):
            raise forbidden(f"needs {role}")
        return person


class MadeWorld:
    """See CommandPort; and the record. What is away is in ``away``: kafka, effects, redis."""

    tenant = CITY

    def __init__(self) -> None:
        self.contracts: dict[str, int] = {}
        self.catalogue = {place.id: place for place in (car_park(), zone())}
        self.events: list[Decision | Confirmation] = []
        self.acted: list[Decision] = []
        self.away: set[str] = set()
        self.refusal: str | None = None
        self.clock = datetime(2026, 5, 4, 12, tzinfo=UTC)
        self.said = DeskRecord()
        self.known: dict[str, Availability] = {}
        self.signs: list[Sign] = []

    async def now(self) -> datetime:
        self._reach("redis")
        self.clock += timedelta(microseconds=1)
        return self.clock

    async def find_place(self, place: str) -> PlaceSight | None:
        self._reach("redis")
        found = self.catalogue.get(place)
        return found and PlaceSight(found, self.known.get(place))

    async def places(self) -> Sequence[Place]:
        return list(self.catalogue.values())

    async def record_now(self, is_fresh: bool = False) -> DeskRecord:
        self._reach("kafka")
        for event in self.events:
            self.said.take(event)
        return self.said

    async def act(self, decision: Decision) -> JsonMap:
        if "effects" in self.away:
            raise NotDoneYetError("Kafka has not acknowledged it")
        if self.refusal:
            raise EffectRefusedError(self.refusal)
        self.acted.append(decision)
        if (edit := find_edit(decision)) is not None:
            for change in edit.changes:
                self.catalogue[change.place] = apply_change(self.catalogue[change.place], change)
        return {"events": [decision.id[:16]]}

    async def record(self, event: Decision | Confirmation, /) -> Recorded:
        if "record" in self.away:
            raise NotRecordedError("Kafka did not take it")
        self.events.append(event)
        return Recorded(0, len(self.events), self.clock)

    def look(self) -> CitySight:
        said = {one: self.known.get(one, NEVER_OBSERVED) for one in self.catalogue}
        return CitySight(self.catalogue, said.__getitem__, self.signs, UTC, True)

    def _reach(self, what: str) -> None:
        if what in self.away:
            raise NotReadableError(f"{what} does not answer")

    @property
    def decisions(self) -> list[Decision]:
        return [event for event in self.events if isinstance(event, Decision)]


class DeskUnderTest:
    """A desk over a made world, and who asks it."""

    def __init__(self, world: MadeWorld | None = None) -> None:
        self.world = world or MadeWorld()
        self.finisher = CommandFinisher(self.world, self.world.record)
        desk, door = CommandDesk(self.finisher), Doorman()
        rooms = (
            CommandTaking(desk, self.world, door),
            CatalogueTaking(desk, self.world, door),
            CommandTelling(self.world, door),
            CommandPreviews(self.world, self.world.look, door),
        )
        routes = [route for room in rooms for route in room.list_routes()]
        self.app = create_desk_app([DeskRoom("commands", routes, COMMAND_PATHS, COMMAND_SCHEMAS)])
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://desk.test")

    async def ask(
        self, method: str, path: str, body: Any = None, who: str = "durand", **headers: str
    ) -> httpx.Response:
        headers = {name.replace("_", "-"): value for name, value in headers.items()} | {
            "Authorization": f"Bearer {who}"
        }
        return await self.client.request(method, f"/v1/desk/{path}", json=body, headers=headers)

    def soon(self, hours: float = 2) -> str:
        return (self.world.clock + timedelta(hours=hours)).isoformat()

    def closed(self, **more: Any) -> dict[str, Any]:
        return {"aspect": "opening", "opening": "closed", "reason": "works", "expires_at": self.soon()} | more
