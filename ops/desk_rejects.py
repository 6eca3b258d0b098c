"""The desk's room of rejects put together: the tail of the topic, sending again, and what was left half done."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import redis.asyncio as aioredis
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from gateways.desk.watching.refusals import REDRIVE, RedriveOrder, Redriving, carry_out
from ops.redriving import redrive
from ops.settings import Settings
from parking.decisions.acting import ActResult, NotRecordedError, RecordPort, confirm
from parking.errors import ParkingError
from store.decisions import list_latest
from streams.reject_tail import RejectTail
from streams.rejects import Kept, read_rejects

log = logging.getLogger(__name__)
_AGAIN_S = 5.0


class KafkaAwayError(ParkingError):
    """Kafka does not answer, so that nothing could be read or sent."""


def redriver(settings: Settings, tenant: str) -> Redriving:
    """What sends rejects of a city again."""

    async def send_again(order: RedriveOrder) -> dict[str, Any]:
        try:
            kept = await read_rejects(settings.kafka, settings.namespace)
            chosen = [each for each in kept if _is_meant(each, tenant, order)]
            report = await redrive(settings, chosen, order.dry_run, lambda: None)
        except KafkaError as error:
            raise KafkaAwayError(f"Kafka does not answer ({type(error).__name__}): try again") from error
        return {
            "read": len(chosen),
            "sent_rejects": report.rejects,
            "sent_observations": report.observations,
            "still_refused": dict(list(report.still_refused.items())[:100]),
            "problems": dict(list(report.problems.items())[:100]),
        }

    return send_again


def _is_meant(kept: Kept, tenant: str, order: RedriveOrder) -> bool:
    reject = kept.reject
    return (
        kept.is_open
        and reject.tenant == tenant
        and order.source in (None, reject.source)
        and order.reason in (None, reject.reason)
        and (not order.ids or reject.reject_id in order.ids)
    )


async def finish_redrives(
    client: "aioredis.Redis", tenant: str, redriving: Redriving, record: RecordPort, now: datetime
) -> None:
    """Do what a desk that died has decided and not confirmed: to send again what was sent changes nothing."""
    try:
        for latest in await list_latest(client, tenant):
            decision = latest.decision
            if not latest.is_open or (decision.rule, decision.rule_version) != REDRIVE:
                continue
            if now <= decision.valid_until:
                await carry_out(decision, redriving, record, now)
            else:
                said = {"why": "the desk was away for too long: whether they were sent is not known, order it again"}
                await record(confirm(decision, ActResult.FAILED, said, now))
    except (RedisError, OSError, NotRecordedError) as error:
        log.warning("whether rejects are still to be sent again could not be read (%s)", error)


@asynccontextmanager
async def tailing(tail: RejectTail, begin: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Follow the topic for as long as the ``with`` lasts; ``begin`` is awaited beside it, once."""
    following = asyncio.create_task(_follow(tail))
    beginning = asyncio.create_task(begin())
    try:
        yield
    finally:
        for task in (following, beginning):
            task.cancel()
        await asyncio.gather(following, beginning, return_exceptions=True)


async def _follow(tail: RejectTail) -> None:
    while True:
        try:
            await tail.follow()
        except (KafkaError, ParkingError, OSError) as error:
            log.warning("the rejects cannot be followed (%s); again in %.0f s", error, _AGAIN_S)
        except Exception:
            log.exception("following the rejects has met a mistake of ours; it is begun again")
        await asyncio.sleep(_AGAIN_S)
