"""The rights that docs/operate.md spells out: enough for a worker, a gateway and a reader; refused in a sentence."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redis.asyncio as aioredis

from ops.local import process, valkey
from ops.settings import Settings
from parking.catalogue.model import Tenant
from parking.clock import Clock
from parking.signs.status import SignState, SignStatus
from parking.words import ClockBasis
from store.changes import read_changes, wait_for_change
from store.connecting import open_redis
from store.decisions import find_latest, find_many, list_latest
from store.desk_sessions import SessionsInRedis
from store.following import follow
from store.functions import load
from store.keys import keys_of
from store.leases import Lease, acquire_lease
from store.mirror import Mirror
from store.reader import list_tenants, read_clocks, read_stored
from store.repairs import read_repairs, write_repairs
from store.rights import NoFunctionsError, RightRefusedError
from store.sign_status import forget_status, read_status, write_status
from store.signs import read_signs
from store.writer import LiveWriter
from tests.conftest import House
from tests.store.building import change
from tests.support import ROOT, TENANT, at, free_ports, site, wait_for

PASSWORD = "CHANGE-ME"
LINES = dict(re.findall(r"^user (placelibre-\w+) (.*)$", (ROOT / "docs/operate.md").read_text(), re.MULTILINE))
WORKER, READER, ACTING = "placelibre-worker", "placelibre-reader", "placelibre-acting"
DESK = "placelibre-desk"
FOLDERS = ("store", "streams", "gateways", "ops")
MAY_BE_MISSING = {"config|get"}
"""Of the doctor, which does without."""


class Guarded:
    """A Valkey of its own that knows the users of the documentation and hardly anybody else."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(redis=f"redis://127.0.0.1:{free_ports()}/0", data_dir=folder)
        valkey.up(self.settings, attached=True)
        self.admin = redis.Redis.from_url(self.settings.redis, decode_responses=True)
        for name, line in LINES.items():
            self.give(name, *line.split())

    def give(self, name: str, *rules: str) -> None:
        self.admin.execute_command("ACL", "SETUSER", name, *rules)

    def url(self, name: str) -> str:
        return self.settings.redis.replace("redis://", f"redis://{name}:{PASSWORD}@")

    def open(self, name: str) -> aioredis.Redis:
        return open_redis(self.url(name), 3, 5)

    def refusals(self) -> list[str]:
        """What was asked for and not granted."""
        return [f"{row['username']}: {row['object']}" for row in self.admin.execute_command("ACL", "LOG")]


@pytest.fixture
def guarded(servers: Settings, tmp_path: Path) -> Iterator[Guarded]:
    one = Guarded(tmp_path / "guarded")
    yield one
    one.admin.close()
    process.stop("valkey", one.settings.data_dir.absolute())


async def fill(client: aioredis.Redis) -> LiveWriter:
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(Tenant(id=TENANT, clock=ClockBasis.EVENT), (1, 0)), (site(), (1, 1))])
    token = await writer.begin(TENANT, 0)
    assert (await writer.apply_changes(TENANT, 0, [change(40, 7)], Clock(at(1), ClockBasis.EVENT), token)).marked
    return writer


async def test_a_worker_writes_and_a_reader_reads(guarded: Guarded) -> None:
    worker, reader = guarded.open(WORKER), guarded.open(READER)
    with pytest.raises(NoFunctionsError, match="start a worker"):
        await read_stored(reader, TENANT)
    guarded.admin.execute_command("ACL", "LOG", "RESET")
    await load(worker)
    writer = await fill(worker)
    assert await writer.server() == await writer.server()
    await write_repairs(worker, TENANT, {"p1": []})
    assert await read_repairs(worker, TENANT) == {}
    stored = await read_stored(reader, TENANT)
    await writer.apply_changes(TENANT, 0, [change(41, 8)], None)
    await wait_for_change(reader, TENANT, stored.position, 100)
    assert len((await read_changes(reader, TENANT, stored.position)).changes) == 1
    assert await list_tenants(reader) == [TENANT]
    assert len(await read_clocks(reader, TENANT)) == 1
    assert (await find_latest(reader, TENANT, "x"), await list_latest(reader, TENANT)) == (None, [])
    assert guarded.refusals() == []
    with pytest.raises(RightRefusedError):
        await LiveWriter(reader, 1).apply_changes(TENANT, 0, [], None)
    with pytest.raises(RightRefusedError, match="a key of ours"):
        await worker.get("somebody-elses")
    await worker.aclose()
    await reader.aclose()


