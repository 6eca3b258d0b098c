"""What ``placelibre simulate`` does: a scenario played into a folder, told to a broker, and scored."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import aiomqtt
import redis.asyncio as aioredis

from ops.console import live_state
from ops.feeding import open_producer
from ops.scoring import RunOutput, read_published
from ops.settings import Settings
from parking.catalogue.model import Tenant
from parking.errors import ParkingError
from parking.instants import from_us, to_us
from parking.words import ClockBasis
from sensors.intake.mqtt_connection import Broker
from sensors.simulator.broadcast import broadcast
from sensors.simulator.files import SimulatedRun, Summary, write_run
from sensors.simulator.scenario import PARIS, Scenario
from store.reader import read_clock, read_clocks
from streams.known import find_tenant
from streams.topics import create_topics

OnProgress = Callable[[int, int], None]
JUDGED_PATIENCE_S = 120.0
LAST_LOOK_S, PLACES_LOOKED_AT_A_SECOND = 8.0, 300
"""So long a worker takes to go round its devices once more."""


class SimulationError(ParkingError):
    """A simulation cannot be sent there, or nobody listens; the message says what to do."""


class Played(NamedTuple):
    """What was written, and the messages a second, writing included."""

    summary: Summary
    seconds: float
    events_per_s: int


def play(scenario: Scenario, folder: Path, tenant: str, on_progress: OnProgress) -> Played:
    """Write a scenario's files; see sensors.simulator.files."""
    begun = time.perf_counter()
    summary = write_run(scenario, folder, tenant, on_progress)
    seconds = time.perf_counter() - begun
    return Played(summary, round(seconds, 3), round(summary.messages / seconds))


async def tell(
    settings: Settings, run: SimulatedRun, broker: Broker, tenant: str, speed: float | None, on_progress: OnProgress
) -> int:
    """Declare the city and tell its day to a broker; returns how many messages.

    A worker and ``placelibre mqtt --clock event --tenant TENANT`` must listen. Raises SimulationError where the tenant
    is a live one or its clock is past the beginning, where the day is still to come, or the broker is not there.
    """
    if run.scenario.end_us > to_us(datetime.now(UTC)):
        raise SimulationError(
            "that day is not over yet, and observations from the future are refused: give an earlier --date"
        )
    await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    await _refuse_a_used_tenant(settings, run, tenant)
    async with open_producer(settings) as producer:
        city = Tenant(id=tenant, clock=ClockBasis.EVENT, name="Nantes", zone=PARIS.key)
        await producer.declare(city, run.places())
    start, end = run.scenario.start_us, run.scenario.end_us
    minutes = (end - start) // 60_000_000

    def show(us: int, _: int) -> None:
        on_progress(min(minutes, (us - start) // 60_000_000), minutes)

    try:
        return await broadcast(broker, tenant, run.messages(), end, speed, show)
    except aiomqtt.MqttError as error:
        raise SimulationError(f"{broker}: {error}; is a broker there, and may this user publish?") from error


async def await_published(settings: Settings, run: SimulatedRun, tenant: str) -> RunOutput:
    """What a worker published of a run that was told, once its clock has reached the end.

    Raises SimulationError where it does not within two minutes.
    """
    end = from_us(run.scenario.end_us)
    try:
        async with asyncio.timeout(JUDGED_PATIENCE_S), live_state(settings) as client:
            while not await _has_reached(client, tenant, end, settings.partitions):  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.5)
    except TimeoutError as error:
        raise SimulationError(
            f"city {tenant!r} has not reached {end:%Y-%m-%d %H:%M} UTC: does a worker run, and "
            f"`placelibre mqtt BROKER --clock event --tenant {tenant}` with this broker?"
        ) from error
    await asyncio.sleep(LAST_LOOK_S + sum(1 for _ in run.places()) / PLACES_LOOKED_AT_A_SECOND)
    return await read_published(settings, tenant)


async def _has_reached(client: "aioredis.Redis", tenant: str, end: datetime, partitions: int) -> bool:
    """Whether the slowest partition is there."""
    clocks = await read_clocks(client, tenant)
    return len(clocks) == partitions and min(clock.at for clock in clocks) >= end


async def _refuse_a_used_tenant(settings: Settings, run: SimulatedRun, tenant: str) -> None:
    known = await find_tenant(settings.kafka, settings.namespace, tenant)
    if known is not None and known.clock is ClockBasis.WALL:
        raise SimulationError(
            f"city {tenant!r} is judged by the real time: give the simulation a city of its own (--tenant)"
        )
    async with live_state(settings) as client:
        clock = await read_clock(client, tenant)
    if clock is not None and clock.at > from_us(run.scenario.start_us):
        raise SimulationError(
            f"city {tenant!r} has already reached {clock.at:%Y-%m-%d %H:%M}, and a clock never goes back: give another "
            f"--tenant"
        )
