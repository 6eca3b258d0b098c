"""Which places to declare: those that a status publication talks of, or all of a static one."""

from collections.abc import Mapping

from parking.catalogue.model import Place
from parking.errors import InvalidPlaceError
from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.ledger import Ledger
from sensors.sources.datex2.static import Site, read_site
from sensors.sources.datex2.status import read_status
from sensors.sources.datex2.wire import Datex2Record, status_records, table_records
from sensors.sources.datex2.words import Status, Thresholds
from sensors.sources.datex2.zones import group_bays, site_place, zone_place


def declare(recording: bytes | None, sidecars: Mapping[str, bytes], ledger: Ledger, valid_for_s: int) -> list[Place]:
    """The sites, then the zones; what is refused goes to the ledger.

    A record whose description cannot be used is still a place, of which only the id is known.
    """
    spoken, described = _open_recording(recording)
    wanted = {record_id for record in described if (record_id := _find_id(record)) is not None} | spoken.keys()
    for name, sidecar in sidecars.items():
        try:
            described += table_records(sidecar)
        except RecordRefusedError as error:
            ledger.refuse(RecordRefusedError(error.reason, f"{name}: {error.detail}"), sidecar)
    sites = {site_id: Site(site_id, site_id.partition(":")[2] or site_id) for site_id in sorted(wanted)}
    sites |= _read_sites(described, wanted, ledger)
    known = [_complete(site, spoken.get(site.id)) for site in sites.values()]
    sites_wanted = (site for site in known if site.id in wanted and not site.is_single)
    places = [site_place(site, ledger.tenant, ledger.source, valid_for_s) for site in sites_wanted]
    for zone in group_bays([site for site in known if site.is_single]):
        if wanted.isdisjoint(bay.id for bay in zone.bays):
            continue
        try:
            places.append(zone_place(zone, ledger.tenant, ledger.source, valid_for_s))
        except InvalidPlaceError as error:  # a street's name that makes no id
            detail = f"bays of {zone.name:.80}: {error}"
            ledger.refuse(RecordRefusedError(RejectReason.MALFORMED_RECORD, detail), zone.name.encode())
    return places


def _open_recording(recording: bytes | None) -> tuple[dict[str, Status | None], list[Datex2Record]]:
    """What a recording says of which id (None where it cannot be used), and what it describes."""
    spoken: dict[str, Status | None] = {}
    if recording is None:
        return spoken, []
    try:
        records, described = status_records(recording), table_records(recording)
    except RecordRefusedError:
        return spoken, []  # decode refuses the same body, with its bytes
    for record in records:
        if (device_id := _find_id(record)) is not None:
            spoken[device_id] = _find_status(record)
    return spoken, described


def _find_id(record: Datex2Record) -> str | None:
    try:
        return record.identify()
    except RecordRefusedError:
        return None


def _find_status(record: Datex2Record) -> Status | None:
    try:
        return read_status(record, record.identify())
    except RecordRefusedError:
        return None


def _read_sites(described: list[Datex2Record], wanted: set[str], ledger: Ledger) -> dict[str, Site]:
    """The descriptions by id. One that cannot be used is refused only where it is wanted, or has no id."""
    sites = {}
    for record in described:
        try:
            site = read_site(record)
            sites[site.id] = site
        except RecordRefusedError as error:
            site_id = _find_id(record)
            if site_id is None or site_id in wanted:
                raw = record.raw
                ledger.refuse(error, (site_id or "").encode() if isinstance(raw, RecordRefusedError) else raw)
    return sites


def _complete(site: Site, status: Status | None) -> Site:
    """A description, with what only the status publication says: thresholds, one bay or many, and for whom."""
    if status is None:
        return site
    audiences = site.audiences
    if status.is_single and audiences is None:
        audiences = frozenset(who for who, held in status.counts.items() if held.capacity) or None
    stated = status.thresholds if status.thresholds != Thresholds() else site.thresholds
    return site._replace(thresholds=stated, is_single=status.is_single, audiences=audiences)
