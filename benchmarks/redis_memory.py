"""What the live state costs in Redis: bytes a place, and bytes a change in a full stream.

python -m benchmarks.redis_memory --places 1000
"""

import argparse
import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis.asyncio as aioredis

from ops.local import stack, valkey
from ops.settings import Settings, load_settings
from parking.catalogue.model import Device, Place, Point
from parking.published.availability import Availability, CategoryCount, Change
from parking.words import Audience, Basis, FillLevel, Opening
from store.keys import CHANGES_KEPT, keys_of
from store.writer import LiveWriter

TENANT = "bench"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PORT = 29192


def _place(number: int) -> Place:
    return Place(
        tenant=TENANT, id=str(4000 + number), name=f"Parking Place du Marché {number}", point=Point(-1.5577, 47.2131),
        capacity=500, full_at=10, address=f"{number} Quai de la Fosse, Nantes",
        devices=(Device(source="nantes", id=str(4000 + number)),),
    )  # fmt: skip


def _change(number: int, offset: int) -> Change:
    return Change(TENANT, str(4000 + number), Availability(
        vacant=250, vacant_low=250, vacant_high=250, capacity=500, level=FillLevel.SPACES_AVAILABLE,
        opening=Opening.OPEN, by_category={Audience.PUBLIC: CategoryCount(250, 500)}, reporting_share=1.0,
        observed_at=NOW, valid_until=NOW + timedelta(minutes=15), basis=Basis.COUNTED, revision=(1, offset),
    ))  # fmt: skip


async def measure(settings: Settings, places: int) -> dict[str, float]:
    """Fill an empty Redis as workers do, and ask it what each key weighs."""
    client = aioredis.from_url(settings.redis)
    writer = LiveWriter(client, 1)
    keys = keys_of(TENANT)
    await writer.apply_catalogue(TENANT, [(_place(number), (1, number)) for number in range(places)])
    rounds = CHANGES_KEPT // places + 1
    for turn in range(rounds):
        changes = [_change(number, turn * places + number) for number in range(places)]
        await writer.apply_changes(TENANT, 0, changes, None)
    sizes = {name: await client.memory_usage(getattr(keys, name), samples=0) for name in ("live", "places", "changes")}
    kept = await client.xlen(keys.changes)
    await client.aclose()
    return {
        "places": places,
        "bytes_a_place": ((sizes["live"] or 0) + (sizes["places"] or 0)) / places,
        "changes_kept": kept,
        "bytes_a_change": (sizes["changes"] or 0) / kept,
        "stream_mb": (sizes["changes"] or 0) / 1e6,
    }


def main() -> None:
    """Measure on a Valkey of its own, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="placelibre-bench-") as scratch:
        settings = load_settings(redis=f"redis://127.0.0.1:{PORT}/0", data_dir=Path(scratch))
        valkey.up(settings, attached=True)
        try:
            print(json.dumps(asyncio.run(measure(settings, asked.places))))
        finally:
            stack.down(settings, ["valkey"])


if __name__ == "__main__":
    main()
