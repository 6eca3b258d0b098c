"""Montpellier's hourly series, and the traps that seven months of it prove."""

import csv
from collections import Counter
from datetime import UTC, datetime

import pytest

from parking.catalogue.model import Catalogue
from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled
from parking.published.level import fill_level
from parking.words import FillLevel, Opening, RejectReason, TimeBasis
from sensors.sources.montpellier.adapter import INFO, decode, places
from tests.sensors.sources.words import believed
from tests.support import shared

NOW = datetime(2026, 9, 1, tzinfo=UTC)
HEADER = "fecha_lectura,nombre_parking,plazas_libres,capacidad_total,estado"
RECORDING = "series/montpellier_2026-01-12_2026-08-09.csv"


def table(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows, "")).encode()


def read(payload: bytes, recorded: bool = True, received_at: datetime = NOW):
    return decode(payload, tenant="montpellier", received_at=received_at, recorded=recorded)


def row(free: object = 129, total: object = 239, status: str = "Open", name: str = "Antigone") -> str:
    return f"2026-03-29 10:59:23,{name},{free},{total},{status}"


def only(line: str):
    decoded = read(table(line))
    assert not decoded.rejects, decoded.rejects
    return {type(seen): seen for seen in decoded.observations}


def declared(payload: bytes | None):
    return places(payload, {}, tenant="montpellier", received_at=NOW)


def test_a_row_is_a_count_and_an_opening_at_the_collector_s_utc() -> None:
    seen = only(row())
    count = seen[SiteCounted]
    assert (count.vacant, count.capacity, count.full_at, count.device_id) == (129, 239, None, "Antigone")
    assert count.observed_at == count.received_at == datetime(2026, 3, 29, 10, 59, 23, tzinfo=UTC)
    assert count.time_basis is TimeBasis.ARRIVAL
    assert seen[OpeningChanged].opening is Opening.OPEN


def test_live_rows_arrive_when_they_arrive() -> None:
    assert {seen.received_at for seen in read(table(row()), recorded=False).observations} == {NOW}


def test_full_with_spaces_left_is_full() -> None:
    seen = only(row(250, 500, "Full", "Foch"))
    count = seen[SiteCounted]
    assert (count.vacant, count.full_at, seen[OpeningChanged].opening) == (250, 250, Opening.OPEN)
    level = fill_level(count.vacant, count.vacant, count.capacity, Opening.OPEN, count.full_at)
    assert level is FillLevel.FULL


def test_a_zero_is_believed_beside_full_alone() -> None:
    assert only(row(0, 239, "Full"))[SiteCounted].vacant == 0
    assert SiteCounted not in only(row(0, 239, "Open"))
    assert SiteCounted not in only(row(0, 0, "Sin datos"))


def test_a_missing_number_is_unknown_never_zero() -> None:
    assert SiteCounted not in only(row("", 239))
    assert only(row(5, ""))[SiteCounted].capacity is None
    assert only(row(5, 0))[SiteCounted].capacity is None


def test_full_without_a_number_is_full_and_no_number() -> None:
    seen = only(row("", 239, "Full"))
    assert (seen[SiteLevelled].level, seen[SiteLevelled].capacity) == (FillLevel.FULL, 239)
    assert SiteCounted not in seen
    assert DeviceFault not in seen
    assert SiteLevelled not in only(row("", 239, "Open"))


