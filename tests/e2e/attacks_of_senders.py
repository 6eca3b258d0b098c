"""Scenes of ``make attack`` about who sends and who decides: noise, a loud device, poisoned decisions."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from ops.feeding import open_producer
from parking.catalogue.model import Device, Tenant
from parking.words import ClockBasis
from store.keys import decision_keys
from streams.topics import names_of
from tests import poison
from tests.conftest import ROOT
from tests.e2e.attacked import City, PlayedError
from tests.parking.decisions.test_decisions import decided
from tests.support import TENANT, free_ports, site, wait_for

SECONDS = 8.0
BOUND_S = 10.0
"""So long at most the word of another device may take to the gateway's answer."""

TOKEN = "a-token-of-the-attack"
GARBAGE = [b"\x16\x03\x01\x00\xa5\x01", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 64 + b"\r\n\r\n",
           b"POST /v1/uplinks/counter?event=\\n\x1b[2J HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
           b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
           b"GET /%1b%5b2J%0a HTTP/1.1\r\nHost: evil\r\n\r\n"]  # fmt: skip
_OURS = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ |    |\xc2\xb7 ")
QUIET = [site(id=f"quiet{n}", name=f"Quiet {n}", devices=(Device(source="counter", id=f"q{n}"),)) for n in range(3)]
LOUD = site(id="loud", name="Loud", devices=(Device(source="counter", id="loud"),))


@contextlib.contextmanager
def webhook(city: City) -> Iterator[tuple[str, Path]]:
    """Where a webhook of this city listens, and its log."""
    at, log = f"127.0.0.1:{free_ports()}", city.house.log.with_name("webhook.log")
    env = {"PLACELIBRE_WEBHOOK_TOKENS": json.dumps({"counter": TOKEN}), "PLACELIBRE_WEBHOOK_LISTEN": at,
           "PLACELIBRE_METRICS": ""}  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops", "webhook", "--tenant", TENANT], cwd=ROOT, stdout=out, stderr=out,
            env=os.environ | city.house.env | env,
        )  # fmt: skip
    try:
        wait_for("the webhook", lambda: _is_there(at), 30)
        yield at, log
    finally:
        process.terminate()
        process.wait(20)


def _is_there(at: str) -> bool:
    try:
        return httpx.get(f"http://{at}/healthz", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def noise(city: City) -> str:
    """Thousands of requests that are none, at gateway and webhook, from nobody; then look at the logs."""
    told, sent = {}, {}
    with webhook(city) as (at, log):
        for address, file in ((city.listen, city.gateway_log), (at, log)):
            before = file.stat().st_size
            sent[address] = asyncio.run(_make_noise(address, SECONDS))
            told[address] = file.read_bytes()[before:].splitlines()
    lines = [line for of_one in told.values() for line in of_one]
    if strange := [line for line in lines if not _OURS.match(line) or set(line) & set(b"\x1b\x00\x07")]:
        raise PlayedError(f"a line of the log is not in its form: {strange[0][:200]!r}")
    if max(map(len, told.values())) > 10:
        raise PlayedError(f"{[len(of_one) for of_one in told.values()]} lines for {list(sent.values())} requests")
    return f"{sum(sent.values())} requests in {2 * SECONDS:.0f} s, {len(lines)} lines of log"


async def _make_noise(address: str, seconds: float) -> int:
    host, _, port = address.rpartition(":")
    until, count = time.monotonic() + seconds, 0

    async def one(start: int) -> None:
        nonlocal count
        number = start
        while time.monotonic() < until:
            number += 1
            with contextlib.suppress(OSError, TimeoutError):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(GARBAGE[number % len(GARBAGE)])
                async with asyncio.timeout(0.2):
                    await reader.read(100)
                count += 1
                writer.transport.abort()

    await asyncio.gather(*(one(start) for start in range(16)))
    return count


def loud_device(city: City) -> str:
    """One counter says as much as it can, in large bodies; meanwhile three others say a number now and then."""
    asyncio.run(_declare(city))
    with webhook(city) as (at, _):
        asyncio.run(_speak(city, at, 4))  # the first is slower
        calm = asyncio.run(_speak(city, at, SECONDS))
        said, loud = asyncio.run(_beside_a_flood(city, at))
    slowest = max(shown for _, shown in loud)
    if slowest > BOUND_S:
        raise PlayedError(f"another device's word took {slowest:.1f} s to the gateway beside {said} words of one")
    return f"{said} words of one in {SECONDS:.0f} s; the others {_median(calm)} before, {_median(loud)} beside it"


def _median(took: list[tuple[float, float]]) -> str:
    accepted, shown = ([one[n] for one in took] for n in (0, 1))
    return (f"202 after {statistics.median(accepted) * 1000:.0f} ms, shown after {statistics.median(shown):.2f} s "
            f"(slowest {max(accepted) * 1000:.0f} ms, {max(shown):.2f} s, n={len(took)})")  # fmt: skip


async def _declare(city: City) -> None:
    async with open_producer(city.settings) as producer:
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.WALL), [*QUIET, LOUD])


