"""ParkAPI: what is no realtime is no number, groups end alone, pages go on by id, and version 1's nodata is no zero."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled, SpaceObserved
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, SpaceState, Structure, TimeBasis
from sensors.contract import Decoded
from sensors.intake.access import Access
from sensors.intake.polling import poll_source
from sensors.registry import ADAPTERS
from sensors.sources.parkapi.adapter import decode, places
from tests.feed_server import Answer, FeedServer, feed_server
from tests.sensors.listening import DeclaringProducer
from tests.support import NOON, at

SITE = {
    "id": 7,
    "source_id": 3,
    "original_uid": "P1",
    "name": "Mitte",
    "lat": "48.7000000",
    "lon": "9.1000000",
    "purpose": "CAR",
    "type": "CAR_PARK",
    "capacity": 80,
    "max_height": 200,
    "has_realtime_data": True,
    "realtime_data_updated_at": "2026-05-04T11:58:00Z",
    "realtime_opening_status": "OPEN",
    "realtime_capacity": 78,
    "realtime_free_capacity": 12,
}
SPOT = {
    "source_id": 3,
    "original_uid": "S1",
    "lat": "48.7",
    "lon": "9.1",
    "purpose": "CAR",
    "parking_site_id": 7,
    "has_realtime_data": True,
    "realtime_status": "AVAILABLE",
    "realtime_data_updated_at": "2026-05-04T13:58:00+02:00",
}
LOT = {"id": "nord", "name": "Nord", "free": 5, "total": 40, "state": "open", "coords": {"lat": 51.0, "lng": 13.7}}


def body(*items: dict[str, Any]) -> bytes:
    return json.dumps({"items": items, "total_count": len(items)}).encode()


def lots(*items: dict[str, Any], **more: Any) -> bytes:
    times = {"last_updated": "2026-05-04T11:59:00", "last_downloaded": "2026-05-04T11:59:30"}
    return json.dumps({**times, "lots": items, **more}).encode()


def read(payload: bytes, *, recorded: bool = False) -> Decoded:
    return decode(payload, tenant="t", received_at=NOON, recorded=recorded)


def site(**changes: Any) -> Decoded:
    return read(body({name: value for name, value in (SITE | changes).items() if value is not ...}))


def counts(decoded: Decoded) -> dict[Audience, tuple[int, int | None]]:
    return {one.category: (one.vacant, one.capacity) for one in decoded.observations if isinstance(one, SiteCounted)}


def ends(decoded: Decoded) -> list[tuple[Fault, Audience | None]]:
    return [(one.fault, one.category) for one in decoded.observations if isinstance(one, DeviceFault)]


def test_a_site_says_gate_number_and_time() -> None:
    gate, count = site().observations
    assert isinstance(gate, OpeningChanged)
    assert gate.opening is Opening.OPEN
    assert isinstance(count, SiteCounted)
    assert (count.device_id, count.vacant, count.capacity) == ("3:P1", 12, 78)
    assert (count.observed_at, count.received_at, count.time_basis) == (at(-2), NOON, TimeBasis.DEVICE)


@pytest.mark.parametrize("said", [False, "false", 0])
def test_what_has_no_realtime_has_no_number_though_one_stands_beside_it(said: object) -> None:
    decoded = site(has_realtime_data=said)
    assert (counts(decoded), ends(decoded)) == ({}, [(Fault.COUNTING_OUT_OF_SERVICE, None)])
    assert not decoded.rejects


def test_realtime_of_the_past_keeps_its_own_time() -> None:
    decoded = site(realtime_data_updated_at="2024-05-04T11:58:00Z")
    assert {one.observed_at.year for one in decoded.observations} == {2024}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"realtime_free_capacity": -1}, RejectReason.NEGATIVE_COUNT),
        ({"realtime_free_capacity": 79}, RejectReason.FREE_ABOVE_CAPACITY),
        ({"realtime_free_capacity": "many"}, RejectReason.WRONG_TYPE),
        ({"realtime_opening_status": "AJAR"}, RejectReason.UNKNOWN_STATUS),
        ({"realtime_data_updated_at": ...}, RejectReason.MISSING_FIELD),
        ({"realtime_data_updated_at": "soon"}, RejectReason.BAD_TIME),
        ({"realtime_data_updated_at": "2026-05-04T12:06:00Z"}, RejectReason.FUTURE_TIME),
        ({"purpose": "PLANE"}, RejectReason.UNKNOWN_STATUS),
    ],
)
def test_what_is_refused_ends_the_number_and_its_bytes_read_alone(changes: dict[str, Any], why: RejectReason) -> None:
    decoded = site(**changes)
    assert [one.reason for one in decoded.rejects] == [why]
    assert (counts(decoded), ends(decoded)) == ({}, [(Fault.UNUSABLE, None)])
    again = read(decoded.rejects[0].raw)
    assert [one.reason for one in again.rejects] == [why]


def test_a_site_without_a_number_is_unknown_and_lockers_are_set_aside() -> None:
    assert ends(site(realtime_free_capacity=None)) == [(Fault.UNUSABLE, Audience.PUBLIC)]
    lockers = site(purpose="ITEM")
    assert [one.reason for one in lockers.rejects] == [RejectReason.NOT_FOLDED]
    assert not lockers.observations


def test_bikes_are_no_cars_and_groups_have_numbers_of_their_own() -> None:
    assert counts(site(purpose="BIKE")) == {Audience.BIKE: (12, 78)}
    grouped = site(realtime_free_capacity_disabled=1, capacity_disabled=4, realtime_free_capacity_woman=9)
    assert counts(grouped) == {Audience.PUBLIC: (12, 78), Audience.DISABLED: (1, 4)}


def test_groups_may_stand_in_restrictions() -> None:
    said = {"type": "DISABLED", "capacity": 11, "realtime_capacity": 10, "realtime_free_capacity": 2}
    changes = {"restricted_to": [], "restrictions": [{"max_stay": "PT2H"}, said, {"type": "WOMEN", "capacity": 3}, 7]}
    assert counts(site(**changes)) == {Audience.PUBLIC: (12, 78), Audience.DISABLED: (2, 10)}
    [place] = places(body(SITE | changes | {"has_fee": True}), {}, tenant="t", received_at=NOON).places
    assert (place.spaces_disabled, place.spaces_ev, place.is_free, place.structure) == (
        11,
        None,
        False,
        Structure.BUILDING,
    )


def test_an_unusable_group_ends_that_group_alone() -> None:
    decoded = site(
        realtime_free_capacity_disabled=5, capacity_disabled=4, realtime_free_capacity_charging=-1,
        realtime_free_capacity_carsharing=2,
    )  # fmt: skip
    assert counts(decoded) == {Audience.PUBLIC: (12, 78), Audience.CAR_SHARE: (2, None)}
    assert set(ends(decoded)) == {(Fault.UNUSABLE, Audience.DISABLED), (Fault.UNUSABLE, Audience.EV)}
    assert [one.reason for one in decoded.rejects] == [RejectReason.FREE_ABOVE_CAPACITY]


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_number_that_went_missing_ends_its_own_audiences_alone(nothing: object) -> None:
    group = site(realtime_free_capacity_disabled=nothing)
    assert (counts(group), ends(group)) == ({Audience.PUBLIC: (12, 78)}, [(Fault.UNUSABLE, Audience.DISABLED)])
    restricted = site(restrictions=[{"type": "DISABLED", "capacity": 4, "realtime_free_capacity": nothing}])
    assert ends(restricted) == [(Fault.UNUSABLE, Audience.DISABLED)]
    whole = site(realtime_free_capacity=nothing, realtime_free_capacity_disabled=3)
    assert (counts(whole), ends(whole)) == ({Audience.DISABLED: (3, None)}, [(Fault.UNUSABLE, Audience.PUBLIC)])


def test_0_of_0_is_no_number_and_a_group_of_none_is_one() -> None:
    decoded = site(realtime_free_capacity=0, realtime_capacity=0, realtime_free_capacity_disabled=0)
    assert counts(decoded) == {Audience.DISABLED: (0, None)}
    assert ends(decoded) == [(Fault.UNUSABLE, Audience.PUBLIC)]
    lot = read(lots(LOT | {"free": 0, "total": 0}))
    assert (counts(lot), ends(lot)) == ({}, [(Fault.UNUSABLE, None)])


@pytest.mark.parametrize(
    ("restrictions", "whose"),
    [
        ([], Audience.PUBLIC),
        ([{"max_stay": "PT2H"}], Audience.PUBLIC),
        ([{"max_stay": "PT2H"}, {"type": "DISABLED"}], Audience.PUBLIC),
        ([{"type": "DISABLED", "capacity": 3}], Audience.PUBLIC),
        ([{"type": "DISABLED"}], Audience.DISABLED),
        ([{"type": "RESIDENT"}], Audience.SUBSCRIBER),
    ],
)
def test_a_place_for_some_alone_is_for_them(restrictions: list[dict[str, Any]], whose: Audience) -> None:
    assert list(counts(site(restricted_to=restrictions))) == [whose]


def test_a_place_for_nobody_we_can_name_has_no_number() -> None:
    decoded = site(restricted_to=[{"type": "TAXI"}])
    assert (counts(decoded), ends(decoded)) == ({}, [(Fault.COUNTING_OUT_OF_SERVICE, None)])


@pytest.mark.parametrize(
    ("word", "state"),
    [("AVAILABLE", SpaceState.FREE), ("TAKEN", SpaceState.OCCUPIED), ("UNKNOWN", SpaceState.UNKNOWN)],
)
def test_a_spot_is_one_space_with_its_own_offset(word: str, state: SpaceState) -> None:
    [one] = read(body(SPOT | {"realtime_status": word})).observations
    assert isinstance(one, SpaceObserved)
    assert (one.device_id, one.state, one.observed_at) == ("spot:3:S1", state, at(-2))


def test_a_spot_says_nothing_it_does_not_know() -> None:
    silent = {name: value for name, value in SPOT.items() if not name.startswith("realtime")}
    [one] = read(body(silent | {"has_realtime_data": False})).observations
    assert isinstance(one, SpaceObserved)
    assert one.state is SpaceState.UNKNOWN
    refused = read(body(SPOT | {"realtime_status": "MAYBE"}))
    assert [one.reason for one in refused.rejects] == [RejectReason.UNKNOWN_STATUS]
    assert ends(refused) == [(Fault.UNUSABLE, None)]


def test_a_lot_of_version_1_has_its_bodys_time_and_nodata_is_no_zero() -> None:
    gate, count = read(lots(LOT)).observations
    assert (count.device_id, count.observed_at, count.time_basis) == ("nord", at(-1), TimeBasis.GATEWAY)
    assert counts(read(lots(LOT))) == {Audience.PUBLIC: (5, 40)}
    silent = read(lots(LOT | {"state": "nodata", "free": 0}))
    assert (counts(silent), ends(silent)) == ({}, [(Fault.COUNTING_OUT_OF_SERVICE, None)])
    assert isinstance(gate, OpeningChanged)
    assert [one.reason for one in read(lots(LOT | {"lot_type": "Busparkplatz"})).rejects] == [RejectReason.NOT_FOLDED]


def test_the_first_lots_say_how_full_and_no_number() -> None:
    first = {"id": "nord", "state": "few", "count": 40, "coords": {"lat": 51.0, "lon": 13.7}}
    [level] = [one for one in read(lots(first)).observations if isinstance(one, SiteLevelled)]
    assert (level.level, level.capacity) == (FillLevel.ALMOST_FULL, 40)
    assert counts(read(lots(first | {"free": 3}))) == {Audience.PUBLIC: (3, 40)}


def test_a_refused_lot_keeps_its_bodys_time() -> None:
    [reject] = read(lots(LOT, LOT | {"id": "sued", "free": 41})).rejects
    [again] = read(reject.raw).rejects
    assert (again.reason, again.device_id) == (RejectReason.FREE_ABOVE_CAPACITY, "sued")
    assert [one.reason for one in read(lots(LOT, last_updated=None)).rejects] == [RejectReason.MISSING_FIELD]


def test_pushed_records_have_a_uid_alone() -> None:
    pushed = {"uid": "P9", "realtime_free_capacity": 3, "realtime_data_updated_at": "2026-05-04T11:59:00Z"}
    for payload in (pushed, [pushed], {"items": [pushed]}):
        [count] = read(json.dumps(payload).encode()).observations
        assert (count.device_id, count.observed_at) == ("P9", at(-1))


def test_a_pushed_description_leaves_the_number_alone() -> None:
    decoded = read(json.dumps({"uid": "P9", "name": "Nord", "capacity": 80}).encode())
    assert (decoded.observations, [one.reason for one in decoded.rejects]) == ([], [RejectReason.NOT_FOLDED])


def test_places_are_described_with_points_of_text_and_spots_stand_in_their_site() -> None:
    found = places(body(SITE, SPOT | {"restricted_to": [{"type": "DISABLED"}]}), {}, tenant="t", received_at=NOON)
    one, zone = found.places
    assert (one.id, one.name, one.capacity, one.height_cm) == ("3:P1", "Mitte", 80, 200)
    assert one.point is not None
    assert (one.point.lon, one.point.lat) == (9.1, 48.7)
    assert [(space.id, space.audiences) for space in zone.spaces] == [("spot:3:S1", frozenset({Audience.DISABLED}))]
    assert zone.id == "spots-7"
    nowhere = places(body(SITE | {"lat": "x"}), {}, tenant="t", received_at=NOON)
    assert [place.point for place in nowhere.places] == [None]
    assert [reject.reason for reject in nowhere.rejects] == [RejectReason.BAD_COORDINATES]


def test_a_recording_is_judged_by_its_own_time() -> None:
    [_, count] = read(body(SITE | {"realtime_data_updated_at": "2024-01-01T00:00:00Z"}), recorded=True).observations
    assert count.received_at.year == 2024


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as one:
        yield one


async def poll(url: str, access: Access | None = None) -> DeclaringProducer:
    producer = DeclaringProducer()
    async with httpx.AsyncClient(timeout=5) as client:
        await poll_source(ADAPTERS["parkapi"], [url], "t", producer, client, None, True, access or Access())  # type: ignore[arg-type]
    return producer


async def test_pages_go_on_by_the_next_path_below_whatever_prefix_and_by_the_next_id(server: FeedServer) -> None:
    """A stand-in server: three pages, a key in a header, an ETag on each."""

    def page(number: int, **more: Any) -> Answer:
        item = SITE | {"original_uid": f"P{number}", "id": number}
        return Answer(json.dumps({"items": [item], "total_count": 3, **more}).encode(), headers={"ETag": f'"{number}"'})

    path = "/park-api/api/public/v3/parking-sites"
    url = server.says(f"{path}?limit=1", page(1, next_path="/api/public/v3/parking-sites?limit=1&start=2", next_id=2))
    server.says(f"{path}?limit=1&start=2", page(2, next_id=3))
    server.says(f"{path}?limit=1&start=3", page(3, next_id=None, next_path=None))
    producer = await poll(url, Access(headers={"Authorization": "Bearer key"}))
    assert [one.device_id for one in producer.observations if isinstance(one, SiteCounted)] == ["3:P1", "3:P2", "3:P3"]
    assert [place.id for place in producer.declared] == ["3:P1", "3:P2", "3:P3"]
    assert len(server.asked) == 3
    assert {headers["authorization"] for _, headers in server.asked} == {"Bearer key"}
