"""The writing half: batches of changes and catalogue entries into the live state of a tenant."""

import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

import msgpack
import redis.asyncio as aioredis
from redis.exceptions import ResponseError

from parking.catalogue.model import Place, Tenant
from parking.clock import Clock
from parking.codec import encode_availability, encode_event
from parking.instants import to_us
from parking.published.availability import Change, Revision
from parking.signs.codec import encode_sign
from parking.signs.model import Sign
from store.functions import call, name_run
from store.keys import CHANGES_KEPT, CITY, MAX_CHANGES_PER_CALL, OWN_WORDS, SIGN, TENANTS, keys_of, pack_revision

log = logging.getLogger(__name__)
SAID_AT_ONCE = 10
T = TypeVar("T")
CatalogueEntry: TypeAlias = Place | Tenant | Sign


class Applied(NamedTuple):
    """How many places were newer than what Redis held, and whether it still bears this epoch's mark."""

    written: int
    marked: bool


class LiveWriter:
    """Writes what the fold concluded. Every call may be repeated: Redis takes only a greater revision."""

    def __init__(self, client: "aioredis.Redis", epoch: int) -> None:
        self._client = client
        self._epoch = epoch

    async def apply_changes(
        self, tenant: str, partition: int, changes: Iterable[Change], clock: Clock | None, token: str | None = None
    ) -> Applied:
        """Write changes of one tenant and partition, at most 1,000 a call, and its clock.

        With the ``token`` of ``begin``, also mark this partition as complete in Redis for this stream epoch, if Redis
        has lost nothing since. Raises redis.exceptions.RedisError where Redis cannot be reached; what was written until
        then is harmless twice.
        """
        keys = keys_of(tenant)
        stamp = f"{clock.basis} {to_us(clock.at)}" if clock else False
        values = [
            (change.place_id, pack_revision(change.availability.revision) + encode_availability(change.availability))
            for change in changes
        ]
        written, marked = 0, False
        chunks = list(_chunks(values)) or [[]]
        for number, chunk in enumerate(chunks, start=1):
            last = number == len(chunks)
            flat = [part for pair in chunk for part in pair]
            message = (partition, self._epoch, stamp, token if last and token else False, CHANGES_KEPT, flat)
            reply = await call(self._client, "placelibre_apply_changes", keys, _pack(message))
            written, marked = written + int(reply[0]), bool(reply[1])
            _say(reply[2])
        return Applied(written, marked)

    async def begin(self, tenant: str, partition: int) -> str:
        """Say that everything of a partition is about to be written; until it is marked, it is not whole."""
        token = f"filling {uuid.uuid4().hex}"
        _say(await call(self._client, "placelibre_begin", keys_of(tenant), str(partition).encode(), token.encode()))
        return token

    async def server(self) -> str:
        """Which run of Redis answers: another id after every restart, restore from a backup or failover."""
        return await name_run(self._client)

    async def apply_catalogue(self, tenant: str, entries: Iterable[tuple[CatalogueEntry, Revision]]) -> int:
        """Write places and signs of one tenant, and the tenant itself, each under the catalogue's revision.

        Returns how many were newer than what Redis held.
        """
        await self._list(tenant)
        written = 0
        for chunk in _chunks(list(entries)):
            flat = [
                part
                for entry, revision in chunk
                for part in (_field_of(entry), pack_revision(revision) + _encode(entry))
            ]
            message = _pack((CHANGES_KEPT, flat))
            reply = await call(self._client, "placelibre_apply_catalogue", keys_of(tenant), message)
            written += int(reply[0])
            _say(reply[1])
        return written

    async def _list(self, tenant: str) -> None:
        try:
            await self._client.sadd(TENANTS, tenant)
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            _say([TENANTS.encode()])
            await self._client.delete(TENANTS)
            await self._client.sadd(TENANTS, tenant)


def _field_of(entry: CatalogueEntry) -> str:
    if isinstance(entry, Sign):
        return SIGN + entry.id
    return entry.id if isinstance(entry, Place) else OWN_WORDS if entry.own else CITY


def _encode(entry: CatalogueEntry) -> bytes:
    return encode_sign(entry) if isinstance(entry, Sign) else encode_event(entry)


def _say(foreign: Sequence[bytes]) -> None:
    """What stood under our names in Redis and was none of ours: a bug, a tool or half a dump of somebody's."""
    for name in foreign[:SAID_AT_ONCE]:
        log.error("%s in Redis was not written by placelibre: it was written over", name.decode("utf-8", "replace"))
    if len(foreign) > SAID_AT_ONCE:
        log.error("and %d more", len(foreign) - SAID_AT_ONCE)


def _pack(message: object) -> bytes:
    """Msgpack as the server's cmsgpack reads it: it knows no bin type, so bytes travel as raw strings."""
    return bytes(msgpack.packb(message, use_bin_type=False))


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), MAX_CHANGES_PER_CALL):
        yield items[start : start + MAX_CHANGES_PER_CALL]
