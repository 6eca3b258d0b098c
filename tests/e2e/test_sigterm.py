"""SIGTERM always wins: each process ends in seconds while Redis refuses or hangs, while Kafka hangs or is away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis

from ops.local import process
from tests.conftest import House
from tests.feed_server import FeedServer, feed_server
from tests.sensors.brokers import Mosquitto
from tests.support import ROOT, TENANT, free_ports, wait_for

ENDS_WITHIN_S = 14.0
"""A worker gives itself 10 s for the batch in hand; the others are quicker."""

TOKENS = '{"counter": "sixteen-characters-or-more"}'
STATES = ["all is well", "redis refuses", "redis hangs", "kafka hangs", "kafka is away"]
COMMANDS = {
    "worker": ["worker"],
    "serve": ["serve"],
    "history": ["history", "--follow", "--every", "1"],
    "webhook": ["webhook", "--tenant", TENANT],
    "mqtt": ["mqtt", "mqtt://127.0.0.1:{broker}", "--source", "counter", "--tenant", TENANT],
    "poll": ["poll", "--source", "nantes", "--url", "{feed}", "--every", "1"],
}


@pytest.fixture
def feed() -> Iterator[FeedServer]:
    with feed_server() as one:
        yield one


@contextmanager
def being(house: House, state: str) -> Iterator[None]:
    """The servers in this state, which they come to while the process runs."""
    name = "valkey" if state.startswith("redis") else "kafka"
    server = process.find(name, house.settings.data_dir.absolute())
    assert server is not None
    with redis.Redis.from_url(house.settings.redis) as admin:
        try:
            if state == "redis refuses":
                admin.execute_command("ACL", "SETUSER", "ours", "resetpass", ">another")
                admin.client_kill_filter(skipme=True)
            elif state in ("redis hangs", "kafka hangs"):
                server.send_signal(signal.SIGSTOP)
            elif state == "kafka is away":
                server.kill()
                server.wait(10)
            yield
        finally:
            if state != "kafka is away":
                server.send_signal(signal.SIGCONT)


@contextmanager
def running(house: House, command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        one = subprocess.Popen(
            [sys.executable, "-m", "ops", *command], cwd=ROOT, env=os.environ | house.env, stdout=file, stderr=file
        )
    try:
        yield one
    finally:
        one.kill()
        one.wait()
        print(log.read_text()[-3000:])


def settle(house: House, name: str, log: Path, pid: int) -> None:
    """Until it is at its work: it talks to Kafka, and has had some seconds more."""
    if name != "serve":
        wait_for(f"{name} to talk to Kafka", lambda: talks_to(pid, int(house.settings.kafka.rpartition(":")[2])))
    if name in ("serve", "webhook"):
        wait_for(f"{name} to say where it is", lambda: "Ctrl" in log.read_text() or "http://" in log.read_text())
    time.sleep(6 if name == "worker" else 2)


def talks_to(pid: int, port: int) -> bool:
    try:
        links = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return True  # whoever asks sees that it has ended
    return any(link.raddr and link.raddr.port == port and link.status == "ESTABLISHED" for link in links)


def meets(name: str, state: str) -> bool:
    """Whether a process knows the server whose state it is."""
    if state.startswith("redis"):
        return name in ("worker", "serve")
    return not state.startswith("kafka") or name != "serve"


CASES = [(name, state) for name in COMMANDS for state in STATES if meets(name, state)]


@pytest.mark.parametrize(("name", "state"), CASES)
def test_it_ends(house: House, tmp_path: Path, feed: FeedServer, name: str, state: str) -> None:
    with redis.Redis.from_url(house.settings.redis) as admin:
        admin.execute_command("ACL", "SETUSER", "ours", "reset", "on", ">right", "+@all", "~*", "&*")
        admin.sadd("placelibre:tenants", TENANT)
    house.create_topics()
    house.env |= {
        "PLACELIBRE_REDIS": house.settings.redis.replace("redis://", "redis://ours:right@"),
        "PLACELIBRE_TENANT": TENANT,
        "PLACELIBRE_LISTEN": f"127.0.0.1:{free_ports()}",
        "PLACELIBRE_WEBHOOK_LISTEN": f"127.0.0.1:{free_ports()}",
        "PLACELIBRE_WEBHOOK_TOKENS": TOKENS,
    }
    command, log = list(COMMANDS[name]), tmp_path / f"{name}.log"
    broker = Mosquitto(tmp_path) if name == "mqtt" else None
    try:
        at = {"broker": broker.port if broker else 0, "feed": feed.says("/", b"[]")}
        with running(house, [part.format(**at) for part in command], log) as one:
            settle(house, name, log, one.pid)
            assert one.poll() is None, log.read_text()
            with being(house, state):
                time.sleep(1.5)
                assert one.poll() is None, log.read_text()
                began = time.monotonic()
                one.terminate()
                one.wait(ENDS_WITHIN_S)
                print(f"{name}, {state}: ended with {one.returncode} after {time.monotonic() - began:.1f} s")
    finally:
        if broker:
            broker.kill()
