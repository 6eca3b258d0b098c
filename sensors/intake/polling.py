"""Polling a live feed: page by page, with ETag, and patience with a server that is busy or broken.

A body that has not changed, or a 304, confirms nothing about any observation: it becomes a heartbeat of the feed.
A source's own list may name more places than it counts: each is declared with the first word about it, not before.
"""

import asyncio
import hashlib
import logging
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from parking.catalogue.model import Place, Tenant
from parking.delays import delays
from parking.observations import DeviceHeartbeat, make_event_id
from parking.words import ClockBasis, TimeBasis
from sensors.contract import Adapter, Decoded
from sensors.intake.doubts import Doubts
from sensors.intake.paging import PAGERS, Pager
from streams.producer import ObservationProducer

log = logging.getLogger(__name__)

MAX_PAGES = 100
MAX_POLLED_BYTES = 8 * 1024 * 1024
FEED_PAUSES_S = (2.0, 300.0)
LONGEST_RETRY_AFTER_S = 3600.0
USUAL_PACE_S = 60


@dataclass
class FeedState:
    """What is remembered of one feed between polls: each page's ETag and digest, their number, and how long to wait."""

    url: str
    pager: Pager
    etags: dict[int, str] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    pages: int = 0
    pauses: Iterator[float] = field(default_factory=lambda: delays(*FEED_PAUSES_S, random.random))


@dataclass(frozen=True)
class Polled:
    """One poll of one feed: its new bodies, whether it answered at all, and how long the server asks us to wait."""

    bodies: tuple[bytes, ...] = ()
    unchanged: bool = False
    error: str | None = None
    retry_after_s: float | None = None


async def fetch(client: httpx.AsyncClient, feed: FeedState, now: datetime) -> Polled:
    """Fetch what is new of a feed, page by page. Never raises for what a server or a network can do."""
    bodies: list[bytes] = []
    try:
        async for body in _pages(client, feed):
            bodies.append(body)  # noqa: PERF401 (those before a failure are kept)
    except _BusyError as busy:
        return Polled(tuple(bodies), error=str(busy), retry_after_s=_retry_after(busy.response, now))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Polled(tuple(bodies), error=f"{type(error).__name__}: {error}")
    return Polled(tuple(bodies), unchanged=not bodies)


class _BusyError(Exception):
    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        super().__init__(f"HTTP {response.status_code} from {response.url}")


async def _pages(client: httpx.AsyncClient, feed: FeedState) -> AsyncIterator[bytes]:
    """Bodies that differ from those of the last poll. A page's ETag is kept only once its body was read whole."""
    for number in range(MAX_PAGES):
        headers = {"If-None-Match": feed.etags[number]} if number in feed.etags else {}
        query = feed.pager.query(number)
        async with client.stream("GET", feed.url, params=query, headers=headers) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                if number + 1 >= feed.pages:
                    return
                continue
            if response.status_code != httpx.codes.OK:
                raise _BusyError(response)
            body = await _read(response)
        digest = hashlib.blake2b(body).hexdigest()
        fresh = feed.digests.get(number) != digest
        pages = feed.pager.count(body)
        if fresh:
            yield body
        if pages is None:  # torn: fetched again, whatever its ETag says
            raise httpx.DecodingError(f"page {number + 1} is incomplete")
        feed.pages, feed.digests[number] = pages, digest
        if etag := response.headers.get("ETag"):
            feed.etags[number] = etag
        if number + 1 >= pages:
            _forget_beyond(feed, number)
            return


