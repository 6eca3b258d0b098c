"""The overview held ready: how large it is, what it costs, and that all who listen hear the same bytes."""

from __future__ import annotations

import asyncio
import json
import zlib
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from benchmarks.desk_suite.city import TENANT, BadMorning
from gateways.desk.live.overview import LiveOverview
from gateways.desk.live.serve import LiveDesk
from parking.clock import Clock
from parking.desk.operators import Operator, Role
from parking.published.availability import Change
from parking.words import ClockBasis
from store.changes import ChangesPosition
from store.mirror import Mirror
from store.snapshots import Stored


class NoAlarms:
    """A desk to which nothing happens but what a test says."""

    def __init__(self) -> None:
        self.version = 0
        self.rows: list[dict[str, Any]] = []

    def list_rows(self, now: datetime) -> list[dict[str, Any]]:
        return list(self.rows)


class Anybody:
    """A door that lets everybody in."""

    async def require(self, request: Request, role: Role, tenant: str) -> Operator:
        return Operator(name="anybody", subject="1")

    def while_signed_in(self, request: Request, pieces: Any) -> Any:
        return pieces


class World:
    """A city of 500 places and 20,000 bays, mirrored; nothing here knows Redis, so nothing here can read it."""

    def __init__(self, places: int = 500, bays: int = 20_000, signs: int = 500) -> None:
        self.now = datetime.now(UTC)
        self.city = BadMorning(places, bays, signs)
        self.mirror, self.alarms = Mirror(TENANT), NoAlarms()
        statuses = {status.sign: status for status in self.city.list_statuses(self.now)}
        self.overview = LiveOverview(self.mirror, self.alarms, lambda: statuses, lambda: None)
        said = {change.place_id: change.availability for change in self.city.say_all(self.now)}
        rows = [(place, said[place.id]) for place in (*self.city.sites, *self.city.zones)]
        clock = Clock(self.now, ClockBasis.WALL)
        stored = Stored(TENANT, clock, ChangesPosition("1", "1-0"), rows, None, tuple(self.city.signs))
        self.overview.snapshot(self.mirror.take_snapshot(stored, self.now))
        self._number, self.said = 1, list[Change]()

    def tell(self, vacant: int, place: int = 0) -> None:
        """A worker writes one number."""
        self._number += 1
        position = ChangesPosition("1", f"{self._number}-0")
        change = self.city.told(self.city.lively[place], vacant)
        self.said.append(change)
        self.overview.changed(self.mirror.take_changes([(position, change)], position, None, self.now))


def read(data: bytes) -> dict[str, Any]:
    """The JSON of an event."""
    return json.loads(data.split(b"data: ", 1)[1])


def test_the_overview_of_500_places_fits_into_a_few_packets() -> None:
    body = World().overview.body()
    document = json.loads(body)
    assert (len(document["places"]), sum(document["line"]["signs"].values())) == (500, 500)
    assert len(body) < 250_000
    assert len(zlib.compress(body, 5)) < 25_000  # without a single bay: a place's page has those


def test_a_dead_place_is_unknown_in_its_row_and_in_the_line_and_nowhere_zero() -> None:
    document = json.loads(World().overview.body())
    dead = [row for row in document["places"] if row["kind"] == "site" and "communications_failure" in row["faults"]]
    assert dead
    assert {row["vacant"] for row in dead} == {None}
    assert document["line"]["unknown"] == len(dead)


async def test_a_change_is_encoded_once_for_a_hundred_who_listen() -> None:
    world = World(20, 100, 4)
    hub = world.overview.hub
    listeners = [hub.begin(world.overview.event)[0] for _ in range(100)]
    made = world.overview.encoded
    world.tell(321)
    heard = [await listener.take() for listener in listeners]
    assert world.overview.encoded == made + 1
    assert len({id(message) for message in heard}) == 1
    assert heard[0] is not None
    event = read(heard[0].data)
    assert [row["vacant"] for row in event["places"]] == [321]
    assert len(heard[0].data) < 1_500


def test_who_comes_within_the_same_second_gets_the_same_bytes_and_no_row_is_made_again() -> None:
    world = World()
    made = world.overview.encoded
    first = {id(world.overview.hub.begin(world.overview.event)[1]) for _ in range(100)}
    assert len(first) == 1
    assert world.overview.encoded == made


async def test_an_alarm_alone_is_told_alone_and_a_beat_with_nothing_new_says_nothing() -> None:
    world = World(20, 100, 4)
    listener, _ = world.overview.hub.begin(world.overview.event)
    world.overview.beat()
    assert len(listener) == 0
    world.alarms.rows = [{"id": "feed_silent-1", "state": "unacknowledged"}]
    world.alarms.version = 1
    world.overview.beat()
    message = await asyncio.wait_for(listener.take(), 1)
    assert message is not None
    event = read(message.data)
    assert (event["places"], event["alarms"], event["order"]) == ([], world.alarms.rows, ["feed_silent-1"])
    world.alarms.rows, world.alarms.version = [], 2
    world.overview.beat()
    message = await asyncio.wait_for(listener.take(), 1)
    assert message is not None
    assert read(message.data)["order"] == []


def test_what_is_known_by_the_clock_alone_is_told_as_well() -> None:
    world = World(20, 100, 4)
    before = json.loads(world.overview.body())["line"]["unknown"]
    late = world.now.replace(year=world.now.year + 1)
    world.overview.expired(world.mirror.expire(late))
    after = json.loads(world.overview.body())
    assert after["line"]["unknown"] > before
    assert {row["vacant"] for row in after["places"]} == {None}


async def test_the_overview_is_served_without_asking_anybody() -> None:
    world = World(20, 100, 4)
    desk = LiveDesk(world.overview, Anybody(), TENANT)
    app = Starlette(routes=[route for route in desk.room().routes if isinstance(route, Route)])
    made = world.overview.encoded
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        answers = [await client.get("/v1/desk/overview") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert len(answers[0].json()["places"]) == 20
    assert world.overview.encoded == made
