"""Which places to declare: those that a status publication talks of, or all of a static one."""

from collections.abc import Mapping

from parking.catalogue.model import Place
from parking.errors import InvalidPlaceError
from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.ledger import Ledger
from sensors.sources.datex2.elements import local, type_of
from sensors.sources.datex2.static import Site, fill_from_area, read_site
from sensors.sources.datex2.status import identify, read_status
from sensors.sources.datex2.wire import Datex2Record, Records, full_id, split_body
from sensors.sources.datex2.words import Status, Thresholds
from sensors.sources.datex2.zones import group_bays, site_place, zone_place


def describe(body: Records) -> dict[str, Site]:
    """What the tables of a status publication's own body say, by id; what cannot be used is refused elsewhere."""
    return _read_sites(body.descriptions, None) if body.statuses else {}


def declare(recording: bytes | None, sidecars: Mapping[str, bytes], ledger: Ledger, valid_for_s: int) -> list[Place]:
    """The sites, then the zones; what is refused goes to the ledger.

    A record whose description cannot be used is still a place, of which only the id is known.
    """
    spoken, described = _open_recording(recording)
    wanted = {site_id for record in described if (site_id := _find_id(record)) and _is_place(record)} | spoken.keys()
    for name, sidecar in sidecars.items():
        try:
            described += split_body(sidecar).descriptions
        except RecordRefusedError as error:
            ledger.refuse(RecordRefusedError(error.reason, f"{name}: {error.detail}"), sidecar)
    sites = {site_id: Site(site_id, site_id.partition(":")[2] or site_id) for site_id in sorted(wanted)}
    sites |= _read_sites(described, wanted, ledger)
    known = [one for site in sites.values() for one in _complete(site, spoken.get(site.id))]
    wanted |= {site.id for site in known if site.zone is not None}
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
        body = split_body(recording)
    except RecordRefusedError:
        return spoken, []  # decode refuses the same body, with its bytes
    described, parts = describe(body), body.list_parts()
    for record in body.statuses:
        try:
            device_id = identify(record, parts)
        except RecordRefusedError:
            continue  # what is no car park declares none
        try:
            spoken[device_id] = read_status(record, device_id, described.get(device_id))
        except RecordRefusedError:
            spoken[device_id] = None
    return spoken, body.descriptions


def _find_id(record: Datex2Record) -> str | None:
    try:
        return record.identify()
    except RecordRefusedError:
        return None


def _is_place(record: Datex2Record) -> bool:
    """Whether a description is one of a car park or a bay, and not of an area, a campus, a floor or an entrance."""
    if local(record.element) == "hierarchyElementGeneral":
        return type_of(record.element) in ("Place", "Space")
    return local(record.element) != "parkingArea"


def _read_sites(
    described: list[Datex2Record], wanted: set[str] | None, ledger: Ledger | None = None
) -> dict[str, Site]:
    """The descriptions by id; ``wanted`` None is all. One that cannot be used is refused only where it is wanted, or
    has no id.

    An area describes a car park only for a publisher who describes none otherwise; else it adds to the one of its id.
    """
    sites, areas = dict[str, Site](), dict[str, Site]()
    with_car_parks = {record.publication.publisher for record in described if _is_place(record)}
    for record in described:
        stands_aside = not _is_place(record) and record.publication.publisher in with_car_parks
        try:
            site = read_site(record)
            (areas if stands_aside else sites)[site.id] = site
        except RecordRefusedError as error:
            site_id = _find_id(record)
            if ledger is not None and not stands_aside and (site_id is None or wanted is None or site_id in wanted):
                raw = record.raw
                ledger.refuse(error, (site_id or "").encode() if isinstance(raw, RecordRefusedError) else raw)
    return {site_id: fill_from_area(site, areas.get(site_id, site)) for site_id, site in sites.items()}


def _complete(site: Site, status: Status | None) -> list[Site]:
    """A description, with what only the status publication says: thresholds, one bay or many, and for whom.

    Where the status is that of its single spaces, those.
    """
    if status is None:
        return [site]
    if status.bays:
        named = {bay.id: bay for bay in site.bays}
        ids = sorted(named.keys() | {full_id(site.id, bay.key) for bay in status.bays})
        alone = {bay_id: Site(bay_id, bay_id.rpartition(":")[2], site.publisher, is_single=True) for bay_id in ids}
        return [(named.get(bay_id) or alone[bay_id])._replace(zone=(site.id, site.name)) for bay_id in ids]
    audiences = site.audiences
    if status.is_single and audiences is None:
        audiences = frozenset(who for who, held in status.counts.items() if held.capacity) or None
    stated = status.thresholds if status.thresholds != Thresholds() else site.thresholds
    return [site._replace(thresholds=stated, is_single=status.is_single, audiences=audiences)]
