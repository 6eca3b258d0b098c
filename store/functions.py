"""The Redis functions of ``functions.lua``, loaded again whenever the server has forgotten them."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import ResponseError

LIBRARY = (files("store") / "functions.lua").read_text(encoding="utf-8")


async def load(client: "aioredis.Redis") -> None:
    """Put this version of the functions into the server, in place of any other."""
    await client.function_load(LIBRARY, replace=True)


async def call(
    client: "aioredis.Redis", function: str, keys: Sequence[str], *args: bytes, read_only: bool = False
) -> Any:
    """Call a function by name; loads the library first where the server does not know it (restarted, or new)."""
    run = client.fcall_ro if read_only else client.fcall
    try:
        return await run(function, len(keys), *keys, *args)
    except ResponseError as error:
        if "not found" not in str(error).lower():
            raise
    await load(client)
    return await run(function, len(keys), *keys, *args)
