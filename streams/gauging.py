"""The gauges of a worker, read every few seconds from what it holds."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from faust.types import TP

from parking.published.freshness import is_stale
from parking.words import ClockBasis
from streams.folding import Folding


def gauge(folding: Folding, consumer: Any, topic: str, now: datetime) -> None:
    """Set lag, clock and freshness gauges of everything this worker owns at ``now``; drop what it no longer owns."""
    meters = folding.meters
    for metric in (meters.lag_records, meters.lag_seconds, meters.clock_age, meters.oldest, meters.places):
        metric.clear()
    oldest: dict[str, float] = {}
    known: dict[tuple[str, str], int] = defaultdict(int)
    assigned = consumer.assignment()
    for number, partition in folding.partitions.items():
        if TP(topic, number) not in assigned:
            continue  # it is being moved
        end = consumer.highwater(TP(topic, number))
        behind = max(0, (end or 0) - partition.durable_offset)
        meters.lag_records.labels(number).set(behind)
        waited = now.timestamp() - partition.logged_ms / 1000 if behind and partition.logged_ms else 0.0
        meters.lag_seconds.labels(number).set(max(0.0, waited))
        for tenant, clock in partition.clocks.items():
            if clock.basis is ClockBasis.WALL:
                meters.clock_age.labels(tenant, number).set((now - clock.at).total_seconds())
        for key, held in partition.places.items():
            tenant = key.partition("/")[0]
            seen = held.state.published
            at = partition.clock_of(tenant)
            shown = seen is not None and seen.vacant is not None and not is_stale(seen.valid_until, at)
            known[tenant, "known" if shown else "unknown"] += 1
            if shown and seen is not None and seen.observed_at is not None and at is not None:
                oldest[tenant] = max(oldest.get(tenant, 0.0), (at - seen.observed_at).total_seconds())
    for (tenant, state), count in known.items():
        meters.places.labels(tenant, state).set(count)
    for tenant, age in oldest.items():
        meters.oldest.labels(tenant).set(age)
