"""What the doctor looks at."""

import asyncio
import platform
from collections.abc import Callable
from typing import Literal, NamedTuple

import httpx
import redis.asyncio as aioredis
from aiokafka.errors import KafkaError
from redis.exceptions import AuthenticationError, RedisError

from gateways.api.pages import WEB
from geo.nearest import NATIVE
from ops.clocks import read_all
from ops.feeding import is_reachable
from ops.hiding import without_user
from ops.local import kafka, valkey
from ops.local.process import LocalError
from ops.settings import Settings
from parking.instants import AHEAD_TOLERANCE, in_text
from parking.wall import LEAP, ahead_of_us
from sensors.sources.nantes import adapter as nantes
from store.connecting import open_redis
from store.reader import list_tenants
from store.rights import RightRefusedError
from streams.access import access_of
from streams.kafka_watch import list_members, strangers_in
from streams.topics import grown_since, look_at_topics

State = Literal["ok", "note", "bad"]


class Checked(NamedTuple):
    """One thing looked at. ``bad`` stops the product, ``note`` does not."""

    what: str
    state: State
    detail: str


async def examine(settings: Settings) -> list[Checked]:
    """Look at everything; never raises."""
    remote = await asyncio.gather(
        _kafka(settings), _redis(settings), _clocks(settings), _gateway(settings), _internet(settings)
    )
    asked = [await _process(settings.metrics)] if settings.metrics else []
    return [_python(), _native(), _tool("java", lambda: kafka.find_java(settings)), _jars(settings),
            _tool("valkey", lambda: valkey.find_server(settings)), *remote, *asked]  # fmt: skip


def _python() -> Checked:
    return Checked("python", "ok", platform.python_version())


def _native() -> Checked:
    if NATIVE:
        return Checked("native code", "ok", "_accel is built")
    return Checked("native code", "note", "_accel was not built, so the slower Python code runs instead: install a C "
                   "compiler and run `pip install -e .` again")  # fmt: skip


def _tool(what: str, look: Callable[[], object]) -> Checked:
    try:
        return Checked(what, "ok", str(look()))
    except LocalError as error:
        return Checked(what, "note", f"{error} (needed for `placelibre local up` only)")


def _jars(settings: Settings) -> Checked:
    jars = kafka.jars_dir(settings)
    if jars.is_dir():
        return Checked("kafka jars", "ok", str(jars))
    return Checked("kafka jars", "note", f"not in {jars} yet; `placelibre local up` downloads them once")


async def _kafka(settings: Settings) -> Checked:
    answers = f"{settings.kafka} answers ({access_of(settings.kafka)})"
    try:
        found = await look_at_topics(settings.kafka, settings.namespace, settings.partitions)
        strangers = strangers_in(settings.namespace, await list_members(settings.kafka, settings.namespace))
    except (KafkaError, OSError) as error:
        return Checked("kafka", "bad", f"{settings.kafka} does not answer ({error}): `placelibre local up`, or set "
                       "PLACELIBRE_KAFKA")  # fmt: skip
    if found.faults or strangers:
        return Checked("kafka", "bad", "; ".join([*found.faults, *([strangers] if strangers else [])]))
    if found.grown:
        return Checked("kafka", "note", grown_since(found.grown))
    if found.missing:
        return Checked(
            "kafka",
            "note",
            f"{answers}; a worker will create {', '.join(found.missing)}",
        )
    return Checked(
        "kafka",
        "ok",
        f"{answers}, all topics are there and as they must be",
    )


