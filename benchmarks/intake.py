"""How many uplinks one process takes from an MQTT broker into Kafka, and what each costs it in processor time.

    python -m benchmarks.intake                        100,000 uplinks, one process (a minute)
    python -m benchmarks.intake --processes 2 --json   the same by a shared subscription: each comes in once
    python -m benchmarks.intake --profile FILE         what the time goes to, for pstats

A real Mosquitto holds real messages of ChirpStack v4 (1.2 kB, two gateways, 2,000 sensors) for the sessions of the
subscribers before anybody reads; Kafka is a real one, all replicas acknowledge. The clock runs from the first message
read to the last one that Kafka has. ``per_cpu_s`` is messages by processor time of the subscriber alone, which is what
one core gives where broker and Kafka have others; ``per_s`` is by the wall, with all of them on this machine. Ends with
1 if a message came in twice or not at all, or the aim fails.
"""

import argparse
import asyncio
import cProfile
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.decode import chirpstack
from benchmarks.stream import servers
from ops.settings import Settings
from parking.catalogue.model import Catalogue, Device, Place, PlaceKind, Point, Space, Tenant
from parking.observations import Observation
from parking.rejects import Reject
from parking.words import Audience, ClockBasis
from sensors.intake.mqtt import follow_broker, read_broker
from sensors.intake.mqtt_messages import Reader
from sensors.intake.routing import Server, read_routes
from sensors.registry import get_adapter
from sensors.uplink import Uplink
from streams.producer import ObservationProducer, Sent
from streams.topics import create_topics, names_of

AIM_PER_CPU_S = 40_000
SOURCE, TENANT, NAMESPACE = "nwave_nps405", "bench", "intake"
BAYS, PER_ZONE = 2_000, 100
WINDOW = 2_000
"""Mosquitto's max_inflight_messages: how many may be under way to one subscriber."""
GROUP = "bench"


class Counting(ObservationProducer):
    """Counts what Kafka has acknowledged."""

    taken = 0

    async def __aenter__(self) -> "Counting":
        """See ObservationProducer."""
        await super().__aenter__()
        return self

    async def send(self, observations: Iterable[Observation], rejects: Iterable[Reject] = ()) -> Sent:
        """See ObservationProducer."""
        sent = await super().send(observations, rejects)
        self.taken += sent.observations
        return sent


def main() -> None:
    """Measure, print, and end with 1 where the aim fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--port", type=int, default=29192, help="of Kafka; Mosquitto's is five higher")
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--only-subscribe", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child is not None:
        asyncio.run(_subscribe(asked))
        return
    with servers(4, asked.port) as settings, tempfile.TemporaryDirectory() as scratch:
        result = _measure(asked, settings, Path(scratch))
    print(json.dumps(result) if asked.json else "\n".join(f"{name}: {value}" for name, value in result.items()))
    sys.exit(not (result["in_kafka"] == asked.messages and result["per_cpu_s"] >= AIM_PER_CPU_S))


def _measure(asked: argparse.Namespace, settings: Settings, scratch: Path) -> dict[str, float]:
    port = asked.port + 5
    config = scratch / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nmax_queued_messages 0\n"
        f"max_inflight_messages {WINDOW}\nmax_queued_bytes 0\nset_tcp_nodelay true\n"
    )
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        raise SystemExit("no Mosquitto here: apt-get install --yes --no-install-recommends mosquitto")
    asyncio.run(create_topics(settings.kafka, NAMESPACE, settings.partitions))
    broker = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        for number in range(asked.processes):
            _child(asked, settings, number, "--only-subscribe").wait(60)
        _publish(port, asked.messages)
        children = [_child(asked, settings, number) for number in range(asked.processes)]
        rows = [json.loads(child.communicate(timeout=300)[0]) for child in children]
    finally:
        broker.terminate()
        broker.wait(10)
    taken, cpu_s = sum(row["taken"] for row in rows), sum(row["cpu_s"] for row in rows)
    wall_s = max(row["ended"] for row in rows) - min(row["began"] for row in rows)
    return {
        "messages": asked.messages, "processes": asked.processes, "taken": taken,
        "in_kafka": asyncio.run(_in_kafka(settings)), "per_cpu_s": round(taken / cpu_s),
        "us_each": round(1e6 * cpu_s / taken, 1), "per_s": round(taken / wall_s), "cpu_share": round(cpu_s / wall_s, 2),
    }  # fmt: skip


def _child(asked: argparse.Namespace, settings: Settings, number: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.intake", "--child", str(number), "--port", str(asked.port),
               "--messages", str(asked.messages), "--processes", str(asked.processes), *more]  # fmt: skip
    if asked.profile and not more:
        command += ["--profile", str(asked.profile)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def _subscribe(asked: argparse.Namespace) -> None:
    """One subscriber until all is in Kafka, by everybody's count where there are several."""
    broker = read_broker(f"mqtt://127.0.0.1:{asked.port + 5}", f"bench-{asked.child}", None)
    reader = Reader(read_routes(get_adapter(SOURCE), []), tenant=TENANT)
    group = GROUP if asked.processes > 1 else None
    async with Counting(f"127.0.0.1:{asked.port}", NAMESPACE, 4, Catalogue()) as producer:
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.WALL), list(_places()))
        following = asyncio.create_task(follow_broker(broker, Server.CHIRPSTACK, reader, producer, group))
        if asked.only_subscribe:
            await asyncio.sleep(1)
        else:
            print(json.dumps(await _timed(producer, asked)), flush=True)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _timed(producer: Counting, asked: argparse.Namespace) -> dict[str, float]:
    while not producer.taken:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    profile = cProfile.Profile() if asked.profile else None
    if profile:
        profile.enable()
    first, began, cpu = producer.taken, time.time(), time.process_time()
    last, still = first, 0
    while last < asked.messages and still < 100:  # with others beside it, nobody knows what its own share will be
        await asyncio.sleep(0.02)
        still = still + 1 if producer.taken == last else 0
        if producer.taken != last:
            last, ended, spent = producer.taken, time.time(), time.process_time()
    if profile:
        profile.disable()
        profile.dump_stats(asked.profile)
    return {"taken": last - first, "began": began, "ended": ended, "cpu_s": spent - cpu}


