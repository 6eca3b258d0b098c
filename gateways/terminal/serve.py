"""The live table: reads the snapshot again and again, and says so when it cannot."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import redis.asyncio as aioredis
from redis.exceptions import RedisError
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from gateways.terminal.render import snapshot_table
from gateways.words.language import Language
from parking.words import ClockBasis
from store.mirror import Mirror
from store.reader import read_stored

REFRESH_S = 1.0
PLAIN_EVERY_S = 10.0
_LINES_AROUND_TABLE = 6


async def watch(
    client: "aioredis.Redis", tenant: str, language: Language, console: Console, title: Callable[[], str]
) -> None:
    """Show a tenant's live table until cancelled; on something that is no terminal, print it every ten seconds.

    What a replay left behind is not live, and is not shown.
    """
    last: Mirror | None = None
    if not console.is_terminal:
        while True:
            last, picture = await _look(client, tenant, language, title(), last, console.width, None)
            console.print(picture)
            await asyncio.sleep(PLAIN_EVERY_S if last and last.places else REFRESH_S)
    with Live(console=console, auto_refresh=False, screen=False) as live:
        while True:
            room = max(5, console.height - _LINES_AROUND_TABLE)
            last, picture = await _look(client, tenant, language, title(), last, console.width, room)
            live.update(picture, refresh=True)
            await asyncio.sleep(REFRESH_S)


async def _look(
    client: "aioredis.Redis",
    tenant: str,
    language: Language,
    title: str,
    last: Mirror | None,
    width: int,
    room: int | None,
) -> tuple[Mirror | None, RenderableType]:
    try:
        stored = await read_stored(client, tenant)
    except RedisError as error:
        trouble = Text(language.say("live.redis_silent", error=error), style="bold red")
        if last is None:
            return None, trouble
        return last, Group(snapshot_table(language, last.snapshot(datetime.now(UTC)), title, width, room), trouble)
    mirror, now = Mirror(tenant), datetime.now(UTC)
    mirror.take_snapshot(stored, now)
    if not mirror.places or mirror.basis is not ClockBasis.WALL:  # nothing yet, or still what a replay left there
        return None, Text(f"{title}\n… {language.say('live.waiting')}")
    return mirror, snapshot_table(language, mirror.snapshot(now), title, width, room)
