"""Replay: a recording sent through the same door as live data, judged by its own clock or as if it happened now.

Under the event clock the recording's times stay as they are and its ticks are sent along, so that a recording of 2011
is judged by the clock of 2011. Under the wall clock every observation is moved to now, keeps the age it had when it
arrived, and is labelled simulated: it is not what is happening.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import msgspec

from parking.catalogue.model import Place, Tenant
from parking.errors import ParkingError
from parking.observations import Observation, make_event_id
from parking.rejects import Reject
from parking.words import ClockBasis
from sensors.contract import Adapter
from streams.producer import ObservationProducer

TICK_EVERY = timedelta(seconds=60)
MAX_TICKS_IN_A_GAP = 60


class RecordingError(ParkingError):
    """The recording cannot be opened; the message says what to do."""


@dataclass(frozen=True)
class Recording:
    """A decoded recording: observations by arrival, and what was refused."""

    source: str
    tenant: Tenant
    places: Sequence[Place]
    observations: Sequence[Observation]
    rejects: Sequence[Reject]
    ends_at: datetime | None
    """The event clock at its end, or None where nothing was readable."""


@dataclass
class Progress:
    """How far a replay is."""

    sent: int = 0
    total: int = 0
    rejected: int = 0
    rejected_on_the_way: int = 0
    clock: datetime | None = None


OnProgress = Callable[[Progress], None]


def read_recording(path: Path, adapter: Adapter, tenant: str, clock: ClockBasis) -> Recording:
    """Read and decode one file, with the files that lie beside it."""
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"cannot read {path}: {error.strerror}; give the path of one recorded file") from error
    sidecars = {
        name: (path.parent / name).read_bytes() for name in adapter.INFO.sidecars if (path.parent / name).is_file()
    }
    now = datetime.now(UTC)
    decoded = adapter.decode(payload, tenant=tenant, received_at=now, recorded=True)
    declared = adapter.places(payload, sidecars, tenant=tenant, received_at=now)
    by_arrival = sorted(decoded.observations, key=lambda seen: seen.received_at)
    ends = [at for at in (decoded.ends_at, *(seen.received_at for seen in by_arrival[-1:])) if at is not None]
    return Recording(
        adapter.INFO.id,
        declared.as_tenant(tenant, clock, adapter.INFO),
        declared.places,
        by_arrival,
        [*declared.rejects, *decoded.rejects],
        max(ends, default=None),
    )


async def replay(
    recording: Recording, producer: ObservationProducer, speed: float | None, on_progress: OnProgress
) -> Progress:
    """Send a recording. ``speed`` is how many times faster than it happened; None is as fast as Kafka takes it."""
    progress = Progress(total=len(recording.observations), rejected=len(recording.rejects))
    await producer.declare(recording.tenant, producer.list_news(recording.places, recording.source))
    await producer.send((), recording.rejects)
    before: datetime | None = None
    for arrived, group in groupby(recording.observations, key=lambda seen: seen.received_at):
        batch = list(group)
        if before is not None:
            await _let_time_pass(recording.tenant, producer, before, arrived, speed)
        elif recording.tenant.clock is ClockBasis.EVENT:  # what is concluded first has a time, too
            await producer.tick(recording.tenant.id, arrived, ClockBasis.EVENT)
        if recording.tenant.clock is ClockBasis.WALL:
            batch = list(move_to_now(batch, datetime.now(UTC)))
        sent = await producer.send(batch)
        if recording.tenant.clock is ClockBasis.EVENT:
            await producer.tick(recording.tenant.id, arrived, ClockBasis.EVENT)
        progress.sent += sent.observations
        progress.rejected += len(sent.rejects)
        progress.rejected_on_the_way += len(sent.rejects)
        progress.clock = before = arrived
        on_progress(progress)
    end = recording.ends_at
    if end is not None and (before is None or before < end):
        await _let_time_pass(recording.tenant, producer, before or end, end, speed)
        if recording.tenant.clock is ClockBasis.EVENT:
            await producer.tick(recording.tenant.id, end, ClockBasis.EVENT)
        progress.clock = end
    return progress


async def _let_time_pass(
    tenant: Tenant, producer: ObservationProducer, before: datetime, until: datetime, speed: float | None
) -> None:
    """Wait as long as the recording did, ticking its clock on the way; without a speed, all its ticks at once."""
    is_judged_by_it = tenant.clock is ClockBasis.EVENT
    if speed is None:
        if is_judged_by_it:
            ticks = [at for at, _ in _steps(before, until) if at < until]
            await producer.tick_through(tenant.id, ticks, ClockBasis.EVENT)
        return
    for at, pause in _steps(before, until):
        await asyncio.sleep(pause.total_seconds() / speed)
        if is_judged_by_it and at < until:
            await producer.tick(tenant.id, at, ClockBasis.EVENT)


def _steps(before: datetime, until: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Ticks a minute apart; in a long gap fewer, so that a hole of years costs no more than one of an hour."""
    step = max(TICK_EVERY, (until - before) / MAX_TICKS_IN_A_GAP)
    at = before
    while at < until:
        pause = min(step, until - at)
        at += pause
        yield at, pause


def move_to_now(observations: Iterable[Observation], now: datetime) -> Iterator[Observation]:
    """The same observations as if they arrived ``now``, as old as they were on arrival, labelled simulated."""
    for seen in observations:
        observed_at = now - (seen.received_at - seen.observed_at)
        yield msgspec.structs.replace(
            seen,
            observed_at=observed_at,
            received_at=now,
            simulated=True,
            event_id=make_event_id(seen.source, seen.device_id, observed_at, seen.event_id),
        )