async def _read(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_POLLED_BYTES:
            raise httpx.DecodingError(f"the body is larger than {MAX_POLLED_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _forget_beyond(feed: FeedState, last: int) -> None:
    for known in (feed.etags, feed.digests):
        for number in [number for number in known if number > last]:
            del known[number]


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date; None where it holds neither."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        return float(value) if value.isdecimal() else (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def pause_after(polled: Polled, feed: FeedState, every_s: float) -> float:
    """How long to wait before the next poll: the usual pace, or ever longer after failures, or what the server asks."""
    if polled.error is None:
        feed.pauses = delays(*FEED_PAUSES_S, random.random)
        return every_s
    pause = next(feed.pauses)
    if polled.retry_after_s is None:
        return pause
    return min(max(polled.retry_after_s, pause if polled.retry_after_s <= 0 else 0), LONGEST_RETRY_AFTER_S)


class Newcomers:
    """The places of a source's own list about which none of its feeds has said a word yet."""

    def __init__(self, city: Tenant, places: Iterable[Place]) -> None:
        self.city = city
        self._by_device: dict[tuple[str, str | None], list[Place]] = {}
        for place in places:
            for device in place.devices:
                self._by_device.setdefault((device.source, device.id), []).append(place)

    async def declare(self, decoded: Decoded, producer: ObservationProducer) -> None:
        """Declare those that this is about; a word that was refused is one, too."""
        said = {(record.source, record.device_id) for record in (*decoded.observations, *decoded.rejects)}
        named = said & self._by_device.keys()
        places = {place.id: place for name in named for place in self._by_device[name]}
        if places:
            await producer.declare(self.city, places.values())
        for name in named:  # not before: a feed beside this one must not take for declared what is on its way
            self._by_device.pop(name, None)


async def poll_source(
    adapter: Adapter,
    urls: Sequence[str] | None,
    tenant: str,
    producer: ObservationProducer,
    client: httpx.AsyncClient,
    every_s: float | None,
    once: bool,
) -> bool:
    """Declare a source's city and poll all its feeds side by side; returns, after once, whether all answered."""
    listed = adapter.places(None, {}, tenant=tenant, received_at=datetime.now(UTC))
    newcomers = Newcomers(listed.as_tenant(tenant, ClockBasis.WALL, adapter.INFO), listed.places)
    await producer.declare(newcomers.city, ())
    pace = every_s or adapter.INFO.poll_every_s or USUAL_PACE_S
    async with asyncio.TaskGroup() as feeds:
        polls = [
            feeds.create_task(poll_feed(adapter, url, newcomers, producer, client, pace, once))
            for url in urls or adapter.INFO.feeds
        ]
    return all(poll.result() for poll in polls)


async def poll_feed(
    adapter: Adapter,
    url: str,
    newcomers: Newcomers,
    producer: ObservationProducer,
    client: httpx.AsyncClient,
    every_s: float,
    once: bool = False,
) -> bool:
    """Poll one feed for ever (or once): what it says goes to Kafka, and its silence is a heartbeat or a warning.

    Returns, after once, whether the feed answered.
    """
    feed, tenant, doubts = FeedState(url, PAGERS[adapter.INFO.paging]), newcomers.city.id, Doubts()
    while True:
        now = datetime.now(UTC)
        polled = await fetch(client, feed, now)
        for body in polled.bodies:
            decoded = doubts.rank(adapter.decode(body, tenant=tenant, received_at=now, recorded=False))
            await newcomers.declare(decoded, producer)
            sent = await producer.send(decoded.observations, decoded.rejects)
            log.info("%s: %d observations, %d rejects", url, sent.observations, len(sent.rejects))
        if polled.unchanged:
            await producer.send([_heartbeat(adapter, url, tenant, now)])
            log.info("%s: unchanged", url)
        pause = pause_after(polled, feed, every_s)
        if polled.error is not None:
            log.warning("%s: %s; again in %s", url, polled.error, timedelta(seconds=round(pause)))
        if once:
            return polled.error is None
        await asyncio.sleep(pause)


def _heartbeat(adapter: Adapter, url: str, tenant: str, now: datetime) -> DeviceHeartbeat:
    return DeviceHeartbeat(
        event_id=make_event_id(adapter.INFO.id, url, now),
        tenant=tenant,
        source=adapter.INFO.id,
        device_id=url,
        observed_at=now,
        received_at=now,
        time_basis=TimeBasis.ARRIVAL,
    )
