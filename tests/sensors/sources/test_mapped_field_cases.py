"""What people reported in public, read by a mapping: cases 04, 05, 10 and 16 of the field."""

from __future__ import annotations

from datetime import UTC, datetime

from parking.observations import DeviceFault, SiteCounted
from parking.words import Fault
from sensors.contract import Decoded
from tests.sensors.sources.test_mapped_twins import mapped
from tests.support import shared

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def counts(decoded: Decoded) -> list[tuple[str | None, int, int | None]]:
    seen = (one for one in decoded.observations if isinstance(one, SiteCounted))
    return [(one.device_id, one.vacant, one.capacity) for one in seen]


CASE_16 = (
    b"id,nom,nb_places,hauteur_max,Xlong,Ylat\n17000-P-1,Moulin,450,2.00m,-1.14,46.15\n"
    b'17000-P-2,Port,610,"2.20m niveau-1; 1.90m niveau -2, -3",-1.15,46.15\n'
    b"17000-P-3,Aire,172,Camping-Car,-1.18,46.16\n"
    b"17000-P-4,Sans,,N/A,-1.15,46.16\n"
)


def test_case_16_every_car_park_of_a_national_file_comes_in_and_a_height_that_is_none_is_told() -> None:
    found = mapped("bnls").places(CASE_16, {}, tenant="t", received_at=NOW)
    assert [(place.capacity, place.height_cm) for place in found.places] == [
        (450, 200),
        (610, 190),
        (172, None),
        (None, None),
    ]
    assert ["lowest in it, 190 cm" in reject.detail for reject in found.rejects] == [True, False]
    assert not mapped("bnls").decode(CASE_16, tenant="t", received_at=NOW, recorded=False).rejects


def test_case_16_as_it_was_reported() -> None:
    body = shared("field/16-bnls-la-rochelle-shape.csv").read_bytes()
    found = mapped("bnls").places(body, {}, tenant="t", received_at=NOW)
    assert {place.id for place in found.places} == {line.split(",")[0] for line in body.decode().splitlines()[1:]}
    assert all(place.point for place in found.places)


def test_case_04_numbers_as_texts_metres_of_a_stated_grid_and_a_state_that_says_no_data() -> None:
    body = shared("field/04-freiburg-pls-strings-utm.json").read_bytes()
    decoded = mapped("freiburg").decode(body, tenant="t", received_at=NOW, recorded=True)
    assert counts(decoded) == [("P5", 56, 105), ("P2", 399, 399)]
    assert [(seen.device_id, seen.fault) for seen in decoded.observations if isinstance(seen, DeviceFault)] == [
        ("P21", Fault.COUNTING_OUT_OF_SERVICE)
    ]
    at = {place.id: place.point for place in mapped("freiburg").places(body, {}, tenant="t", received_at=NOW).places}
    assert all(point and abs(point.lon - 7.84) < 0.05 and abs(point.lat - 48.0) < 0.05 for point in at.values())


def test_case_05_both_separators_are_read_alike() -> None:
    one, other = (
        shared(f"field/05{name}").read_bytes()
        for name in ("a-melbourne-ods-csv-bom-semicolon.csv", "b-melbourne-ods-csv-bom-comma.csv")
    )
    at = datetime(2026, 11, 27, 10, tzinfo=UTC)
    first, second = (
        mapped("melbourne").decode(body, tenant="t", received_at=at, recorded=False) for body in (one, other)
    )
    assert not first.rejects
    assert not second.rejects
    both = {seen.device_id for seen in first.observations} & {seen.device_id for seen in second.observations}
    assert both
    assert [s for s in first.observations if s.device_id in both] == [
        s for s in second.observations if s.device_id in both
    ]


def test_case_10_numbers_that_became_impossible_are_unknown_from_then_on() -> None:
    at = datetime(2026, 11, 27, 14, 5, tzinfo=UTC)
    good, bad = (
        mapped("nantes").decode(shared(f"field/10{name}").read_bytes(), tenant="t", received_at=at, recorded=False)
        for name in ("a-nantes-first-poll-good.json", "b-nantes-second-poll-impossible.json")
    )
    known = {device for device, _, _ in counts(good)}
    assert len(known) == 3
    assert {seen.device_id for seen in bad.observations if isinstance(seen, DeviceFault)} == known
    assert not counts(bad)
    assert len(bad.rejects) == 3
