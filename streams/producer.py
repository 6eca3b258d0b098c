"""The producing side: observations, rejects, ticks and the catalogue into Kafka, acknowledged by all replicas.

May deliver twice (after a reconnect); an observation's event_id makes that harmless.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, TypeAlias

from aiokafka.errors import KafkaError

from parking.catalogue.axes import straightened_places
from parking.catalogue.declaring import declared_into, rest_of
from parking.catalogue.model import Catalogue, Place, Tenant, place_key
from parking.codec import encode_event
from parking.observations import (
    OPERATOR,
    ClockTicked,
    DeviceHeartbeat,
    Observation,
    is_unusable,
    make_event_id,
    says_nothing,
)
from parking.rejects import Redriven, Reject, make_reject
from parking.signs.codec import encode_sign
from parking.signs.model import Sign
from parking.words import ClockBasis, RejectReason, TimeBasis
from streams.batches import FROM, MAX_FILLED_BYTES, Outgoing, send_batches
from streams.connection import ProducerConnection
from streams.partitions import partition_of
from streams.retry import until_done
from streams.topics import names_of

log = logging.getLogger(__name__)
MAX_RECORD_BYTES = 1_000_000
"""Of key and value. A broker takes 1,048,588 by default, with what it adds to them."""

_CHUNK = 1_000
LINGER_MS = 5
"""So long a record may wait for others to travel with it."""


CityOf: TypeAlias = Callable[[str], Tenant | None]
"""What is known of a city, by its id."""


def _unknown(_: str) -> None:
    return None


class Sent(NamedTuple):
    """How many observations that can be used went in, and what was refused on the way, which the rejects topic has."""

    observations: int
    rejects: Sequence[Reject]


class ObservationProducer:
    """Sends observations to the partition of the place they are about. Use as ``async with``."""

    def __init__(
        self, bootstrap: str, namespace: str, partitions: int, catalogue: Catalogue, city_of: CityOf = _unknown
    ) -> None:
        self._connection = ProducerConnection(bootstrap, linger_ms=LINGER_MS, max_batch_size=MAX_FILLED_BYTES)
        self._topics = names_of(namespace)
        self._partitions = partitions
        self._catalogue, self._city_of = catalogue, city_of

    async def __aenter__(self) -> "ObservationProducer":
        await self._connection.get()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def declare(self, tenant: Tenant, places: Iterable[Place]) -> None:
        """Put a tenant and its places into the catalogue topic; repeating it changes nothing."""
        messages = [Outgoing(self._topics.catalogue, tenant.key.encode(), encode_event(tenant))]
        for place in places:
            self._catalogue.put(place)
            messages.append(Outgoing(self._topics.catalogue, place.key.encode(), encode_event(place)))
        await self._send(messages)

    async def declare_signs(self, signs: Iterable[Sign]) -> None:
        """Put signs into the catalogue topic; repeating it changes nothing."""
        await self._send([Outgoing(self._topics.catalogue, sign.key.encode(), encode_sign(sign)) for sign in signs])

    async def send(self, observations: Iterable[Observation], rejects: Iterable[Reject] = ()) -> Sent:
        """Send observations, each under its place's key, and rejects; returns when Kafka has them all.

        An observation whose device observes no place becomes a reject itself. While Kafka is away this waits and tries
        again; it returns only with everything acknowledged.
        """
        messages: list[Outgoing] = []
        count = 0
        strangers: dict[tuple[str, str, datetime], list[Observation]] = defaultdict(list)
        for seen in observations:
            key = self._find_key(seen)
            if key is None and says_nothing(seen):
                continue
            if key is None:
                strangers[seen.source, seen.device_id, seen.observed_at].append(seen)
            else:
                count += not is_unusable(seen)
                messages.append(Outgoing(self._topics.observations, key.encode(), encode_event(seen)))
        refused = [*rejects, *map(_unknown_site, strangers.values())]
        messages += [
            Outgoing(self._topics.rejects, reject.reject_id.encode(), encode_event(reject)) for reject in refused
        ]
        await self._send(messages)
        return Sent(count, refused)

    async def note(self, notes: Iterable[Redriven]) -> None:
        """Note in the rejects topic which rejects were sent again."""
        topic = self._topics.rejects
        await self._send([Outgoing(topic, note.redriven.encode(), encode_event(note)) for note in notes])

    async def send_raw(self, key: bytes, value: bytes) -> None:
        """Send the bytes of a record that could not be read, under the key that it had."""
        await self._send([Outgoing(self._topics.observations, key, value)])

    async def tick(self, tenant: str, at: datetime, basis: ClockBasis) -> None:
        """Tell every partition that it is ``at`` now, for this tenant."""
        await self.tick_through(tenant, (at,), basis)

    async def take_back(self, tenant: str, at: datetime) -> None:
        """Tell every partition that this tenant's clock is ahead, and that it is ``at`` in truth (aware UTC)."""
        value = encode_event(make_tick(tenant, at, ClockBasis.WALL, takes_back=True))
        await self._send([Outgoing(self._topics.observations, None, value, p) for p in range(self._partitions)])

    async def tick_through(self, tenant: str, times: Iterable[datetime], basis: ClockBasis) -> None:
        """Tell every partition one time after the other."""
        values = [encode_event(make_tick(tenant, at, basis)) for at in times]
        await self._send(
            [Outgoing(self._topics.observations, None, value, p) for value in values for p in range(self._partitions)]
        )

    def _partition(self, message: Outgoing) -> int:
        """Which partition, by how many there ought to be: a topic that was given more moves no place to another."""
        if message.partition is not None:
            return message.partition
        return 0 if message.topic == self._topics.catalogue else partition_of(message.key or b"", self._partitions)

    def list_news(self, places: Iterable[Place], source: str) -> list[Place]:
        """What a feed's own description of its places adds to the catalogue, as far as it is known here."""
        declared = list(places)
        tenant = declared[0].tenant if declared else ""
        known = (place for place in self._catalogue if place.tenant == tenant and place.said_by.get("point") != source)
        points = [place.point for place in known if place.point is not None]
        straight, notes = straightened_places(declared, points, self._city_of(tenant))
        for note in notes:
            log.warning("%s: %s", source, note)
        found: list[Place] = []
        for place in straight:
            part: Place | None = place
            while part is not None:
                if (news := declared_into(self._catalogue, part, source)) is not None:
                    self._catalogue.put(news)
                    found.append(news)
                part = rest_of(self._catalogue, part)
        return found

    def knows(self, seen: Observation) -> bool:
        """Whether the catalogue has a place for it."""
        return self._find_key(seen) is not None

    def _find_key(self, seen: Observation) -> str | None:
        if seen.source == OPERATOR:  # people speak of places, and are nobody's device
            spoken_of = self._catalogue.find_place(place_key(seen.tenant, seen.device_id))
            return spoken_of.key if spoken_of is not None else None
        place = self._catalogue.find_observed(seen.tenant, seen.source, seen.device_id, seen.observed_at)
        if place is not None:
            return place.key
        # A feed's own heartbeat is about no place.
        return f"{seen.tenant}/@{seen.source}" if isinstance(seen, DeviceHeartbeat) else None

    async def _send(self, messages: list[Outgoing]) -> None:
        messages = [small for one in messages if (small := fitting(one, self._topics.rejects)) is not None]
        for start in range(0, len(messages), _CHUNK):
            left = messages[start : start + _CHUNK]
            while left:
                left = await until_done(lambda left=left: self._attempt(left), KafkaError, "sending to Kafka")  # type: ignore[misc]

    async def _attempt(self, messages: list[Outgoing]) -> list[Outgoing]:
        """One try; returns what was not acknowledged, after dropping the connection that failed."""
        producer = await self._connection.get()
        if len(messages) >= FROM:
            failed = await send_batches(producer, [(message, self._partition(message)) for message in messages])
        else:
            futures = [
                await producer.send(message.topic, message.value, message.key, self._partition(message))
                for message in messages
            ]
            results = await asyncio.gather(*futures, return_exceptions=True)
            failed = [one for one, result in zip(messages, results, strict=True) if isinstance(result, Exception)]
        if failed:
            await self._connection.drop(producer)
        return failed