def _places() -> Iterable[Place]:
    spaces = tuple(Space(id=str(n), audiences=frozenset({Audience.PUBLIC})) for n in range(PER_ZONE))
    for zone in range(BAYS // PER_ZONE):
        devices = tuple(
            Device(source=SOURCE, id=_eui(zone * PER_ZONE + n), slot=n, valid_for_s=22_500) for n in range(PER_ZONE)
        )
        yield Place(
            tenant=TENANT, id=f"zone-{zone}", kind=PlaceKind.ZONE, name=f"Zone {zone}", point=Point(-1.55, 47.21),
            spaces=spaces, devices=devices,
        )  # fmt: skip


def _eui(bay: int) -> str:
    return f"00db1a2b{bay:08x}"


def _publish(port: int, count: int) -> None:
    """All of them by QoS 1, as fast as the broker takes them."""
    now = datetime.now(UTC).isoformat().encode()
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05bench")
        link.recv(4)
        for start in range(0, count, 500):
            packets = []
            for number in range(start, min(start + 500, count)):
                uplink = Uplink(_eui(number % BAYS), 1, number // BAYS, bytes([number * 37 % 256]), None)
                body = chirpstack(uplink).replace(b"2026-05-04T12:00:00.775023242+00:00", now)
                body = body.replace(b"-9386-", b"-%04x-" % (number % BAYS))
                topic = f"application/a/device/{uplink.dev_eui}/event/up".encode()
                rest = len(topic).to_bytes(2) + topic + (number % 65_000 + 1).to_bytes(2) + body
                packets.append(b"\x32" + bytes([len(rest) & 0x7F | 0x80, len(rest) >> 7]) + rest)
            link.sendall(b"".join(packets))
            wanted = 4 * len(packets)
            while wanted:
                wanted -= len(link.recv(wanted))


async def _in_kafka(settings: Settings) -> int:
    """How many different observations the topic holds."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        parts = [TopicPartition(names_of(NAMESPACE).observations, n) for n in range(4)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        seen: set[bytes] = set()
        total = sum(ends.values())
        while total:
            for records in (await consumer.getmany(timeout_ms=1000, max_records=5000)).values():
                total -= len(records)
                seen.update(record.value for record in records)
        return len(seen) if len(seen) == sum(ends.values()) else -sum(ends.values())
    finally:
        await consumer.stop()


if __name__ == "__main__":
    main()
