"""Melbourne's bays, whatever the table, as single spaces. Field table: docs/mapping/melbourne.md."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from parking.instants import is_ahead
from parking.observations import Observation
from parking.words import Audience, RejectReason, SpaceState, TimeBasis
from sensors.bodies import CsvRecord
from sensors.contract import Declared, Decoded, Paging, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.texts import required_text
from sensors.reading.times import Stamp, read_instant, read_stamp, require_arrived
from sensors.sources.melbourne.bays import NAME, SIDECARS, read_places
from sensors.sources.melbourne.wire import BAY_COLUMN, Shape, split

PORTAL = "https://data.melbourne.vic.gov.au"
INFO = SourceInfo(
    id="melbourne",
    name="City of Melbourne, on-street parking bay sensors",
    tenant="melbourne",
    zone="Australia/Melbourne",
    licence="CC BY 4.0",
    url=PORTAL,
    time_basis=TimeBasis.DEVICE,
    audiences=(Audience.PUBLIC, Audience.DISABLED, Audience.DELIVERY),
    single_spaces=True,
    poll_every_s=60,
    feeds=(f"{PORTAL}/api/explore/v2.1/catalog/datasets/on-street-parking-bay-sensors/exports/json",),
    paging=Paging.OPENDATASOFT,
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
    table = ledger.open(payload, split)
    if table is None:
        return ledger.decoded()
    shape, lines = table

    def read(line: CsvRecord) -> Iterator[Observation]:
        bay = required_text(line.fields, BAY_COLUMN[shape])
        return _READ[shape](line.fields, bay, ledger, received_at, recorded)

    ledger.read_each(lines, payload, read, None if recorded else received_at)
    return ledger.decoded()


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The bays of the lists beside the recording, then those that the recording alone knows, in street zones."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, sidecars, tenant, ledger), ledger.rejects, NAME, ATTRIBUTION)


def _read_scrape(
    row: Mapping[str, str], bay: str, ledger: Ledger, received_at: datetime, recorded: bool
) -> Iterator[Observation]:
    seen = ledger.sighting(bay, received_at, received_at, TimeBasis.ARRIVAL)
    yield seen.space(_state(row.get("status"), "status", bay))


def _read_kerbside(
    row: Mapping[str, str], bay: str, ledger: Ledger, received_at: datetime, recorded: bool
) -> Iterator[Observation]:
    stamp = required_text(row, "Status_Timestamp", bay)
    observed_at = read_instant(stamp, "Status_Timestamp", ZONE, None, bay)
    arrived_at = (_published_at(row, received_at) if recorded else None) or received_at
    if observed_at.year <= NEVER:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, "Status_Timestamp is 1970: this sensor has never spoken; look at it", bay
        )
    require_arrived(observed_at, arrived_at, "Status_Timestamp", bay)
    seen = ledger.sighting(bay, observed_at, arrived_at, TimeBasis.DEVICE)
    yield seen.space(_state(row.get("Status_Description"), "Status_Description", bay))


def _read_visit(
    row: Mapping[str, str], bay: str, ledger: Ledger, received_at: datetime, recorded: bool
) -> Iterator[Observation]:
    """What a bay was from one moment to another: a line may tell of a car, or of the time between two."""
    present = PRESENT.get(row["VehiclePresent"].strip())
    if present is None:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"VehiclePresent is {row['VehiclePresent']!r:.40}, not True or False", bay
        )
    (since, began), (until, ended) = (
        _visit_time(row, name, bay, received_at) for name in ("ArrivalTime", "DepartureTime")
    )
    if ended <= began:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, f"DepartureTime {ended} is not after ArrivalTime {began}: check the sensor", bay
        )
    if is_ahead(until, received_at):
        raise RecordRefusedError(RejectReason.FUTURE_TIME, f"DepartureTime {ended} lies in the future", bay)
    state = SpaceState.OCCUPIED if present else SpaceState.FREE
    came = ledger.sighting(bay, since, since if recorded else received_at, TimeBasis.DEVICE, seq=1)
    yield came.space(state)  # outranks a departure at the same time
    if present and not _is_cut(ended, row.get("Sign", "")):
        left = ledger.sighting(bay, until, until if recorded else received_at, TimeBasis.DEVICE)
        yield left.space(SpaceState.FREE)


def _is_cut(ended: datetime, sign: str) -> bool:
    """Whether a visit ends with the day or with the hours of its sign, not with a car that was seen to leave."""
    exact = ended.second == 0
    return exact and ((ended.hour, ended.minute) == (0, 0) or f"-{ended.hour}:{ended:%M}" in sign.replace(" ", ""))


_Reader = Callable[[Mapping[str, str], str, Ledger, datetime, bool], Iterator[Observation]]
_READ: dict[Shape, _Reader] = {
    Shape.SCRAPE: _read_scrape,
    Shape.KERBSIDE: _read_kerbside,
    Shape.VISITS: _read_visit,
}


def _state(word: str | None, name: str, bay: str) -> SpaceState:
    state = STATES.get((word or "").strip())
    if state is None:
        reason = RejectReason.UNKNOWN_STATUS if word else RejectReason.MISSING_FIELD
        raise RecordRefusedError(reason, f"{name} is {word!r:.40}; known are {', '.join(STATES)}", bay)
    return state


def _visit_time(row: Mapping[str, str], name: str, bay: str, received_at: datetime) -> Stamp:
    """Melbourne's wall clock, month before day."""
    text = required_text(row, name, bay)
    return read_stamp(text, name, ZONE, received_at, bay, lambda written: datetime.strptime(written, VISIT_TIME))  # noqa: DTZ007


def _published_at(row: Mapping[str, str], now: datetime) -> datetime | None:
    """When the portal last wrote a line, if it says so, and not later than now."""
    try:
        at = read_instant(row.get("Lastupdated"), "Lastupdated", ZONE, None)
    except RecordRefusedError:
        return None
    return None if is_ahead(at, now) else at
