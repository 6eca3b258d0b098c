"""What lies in samples/ is what its maker makes, and is sound."""

from __future__ import annotations

from datetime import UTC, datetime

from ops.cataloguing import read_files
from samples.make import HERE, make
from sensors.sources.german_series import adapter as german_series

TOWN = HERE / "exempleville"


def test_the_samples_are_what_their_maker_makes() -> None:
    made = make()
    made_by_hand = ("feeds",)  # held by tests/sensors/sources/test_mapped_twins.py
    files = [path for path in HERE.glob("*/*.*") if path.suffix != ".pyc" and path.parent.name not in made_by_hand]
    kept = {path.relative_to(HERE).as_posix() for path in files}
    assert kept == made.keys()
    assert {name: (HERE / name).read_text(encoding="utf-8") for name in made} == made


def test_the_town_is_imported_without_a_refusal() -> None:
    read = read_files([TOWN / "car-parks.csv", TOWN / "street.geojson", TOWN / "devices.csv"])
    assert read.refusals == ()
    assert read.notes == ()
    assert (len(read.places), len(read.spaces), len(read.devices)) == (6, 12, 17)


def test_the_day_has_one_number_that_cannot_be_and_one_counter_that_falls_silent() -> None:
    body, at = (HERE / "a-day" / "2026-05-04.csv").read_bytes(), datetime(2026, 11, 28, tzinfo=UTC)
    decoded = german_series.decode(body, tenant="exempleville-2026", received_at=at, recorded=True)
    last: dict[str, datetime] = {}
    for seen in decoded.observations:
        last[seen.device_id] = max(seen.observed_at, last.get(seen.device_id, seen.observed_at))
    assert max(last.values()) == decoded.ends_at
    assert [lot for lot, when in last.items() if when != decoded.ends_at] == ["hopital"]
    assert body.count(b",999,") == 1
