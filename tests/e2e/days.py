"""A made-up day with its truth: street sensors, counters, and car parks that are known by their lanes alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from parking.catalogue.model import Device, Place, PlaceKind, Space, Tenant
from parking.observations import (
    LaneCounted,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteRecounted,
    SpaceObserved,
    make_event_id,
)
from parking.words import Audience, ClockBasis, Opening, SpaceState, TimeBasis
from streams.producer import ObservationProducer

MORNING = datetime(2026, 5, 4, 6, tzinfo=UTC)
TWO_DAYS_S = 48 * 3600
CAPACITY = 200
VAST = 1_000_000
STEP = timedelta(minutes=5)
MAX_LATE_MIN = 14.0


class Day(NamedTuple):
    """What is there, what was said in the order in which it happened, and how many were vacant in the end."""

    places: list[Place]
    observations: list[Observation]
    truth: dict[str, int]
    ends_at: datetime


def make_day(
    seed: int, hours: float = 3, zones: int = 6, counters: int = 8, gates: int = 4, pulses: int = 0
) -> Day:  # fmt: skip
    """A day of a few hours; the same seed makes the same day.

    ``pulses`` are single cars into four car parks that nobody leaves (t0..t3): there a car that is lost shows as one
    space too many, and one that is counted twice as one too few.
    """
    chance = random.Random(seed)
    minutes = int(hours * 60)
    parts = [
        *(_turnstile(f"t{n}", chance, minutes, pulses // 4) for n in range(4 if pulses else 0)),
        *(_zone(f"z{n}", chance, minutes) for n in range(zones)),
        *(_counter(f"c{n}", chance, minutes) for n in range(counters)),
        *(_gate(f"g{n}", chance, minutes) for n in range(gates)),
    ]
    said = sorted((seen for _, heard, _ in parts for seen in heard), key=lambda seen: seen.order)
    return Day(
        [place for place, _, _ in parts], said, {place.id: vacant for place, _, vacant in parts},
        MORNING + timedelta(minutes=minutes + MAX_LATE_MIN + 1),
    )  # fmt: skip


def _fields(device: str, minute: float, *content: object) -> dict[str, Any]:
    at = MORNING + timedelta(minutes=minute)
    return {
        "event_id": make_event_id("made", device, at, *content), "tenant": "madeup", "source": "made",
        "device_id": device, "observed_at": at, "received_at": at, "time_basis": TimeBasis.DEVICE,
    }  # fmt: skip


def _device(name: str, slot: int | None = None) -> Device:
    return Device(source="made", id=name, slot=slot, valid_for_s=TWO_DAYS_S)


def _zone(name: str, chance: random.Random, minutes: int) -> tuple[Place, list[Observation], int]:
    count = 20
    audiences = [Audience.DISABLED if slot == 0 else Audience.PUBLIC for slot in range(count)]
    place = Place(
        tenant="madeup", id=name, name=f"Rue {name}", kind=PlaceKind.ZONE,
        spaces=tuple(Space(id=str(slot), audiences=frozenset({who})) for slot, who in enumerate(audiences)),
        devices=tuple(_device(f"{name}s{slot}", slot) for slot in range(count)),
    )  # fmt: skip
    said: list[Observation] = []
    free = 0
    for slot in range(count):
        at, state = chance.uniform(0, 20), SpaceState.FREE
        while at < minutes:
            state = chance.choice((SpaceState.FREE, SpaceState.OCCUPIED))
            said.append(SpaceObserved(**_fields(f"{name}s{slot}", at, state), state=state))
            at += chance.expovariate(1 / 40)
        free += slot > 0 and state is SpaceState.FREE
    return place, said, free


def _counter(name: str, chance: random.Random, minutes: int) -> tuple[Place, list[Observation], int]:
    place = Place(tenant="madeup", id=name, name=f"Parking {name}", capacity=CAPACITY, devices=(_device(name),))
    said: list[Observation] = [OpeningChanged(**_fields(name, 0, "open"), opening=Opening.OPEN)]
    vacant = 0
    for minute in range(0, minutes, 5):
        vacant = chance.randrange(CAPACITY)
        said.append(SiteCounted(**_fields(name, minute, vacant), vacant=vacant))
    return place, said, vacant


def _gate(name: str, chance: random.Random, minutes: int) -> tuple[Place, list[Observation], int]:
    devices = tuple(_device(f"{name}-{part}") for part in ("in", "out", "desk"))
    place = Place(tenant="madeup", id=name, name=f"Parking {name}", capacity=CAPACITY, devices=devices)
    vacant = 100
    said: list[Observation] = [SiteRecounted(**_fields(f"{name}-desk", 0, vacant), vacant=vacant)]
    for number in range(minutes * 2):
        minute = (number + 1) / 2
        came, went = min(vacant, chance.randrange(3)), min(CAPACITY - vacant, chance.randrange(3))
        vacant += went - came
        said.append(LaneCounted(**_fields(f"{name}-in", minute - 0.1, "in"), entries=came))
        said.append(LaneCounted(**_fields(f"{name}-out", minute - 0.1, "out"), exits=went))
        if number % 100 == 99:
            said.append(SiteRecounted(**_fields(f"{name}-desk", minute, vacant), vacant=vacant))
    return place, said, vacant


def _turnstile(name: str, chance: random.Random, minutes: int, cars: int) -> tuple[Place, list[Observation], int]:
    place = Place(
        tenant="madeup", id=name, name=f"Parking {name}", capacity=VAST, devices=(_device(f"{name}-in"), _device(name))
    )
    said: list[Observation] = [SiteRecounted(**_fields(name, 0, VAST), vacant=VAST)]
    for number in range(cars):
        at = (number + chance.random()) * (minutes - 1) / cars + 0.01
        said.append(LaneCounted(**_fields(f"{name}-in", at, number), entries=1))
    return place, said, VAST - cars


def in_order(said: Iterable[Observation]) -> list[tuple[datetime, Observation]]:
    """As it happened: everything arrives at once."""
    return [(seen.observed_at, seen) for seen in said]


def in_disorder(said: Sequence[Observation], seed: int) -> list[tuple[datetime, Observation]]:
    """Each up to 14 minutes late, one in ten twice, in the order of arrival."""
    chance = random.Random(seed)
    twice = [*said, *chance.sample(said, len(said) // 10)]
    late = [(seen.observed_at + timedelta(minutes=chance.uniform(0, MAX_LATE_MIN)), seen) for seen in twice]
    return sorted(late, key=lambda pair: pair[0])


def groups(arriving: Iterable[tuple[datetime, Observation]]) -> Iterator[tuple[datetime, list[Observation]]]:
    """What arrives in each five minutes, and the tick that ends them."""
    for step, pairs in groupby(arriving, key=lambda pair: (pair[0] - MORNING) // STEP):
        yield MORNING + (step + 1) * STEP, [seen for _, seen in pairs]


async def send_day(
    producer: ObservationProducer, tenant: str, places: Sequence[Place],
    arriving: Iterable[tuple[datetime, Observation]], ends_at: datetime, pause_s: float = 0,
) -> None:  # fmt: skip
    """Declare and send a day with its ticks, and one tick at the end; ``pause_s`` after each five minutes."""
    await producer.declare(Tenant(id=tenant, clock=ClockBasis.EVENT), places)
    for end, heard in groups(arriving):
        await producer.send(heard)
        await producer.tick(tenant, end, ClockBasis.EVENT)
        await asyncio.sleep(pause_s)
    await producer.tick(tenant, ends_at, ClockBasis.EVENT)
