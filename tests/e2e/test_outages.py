"""Things that die: the worker, Kafka, Valkey. The answer is the same as if nothing had."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest
import redis
from aiokafka import AIOKafkaProducer

from ops.local import process, stack
from parking.instants import from_us
from streams.topics import names_of
from tests.conftest import House
from tests.e2e import independent, recordings
from tests.e2e.test_recordings import KNOWN
from tests.support import ROOT, wait_for

Day = recordings.GermanDay


def replay_in_background(house: House, day: Day) -> subprocess.Popen[bytes]:
    """The day in 17 seconds: slow enough that whatever dies on the way dies in its middle."""
    command = [sys.executable, "-m", "ops", "replay", str(day.path), "--source", "german_series", "--speed", "5000"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | house.env, stdout=-3, stderr=-3)


def without_revision(sites: dict[str, dict]) -> dict[str, dict]:
    return {site: {name: value for name, value in row.items() if name != "revision"} for site, row in sites.items()}


def is_as_if_nothing_had_been(house: House, day: Day) -> bool:
    """Whether every lot says what an independent reading of the day says."""
    return {lot: row["vacant"] for lot, row in house.sites("germany").items()} == day.vacant()


def wait_for_hour(house: House, day: Day, hour: int, patience_s: float = 60) -> None:
    """Wait until one partition at least is folded up to this hour of the day."""
    wanted = day.hour(hour)
    client = redis.Redis.from_url(house.settings.redis, decode_responses=True)

    def reached() -> bool:
        rows = client.hgetall("{germany}:clock").values()
        return any(from_us(int(row.split()[1])) >= wanted for row in rows)

    wait_for(f"{hour} o'clock", reached, patience_s)


REDIS_MISSED = b"writing to Redis failed"


def kill(house: House, server: str) -> None:
    """Kill a server, and see it gone."""
    gone = process.find(server, house.settings.data_dir)
    gone.kill()
    psutil.wait_procs([gone], timeout=10)


def kill_redis_and_wait_until_it_is_missed(house: House) -> None:
    """Kill Valkey, and wait until a worker's log says that it has met with its absence."""
    written = len(house.log.read_bytes())
    kill(house, "valkey")
    wait_for("a worker to miss Redis", lambda: REDIS_MISSED in house.log.read_bytes()[written:], 100)


@pytest.fixture(params=["made", "recorded"])
def day(request: pytest.FixtureRequest, tmp_path: Path) -> Day:
    """A day made up here, and one that was recorded."""
    return recordings.german_day(request.param, tmp_path)


@pytest.fixture
def made_day(tmp_path: Path) -> Day:
    """A day made up here: where a server is what fails, another day would say the same, and take minutes."""
    return recordings.german_day("made", tmp_path)


def test_the_worker_killed_twice_in_the_middle_of_a_replay_changes_nothing(house: House, day: Day) -> None:
    worker = house.start_worker()
    replaying = replay_in_background(house, day)
    for hour in (3, 12):
        wait_for_hour(house, day, hour)
        worker.kill()
        worker.wait()
        worker = house.start_worker()
    assert replaying.wait(120) == 0
    house.wait_for_clock("germany", day.clock)
    killed = house.sites("germany")
    assert {lot: row["vacant"] for lot, row in killed.items()} == day.vacant()

    # The same day, undisturbed, in a tenant of its own: every field is the same, revision and tenant aside.
    house.run("replay", day.path, "--source", "german_series", "--tenant", "quiet")
    house.wait_for_clock("quiet", day.clock)
    quiet = {site: row | {"tenant": "germany"} for site, row in house.sites("quiet").items()}
    assert without_revision(quiet) == without_revision(killed)


def test_valkey_killed_and_restarted_empty_is_filled_again(house: House, made_day: Day) -> None:
    house.start_worker()
    replaying = replay_in_background(house, made_day)
    wait_for_hour(house, made_day, 4)
    kill_redis_and_wait_until_it_is_missed(house)
    assert house.run("sites", "--tenant", "germany", check=False).returncode == 2
    stack.up(house.settings, print, attached=True)
    assert replaying.wait(120) == 0
    house.wait_for_clock("germany", made_day.clock)
    assert is_as_if_nothing_had_been(house, made_day)

    # And once more when nothing arrives any more: the worker notices by itself.
    redis.Redis.from_url(house.settings.redis).flushall()
    wait_for(
        "an empty Valkey to be filled",
        lambda: is_as_if_nothing_had_been(house, made_day),
    )


