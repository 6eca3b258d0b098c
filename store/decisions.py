"""The latest decision of each subject, and what came of it: quick to ask, lost with Redis, filled again from the topic.

Nothing that must survive lives here alone: the record is ``NS.decisions`` and the history made of it.
"""

import logging
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import chain

import msgpack
import redis.asyncio as aioredis

from parking.decisions.acting import Confirmation, DecisionNow
from parking.decisions.chain import LoggedEntry
from parking.decisions.codec import decode_entry
from parking.decisions.model import Decision
from parking.errors import ParkingError
from parking.instants import to_us
from store.functions import call
from store.keys import MAX_CHANGES_PER_CALL, REVISION, decision_keys, pack_revision

log = logging.getLogger(__name__)
_OCCASION = struct.Struct(">32sq")
KEPT_AFTER = timedelta(days=7)
KEPT_AT_MOST = timedelta(days=90)
"""As long as the topic itself: what is older could not be filled again."""


async def keep_latest(client: "aioredis.Redis", tenant: str, epoch: int, logged: Iterable[LoggedEntry]) -> bool:
    """Keep what is newer than what Redis has, in the order of the log; harmless twice.

    Returns whether Redis held decisions of this tenant before: where it did not, it is new, or has lost them, and
    should be filled from the topic. Raises redis.exceptions.RedisError where Redis cannot be reached.
    """
    decisions: dict[str, list[object]] = {}
    confirmations: dict[str, list[object]] = {}
    for entry in logged:
        value = pack_revision((epoch, entry.offset)) + _pack_occasion(entry.event) + entry.value
        if isinstance(entry.event, Decision):
            decisions[entry.event.subject] = [entry.event.subject, value, _keep_until_ms(entry, entry.event)]
        else:
            confirmations[entry.event.subject] = [entry.event.subject, value]
    held = True
    parts = [*((part, []) for part in _parts(decisions)), *(([], part) for part in _parts(confirmations))]
    for number, part in enumerate(parts):  # decisions first: a confirmation of one that is not held is not taken
        message = bytes(msgpack.packb(part, use_bin_type=False))
        _, was_empty = await call(client, "placelibre_keep_decisions", decision_keys(tenant), message)
        held = held and not (number == 0 and was_empty)
    return held


def _parts(rows: dict[str, list[object]]) -> Iterator[list[object]]:
    flat = list(rows.values())
    for start in range(0, len(flat), MAX_CHANGES_PER_CALL):
        yield list(chain.from_iterable(flat[start : start + MAX_CHANGES_PER_CALL]))


def _pack_occasion(event: Decision | Confirmation) -> bytes:
    """By which the function knows whether a confirmation is of the decision that it holds."""
    _, _, decision, decided_at = event.occasion
    return _OCCASION.pack(decision.encode(), to_us(decided_at))


def _keep_until_ms(entry: LoggedEntry, decision: Decision) -> int:
    """By Kafka's clock: a decision in a replay of 2011 ran out long ago, and is to be seen for a week all the same."""
    over = max(entry.logged_at, min(decision.valid_until, entry.logged_at + KEPT_AT_MOST - KEPT_AFTER))
    return to_us(over + KEPT_AFTER) // 1000


async def find_latest(client: "aioredis.Redis", tenant: str, subject: str) -> DecisionNow | None:
    """The latest decision about a subject, or None where Redis knows none.

    Raises redis.exceptions.RedisError where Redis cannot be reached.
    """
    keys = decision_keys(tenant)
    async with client.pipeline(transaction=True) as pipe:
        pipe.hget(keys.decided, subject)
        pipe.hget(keys.confirmed, subject)
        decided, confirmed = await pipe.execute()
    return _read(subject, decided, confirmed)


async def find_many(client: "aioredis.Redis", tenant: str, subjects: Sequence[str]) -> dict[str, DecisionNow]:
    """The latest decision about each of these subjects that Redis knows, by subject.

    Raises redis.exceptions.RedisError where Redis cannot be reached.
    """
    keys = decision_keys(tenant)
    if not subjects:
        return {}
    async with client.pipeline(transaction=True) as pipe:
        pipe.hmget(keys.decided, list(subjects))
        pipe.hmget(keys.confirmed, list(subjects))
        decided, confirmed = await pipe.execute()
    read = {name: _read(name, *values) for name, *values in zip(subjects, decided, confirmed, strict=True)}
    return {name: known for name, known in read.items() if known is not None}


async def list_latest(client: "aioredis.Redis", tenant: str, prefix: str = "") -> list[DecisionNow]:
    """The latest decision about every subject that Redis knows and that begins so, by subject.

    Raises redis.exceptions.RedisError where Redis cannot be reached.
    """
    keys = decision_keys(tenant)
    async with client.pipeline(transaction=True) as pipe:
        pipe.hgetall(keys.decided)
        pipe.hgetall(keys.confirmed)
        decided, confirmed = await pipe.execute()
    chosen = sorted(item for item in decided.items() if item[0].startswith(prefix.encode()))
    read = (_read(subject, value, confirmed.get(subject)) for subject, value in chosen)
    return [decision for decision in read if decision is not None]


def _read(subject: str | bytes, decided: bytes | None, confirmed: bytes | None) -> DecisionNow | None:
    """What two values say; of one that cannot be read, as of none, nothing."""
    if decided is None:
        return None
    try:
        decision = _event(decided)
        confirmation = _event(confirmed) if confirmed is not None else None
    except ParkingError as error:
        log.error("the decision about %r in Redis is unusable and was left out: %s", subject, error)
        return None
    if not isinstance(decision, Decision) or isinstance(confirmation, Decision):
        return None
    return DecisionNow(decision, confirmation)


def _event(value: bytes) -> Decision | Confirmation:
    return decode_entry(value[REVISION.size + _OCCASION.size :]).event
