"""The scenes of ``make attack``: one function each, which raises where something did not hold.

A new one is a function of the city and a row of ``SCENES``. What it does must be over within half a minute.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from parking.observations import LaneCounted, Observation, SiteRecounted
from store.keys import TENANTS, keys_of
from streams.partitions import clock_key, folded_key
from streams.topics import names_of
from tests import poison
from tests.e2e.attacked import GATES, City, PlayedError
from tests.e2e.attacks_of_senders import loud_device, noise, poisoned_decisions
from tests.support import TENANT, envelope

FLOOD = 34_000
KEYS = keys_of(TENANT)


class Scene(NamedTuple):
    """What is done to the city, and the function that does it."""

    name: str
    what: str
    play: Callable[[City], str]


def recounted(vacant: int, at: datetime) -> SiteRecounted:
    """Somebody counts the gates."""
    return SiteRecounted(**envelope(device="desk", content=(vacant, at), observed_at=at), vacant=vacant)


def passing(count: int, minutes: float, until: datetime) -> list[Observation]:
    """Cars that drove in, evenly over the minutes before."""
    return [
        LaneCounted(**envelope(device="in", content=n, observed_at=until - timedelta(minutes=minutes * n / count)),
                    entries=1)
        for n in range(count)
    ]  # fmt: skip


def flood(city: City) -> str:
    """One counter repeats itself thousands of times, over the last quarter of an hour."""
    now = datetime.now(UTC)
    city.send([recounted(50, now - timedelta(minutes=14)), *passing(FLOOD, 13.5, now)])
    silent_s, asked = 0.0, time.monotonic()
    refused = city.metric("placelibre_rejects_total")
    while asked + 20 > time.monotonic():
        began = time.monotonic()
        while city.metric("placelibre_rejects_total") < 0 and time.monotonic() - began < 60:
            time.sleep(0.1)
        silent_s = max(silent_s, time.monotonic() - began)
        if (more := city.metric("placelibre_rejects_total")) > FLOOD / 2 and more == refused:
            break
        refused = more
        time.sleep(1)
    city.until(lambda: city.shown("gates") is None, "the gates still show a number that nobody can know")
    if silent_s > 15:
        raise PlayedError(f"the worker did not answer for {silent_s:.0f} s")
    city.kill_worker()
    city.start_worker()
    city.require_well("after a restart", 60)
    city.send([recounted(44, datetime.now(UTC))])
    city.until(lambda: city.shown("gates") == 44, "a count from after the flood does not heal")
    return f"{FLOOD} words, {refused:.0f} refused; unknown until counted; silent for {silent_s:.1f} s at most"


def refused_row(city: City) -> str:
    """The gates' row is more than Kafka takes."""
    before = city.metric("placelibre_places_begun_anew_total")
    _set_limit(city, 4_000)
    try:
        now = datetime.now(UTC)
        city.send([recounted(60, now - timedelta(minutes=8)), *passing(400, 7, now)])
        city.until(
            lambda: city.metric("placelibre_places_begun_anew_total") > before, "no alarm says that a row was refused"
        )
        city.until(lambda: city.shown("gates") is None, "the gates still show a number from before")
        city.require_well("while Kafka refuses the row")
    finally:
        _set_limit(city, 1_048_588)
    city.send([recounted(33, datetime.now(UTC))])
    city.until(lambda: city.shown("gates") == 33, "the place does not begin anew")
    return "that place began anew, with an alarm; unknown until counted"


def _set_limit(city: City, size: int) -> None:
    async def go() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=city.settings.kafka)
        await admin.start()
        topic = names_of(city.settings.namespace).changelog
        kept = {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}
        configs = {**kept, "max.message.bytes": str(size)}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs)])
        await admin.close()

    asyncio.run(go())


