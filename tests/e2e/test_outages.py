"""Things that die: the worker, Kafka, Valkey. The answer is the same as if nothing had."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from datetime import datetime

import msgspec
import psutil
import redis
from aiokafka import AIOKafkaProducer

from ops.local import process, stack
from parking.instants import from_us
from streams.topics import names_of
from tests.conftest import House
from tests.e2e import independent
from tests.e2e.test_recordings import DAY, META
from tests.support import ROOT, shared, wait_for

END = "2025-12-15T23:45:02+00:00"


def replay_in_background(house: House) -> subprocess.Popen[bytes]:
    """The day in 17 seconds: slow enough that whatever dies on the way dies in its middle."""
    command = [sys.executable, "-m", "ops", "replay", str(shared(DAY)), "--source", "german_series", "--speed", "5000"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | house.env, stdout=-3, stderr=-3)


def without_revision(sites: dict[str, dict]) -> dict[str, dict]:
    return {site: {name: value for name, value in row.items() if name != "revision"} for site, row in sites.items()}


def undisturbed(house: House) -> dict[str, dict]:
    """What an independent reading expects, as (vacant, observed) by lot."""
    _, expected, _ = independent.germany(shared(DAY), shared(META))
    return {lot: row["vacant"] for lot, row in expected.items()}


def wait_for_hour(house: House, hour: int, patience_s: float = 60) -> None:
    """Wait until one partition at least is folded up to this hour of the recorded day."""
    wanted = datetime.fromisoformat(END).replace(hour=hour, minute=0, second=0)
    client = redis.Redis.from_url(house.settings.redis, decode_responses=True)

    def reached() -> bool:
        rows = client.hgetall("{germany}:clock").values()
        return any(from_us(int(row.split()[1])) >= wanted for row in rows)

    wait_for(f"{hour} o'clock", reached, patience_s)


def test_the_worker_killed_twice_in_the_middle_of_a_replay_changes_nothing(house: House) -> None:
    worker = house.start_worker()
    replaying = replay_in_background(house)
    for hour in (3, 12):
        wait_for_hour(house, hour)
        worker.kill()
        worker.wait()
        worker = house.start_worker()
    assert replaying.wait(120) == 0
    house.wait_for_clock("germany", END)
    killed = house.sites("germany")
    assert {lot: row["vacant"] for lot, row in killed.items()} == undisturbed(house)

    # The same day, undisturbed, in a tenant of its own: every field is the same, revision and tenant aside.
    house.run("replay", shared(DAY), "--source", "german_series", "--tenant", "quiet")
    house.wait_for_clock("quiet", END)
    quiet = {site: row | {"tenant": "germany"} for site, row in house.sites("quiet").items()}
    assert without_revision(quiet) == without_revision(killed)


def test_valkey_killed_and_restarted_empty_is_filled_again(house: House) -> None:
    house.start_worker()
    replaying = replay_in_background(house)
    wait_for_hour(house, 4)
    data_dir = house.settings.data_dir
    process.find("valkey", data_dir).kill()
    time.sleep(2)
    assert house.run("sites", "--tenant", "germany", check=False).returncode == 2
    stack.up(house.settings, print, attached=True)
    assert replaying.wait(120) == 0
    house.wait_for_clock("germany", END)
    assert {lot: row["vacant"] for lot, row in house.sites("germany").items()} == undisturbed(house)

    # And once more when nothing arrives any more: the worker notices by itself.
    redis.Redis.from_url(house.settings.redis).flushall()
    wait_for(
        "an empty Valkey to be filled",
        lambda: {lot: row["vacant"] for lot, row in house.sites("germany").items()} == undisturbed(house),
    )


def test_kafka_killed_and_restarted_loses_nothing(house: House) -> None:
    house.start_worker()
    replaying = replay_in_background(house)
    wait_for_hour(house, 4)
    kafka = process.find("kafka", house.settings.data_dir)
    kafka.kill()
    psutil.wait_procs([kafka], timeout=10)
    time.sleep(3)
    stack.up(house.settings, print, attached=True)
    assert replaying.wait(150) == 0
    house.wait_for_clock("germany", END, patience_s=120)
    assert {lot: row["vacant"] for lot, row in house.sites("germany").items()} == undisturbed(house)


def test_workers_that_join_and_die_under_load_change_nothing(house: House) -> None:
    first = house.start_worker()
    replaying = replay_in_background(house)
    wait_for_hour(house, 3)
    second = house.start_worker()
    wait_for_hour(house, 9)
    first.terminate()
    first.wait(30)
    wait_for_hour(house, 15)
    third = house.start_worker()
    second.kill()
    second.wait()
    assert replaying.wait(120) == 0
    house.wait_for_clock("germany", END, 120)
    assert {lot: row["vacant"] for lot, row in house.sites("germany").items()} == undisturbed(house)
    assert third.poll() is None


def test_a_worker_that_waits_for_redis_lets_go_of_its_partitions(house: House) -> None:
    house.start_worker()
    replaying = replay_in_background(house)
    wait_for_hour(house, 3)
    process.find("valkey", house.settings.data_dir).kill()
    time.sleep(2)  # the first worker has a batch in hand that it cannot write
    other = ops_without_redis_check(house)
    wait_for("the batch to be given up", lambda: b"given up" in house.log.read_bytes(), 60)
    stack.up(house.settings, print, attached=True)
    house.start_worker()
    assert replaying.wait(120) == 0
    house.wait_for_clock("germany", END, 120)
    assert {lot: row["vacant"] for lot, row in house.sites("germany").items()} == undisturbed(house)
    other.kill()
    other.wait()


def ops_without_redis_check(house: House) -> subprocess.Popen[bytes]:
    """A second worker that joins the group although Redis is away (the command line would refuse to start it)."""
    code = (
        "import faust; import redis.asyncio as r; from ops.settings import load_settings; "
        "from streams.app import create_app; from streams.meters import Meters; s = load_settings(); "
        "from ops.cli.service import plan_of; a = create_app(plan_of(s), r.from_url(s.redis), Meters()); "
        "faust.Worker(a, loglevel='info').execute_from_commandline()"
    )
    with house.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | house.env, stdout=log, stderr=log
        )


def test_a_worker_without_kafka_or_redis_says_what_to_do(house: House) -> None:
    for setting, word in (("PLACELIBRE_KAFKA", "Kafka"), ("PLACELIBRE_REDIS", "Redis")):
        gone = "127.0.0.1:9" if word == "Kafka" else "redis://127.0.0.1:9/0"
        command = [sys.executable, "-m", "ops", "worker"]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | house.env | {setting: gone}, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert f"{word} does not answer" in done.stderr
        assert "placelibre local up" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_worker_told_to_stop_while_redis_is_away_stops_in_time_and_loses_nothing(house: House) -> None:
    worker = house.start_worker()
    recording = shared("nantes/2015-05-25_disponibilites.json")
    house.run("replay", recording, "--source", "nantes", "--tenant", "before")
    house.wait_for_clock("before", "2015-05-25T19:42:40+00:00")
    process.find("valkey", house.settings.data_dir).kill()
    house.run("replay", recording, "--source", "nantes", "--tenant", "after")
    time.sleep(2)  # the worker has the records in hand and waits for Redis
    worker.terminate()
    started = time.monotonic()
    worker.wait(30)
    assert time.monotonic() - started < 20
    stack.up(house.settings, print, attached=True)
    house.start_worker()
    for tenant in ("before", "after"):
        house.wait_for_clock(tenant, "2015-05-25T19:42:40+00:00")
        assert sum(row["vacant"] is not None for row in house.sites(tenant).values()) == 28


def test_a_poisonous_record_costs_itself(house: House) -> None:
    house.start_worker()
    path = shared("nantes/2015-05-25_disponibilites.json")
    house.run("replay", path, "--source", "nantes")
    house.wait_for_clock("nantes", "2015-05-25T19:42:40+00:00")

    async def poison() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=house.settings.kafka)
        await producer.start()
        topic = names_of(house.settings.namespace).observations
        for key, value in ((b"nantes/677", b"\xff\x00"), (None, b""), (b"\xfe", b"{}"), (b"nantes/677", b"[" * 5000)):
            await producer.send_and_wait(topic, value, key)
        await producer.stop()

    asyncio.run(poison())

    def counted() -> bool:
        found = msgspec.json.decode(house.run("rejects", "--json").stdout)
        return found["by_reason"].get("malformed_record", {}).get("kafka", {}).get("count", 0) == 4

    wait_for("four rejects", counted)
    assert sum(row["vacant"] is not None for row in house.sites("nantes").values()) == 28
