"""The gauges of a worker, read every few seconds from what it holds."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from parking.published.freshness import is_stale
from parking.words import ClockBasis
from streams.meters import WorkerMeters
from streams.ownership import OwnedPartition, Ownership
from streams.source import Source
from streams.timekeeping import Timekeeper

log = logging.getLogger(__name__)
SILENT_AFTER_S = 30.0
TELL_EVERY_S = 60.0


def gauge(
    ownership: Ownership, source: Source, meters: WorkerMeters, now: datetime, inhabited: Iterable[str] = ()
) -> None:
    """Set lag, clock and freshness gauges of everything this worker owns at ``now``; drop what it no longer owns.

    ``inhabited`` are the cities with places: where nothing was ever heard, 0 are known, which is more than silence.
    """
    for metric in (meters.lag_records, meters.lag_seconds, meters.clock_age, meters.oldest, meters.places):
        metric.clear()
    shown = _Shown(inhabited)
    for number, owned in ownership.partitions.items():
        if (end := source.find_end(number)) is None:
            continue  # it is being moved
        behind = max(0, end - owned.durable_offset)
        meters.lag_records.labels(number).set(behind)
        waited = now.timestamp() - owned.logged_ms / 1000 if behind and owned.logged_ms else 0.0
        meters.lag_seconds.labels(number).set(max(0.0, waited))
        for tenant, clock in owned.state.clocks.items():
            if clock.basis is ClockBasis.WALL:
                meters.clock_age.labels(tenant, number).set((now - clock.at).total_seconds())
        shown.look(owned)
    for (tenant, state), count in shown.known.items():
        meters.places.labels(tenant, state).set(count)
    for tenant, age in shown.oldest.items():
        meters.oldest.labels(tenant).set(age)


def gauge_clocks(timekeeper: Timekeeper, meters: WorkerMeters) -> None:
    """Set what is off between the clocks of this machine, of Kafka, and what is told."""
    meters.clock_leapt.set(timekeeper.leapt.total_seconds())
    meters.kafka_ahead.set(timekeeper.kafka_ahead.total_seconds())


def silent_s(ownership: Ownership, now: datetime) -> float:
    """For how long a city that lives by the wall clock has not heard the time, at worst; seconds."""
    clocks = (clock for owned in ownership.partitions.values() for clock in owned.state.clocks.values())
    return max(((now - clock.at).total_seconds() for clock in clocks if clock.basis is ClockBasis.WALL), default=0.0)


class StillnessLog:
    """Says in the log that nothing is concluded any more, once a minute, and when that is over.

    Libraries are quiet about a broker that is away, and a tick waits for it: without this nobody would be told.
    """

    def __init__(self) -> None:
        self._told_s = 0.0

    def note(self, lasting_s: float) -> None:
        """How long the silence has lasted by now."""
        if lasting_s < SILENT_AFTER_S:
            if self._told_s:
                log.warning("the time is told again")
            self._told_s = 0.0
        elif lasting_s >= self._told_s + (TELL_EVERY_S if self._told_s else 0):
            self._told_s = lasting_s
            log.warning(
                "nothing has been concluded for %.0f s: Kafka or Redis does not answer, or a batch cannot be written; "
                "what arrives waits in Kafka, and numbers turn unknown at their limits", lasting_s
            )  # fmt: skip


class _Shown:
    """Of all places looked at, by tenant: how many show a number, and how old the oldest of these is (seconds)."""

    def __init__(self, inhabited: Iterable[str]) -> None:
        self.known: dict[tuple[str, str], int] = defaultdict(int, {(tenant, "known"): 0 for tenant in inhabited})
        self.oldest: dict[str, float] = {}

    def look(self, owned: OwnedPartition) -> None:
        """The places of one partition, by their tenants' clocks."""
        for key, held in owned.state.places.items():
            tenant = key.partition("/")[0]
            seen, at = held.state.published, owned.state.clock_of(tenant)
            shown = seen is not None and seen.vacant is not None and not is_stale(seen.valid_until, at)
            self.known[tenant, "known" if shown else "unknown"] += 1
            if shown and seen is not None and seen.observed_at is not None and at is not None:
                self.oldest[tenant] = max(self.oldest.get(tenant, 0.0), (at - seen.observed_at).total_seconds())
