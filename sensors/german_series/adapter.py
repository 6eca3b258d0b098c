"""German car parks as one collector recorded them, as counts. Field table: docs/mapping/german_series.md."""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from parking.catalogue import Device, Place, Point
from parking.errors import InvalidPlaceError
from parking.instants import from_local
from parking.observations import Observation, SiteCounted, make_event_id
from parking.words import RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Ledger, RecordRefusedError, SourceInfo, whole_number
from sensors.german_series.wire import FIRST_COLUMN, Table, read_table

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


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. The collector's row time is both when it was true and when it arrived."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        table = read_table(payload)
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()
    for cells in _rows(table, ledger):
        _decode_row(table, cells, ledger, None if recorded else received_at)
    return ledger.decoded()


def _rows(table: Table, ledger: Ledger) -> Iterator[list[str]]:
    while True:
        try:
            cells = next(table.rows)
        except StopIteration:
            return
        except csv.Error as error:
            ledger.refuse(RecordRefusedError(RejectReason.MALFORMED_RECORD, f"not CSV: {error}"), b"")
        else:
            if cells:
                yield cells


def _decode_row(table: Table, cells: list[str], ledger: Ledger, received_at: datetime | None) -> None:
    raw = "\n".join((",".join((FIRST_COLUMN, *table.lots)), ",".join(cells))).encode()
    try:
        if len(cells) != len(table.lots) + 1:
            raise RecordRefusedError(
                RejectReason.MALFORMED_RECORD, f"row has {len(cells)} cells, the header {len(table.lots) + 1}"
            )
        observed_at = _read_time(cells[0])
    except RecordRefusedError as error:
        ledger.refuse(error, raw)
        return
    for lot, cell in zip(table.lots, cells[1:], strict=True):
        if cell.strip():
            try:
                ledger.observations.append(_count(lot, cell, observed_at, received_at or observed_at, ledger.tenant))
            except RecordRefusedError as error:
                ledger.refuse(error, f"{FIRST_COLUMN},{lot}\n{cells[0]},{cell}".encode())


def _count(lot: str, cell: str, observed_at: datetime, received_at: datetime, tenant: str) -> Observation:
    vacant = whole_number(cell, "cell", lot)
    return SiteCounted(
        event_id=make_event_id(INFO.id, lot, observed_at, vacant),
        tenant=tenant,
        source=INFO.id,
        device_id=lot,
        observed_at=observed_at,
        received_at=received_at,
        time_basis=INFO.time_basis,
        vacant=vacant,
    )


def _read_time(cell: str) -> datetime:
    try:
        read = datetime.fromisoformat(cell.strip())
        return from_local(read, ZoneInfo(INFO.zone), None) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(RejectReason.BAD_TIME, f"timestamp {cell!r:.60} is no time: {error}") from error


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The lots in a day's header, with name, capacity and point where meta-data.csv has them; unknown where not."""
    ledger = Ledger(tenant, INFO.id, received_at)
    lots: list[str] = []
    if recording is not None:
        try:
            lots = list(read_table(recording).lots)
        except RecordRefusedError:
            lots = []  # decode refuses the same body, with its bytes
    meta = {row.get("place_id", ""): row for row in _read_meta(sidecars.get(META))}
    found = []
    for lot in lots:
        try:
            found.append(_place(lot, meta.get(lot, {}), tenant))
        except (InvalidPlaceError, RecordRefusedError, ValueError) as error:
            reason = RejectReason.BAD_COORDINATES if "lon" in str(error) else RejectReason.MALFORMED_RECORD
            ledger.refuse(RecordRefusedError(reason, str(error), lot), repr(meta.get(lot, lot)).encode())
            found.extend(_bare(lot, tenant))
    return Declared(found, ledger.rejects)


def _read_meta(sidecar: bytes | None) -> list[dict[str, str]]:
    if sidecar is None:
        return []
    return list(csv.DictReader(sidecar.decode("utf-8-sig", "replace").splitlines(keepends=True)))


def _place(lot: str, row: Mapping[str, str], tenant: str) -> Place:
    lon, lat, capacity = row.get("longitude"), row.get("latitude"), row.get("num_all")
    name = " ".join(part for part in (row.get("city_name"), row.get("place_name")) if part)
    return Place(
        tenant=tenant,
        id=lot,
        name=name or lot,
        point=Point(float(lon), float(lat)) if lon and lat else None,
        capacity=whole_number(capacity, "num_all", lot) if capacity else None,
        address=" ".join((row.get("address") or "").split()) or None,
        devices=(Device(source=INFO.id, id=lot, valid_for_s=INFO.valid_for_s),),
    )


def _bare(lot: str, tenant: str) -> list[Place]:
    """A lot whose description is unusable still counts; only its id is known. An unusable id is no place."""
    try:
        return [_place(lot, {}, tenant)]
    except InvalidPlaceError:
        return []