async def test_what_a_worker_writes_over_needs_no_more(guarded: Guarded) -> None:
    worker = guarded.open(WORKER)
    for name in keys_of(TENANT)[:6]:
        guarded.admin.set(name, "foreign") if not name.endswith("stream") else guarded.admin.lpush(name, "foreign")
    guarded.admin.set("placelibre:tenants", "foreign")
    await fill(worker)
    guarded.admin.xadd(keys_of(TENANT).changes, {"place": "p1"}, id=f"{2**64 - 1}-{2**64 - 1}")
    await LiveWriter(worker, 1).apply_changes(TENANT, 0, [change(41, 8)], Clock(at(2), ClockBasis.WALL))
    assert guarded.refusals() == []
    await worker.aclose()


async def test_who_acts_holds_a_lease(guarded: Guarded) -> None:
    acting = guarded.open(ACTING)
    assert isinstance(await acquire_lease(acting, "signs", "one", 0.2), float), "a new run: for nobody yet"
    await asyncio.sleep(0.25)
    lease = await acquire_lease(acting, "signs", "one", 0.2)
    assert isinstance(lease, Lease)
    assert await lease.check() == lease.fence
    await lease.renew()
    await lease.release()
    assert guarded.refusals() == []
    await acting.aclose()


async def test_who_drives_signs_says_what_they_show_and_a_reader_plans(guarded: Guarded) -> None:
    acting, reader = guarded.open(ACTING), guarded.open(READER)
    await load(acting)
    status = SignStatus(sign="A12", at=at(0), written_at=at(0), state=SignState.DARK, since=at(0))
    await write_status(acting, TENANT, [status])
    assert await find_many(acting, TENANT, ["sign:A12/1"]) == {}
    assert await read_status(reader, TENANT) == {"A12": status}
    assert await find_many(reader, TENANT, ["sign:A12/1"]) == {}
    assert await read_signs(reader, TENANT) == []
    await forget_status(acting, TENANT, ["A12"])
    assert await read_status(reader, TENANT) == {}
    assert guarded.refusals() == []
    await acting.aclose()
    await reader.aclose()


async def test_a_desk_keeps_who_signed_in_and_a_reader_cannot_read_it(guarded: Guarded) -> None:
    client, reader = guarded.open(DESK), guarded.open(READER)
    kept = SessionsInRedis(client, TENANT)
    await kept.put("a", b"1", 60, "m")
    assert (await kept.replace("a", b"2", 60), await kept.put_first("b", 60)) == (True, True)
    assert (await kept.find("a"), await kept.list_of("m"), await kept.take("b")) == (b"2", ["a"], b"1")
    await kept.drop("a", "m")
    assert guarded.refusals() == []
    with pytest.raises(RightRefusedError):
        await SessionsInRedis(reader, TENANT).find("a")
    await client.aclose()
    await reader.aclose()


async def test_a_library_that_is_there_is_left_and_a_restart_is_another_run(guarded: Guarded) -> None:
    worker = guarded.open(WORKER)
    await load(worker)
    writer = LiveWriter(worker, 1)
    before = await writer.server()
    await load(worker)
    assert await writer.server() == before, "another worker that starts is no restart"
    guarded.admin.flushall()
    assert await writer.server() == before
    guarded.admin.function_load("#!lua name=placelibre\nredis.register_function('x', function() end)", replace=True)
    await load(worker)
    assert await writer.server() != before, "somebody else's functions were there meanwhile"
    await worker.aclose()


async def test_a_right_that_is_taken_away_later_is_waited_for(guarded: Guarded) -> None:
    worker, reader = guarded.open(WORKER), guarded.open(READER)
    guarded.give(READER, "-fcall_ro")
    with pytest.raises(RightRefusedError, match=r"the command FCALL_RO .*docs/operate\.md"):
        await follow(reader, Mirror(TENANT))
    guarded.give(READER, "+fcall_ro")
    await fill(worker)
    mirror = Mirror(TENANT)
    following = asyncio.create_task(follow(reader, mirror))
    await asyncio.to_thread(wait_for, "the snapshot", lambda: mirror.position.incarnation)
    guarded.give(READER, "-fcall_ro")
    await asyncio.sleep(1.5)
    await LiveWriter(worker, 1).apply_changes(TENANT, 0, [change(41, 8)], None)
    assert not following.done()
    guarded.give(READER, "+fcall_ro")
    target = (await read_stored(worker, TENANT)).position
    await asyncio.to_thread(wait_for, "the change", lambda: mirror.position == target)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await worker.aclose()
    await reader.aclose()


