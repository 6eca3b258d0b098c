"""Montpellier's car parks as one collector recorded them. Field table: docs/mapping/montpellier.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from parking.catalogue.model import Device, Place
from parking.errors import InvalidPlaceError
from parking.instants import is_ahead
from parking.observations import Observation
from parking.words import FillLevel, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.numbers import whole_number
from sensors.reading.times import read_instant
from sensors.sources.montpellier.known import read_known
from sensors.sources.montpellier.wire import Row, raw_of, read_lines, read_row

INFO = SourceInfo(
    id="montpellier",
    name="parking-montpellier-data, hourly series of car parks",
    tenant="montpellier",
    zone="UTC",  # the collector's own clock
    licence=None,
    licence_by="portail-api-data.montpellier3m.fr, and the collector",
    url="https://github.com/Arlo2004/parking-montpellier-data",
    time_basis=TimeBasis.ARRIVAL,
    valid_for_s=90 * 60,  # readings come about each hour; seven gaps in ten are shorter than this
)
ZONE = ZoneInfo(INFO.zone)
FULL = "Full"
NOTHING_SAID = "Sin datos"  # the collector's own word where the portal gives no status
NAMELESS = "Desconocido"  # and where it gives no name
OPENING = {"Open": Opening.OPEN, FULL: Opening.OPEN, "Closed": Opening.CLOSED, NOTHING_SAID: Opening.UNKNOWN}
MOST_OF_KNOWN = 2
"""A count of more than so many times the spaces we know of is no count of this car park."""


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. The collector's reading time is both when it was true and when it arrived."""
    ledger = Ledger(tenant, INFO.id, received_at)
    ends_at: datetime | None = None
    for line in ledger.split(payload, read_lines) or ():
        try:
            row = read_row(line)
            read_at = _read_time(row.read_at)
            if is_ahead(read_at, received_at):
                raise RecordRefusedError(RejectReason.FUTURE_TIME, f"reading of {row.read_at} lies in the future")
        except RecordRefusedError as error:
            ledger.refuse(error, raw_of(line))
            continue
        ends_at = read_at if ends_at is None else max(ends_at, read_at)
        arrived_at = read_at if recorded else received_at
        if refused := ledger.collect(partial(_observe, row, ledger, read_at, arrived_at), arrived_at):
            ledger.refuse(refused, raw_of(line))
    return ledger.decoded(ends_at)


def _observe(row: Row, ledger: Ledger, read_at: datetime, received_at: datetime) -> Iterator[Observation]:
    """The observations in one row, and then an error for what of it cannot be used."""
    _require_name(row)
    seen = ledger.sighting(row.name, read_at, received_at, INFO.time_basis)
    yield seen.opening(OPENING.get(row.status, Opening.UNKNOWN))
    if row.status not in OPENING:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"estado is {row.status!r:.60}; known are {', '.join(OPENING)}", row.name
        )
    vacant, capacity = _read_numbers(row)
    if vacant is None:
        yield seen.without_number(FillLevel.FULL if row.status == FULL else FillLevel.UNKNOWN, capacity)
    else:
        full_at = vacant if row.status == FULL else None  # the sign reads full at this many, or more
        yield seen.counted(vacant, capacity, ("count", vacant, capacity, row.status), full_at=full_at)


def _require_name(row: Row) -> None:
    if not row.name or row.name == NAMELESS or len(row.name) > 64:
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD, f"nombre_parking is {row.name!r:.60}, and nothing else names a car park"
        )


def _read_numbers(row: Row) -> tuple[int | None, int | None]:
    """(vacant, capacity). The collector writes 0 where the portal gives no number: only beside Full is it believed."""
    vacant = whole_number(row.free, "plazas_libres", row.name) if row.free else None
    capacity = whole_number(row.total, "capacidad_total", row.name) or None if row.total else None
    if vacant == 0 and row.status != FULL:
        vacant = None
    known = read_known().get(row.name)
    for limit in (capacity, known and known.capacity * MOST_OF_KNOWN):
        if vacant is not None and limit is not None and vacant > limit:
            raise RecordRefusedError(
                RejectReason.FREE_ABOVE_CAPACITY,
                f"plazas_libres {vacant} is above {limit}, the most that {row.name} can have; look at its counter",
                row.name,
            )
    return vacant, capacity


@lru_cache(maxsize=64)
def _read_time(cell: str) -> datetime:
    """A reading's time; 24 lines share one."""
    return read_instant(cell, "fecha_lectura", ZONE, None)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The car parks that we know, and any other that a recording names, of which only the name is known."""
    ledger = Ledger(tenant, INFO.id, received_at)
    lines = dict.fromkeys(read_known(), "")
    for line in _lines_or_none(recording):
        try:
            row = read_row(line)
            if row.name not in lines:
                _require_name(row)
                lines[row.name] = line
        except RecordRefusedError:
            continue  # decode refuses the same line, with its bytes
    found = []
    for name, line in lines.items():
        try:
            found.append(_place(name, tenant))
        except InvalidPlaceError as error:
            ledger.refuse(error, raw_of(line))
    return Declared(found, ledger.rejects, city="Montpellier")


def _lines_or_none(recording: bytes | None) -> list[str]:
    try:
        return list(read_lines(recording or b""))
    except RecordRefusedError:
        return []


def _place(name: str, tenant: str) -> Place:
    known = read_known().get(name)
    return Place(
        tenant=tenant,
        id=name,
        name=name,
        point=known.point if known else None,
        capacity=known.capacity if known else None,
        devices=(Device(source=INFO.id, id=name, valid_for_s=INFO.valid_for_s),),
    )