def torn_table(city: City) -> str:
    """Rows of the Table that nobody of ours has written, found at a restart."""
    city.kill_worker()
    rows = [(key, b"poison") for key in poison.KEYS if key]
    rows += [(GATES.key.encode(), b"\x91\x63"), (clock_key(TENANT, 0), b"\xff"), (folded_key(0), b"poison")]
    city.write(names_of(city.settings.namespace).changelog, rows)
    city.start_worker()
    city.require_well("after a restart", 90)
    begun = city.metric("placelibre_places_begun_anew_total")
    if begun < 1:
        raise PlayedError("no alarm says that rows could not be read")
    city.send([recounted(21, datetime.now(UTC))])
    city.until(lambda: city.shown("gates") == 21, "the place does not begin anew")
    return f"{begun:.0f} rows given up and said, every other place as it was"


def foreign_values(city: City) -> str:
    """Values, keys and a list of cities in Redis that are none of ours."""
    with city.redis() as client:
        for place in ("gates", "calm0", "calm1", "calm2"):
            client.hset(KEYS.live, place, b"x")
            client.hset(KEYS.places, place, b"\xff" * 40)
        client.hset(KEYS.clock, "0", b"nonsense")
        city.require_well("with foreign values")
        client.hset(KEYS.live, "calm0", b"\xff" * 40)
        city.require_well("with a value that claims to be the newest")
        for key in (KEYS.live, KEYS.marks, KEYS.stream):
            client.delete(key)
            client.set(key, b"foreign")
            city.require_well(f"with {key} of another kind")
        client.sadd(TENANTS, b"\xff\xfe")
    return "written over within a tick, and named in the log"


def foreign_stream(city: City) -> str:
    """Entries of the change stream that are none of ours."""
    with city.redis() as client:
        for entry in ({"value": b"x"}, {"place": b"\xff\xfe", "value": b"x"}, {"place": "gates"}, {"no": "thing"}) * 50:
            client.xadd(KEYS.changes, entry)
    return "left out and counted"


def poisoned_topics(city: City) -> str:
    """Thousands of records that nobody of ours has written, in every topic."""
    names = names_of(city.settings.namespace)
    count = 0
    for topic in poison.sound():
        # A place of our city that is declared anew, or a tick of its clock, is no poison but a lie in our own words.
        rows = [(key, value or b"null") for key, value in _without_lies(topic)]
        city.write(getattr(names, topic), rows)
        count += len(rows)
    city.require_well("with poison in every topic", 60)
    for command in (("history",), ("rejects", "list", "--tenant", TENANT), ("sites", "--tenant", TENANT),
                    ("catalogue", "audit", "--tenant", TENANT), ("doctor",)):  # fmt: skip
        done = city.house.run(*command, check=False)
        if "Traceback" in done.stderr or done.returncode not in (0, 1):
            raise PlayedError(f"placelibre {' '.join(command)} ends with {done.returncode}: {done.stderr[-300:]}")
    city.kill_worker()
    city.start_worker()
    city.require_well("after a restart", 90)
    return f"{count} records; worker, gateway, history and commands went on"


def _without_lies(topic: str) -> list[tuple[bytes | None, bytes | None]]:
    sound = {value for values in poison.sound().values() for value in values}
    rows = [(one.key, one.value) for one in poison.records(topic) if one.value not in sound]
    ours = {TENANT.encode(), f"{TENANT}/".encode()}
    # Kafka itself refuses a record without a key where a topic is compacted.
    return [(key, value) for key, value in rows if key not in ours and (key is not None or topic != "catalogue")]


SCENES = [
    Scene("row", "a place's row is more than Kafka takes", refused_row),
    Scene("flood", "one counter says 34,000 words of the last 14 minutes", flood),
    Scene("table", "rows of the Table are none of ours, at a restart", torn_table),
    Scene("redis", "values and keys in Redis are none of ours", foreign_values),
    Scene("stream", "entries of the change stream are none of ours", foreign_stream),
    Scene("poison", "thousands of poisoned records in every topic", poisoned_topics),
    Scene("decisions", "poison around a decision, in the topic and in Redis", poisoned_decisions),
    Scene("noise", "anonymous requests that are none, as many as there is time for", noise),
    Scene("loud", "one device among many says as much as it can", loud_device),
]