def fitting(message: Outgoing, rejects: str) -> Outgoing | None:
    """The record itself, or where Kafka would never take it the reject that is kept of it; None where it is a reject.

    It would be tried again for ever, and with it whatever is sent at the same time.
    """
    if len(message.value) + len(message.key or b"") <= MAX_RECORD_BYTES:
        return message
    key = (message.key or b"").decode("utf-8", "replace")
    detail = (
        f"{len(message.value)} bytes for {message.topic}, and Kafka takes {MAX_RECORD_BYTES} at most: it is left out; "
        f"make it smaller (an outline with fewer corners, fewer devices)"
    )
    log.error("%s: %s", key[:100], detail)
    if message.topic == rejects:
        return None
    reject = make_reject(
        key.partition("/")[0] or "?", "kafka", RejectReason.MALFORMED_RECORD, detail, message.value, datetime.now(UTC)
    )
    return Outgoing(rejects, reject.reject_id.encode(), encode_event(reject))


def make_tick(tenant: str, at: datetime, basis: ClockBasis, leapt_s: int = 0, takes_back: bool = False) -> ClockTicked:
    """A tick of a tenant's clock."""
    told = (tenant, "back") if takes_back else (tenant,)
    return ClockTicked(
        event_id=make_event_id("clock", basis, at, *told),
        tenant=tenant,
        source="clock",
        device_id=basis,
        observed_at=at,
        received_at=at,
        time_basis=TimeBasis.ARRIVAL,
        basis=basis,
        leapt_s=leapt_s,
        takes_back=takes_back,
    )


def _unknown_site(record: list[Observation]) -> Reject:
    """One reject for everything that one device said at one time, one observation a line."""
    seen = record[0]
    raw = b"\n".join(map(encode_event, record))
    detail = f"{seen.source}/{seen.device_id} belongs to no place of city {seen.tenant}: add it to the catalogue"
    if seen.source == OPERATOR:
        detail = f"city {seen.tenant} has no place {seen.device_id!r:.80}: nothing was ordered"
    return make_reject(
        seen.tenant, seen.source, RejectReason.UNKNOWN_SITE, detail, raw, seen.received_at,
        seen.device_id,
    )  # fmt: skip
