"""The wall of faces beside a controller: every process that may speak to the signs shows what is known of them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateways.signs.at_redis import SignsInRedis
from gateways.signs.serve import create_signs_app
from ops.http import policy_of
from ops.settings import Settings, revealed
from parking.decisions.acting import RecordPort
from serving.server import serve_beside
from store.connecting import open_redis

log = logging.getLogger(__name__)
_AGAIN_S = 2.0


@asynccontextmanager
async def showing_wall(settings: Settings, tenant: str, record: RecordPort) -> AsyncIterator[None]:
    """Serve it for as long as the ``with`` lasts; nowhere where ``signs_listen`` is empty."""
    if settings.signs_at is None:
        yield
        return
    showing = asyncio.create_task(_show(settings, settings.signs_at, tenant, record))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _show(settings: Settings, at: tuple[str, int], tenant: str, record: RecordPort) -> None:
    """The signs go before their page: whatever keeps it from being served keeps nobody from driving them.

    A standby on the same machine takes the address over when it becomes free.
    """
    client, has_said = open_redis(settings.redis, connect_s=3, reply_s=5), False
    policy = policy_of(settings, settings.rate_limit)
    app = create_signs_app(
        SignsInRedis(client, tenant), record, revealed(settings.signs_tokens), policy, settings.signs_two_persons
    )
    try:
        while True:
            try:
                await serve_beside(app, at, policy.doors())
            except OSError as error:
                if not has_said:
                    log.warning("the wall cannot be at %s now (%s); it is tried again", settings.signs_listen, error)
                has_said = True
            except Exception:
                log.exception("the wall of faces has stopped by a mistake of ours; it is started again")
            await asyncio.sleep(_AGAIN_S)
    finally:
        await client.aclose()
