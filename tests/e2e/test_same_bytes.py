"""The answer does not change: late, permuted and duplicated, on one partition or four, the Table is the same bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ops.feeding import open_producer
from parking.catalogue.model import Place
from parking.observations import Observation
from parking.words import ClockBasis
from sensors.intake.replay import read_recording
from sensors.sources.german_series import adapter as german
from tests.conftest import House
from tests.e2e import recordings
from tests.e2e.days import MAX_LATE_MIN, STEP, in_disorder, in_order, make_day, send_day
from tests.e2e.logs import states_of, table_of

Arriving = Sequence[tuple[datetime, Observation]]


def folded(house: House, name: str, partitions: int, tenant: str, places: Sequence[Place], arriving: Arriving,
           ends_at: datetime) -> dict:  # fmt: skip
    """The Table's states after these observations arrived in this order, in a namespace of its own."""
    part = house.elsewhere(name, partitions)
    worker = part.start_worker()

    async def send() -> None:
        async with open_producer(part.settings) as producer:
            await send_day(producer, tenant, places, arriving, ends_at)

    try:
        part.create_topics()
        asyncio.run(send())
        part.wait_for_clock(tenant, ends_at.isoformat(), 120)
        return states_of(table_of(part))
    finally:
        worker.kill()
        worker.wait()


@pytest.mark.parametrize("partitions", [1, 4])
def test_a_made_up_day_in_disorder_ends_in_the_same_bytes_and_is_true(house: House, partitions: int) -> None:
    day = make_day(seed=7)
    quiet = folded(house, "a", partitions, "madeup", day.places, in_order(day.observations), day.ends_at)
    wild = folded(house, "b", partitions, "madeup", day.places, in_disorder(day.observations, 1), day.ends_at)
    assert quiet == wild
    assert len(quiet) == len(day.places) + 1
    shown = {site: row["vacant"] for site, row in house.sites("madeup").items()}
    assert shown == day.truth


@pytest.mark.parametrize(("origin", "partitions"), [("made", 4), ("recorded", 1)])
def test_a_day_of_counts_in_disorder_ends_in_the_same_bytes(
    house: House, tmp_path: Path, partitions: int, origin: str
) -> None:
    day = recordings.german_day(origin, tmp_path)
    recording = read_recording(day.path, german, "germany", ClockBasis.EVENT)
    last = max(seen.observed_at for seen in recording.observations)
    end = last + timedelta(minutes=MAX_LATE_MIN) + STEP  # no five minutes of the wild day end later
    said = sorted(recording.observations, key=lambda seen: seen.order)
    quiet = folded(house, "a", partitions, "germany", recording.places, in_order(said), end)
    wild = folded(house, "b", partitions, "germany", recording.places, in_disorder(said, 2), end)
    assert len(quiet) > 300
    assert quiet == wild
