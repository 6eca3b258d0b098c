"""Melbourne's bays, whatever the table, as single spaces. Field table: docs/mapping/melbourne.md."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from parking.instants import from_local, is_ahead
from parking.observations import Observation, SpaceObserved, make_event_id
from parking.words import Audience, RejectReason, SpaceState, TimeBasis
from sensors.bodies import CsvRecord
from sensors.contract import Declared, Decoded, Ledger, RecordRefusedError, SourceInfo, required_text
from sensors.sources.melbourne.bays import NAME, SIDECARS, read_places
from sensors.sources.melbourne.wire import BAY_COLUMN, Shape, split

INFO = SourceInfo(
    id="melbourne",
    name="City of Melbourne, on-street parking bay sensors",
    tenant="melbourne",
    zone="Australia/Melbourne",
    licence="CC BY 4.0",
    url="https://data.melbourne.vic.gov.au",
    time_basis=TimeBasis.DEVICE,
    audiences=(Audience.PUBLIC, Audience.DISABLED, Audience.DELIVERY),
    single_spaces=True,
    valid_for_s=24 * 3600,  # a stamp is the last change of a bay, and a car may stand there all day
    sidecars=SIDECARS,
)
ATTRIBUTION = "City of Melbourne, CC BY 4.0"
ZONE = ZoneInfo(INFO.zone)
STATES = {"Unoccupied": SpaceState.FREE, "Present": SpaceState.OCCUPIED}
PRESENT = {"True": True, "False": False}
VISIT_TIME = "%m/%d/%Y %I:%M:%S %p"
NEVER = 1970
"""The year of a sensor that has never spoken."""


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A scrape of 2018 has no time at all: it is as old as its arrival."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        shape, lines = split(payload)
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()

    def read(line: CsvRecord) -> Iterator[Observation]:
        bay = required_text(line.fields, BAY_COLUMN[shape])
        return _READ[shape](line.fields, bay, tenant, received_at, recorded)

    ledger.read_each(lines, payload, read)
    return ledger.decoded()


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The bays of the lists beside the recording, then those that the recording alone knows, in street zones."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, sidecars, tenant, ledger), ledger.rejects, NAME, ATTRIBUTION)


def _read_scrape(
    row: Mapping[str, str], bay: str, tenant: str, received_at: datetime, recorded: bool
) -> Iterator[Observation]:
    state = _state(row.get("status"), "status", bay)
    yield _observed(bay, tenant, received_at, received_at, state, TimeBasis.ARRIVAL)


def _read_kerbside(
    row: Mapping[str, str], bay: str, tenant: str, received_at: datetime, recorded: bool
) -> Iterator[Observation]:
    state = _state(row.get("Status_Description"), "Status_Description", bay)
    observed_at = _iso_time(required_text(row, "Status_Timestamp", bay), "Status_Timestamp", bay)
    arrived_at = (_published_at(row, received_at) if recorded else None) or received_at
    if observed_at.year <= NEVER:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, "Status_Timestamp is 1970: this sensor has never spoken; look at it", bay
        )
    if is_ahead(observed_at, arrived_at):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME, f"Status_Timestamp {observed_at.isoformat()} is later than its arrival", bay
        )
    yield _observed(bay, tenant, observed_at, arrived_at, state)


def _read_visit(
    row: Mapping[str, str], bay: str, tenant: str, received_at: datetime, recorded: bool
) -> Iterator[Observation]:
    """What a bay was from one moment to another: a line may tell of a car, or of the time between two."""
    present = PRESENT.get(row["VehiclePresent"].strip())
    if present is None:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"VehiclePresent is {row['VehiclePresent']!r:.40}, not True or False", bay
        )
    began, ended = (_visit_time(required_text(row, name, bay), name, bay) for name in ("ArrivalTime", "DepartureTime"))
    since, until = (from_local(local, ZONE, received_at) for local in (began, ended))
    if ended <= began:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, f"DepartureTime {ended} is not after ArrivalTime {began}: check the sensor", bay
        )
    if is_ahead(until, received_at):
        raise RecordRefusedError(RejectReason.FUTURE_TIME, f"DepartureTime {ended} lies in the future", bay)
    state = SpaceState.OCCUPIED if present else SpaceState.FREE
    yield _observed(bay, tenant, since, since if recorded else received_at, state, seq=1)  # outranks a departure then
    if present and not _is_cut(ended, row.get("Sign", "")):
        yield _observed(bay, tenant, until, until if recorded else received_at, SpaceState.FREE)


def _is_cut(ended: datetime, sign: str) -> bool:
    """Whether a visit ends with the day or with the hours of its sign, not with a car that was seen to leave."""
    exact = ended.second == 0
    return exact and ((ended.hour, ended.minute) == (0, 0) or f"-{ended.hour}:{ended:%M}" in sign.replace(" ", ""))


_Reader = Callable[[Mapping[str, str], str, str, datetime, bool], Iterator[Observation]]
_READ: dict[Shape, _Reader] = {
    Shape.SCRAPE: _read_scrape,
    Shape.KERBSIDE: _read_kerbside,
    Shape.VISITS: _read_visit,
}


def _observed(
    bay: str,
    tenant: str,
    observed_at: datetime,
    received_at: datetime,
    state: SpaceState,
    basis: TimeBasis = TimeBasis.DEVICE,
    seq: int = 0,
) -> SpaceObserved:
    return SpaceObserved(
        event_id=make_event_id(INFO.id, bay, observed_at, state),
        tenant=tenant,
        source=INFO.id,
        device_id=bay,
        seq=seq,
        observed_at=observed_at,
        received_at=received_at,
        time_basis=basis,
        state=state,
    )


def _state(word: str | None, name: str, bay: str) -> SpaceState:
    state = STATES.get((word or "").strip())
    if state is None:
        reason = RejectReason.UNKNOWN_STATUS if word else RejectReason.MISSING_FIELD
        raise RecordRefusedError(reason, f"{name} is {word!r:.40}; known are {', '.join(STATES)}", bay)
    return state


def _iso_time(text: str, name: str, bay: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
        return from_local(read, ZONE, None) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(RejectReason.BAD_TIME, f"{name} {text!r:.60} is no time: {error}", bay) from error


def _visit_time(text: str, name: str, bay: str) -> datetime:
    """Melbourne's wall clock, month before day."""
    try:
        read = datetime.strptime(text, VISIT_TIME)  # noqa: DTZ007
        from_local(read, ZONE, None)  # the years 1 and 9999 have no UTC
        return read
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(RejectReason.BAD_TIME, f"{name} {text!r:.60} is no time: {error}", bay) from error


def _published_at(row: Mapping[str, str], now: datetime) -> datetime | None:
    """When the portal last wrote a line, if it says so, and not later than now."""
    try:
        at = _iso_time(row.get("Lastupdated", ""), "Lastupdated", "")
    except RecordRefusedError:
        return None
    return None if is_ahead(at, now) else at
