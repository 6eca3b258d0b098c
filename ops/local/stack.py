"""Both servers and the topics, together."""

import asyncio
from collections.abc import Callable

from aiokafka.errors import KafkaError

from ops.local import kafka, process, valkey
from ops.settings import Settings
from streams.retry import until_done
from streams.topics import create_topics

SERVERS = ("kafka", "valkey")


def up(settings: Settings, say: Callable[[str], None], attached: bool = False) -> list[str]:
    """Start what does not run yet, create missing topics, and return the names of what this call started."""
    started = []
    try:
        if valkey.up(settings, attached):
            started.append("valkey")
        if kafka.up(settings, say, attached):
            started.append("kafka")
        asyncio.run(_topics(settings))
    except BaseException:
        down(settings, started)
        raise
    return started


async def _topics(settings: Settings) -> None:
    async def create() -> list[str]:
        return await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)

    async with asyncio.timeout(kafka.KAFKA_PATIENCE_S):
        await until_done(create, KafkaError, "creating topics")


def down(settings: Settings, names: list[str] | None = None) -> list[str]:
    """Stop servers started here, Kafka first; returns the names of those that ran."""
    data_dir = settings.data_dir.absolute()
    return [name for name in (SERVERS if names is None else names) if process.stop(name, data_dir)]


def status(settings: Settings) -> dict[str, dict[str, object]]:
    """For each server: whether it runs, its process id, memory in MB, address and log."""
    data_dir = settings.data_dir.absolute()
    addresses = {"kafka": kafka.address(settings), "valkey": valkey.address(settings)}
    rows: dict[str, dict[str, object]] = {}
    for name in SERVERS:
        running = process.find(name, data_dir)
        host, port = addresses[name]
        rows[name] = {
            "running": running is not None,
            "pid": running.pid if running else None,
            "memory_mb": round(running.memory_info().rss / 1e6) if running else None,
            "address": f"{host}:{port}",
            "answers": process.is_open(host, port),
            "log": str(data_dir / f"{name}.log"),
        }
    return rows
