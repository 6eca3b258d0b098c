"""German car parks as one collector recorded them, as counts. Field table: docs/mapping/german_series.md."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from parking.catalogue.model import Device, Place, Point
from parking.errors import InvalidPlaceError
from parking.instants import is_ahead
from parking.observations import Observation
from parking.words import RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.dialect import decode_text
from sensors.ledger import Ledger
from sensors.reading.numbers import whole_number
from sensors.reading.times import read_instant
from sensors.sources.german_series.wire import FIRST_COLUMN, Line, SeriesTable, read_table

META = "meta-data.csv"
INFO = SourceInfo(
    id="german_series",
    name="parking-data, 5-minute series of German car parks",
    tenant="germany",
    zone="UTC",
    licence="free to use by everyone (stated by the collector)",
    url="https://github.com/defgsus/parking-data",
    time_basis=TimeBasis.ARRIVAL,
    valid_for_s=60 * 60,  # rows come each quarter of an hour; an empty cell may be an unchanged count
    sidecars=(META,),
)
ZONE = ZoneInfo(INFO.zone)


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. The collector's row time is both when it was true and when it arrived."""
    ledger = Ledger(tenant, INFO.id, received_at)
    table = ledger.open(payload, read_table)
    if table is None:
        return ledger.decoded()
    times = []
    for line in table.lines:
        try:
            cells, observed_at = _read_row(table, line, received_at)
        except RecordRefusedError as error:
            ledger.refuse(error, f"{table.header}\n{line.text}".encode())
            continue
        times.append(observed_at)
        _decode_row(table, cells, observed_at, ledger, observed_at if recorded else received_at)
    return ledger.decoded(max(times, default=None))


def _read_row(table: SeriesTable, line: Line, now: datetime) -> tuple[list[str], datetime]:
    """The cells of a row and its time. Raises RecordRefusedError where the row as a whole is unusable."""
    if line.cells is None:
        raise RecordRefusedError(RejectReason.MALFORMED_RECORD, "row cannot be split into cells: look at its quotes")
    if len(line.cells) != len(table.lots) + 1:
        raise RecordRefusedError(
            RejectReason.MALFORMED_RECORD, f"row has {len(line.cells)} cells, the header {len(table.lots) + 1}"
        )
    time, *cells = line.cells
    observed_at = read_instant(time, "timestamp", ZONE, None)
    if is_ahead(observed_at, now):
        raise RecordRefusedError(RejectReason.FUTURE_TIME, f"row of {time} lies in the future")
    return cells, observed_at


def _decode_row(
    table: SeriesTable, cells: list[str], observed_at: datetime, ledger: Ledger, received_at: datetime
) -> None:
    for lot, cell in zip(table.lots, cells, strict=True):
        read = partial(_read_cell, lot, cell, observed_at, ledger, received_at)
        if cell.strip() and (error := ledger.collect(read, received_at)):
            ledger.refuse(error, f"{FIRST_COLUMN},{lot}\n{observed_at.isoformat()},{cell}".encode())


def _read_cell(
    lot: str, cell: str, observed_at: datetime, ledger: Ledger, received_at: datetime
) -> Iterator[Observation]:
    seen = ledger.sighting(lot, observed_at, received_at, INFO.time_basis)
    vacant = whole_number(cell, "cell", lot)
    yield seen.counted(vacant, None, (vacant,))


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The lots in a day's header, with name, capacity and point where meta-data.csv has them; unknown where not."""
    ledger = Ledger(tenant, INFO.id, received_at)
    lots: Sequence[str] = ()
    if recording is not None:
        try:
            lots = read_table(recording).lots
        except RecordRefusedError:
            lots = ()  # decode refuses the same body, with its bytes
    try:
        meta = {row.get("place_id", ""): row for row in _read_meta(sidecars.get(META, b""))}
    except csv.Error as error:
        ledger.refuse(RecordRefusedError(RejectReason.MALFORMED_BODY, f"{META}: {error}"), sidecars[META])
        meta = {}
    found = []
    for lot in lots:
        row = meta.get(lot, {})
        try:
            found.append(_place(lot, row, tenant))
        except (RecordRefusedError, InvalidPlaceError) as error:
            ledger.refuse(error, repr(row or lot).encode(), lot)
            found.extend(_bare(lot, tenant))
    return Declared(found, ledger.rejects)


def _read_meta(sidecar: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(decode_text(sidecar).splitlines(keepends=True)))


def _place(lot: str, row: Mapping[str, str], tenant: str) -> Place:
    capacity = row.get("num_all")
    name = " ".join(part for part in (row.get("city_name"), row.get("place_name")) if part)
    return Place(
        tenant=tenant,
        id=lot,
        name=name or lot,
        point=_point(lot, row),
        capacity=whole_number(capacity, "num_all", lot) if capacity else None,
        address=" ".join((row.get("address") or "").split()) or None,
        devices=(Device(source=INFO.id, id=lot, valid_for_s=INFO.valid_for_s),),
    )


def _point(lot: str, row: Mapping[str, str]) -> Point | None:
    lon, lat = row.get("longitude"), row.get("latitude")
    try:
        return Point(float(lon), float(lat)) if lon and lat else None
    except ValueError as error:  # no number, or nowhere
        raise RecordRefusedError(RejectReason.BAD_COORDINATES, str(error), lot) from error


def _bare(lot: str, tenant: str) -> list[Place]:
    """A lot whose description is unusable still counts; only its id is known. An unusable id is no place."""
    try:
        return [_place(lot, {}, tenant)]
    except InvalidPlaceError:
        return []
