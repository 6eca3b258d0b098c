"""Feeds put together: which adapter, which addresses, which producer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple
from zoneinfo import ZoneInfo

import httpx

from ops.settings import Settings, revealed
from parking.catalogue.model import Catalogue
from parking.words import ClockBasis
from sensors.contract import Adapter
from sensors.intake.access import NO_ACCESS, Access
from sensors.simulator.bays import make_zones, observe_bays
from sensors.simulator.nantes_day import decode_simulated, simulate_body
from sensors.sources.nantes import adapter as nantes
from sensors.sources.nantes.places import car_park_ids
from streams.catalogue_follower import CatalogueFollower
from streams.known import Entry, KnownCatalogue
from streams.producer import ObservationProducer
from streams.topics import create_topics, names_of

PROBE_S = 4.0
HTTP_PATIENCE_S = 20.0
SIMULATED_EVERY_S = 2.0
SIMULATED_SPEED = 60


@asynccontextmanager
async def open_producer(settings: Settings) -> AsyncIterator[ObservationProducer]:
    """A producer with an empty catalogue: whoever feeds it declares the places first."""
    async with ObservationProducer(settings.kafka, settings.namespace, settings.partitions, Catalogue()) as producer:
        yield producer


class FollowedCatalogue(NamedTuple):
    """A producer, what is known of the catalogue, and who reads on in it."""

    producer: ObservationProducer
    known: KnownCatalogue
    follower: CatalogueFollower


@asynccontextmanager
async def follow_catalogue(settings: Settings) -> AsyncIterator[ObservationProducer]:
    """A producer that knows the places which others declare, now and later; a LoRaWAN device does not say where it is.

    If the catalogue cannot be followed any longer the work ends too: with an old one, new bays would be refused.
    """
    async with open_following(settings) as following:
        yield following.producer


@asynccontextmanager
async def open_following(settings: Settings) -> AsyncIterator[FollowedCatalogue]:
    """As ``follow_catalogue``, with what it knows."""
    await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    known = KnownCatalogue(settings.stream_epoch)
    follower = CatalogueFollower(settings.kafka, names_of(settings.namespace).catalogue, known, _ignore)
    producer = ObservationProducer(
        settings.kafka, settings.namespace, settings.partitions, known.places, lambda name: known.tenants.get(name)
    )
    try:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(follower.follow())
            await follower.catch_up()
            async with producer:
                yield FollowedCatalogue(producer, known, follower)
            following.cancel()
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None  # the one reason, as whoever reports it knows it


async def _ignore(_: list[Entry]) -> None:
    return None


def open_client(settings: Settings, patience_s: float = HTTP_PATIENCE_S) -> httpx.AsyncClient:
    """A client for other people's servers, who see which program asks, and where to write if it asks too much."""
    contact = f" (+{settings.contact})" if settings.contact else ""
    return httpx.AsyncClient(timeout=patience_s, headers={"User-Agent": f"placelibre/{version('placelibre')}{contact}"})


def access_to(source: str, settings: Settings) -> Access:
    """What the server of a source is told before it answers; nothing where no setting says so."""
    known = settings.poll_secrets.get(source)
    if known is None:
        return NO_ACCESS
    return Access(revealed(known.headers), revealed(known.query), known.user, known.password.get_secret_value())


async def is_reachable(adapter: Adapter, settings: Settings) -> bool:
    """Whether the first live feed of a source answers at all."""
    try:
        async with open_client(settings, PROBE_S) as client:
            reply = await client.get(adapter.INFO.feeds[0], params={"limit": 1})
    except (httpx.HTTPError, OSError):
        return False
    return reply.status_code == httpx.codes.OK


def simulated_tenant(tenant: str) -> str:
    """The made-up twin of a city."""
    return f"{tenant}-simulated"


class SimulatedDay:
    """A simulated day over the real car parks and made-up street bays, at 60 times its pace, from this hour on."""

    def __init__(self, started: datetime) -> None:
        self._started = started.astimezone(ZoneInfo(nantes.INFO.zone))

    def local_time(self, now: datetime) -> datetime:
        """The hour of the simulated day."""
        return self._started + (now - self._started) * SIMULATED_SPEED

    async def play(self, tenant: str, producer: ObservationProducer) -> None:
        """Send made-up counts for ever. Their time is now; only their amount follows the simulated hour."""
        declared = nantes.places(None, {}, tenant=tenant, received_at=datetime.now(UTC))
        ids = car_park_ids()
        car_parks = [place for place in declared.places if place.id in ids]
        zones = make_zones(tenant, car_parks)
        city = declared.as_tenant(tenant, ClockBasis.WALL, nantes.INFO, SIMULATED_SPEED)
        await producer.declare(city, [*car_parks, *zones])  # nothing is made up about park and ride: it is not shown
        before: datetime | None = None
        while True:
            now = datetime.now(UTC)
            local = self.local_time(now)
            decoded = decode_simulated(nantes, simulate_body(car_parks, local, now), tenant, now)
            await producer.send([*decoded.observations, *observe_bays(zones, before, local, now)], decoded.rejects)
            before = local
            await asyncio.sleep(SIMULATED_EVERY_S)
