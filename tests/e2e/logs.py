"""Topics read from end to end: what a worker wrote, for comparing two runs byte by byte."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec

from parking.fold.table_rows import decode_clock, decode_position, decode_state, encode_position, encode_state
from streams.partitions import folded_key
from streams.reading import open_topic
from streams.topics import names_of
from tests.conftest import House
from tests.support import wait_for

NOWHERE = encode_position(1, 0)


class Row(NamedTuple):
    """One record of a topic."""

    partition: int
    key: bytes
    value: bytes


def read_topic(house: House, topic: str) -> list[Row]:
    """Everything in the topic now, in the order of each partition."""
    return asyncio.run(_read(house.settings.kafka, topic))


async def _read(bootstrap: str, name: str) -> list[Row]:
    async with open_topic(bootstrap, name) as topic:
        return [Row(record.partition, record.key, record.value) async for record in topic.read()]


def table_of(house: House) -> dict[bytes, bytes]:
    """The Table as its changelog holds it, the last value of each key, once everything sent has been folded."""
    names = names_of(house.settings.namespace)
    sent: dict[int, int] = {}
    for row in read_topic(house, names.observations):
        sent[row.partition] = sent.get(row.partition, 0) + 1

    def whole() -> dict[bytes, bytes] | None:
        table = {row.key: row.value for row in read_topic(house, names.changelog)}
        reached = {number: decode_position(table.get(folded_key(number), NOWHERE))[1] for number in sent}
        return table if reached == sent else None

    return wait_for("everything to be folded", whole, 60)


def states_of(table: dict[bytes, bytes]) -> dict[bytes, bytes | tuple[object, ...]]:
    """Place states without their revisions, and clocks by tenant; positions in the log are left out."""
    found: dict[bytes, bytes | tuple[object, ...]] = {}
    for key, value in table.items():
        if key.startswith(b"#clock/"):
            found[key.rpartition(b"/")[0]] = decode_clock(value)
        elif not key.startswith(b"#"):
            state = decode_state(value)
            published = state.published and msgspec.structs.replace(state.published, revision=(0, 0))
            found[key] = encode_state(msgspec.structs.replace(state, published=published))
    return found


def changes_of(house: House) -> dict[tuple[bytes, tuple[int, int]], bytes]:
    """The history, one row per place and revision; two rows of one revision that differ are an error."""
    found: dict[tuple[bytes, tuple[int, int]], bytes] = {}
    for row in read_topic(house, names_of(house.settings.namespace).changes):
        change = msgspec.json.decode(row.value)
        revision = tuple(change["availability"]["revision"])
        held = found.setdefault((row.key, revision), row.value)
        assert held == row.value, f"{row.key!r} at {revision} was published as {held!r} and as {row.value!r}"
    return found