def _event(device: str, vacant: int, seq: int) -> dict[str, object]:
    return {"device": device, "at": datetime.now(UTC).isoformat(), "type": "count", "vacant": vacant, "seq": seq}


def _headers(sender: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "X-Forwarded-For": sender}


async def _speak(city: City, at: str, seconds: float) -> list[tuple[float, float]]:
    """A word of each quiet device in turn: seconds until it was accepted, and until the gateway answered it."""
    took: list[tuple[float, float]] = []
    until, number = time.monotonic() + seconds, int(time.monotonic() * 10) % 1000
    async with httpx.AsyncClient(timeout=20, headers=_headers("10.0.0.1")) as client:
        while time.monotonic() < until:
            number += 1
            which, vacant = number % len(QUIET), 1 + number % 99
            began = time.monotonic()
            reply = await client.post(f"http://{at}/v1/uplinks/counter", json=_event(f"q{which}", vacant, number))
            accepted = time.monotonic() - began
            if reply.status_code != httpx.codes.ACCEPTED:
                raise PlayedError(f"another device was answered {reply.status_code}: {reply.text[:200]}")
            while (await client.get(f"http://{city.listen}/v1/sites/quiet{which}")).json().get("vacant") != vacant:
                if time.monotonic() - began > 3 * BOUND_S:
                    raise PlayedError(f"another device's word is not shown after {3 * BOUND_S:.0f} s")
                await asyncio.sleep(0.05)
            took.append((accepted, time.monotonic() - began))
            await asyncio.sleep(0.2)
    return took


async def _beside_a_flood(city: City, at: str) -> tuple[int, list[tuple[float, float]]]:
    said, over = 0, asyncio.Event()

    async def flood() -> None:
        nonlocal said
        async with httpx.AsyncClient(timeout=30, headers=_headers("10.0.0.2")) as client:
            while not over.is_set():
                body = [_event("loud", n % 50, said + n) for n in range(500)]
                reply = await client.post(f"http://{at}/v1/uplinks/counter", json=body)
                said += 500 if reply.status_code == httpx.codes.ACCEPTED else 0
                if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    await asyncio.sleep(0.05)

    async def others() -> list[tuple[float, float]]:
        try:
            await asyncio.sleep(1)
            return await _speak(city, at, SECONDS)
        finally:
            over.set()

    took, *_ = await asyncio.gather(others(), flood(), flood())
    return said, took


def poisoned_decisions(city: City) -> str:
    """Records that are no decisions, or that no column can hold, around one that is."""
    names, decision = names_of(city.settings.namespace), decided()
    key = decision.key.encode()
    good = poison.sound()["decisions"][0]
    rows = [(key, value) for value in poison.values("decisions") if value and value != good]
    city.write(names.decisions, [*rows, (key, good), *rows])
    asked = ("why", decision.subject, "--tenant", TENANT, "--json")

    def require_why(when: str) -> None:
        done = city.house.run(*asked, check=False)
        if done.returncode or json.loads(done.stdout)["decision"]["id"] != decision.id:
            raise PlayedError(f"{when}, placelibre why ends with {done.returncode}: {done.stderr[-300:]}")

    require_why("with poison in the topic")
    for _ in range(2):
        done = city.house.run("history", check=False)
        if done.returncode:
            raise PlayedError(f"placelibre history ends with {done.returncode}: {done.stderr[-300:]}")
    with city.redis() as client:
        keys = decision_keys(TENANT)
        client.hset(keys.decided, decision.subject, b"\xff" * 100)
        require_why("with a value in Redis that is none of ours")
        client.delete(*keys)
        client.set(keys.decided, b"foreign")
        require_why("with a key of another kind in Redis")
        client.delete(keys.decided)
    return f"{2 * len(rows)} records; why answered, the history was rolled"