def _granted(user: str) -> set[str]:
    return {word[1:] for word in LINES[user].split() if word.startswith("+")}


def _asked_directly(folder: str) -> set[str]:
    """Every command that Python of a folder asks Redis for, by the method on what is called a client or a pipe."""
    asked = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = ast.unparse(node.func.value)
                if of in ("client", "self._client", "pipe"):
                    asked.add(node.func.attr)
    commands = {name.replace("_", "|") if name in ("function_load", "config_get") else name for name in asked}
    python = {"aclose", "bootstrap", "close", "pipeline", "execute", "stream", "lower", "json", "items", "delete"}
    return (commands - python) | ({"del"} if "delete" in commands else set())


FUNCTIONS = (ROOT / "store/functions.lua").read_text()
BY_FUNCTIONS = {name.lower() for name in re.findall(r"redis\.p?call\('([A-Z]+)'", FUNCTIONS)}


def test_every_command_that_store_uses_is_allowed_to_somebody() -> None:
    everything = set.union(*map(_granted, LINES))
    used = set.union(BY_FUNCTIONS, *map(_asked_directly, FOLDERS)) - MAY_BE_MISSING
    assert used - everything == set(), "add it to the lines of docs/operate.md, or do without"
    assert everything - used - {"multi", "exec", "fcall", "fcall_ro"} == set(), "no line gives more than is used"


def test_a_reader_may_write_nothing() -> None:
    assert not _granted(READER) & {"set", "hset", "hdel", "del", "xadd", "sadd", "zadd", "fcall", "function|load"}
    assert all(word.startswith("%R~") for word in LINES[READER].split() if "~" in word)


def _environment(house: House, guarded: Guarded, user: str) -> dict[str, str]:
    return os.environ | house.env | {"PLACELIBRE_REDIS": guarded.url(user), "PLACELIBRE_TENANT": "exempleville-2026"}


def test_a_worker_a_gateway_and_the_command_line_live_with_their_lines(house: House, guarded: Guarded) -> None:
    house.env |= {"PLACELIBRE_REDIS": guarded.url(WORKER)}
    house.start_worker()
    day = ROOT / "samples/a-day/2026-05-04.csv"
    house.run("replay", day, "--source", "german_series", "--tenant", "exempleville-2026")
    reading = {"PLACELIBRE_REDIS": guarded.url(READER), "PLACELIBRE_LISTEN": f"127.0.0.1:{free_ports()}"}
    house.env |= reading
    environment = _environment(house, guarded, READER) | reading
    with (house.log.parent / "gateway.log").open("wb") as log:
        command = [sys.executable, "-m", "ops", "serve"]
        gateway = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for("the numbers", lambda: house.sites("exempleville-2026"))
        url = f"http://{reading['PLACELIBRE_LISTEN']}/v1/sites"
        answer = wait_for("the gateway", lambda: _find(url))
        assert answer["places"]
        done = house.run("doctor", "--json", check=False)
        (found,) = [row for row in json.loads(done.stdout) if row["what"] == "redis"]
        assert found["state"] == "note"
        assert "noeviction" in found["detail"]
        assert [row for row in guarded.refusals() if "config" not in row] == []
    finally:
        gateway.terminate()
        gateway.wait(10)


def _find(url: str) -> dict | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return json.load(answer)
    except OSError:
        return None


@pytest.mark.parametrize("missing", ["-hset", "-time", "-function|load", "-sadd"])
def test_a_worker_without_a_right_ends_with_the_sentence(house: House, guarded: Guarded, missing: str) -> None:
    guarded.give(WORKER, missing)
    house.env |= {"PLACELIBRE_REDIS": guarded.url(WORKER)}
    day = ROOT / "samples/a-day/2026-05-04.csv"
    house.run("replay", day, "--source", "german_series", "--tenant", "exempleville-2026")
    worker = house.start_worker()
    code = worker.wait(60)
    said = house.log.read_text()
    assert code in (2, 70)
    assert "docs/operate.md" in said, said
    assert missing[1:].upper().replace("|", " ") in said


def test_a_gateway_without_a_right_ends_with_the_sentence(house: House, guarded: Guarded) -> None:
    guarded.give(READER, "-fcall_ro")
    environment = _environment(house, guarded, READER) | {"PLACELIBRE_LISTEN": f"127.0.0.1:{free_ports()}"}
    done = subprocess.run(
        [sys.executable, "-m", "ops", "serve"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 70
    assert "the command FCALL_RO" in done.stderr
    assert "docs/operate.md, Rights in Redis" in done.stderr
    assert "Traceback" not in done.stderr
