"""What the history's roller tells its keepers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streams.history import RollProgress
from streams.rolling_meters import ROUNDS_MISSED, RollingMeters, rolling_probes

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_it_tells_how_far_it_is_and_what_was_lost() -> None:
    meters = RollingMeters()
    meters.show(RollProgress(total=10, read=9, written=7, repeated=1, unreadable=1, lost=3, rolled_at=NOON))
    told = rolling_probes(meters, 60).metrics().decode()
    assert 'placelibre_history_records{what="written"} 7.0' in told
    assert 'placelibre_history_records{what="lost"} 3.0' in told
    assert f"placelibre_history_rolled_timestamp_seconds {NOON.timestamp():.8e}".split("e")[0] in told


def test_it_is_ready_while_it_reaches_the_end_of_the_topic_and_well_whatever_kafka_does() -> None:
    now = NOON
    meters = RollingMeters()
    probes = rolling_probes(meters, 60, lambda: now)
    assert not probes.readiness().is_well, "nothing was rolled yet"
    meters.show(RollProgress(rolled_at=NOON))
    now += timedelta(seconds=60 * ROUNDS_MISSED)
    assert probes.readiness().is_well
    now += timedelta(seconds=1)
    assert probes.readiness().document["rolled_at"] == "2026-11-27T12:00:00Z"
    assert not probes.readiness().is_well
    assert probes.health().is_well


def test_a_disk_that_takes_no_more_is_said_until_every_history_is_written_again() -> None:
    meters = RollingMeters()
    meters.show(RollProgress(rolled_at=NOON))
    probes = rolling_probes(meters, 60, lambda: NOON)
    meters.note("changes", "the disk is full")
    meters.note("decisions", "the disk is full")
    meters.note("changes", None)
    assert probes.readiness() == (False, {"status": "the disk is full", "rolled_at": "2026-11-27T12:00:00Z"})
    assert b"placelibre_history_disk_refuses 1.0" in probes.metrics()
    assert probes.health().is_well
    meters.note("decisions", None)
    assert probes.readiness().is_well
    assert b"placelibre_history_disk_refuses 0.0" in probes.metrics()
