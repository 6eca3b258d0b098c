"""The Redis functions of ``functions.lua``, loaded again whenever the server has forgotten them.

What a library remembers lasts as long as the server's run: it has a name for that run, which another server, one that
restarted and one that was restored do not know. So a library that is there already is not loaded again.
"""

from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import ResponseError

from store.keys import TENANTS
from store.rights import NoFunctionsError, RightRefusedError

_TEXT = (files("store") / "functions.lua").read_text(encoding="utf-8")
LIBRARY_VERSION = sha256(_TEXT.encode()).hexdigest()[:16]
LIBRARY = _TEXT.replace("@VERSION@", LIBRARY_VERSION)


async def load(client: "aioredis.Redis") -> None:
    """Put this version of the functions into the server, in place of any other.

    Raises NoFunctionsError where they are not there and this user may not load them.
    """
    try:
        if await client.fcall_ro("placelibre_version", 1, TENANTS) == LIBRARY_VERSION.encode():
            return
    except ResponseError as error:
        if not _is_unknown(error):
            raise
    try:
        await client.function_load(LIBRARY, replace=True)
    except RightRefusedError as error:
        raise NoFunctionsError from error


async def call(
    client: "aioredis.Redis", function: str, keys: Sequence[str], *args: bytes, read_only: bool = False
) -> Any:
    """Call a function by name; loads the library first where the server does not know it (restarted, or new)."""
    run = client.fcall_ro if read_only else client.fcall
    try:
        return await run(function, len(keys), *keys, *args)
    except ResponseError as error:
        if not _is_unknown(error):
            raise
    await load(client)
    return await run(function, len(keys), *keys, *args)


async def name_run(client: "aioredis.Redis") -> str:
    """Which run of the server answers: another name after every restart, restore from a backup or failover."""
    return str((await call(client, "placelibre_run", (TENANTS,), read_only=True)).decode())


def _is_unknown(error: ResponseError) -> bool:
    return "not found" in str(error).lower()
