"""Polling live feeds: what they say goes to Kafka, and what has not changed is a sign of life.

A body that has not changed, or a 304, confirms nothing about any observation: it becomes a heartbeat of the feed.
A source's own list may name more places than it counts: each is declared with the first word about it, not before. What
the city says of a place, or another feed, no declaration changes; what this source said of it is corrected.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx

from parking.catalogue.model import Place, Tenant
from parking.observations import DeviceHeartbeat, make_event_id
from parking.words import ClockBasis, RejectReason, TimeBasis
from sensors.contract import Adapter, Decoded, Paging
from sensors.intake.access import NO_ACCESS, Access
from sensors.intake.doubts import Doubts
from sensors.intake.fetching import FeedState, fetch, pause_after
from sensors.intake.paging import PAGERS
from streams.producer import ObservationProducer

log = logging.getLogger(__name__)

USUAL_PACE_S = 60
DESCRIBED_EVERY = timedelta(hours=1)
"""How often the bodies of a source without a list are read for what they say of known places, such as a new name."""
NOTHING_READ = "it answered, and nothing of it can be read (see placelibre rejects)"


MOST_WAITING = 4
"""Descriptions of one device that wait for its first word; the last ones are kept."""


class Newcomers:
    """The places of a source's own list about which none of its feeds has said a word yet.

    A source without a list (``listless``) says in each body which places it has.
    """

    def __init__(self, city: Tenant, places: Iterable[Place], source: str) -> None:
        self.city = city
        self.source = source
        places = list(places)
        self.listless = not places
        self._by_device: dict[tuple[str, str | None], list[Place]] = {}
        self.add(places)

    def add(self, places: Iterable[Place]) -> None:
        """More places, each to be declared with the first word about it.

        Two feeds of a source may describe one place, a table and a status: both wait, and neither for the other.
        """
        for place in places:
            for device in place.devices:
                waiting = self._by_device.setdefault((device.source, device.id), [])
                if place not in waiting:
                    waiting.append(place)
                del waiting[:-MOST_WAITING]

    async def declare(self, decoded: Decoded, producer: ObservationProducer) -> None:
        """Declare those that this is about; a word that was refused is one, too."""
        said = {(record.source, record.device_id) for record in (*decoded.observations, *decoded.rejects)}
        named = said & self._by_device.keys()
        told = {id(place): place for name in sorted(named, key=str) for place in self._by_device[name]}
        if news := producer.list_news(told.values(), self.source):
            await producer.declare(self.city, news)
        for name in named:  # not before: a feed beside this one must not take for declared what is on its way
            waiting = [place for place in self._by_device.pop(name, []) if id(place) not in told]
            if waiting:  # it came meanwhile
                self._by_device[name] = waiting


async def poll_source(
    adapter: Adapter,
    urls: Sequence[str] | None,
    tenant: str,
    producer: ObservationProducer,
    client: httpx.AsyncClient,
    every_s: float | None,
    once: bool,
    access: Access = NO_ACCESS,
    paging: Paging | None = None,
) -> bool:
    """Declare a source's city and poll all its feeds side by side; returns, after once, whether all answered.

    ``paging`` goes before the source's own, where an address is paged otherwise.
    """
    listed = adapter.places(None, {}, tenant=tenant, received_at=datetime.now(UTC))
    newcomers = Newcomers(listed.as_tenant(tenant, ClockBasis.WALL, adapter.INFO), listed.places, adapter.INFO.id)
    await producer.declare(newcomers.city, ())
    pace = every_s or adapter.INFO.poll_every_s or USUAL_PACE_S
    states = [FeedState(url, PAGERS[paging or adapter.INFO.paging], access) for url in urls or adapter.INFO.feeds]
    async with asyncio.TaskGroup() as feeds:
        polls = [
            feeds.create_task(poll_feed(adapter, feed, newcomers, producer, client, pace, once)) for feed in states
        ]
    return all(poll.result() for poll in polls)


async def poll_feed(
    adapter: Adapter,
    feed: FeedState,
    newcomers: Newcomers,
    producer: ObservationProducer,
    client: httpx.AsyncClient,
    every_s: float,
    once: bool = False,
) -> bool:
    """Poll one feed for ever (or once): what it says goes to Kafka, and its silence is a heartbeat or a warning.

    Returns, after once, whether the feed answered with what its source can read.
    """
    tenant, doubts, describe_at = newcomers.city.id, Doubts(), datetime.min.replace(tzinfo=UTC)
    while True:
        now = datetime.now(UTC)
        polled = await fetch(client, feed, now)
        is_described = newcomers.listless and bool(polled.bodies) and now >= describe_at
        describe_at = now + DESCRIBED_EVERY if is_described else describe_at
        for body in polled.bodies:
            decoded = doubts.rank(adapter.decode(body, tenant=tenant, received_at=now, recorded=False))
            if is_described or (newcomers.listless and not all(map(producer.knows, decoded.observations))):
                newcomers.add(adapter.places(body, {}, tenant=tenant, received_at=now).places)
            await newcomers.declare(decoded, producer)
            sent = await producer.send(decoded.observations, decoded.rejects)
            log.info("%s: %d observations, %d rejects", feed.name, sent.observations, len(sent.rejects))
            if _is_unreadable(decoded):
                feed.forget()  # else the same bytes would be a sign of life the next time
                polled = replace(polled, error=polled.error or NOTHING_READ)
        if polled.unchanged:
            await producer.send([_heartbeat(adapter, feed.name, tenant, now)])
            log.info("%s: unchanged", feed.name)
        pause = pause_after(polled, feed, every_s)
        if polled.error is not None:
            log.warning("%s: %s; again in %s", feed.name, polled.error, timedelta(seconds=round(pause)),
                        extra={"kind": feed.name})  # fmt: skip
        if once:
            return polled.error is None
        await asyncio.sleep(pause)


def _is_unreadable(decoded: Decoded) -> bool:
    """Whether a body as a whole was refused, and nothing came of it."""
    return not decoded.observations and any(one.reason is RejectReason.MALFORMED_BODY for one in decoded.rejects)


def _heartbeat(adapter: Adapter, feed: str, tenant: str, now: datetime) -> DeviceHeartbeat:
    return DeviceHeartbeat(
        event_id=make_event_id(adapter.INFO.id, feed, now),
        tenant=tenant,
        source=adapter.INFO.id,
        device_id=feed,
        observed_at=now,
        received_at=now,
        time_basis=TimeBasis.ARRIVAL,
    )