@pytest.mark.parametrize(("status", "opening"), [("Closed", Opening.CLOSED), ("Sin datos", Opening.UNKNOWN)])
def test_the_status_says_who_may_drive_in(status: str, opening: Opening) -> None:
    assert only(row(status=status))[OpeningChanged].opening is opening


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (row("many"), RejectReason.WRONG_TYPE),
        (row(-3), RejectReason.NEGATIVE_COUNT),
        (row(240), RejectReason.FREE_ABOVE_CAPACITY),
        (row(950, 1000, name="Vicarello"), RejectReason.FREE_ABOVE_CAPACITY),
        (row(status="Ouvert"), RejectReason.UNKNOWN_STATUS),
        (row(name="Desconocido"), RejectReason.MISSING_FIELD),
        (row(name=""), RejectReason.MISSING_FIELD),
        ("noon,Antigone,1,2,Open", RejectReason.BAD_TIME),
        ("0001-01-01T00:00:00+14:00,Antigone,1,2,Open", RejectReason.BAD_TIME),
        ("2099-01-01 00:00:00,Antigone,1,2,Open", RejectReason.FUTURE_TIME),
        ("2026-03-29 10:59:23,Antigone,1,2", RejectReason.MALFORMED_RECORD),
        ('2026-03-29 10:59:23,"Antigone,1,2,Open', RejectReason.MALFORMED_RECORD),
    ],
)
def test_a_bad_row_costs_itself_alone_and_keeps_its_bytes(line: str, why: RejectReason) -> None:
    decoded = read(table(line, row(name="Corum")))
    assert [reject.reason for reject in decoded.rejects] == [why]
    assert decoded.rejects[0].raw == table(line)
    assert {seen.device_id for seen in believed(decoded)} == {"Corum"}
    assert decoded.ends_at == datetime(2026, 3, 29, 10, 59, 23, tzinfo=UTC)


@pytest.mark.parametrize("body", [b"", b"a,b\n", b"\xff\xfe", b'{"json": 1}', HEADER.replace("estado", "x").encode()])
def test_a_foreign_body_is_one_reject(body: bytes) -> None:
    assert [reject.reason for reject in read(body).rejects] == [RejectReason.MALFORMED_BODY]
    assert len(declared(body).places) == 24


def test_a_name_we_do_not_know_is_a_place_of_which_only_the_name_is_known() -> None:
    found = {place.id: place for place in declared(table(row(name="Neuf"), row(name="a/b"))).places}
    assert len(found) == 25
    assert (found["Neuf"].capacity, found["Neuf"].point) == (None, None)
    assert found["Antigone"].capacity == 239
    assert sum(place.point is not None for place in found.values()) == 13
    assert [reject.reason for reject in declared(table(row(name="a/b"))).rejects] == [RejectReason.MALFORMED_RECORD]


def test_the_whole_recording_says_what_the_standard_library_reads_in_it() -> None:
    payload = shared(RECORDING).read_bytes()
    decoded = read(payload)
    rows = list(csv.DictReader(payload.decode().splitlines()))
    sound = [one for one in rows if one["capacidad_total"] != "1000"]
    assert (len(rows), len(rows) - len(sound)) == (90_576, 2)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.FREE_ABOVE_CAPACITY] * 2
    assert [
        (f"{one.observed_at:%Y-%m-%d %H:%M:%S}", one.device_id, str(one.vacant), str(one.capacity))
        for one in decoded.observations
        if isinstance(one, SiteCounted)
    ] == [tuple(one[name] for name in HEADER.split(",")[:4]) for one in sound]
    assert Counter(type(one) for one in decoded.observations) == {
        SiteCounted: 90_574,
        OpeningChanged: 90_576,
        DeviceFault: 2,
    }
    full = [one for one in decoded.observations if isinstance(one, SiteCounted) and one.full_at is not None]
    assert len(full) == sum(one["estado"] == "Full" for one in rows) == 141
    assert decoded.ends_at == datetime(2026, 8, 9, 10, 29, 53, tzinfo=UTC)
    assert len({one.event_id for one in decoded.observations}) == len(decoded.observations)


def test_every_recorded_device_observes_a_place() -> None:
    payload = shared(RECORDING).read_bytes()
    catalogue = Catalogue(declared(payload).places)
    assert len(catalogue) == 24
    names = {one.device_id for one in read(payload[:20_000]).observations}
    assert len(names) == 24
    assert all(catalogue.find_observed("montpellier", INFO.id, name, NOW) for name in names)