def test_kafka_killed_and_restarted_loses_nothing(house: House, made_day: Day) -> None:
    house.start_worker()
    replaying = replay_in_background(house, made_day)
    wait_for_hour(house, made_day, 4)
    kill(house, "kafka")  # it is away for the seconds that a broker takes to start
    stack.up(house.settings, print, attached=True)
    assert replaying.wait(150) == 0
    house.wait_for_clock("germany", made_day.clock, patience_s=120)
    assert is_as_if_nothing_had_been(house, made_day)


def test_workers_that_join_and_die_under_load_change_nothing(house: House, day: Day) -> None:
    first = house.start_worker()
    replaying = replay_in_background(house, day)
    wait_for_hour(house, day, 3)
    second = house.start_worker()
    wait_for_hour(house, day, 9)
    first.terminate()
    first.wait(30)
    wait_for_hour(house, day, 15)
    third = house.start_worker()
    second.kill()
    second.wait()
    assert replaying.wait(120) == 0
    house.wait_for_clock("germany", day.clock, 120)
    assert is_as_if_nothing_had_been(house, day)
    assert third.poll() is None


def test_a_worker_that_waits_for_redis_lets_go_of_its_partitions(house: House, made_day: Day) -> None:
    house.start_worker()
    replaying = replay_in_background(house, made_day)
    wait_for_hour(house, made_day, 3)
    kill_redis_and_wait_until_it_is_missed(house)  # it has a batch in hand that it cannot write
    other = ops_without_redis_check(house)
    wait_for("the batch to be given up", lambda: b"given up" in house.log.read_bytes(), 60)
    stack.up(house.settings, print, attached=True)
    house.start_worker()
    assert replaying.wait(120) == 0
    house.wait_for_clock("germany", made_day.clock, 120)
    assert is_as_if_nothing_had_been(house, made_day)
    other.kill()
    other.wait()


def ops_without_redis_check(house: House) -> subprocess.Popen[bytes]:
    """A second worker that joins the group although Redis is away (the command line would refuse to start it)."""
    code = (
        "import faust; import redis.asyncio as r; from ops.settings import load_settings; "
        "from streams.app import create_app; from streams.meters import WorkerMeters; s = load_settings(); "
        "from ops.cli.service import plan_of; a = create_app(plan_of(s), r.from_url(s.redis), WorkerMeters()); "
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


@recordings.BOTH
def test_a_worker_told_to_stop_while_redis_is_away_stops_in_time_and_loses_nothing(
    house: House, tmp_path: Path, origin: str
) -> None:
    worker = house.start_worker()
    body = recordings.of_one_moment(origin).file(tmp_path)
    clock, _ = independent.nantes(body, KNOWN)
    house.run("replay", body, "--source", "nantes", "--tenant", "before")
    house.wait_for_clock("before", clock)
    written = len(house.log.read_bytes())
    process.find("valkey", house.settings.data_dir).kill()
    house.run("replay", body, "--source", "nantes", "--tenant", "after")
    wait_for("the worker to wait for Redis", lambda: REDIS_MISSED in house.log.read_bytes()[written:], 100)
    worker.terminate()
    started = time.monotonic()
    worker.wait(30)
    assert time.monotonic() - started < 20
    stack.up(house.settings, print, attached=True)
    house.start_worker()
    for tenant in ("before", "after"):
        house.wait_for_clock(tenant, clock)
        assert sum(row["vacant"] is not None for row in house.sites(tenant).values()) == 28


@recordings.BOTH
def test_a_poisonous_record_costs_itself(house: House, tmp_path: Path, origin: str) -> None:
    house.start_worker()
    path = recordings.of_one_moment(origin).file(tmp_path)
    house.run("replay", path, "--source", "nantes")
    house.wait_for_clock("nantes", independent.nantes(path, KNOWN)[0])

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
