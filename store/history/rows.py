"""The columns of the history, and changes as rows of them and back.

| column                          | meaning                                                                      |
|---------------------------------|------------------------------------------------------------------------------|
| tenant, place_id                | which place                                                                  |
| concluded_at                    | when it was concluded, by the tenant's own clock; null before its first tick |
| logged_at                       | when Kafka took it                                                           |
| observed_at, valid_until        | of the newest observation in the number; past the limit it is unknown        |
| vacant, vacant_low, vacant_high | spaces seen vacant, and between what; null is unknown, never 0               |
| capacity, out_of_service        | spaces                                                                       |
| level, opening, basis, faults   | the words of docs/dictionary.md                                              |
| by_category                     | audience -> vacant and capacity                                              |
| reporting_share, confidence     | 0..1                                                                         |
| simulated                       | made up, or moved in time                                                    |
| by_hand                         | JSON: what people have set, and what devices say beneath; null is nothing    |
| space_states                    | two bits a slot (``parking.fold.spaces``)                                         |
| revision_epoch, revision_offset | the revision; one row for each of a place                                    |
| log_partition, log_offset       | where in the log it stood first                                              |

All times are UTC, in microseconds.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from parking.catalogue.model import Tenant
from parking.decoding import decode
from parking.errors import MalformedEventError, ParkingError, UnknownSchemaVersionError
from parking.instants import require_utc
from parking.published.availability import Availability, Beneath, ByHand, CategoryCount, Change
from parking.published.timeline import Published
from parking.words import Audience, Basis, ClockBasis, Fault, FillLevel, Opening
from store.history import HistoryError

CHANGES_VERSION = 2
"""2 added ``by_hand``. Both are read."""

_READABLE_CHANGES = (1, CHANGES_VERSION)
VERSION_KEY = b"placelibre.schema_version"
TIME = pa.timestamp("us", tz="UTC")
_COUNT = pa.struct([("vacant", pa.int64()), ("capacity", pa.int64())])
_TIMES = ("concluded_at", "logged_at", "observed_at", "valid_until")
_NUMBERS = ("vacant", "vacant_low", "vacant_high", "capacity", "out_of_service")
_PLAIN = (*_NUMBERS, "reporting_share", "confidence", "simulated", "space_states")
_LONGEST = 2**63


class _ByHandRow(msgspec.Struct, frozen=True, omit_defaults=True):
    by_hand: tuple[ByHand, ...] = ()
    beneath: Beneath | None = None


_by_hand = msgspec.json.Encoder()
_read_by_hand = msgspec.json.Decoder(_ByHandRow)
_NOTHING_SET = _ByHandRow()

CHANGES_SCHEMA = pa.schema(
    [
        pa.field("tenant", pa.string(), nullable=False),
        pa.field("place_id", pa.string(), nullable=False),
        *(pa.field(name, TIME, nullable=name != "logged_at") for name in _TIMES),
        *((name, pa.int64()) for name in _NUMBERS),
        pa.field("level", pa.string(), nullable=False),
        pa.field("opening", pa.string(), nullable=False),
        ("by_category", pa.map_(pa.string(), _COUNT)),
        ("reporting_share", pa.float64()),
        ("confidence", pa.float64()),
        ("basis", pa.string()),
        ("faults", pa.list_(pa.string())),
        pa.field("simulated", pa.bool_(), nullable=False),
        ("space_states", pa.binary()),
        ("by_hand", pa.binary()),
        *(
            pa.field(name, pa.int64(), nullable=False)
            for name in ("revision_epoch", "revision_offset", "log_partition", "log_offset")
        ),
    ],
    metadata={VERSION_KEY: str(CHANGES_VERSION).encode()},
)
BY_REVISION = [("place_id", "ascending"), ("revision_epoch", "ascending"), ("revision_offset", "ascending")]


def require_storable(published: Published) -> None:
    """Raise MalformedEventError where a change cannot be a row: tenant no name, time not UTC, number huge."""
    change, said = published.change, published.change.availability
    try:
        Tenant(id=change.tenant, clock=ClockBasis.WALL)
        change.place_id.encode()
        times = [("concluded_at", change.concluded_at)]
        times += [(name, getattr(said, name)) for name in ("observed_at", "valid_until")]
        for name, instant in times:
            if instant is not None:
                require_utc(instant, name)
    except (ParkingError, UnicodeEncodeError) as error:
        raise MalformedEventError(str(error)) from error
    counts = [getattr(said, name) for name in _NUMBERS] + [*said.revision]
    counts += [number for count in said.by_category.values() for number in (count.vacant, count.capacity)]
    if any(number is not None and not -_LONGEST <= number < _LONGEST for number in counts):
        raise MalformedEventError("a number is too large for 64 bits")
    if said.revision[0] < 0:
        raise MalformedEventError(f"stream epoch {said.revision[0]} is none")


def to_table(published: Iterable[Published]) -> pa.Table:
    """Storable changes as a table, ordered by place and revision, so that one place lies together."""
    return pa.Table.from_pylist(list(map(_to_row, published)), schema=CHANGES_SCHEMA).sort_by(BY_REVISION)


def _to_row(published: Published) -> dict[str, Any]:
    change, said = published.change, published.change.availability
    return {name: getattr(said, name) for name in _PLAIN} | {
        "tenant": change.tenant,
        "place_id": change.place_id,
        "concluded_at": change.concluded_at,
        "logged_at": published.logged_at,
        "observed_at": said.observed_at,
        "valid_until": said.valid_until,
        "level": said.level.value,
        "opening": said.opening.value,
        "by_category": [
            (audience.value, {"vacant": count.vacant, "capacity": count.capacity})
            for audience, count in said.by_category.items()
        ],
        "basis": said.basis.value if said.basis else None,
        "faults": [fault.value for fault in said.faults],
        "by_hand": _by_hand.encode(_ByHandRow(said.by_hand, said.beneath)) if said.by_hand else None,
        "revision_epoch": said.revision[0],
        "revision_offset": said.revision[1],
        "log_partition": published.partition,
        "log_offset": published.offset,
    }


def from_table(table: pa.Table) -> list[Published]:
    """The changes that these rows were made of."""
    return list(map(_from_row, table.to_pylist()))


def _from_row(row: dict[str, Any]) -> Published:
    concluded_at, logged_at, observed_at, valid_until = (_utc(row[name]) for name in _TIMES)
    set_by_hand = _NOTHING_SET if row["by_hand"] is None else read_by_hand(row["by_hand"])
    said = Availability(
        **{name: row[name] for name in _PLAIN},
        by_hand=set_by_hand.by_hand,
        beneath=set_by_hand.beneath,
        level=FillLevel(row["level"]),
        opening=Opening(row["opening"]),
        by_category={Audience(name): CategoryCount(**count) for name, count in row["by_category"]},
        observed_at=observed_at,
        valid_until=valid_until,
        basis=Basis(row["basis"]) if row["basis"] else None,
        faults=tuple(map(Fault, row["faults"])),
        revision=(row["revision_epoch"], row["revision_offset"]),
    )
    assert logged_at is not None
    change = Change(row["tenant"], row["place_id"], said, concluded_at)
    return Published(change, logged_at, row["log_partition"], row["log_offset"])


def read_by_hand(cell: bytes) -> _ByHandRow:
    """What the column holds where it holds anything."""
    return decode(_read_by_hand, cell, "by_hand")


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)


def write_file(path: Path, table: pa.Table) -> None:
    """Write one Parquet file."""
    pq.write_table(table, path, compression="zstd", row_group_size=65_536, store_schema=True)


def read_file(path: Path, columns: list[str] | None = None, readable: tuple[int, ...] = _READABLE_CHANGES) -> pa.Table:
    """Read one Parquet file, or some columns of it; a column that its version had not is null.

    Raises FileNotFoundError where it is gone, UnknownSchemaVersionError where another version wrote it, and
    HistoryError where it is none.
    """
    try:
        with pq.ParquetFile(path) as file:
            found = int((file.schema_arrow.metadata or {}).get(VERSION_KEY, 0))
            if found not in readable:
                raise UnknownSchemaVersionError(f"history file {path}", found, readable[-1])
            there = set(file.schema_arrow.names)
            table = file.read(columns=columns and [name for name in columns if name in there])
            if "by_hand" not in there and readable == _READABLE_CHANGES and "by_hand" in (columns or ("by_hand",)):
                table = table.append_column("by_hand", pa.nulls(table.num_rows, pa.binary()))
                if columns is None:
                    table = table.select(CHANGES_SCHEMA.names).cast(CHANGES_SCHEMA)
            return table
    except (pa.ArrowException, ValueError) as error:
        raise HistoryError(f"{path} is no readable Parquet file ({error}): restore it, or move it away") from error