async def _redis(settings: Settings) -> Checked:
    client, address = open_redis(settings.redis, connect_s=3, reply_s=3), without_user(settings.redis)
    try:
        tenants = await list_tenants(client)
        policy = await _find_policy(client)
    except RightRefusedError as error:
        return Checked("redis", "bad", str(error))
    except AuthenticationError as error:
        return Checked("redis", "bad", f"Redis refuses its user ({error}): set user and password in PLACELIBRE_REDIS")
    except RedisError as error:
        return Checked("redis", "bad", f"{address} does not answer ({error}): `placelibre local up`, or set "
                       "PLACELIBRE_REDIS")  # fmt: skip
    finally:
        await client.aclose()
    if policy is None:
        return Checked("redis", "note", "it answers; its user may not ask for maxmemory-policy: make sure that it is "
                       "noeviction, or places will vanish silently")  # fmt: skip
    if policy != "noeviction":
        return Checked(
            "redis", "bad", f"maxmemory-policy is {policy}: set it to noeviction, or places will vanish silently"
        )
    return Checked("redis", "ok", f"{address} answers; tenants: {', '.join(tenants) or 'none yet'}")


async def _find_policy(client: "aioredis.Redis") -> str | None:
    """What Redis does when its memory is full; None where its user may not ask."""
    try:
        return str((await client.config_get("maxmemory-policy"))["maxmemory-policy"])
    except RightRefusedError:
        return None


async def _clocks(settings: Settings) -> Checked:
    """This machine's clock against Redis', and against that of each city that lives by the wall clock."""
    client = open_redis(settings.redis, connect_s=3, reply_s=3)
    try:
        clocks = {tenant: await read_all(client, tenant) for tenant in await list_tenants(client)}
    except RedisError:
        return Checked("clocks", "note", "Redis does not answer, so no other clock can be compared with this machine's")
    finally:
        await client.aclose()
    for tenant, found in clocks.items():
        if abs(found.redis_ahead) > LEAP:
            return Checked("clocks", "bad", f"this machine says {in_text(found.here)}, Redis' says "
                           f"{in_text(found.redis)}: set right whichever is wrong")  # fmt: skip
        if found.ahead > AHEAD_TOLERANCE:
            return Checked("clocks", "bad", ahead_of_us(tenant, found.ahead))
    return Checked("clocks", "ok", "this machine, Redis and every city agree" if clocks else "no city has one yet")


async def _process(metrics: str) -> Checked:
    """What the process that PLACELIBRE_METRICS names says of itself; a worker names the places that it began anew."""
    try:
        async with httpx.AsyncClient(timeout=3) as client:
            reply = await client.get(f"http://{metrics}/healthz")
            said = reply.json()
    except (httpx.HTTPError, ValueError) as error:
        return Checked("process", "note", f"nothing answers on {metrics} ({error}): is it the address of a process?")
    begun = said.get("begun_anew") if isinstance(said, dict) else None
    if begun:
        place, why = next(iter(begun.items()))
        return Checked("process", "bad", f"{len(begun)} places were begun anew, such as {place}: {why}")
    if reply.status_code != httpx.codes.OK:
        return Checked("process", "bad", f"{metrics} is not well: {reply.text[:300]}")
    return Checked("process", "ok", f"{metrics} is well")


async def _gateway(settings: Settings) -> Checked:
    if not (WEB / "node_modules").is_dir():
        return Checked("map", "note", "its library is missing, so the page shows only the table: `make web` fetches it")
    try:
        async with httpx.AsyncClient(timeout=3) as client:
            reply = await client.get(f"http://{settings.listen}/readyz")
    except httpx.HTTPError:
        return Checked("map", "note", f"nothing answers on {settings.listen}: `placelibre serve`, or `make run`")
    if reply.status_code != httpx.codes.OK:
        return Checked("map", "bad", f"http://{settings.listen}/ is not ready: {reply.text[:300]}")
    return Checked("map", "ok", f"http://{settings.listen}/")


async def _internet(settings: Settings) -> Checked:
    if await is_reachable(nantes, settings):
        return Checked("demo", "ok", f"{nantes.INFO.url} answers: `placelibre run` shows Nantes live")
    return Checked("demo", "note", f"{nantes.INFO.url} does not answer: `placelibre run` will simulate Nantes")
