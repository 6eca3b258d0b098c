"""Small DATEX II publications with one trap each, and what our adapter reads in them."""

from datetime import UTC, datetime

from parking.words import RejectReason
from sensors.sources.datex2.adapter import INFO, decode, places

ARRIVED = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
PUBLISHED = "2026-05-04T14:00:00+02:00"
SEEN = "2026-05-04T13:58:00+02:00"


def publication(*records: str, kind: str = "parkingStatusPublication", publisher: str = "DE-X", at: str = PUBLISHED):
    return (
        f'<n:d2LogicalModel xmlns:n="http://datex2.eu/schema/2/2_0"><n:exchange><n:supplierIdentification>'
        f"<n:nationalIdentifier>other</n:nationalIdentifier></n:supplierIdentification></n:exchange>"
        f"<n:payloadPublication><n:publicationTime>{at}</n:publicationTime><n:publicationCreator>"
        f"<n:nationalIdentifier>{publisher}</n:nationalIdentifier></n:publicationCreator><n:genericPublicationExtension>"
        f"<n:{kind}><n:headerInformation/>{''.join(records)}</n:{kind}>"
        f"</n:genericPublicationExtension></n:payloadPublication></n:d2LogicalModel>"
    ).encode()


def tags(**values: object) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value is not None)


def site(
    site_id: str = "P1",
    spaces: object = 100,
    vacant: object = 40,
    opening: str | None = "open",
    time: str | None = SEEN,
    more: str = "",
    **others: object,
) -> str:
    numbers = tags(parkingNumberOfSpacesOverride=spaces, parkingNumberOfVacantSpaces=vacant, **others)
    return (
        f'<parkingRecordStatus><parkingRecordReference id="{site_id}" version="7"/>'
        f"{tags(parkingStatusOriginTime=time)}"
        f"<parkingOccupancy>{numbers}<parkingOccupancy>60.0</parkingOccupancy></parkingOccupancy>"
        f"{more}{tags(parkingSiteOpeningStatus=opening)}</parkingRecordStatus>"
    )


def facility(*states: str, groups: dict[str, tuple[int, int]] | None = None, time: str = SEEN, **totals: int) -> bytes:
    parts = "".join(
        f'<assignedParkingSpacesStatus index="{index}"><assignedParkingSpacesStatus>'
        f"{tags(numberOfOccupiedAssignedParkingSpaces=occupied, numberOfVacantAssignedParkingSpaces=vacant)}"
        "</assignedParkingSpacesStatus></assignedParkingSpacesStatus>"
        for index, (vacant, occupied) in (groups or {}).items()
    )
    numbers = tags(
        totalNumberOfOccupiedParkingSpaces=totals.get("occupied"), totalNumberOfVacantParkingSpaces=totals.get("vacant")
    )
    words = "".join(tags(parkingFacilityStatus=state) for state in states)
    record = (
        f'<parkingFacilityStatus><parkingFacilityReference id="127" version="1.0"/>{words}'
        f"<parkingFacilityStatusTime>{time}</parkingFacilityStatusTime>{numbers}{parts}</parkingFacilityStatus>"
    )
    return publication(record, kind="parkingFacilityTableStatusPublication")


def described(site_id: str, name: str, spaces: object = 1, more: str = "", lon: object = 9.47, lat: object = 47.65):
    return (
        f'<parkingRecord id="{site_id}"><parkingName><values><value>{name}</value></values></parkingName>'
        f"{tags(parkingNumberOfSpaces=spaces)}<parkingLocation><pointByCoordinates><pointCoordinates>"
        f"{tags(latitude=lat, longitude=lon)}</pointCoordinates></pointByCoordinates></parkingLocation>"
        f"{more}</parkingRecord>"
    )


DISABLED = "<assignedParkingAmongOthers><applicableForUser>disabled</applicableForUser></assignedParkingAmongOthers>"


def table(*records: str, publisher: str = "DE-X") -> bytes:
    held = f"<parkingTable>{''.join(records)}</parkingTable>"
    return publication(held, kind="parkingTablePublication", publisher=publisher)


def old_table(publisher: str = "DE-X", record_id: str = "127", **fields: object) -> bytes:
    lon, lat = fields.pop("lon", 9.18), fields.pop("lat", 48.77)
    record = (
        f'<parkingFacility id="{record_id}"><parkingFacilityName><values><value>Milaneo</value></values>'
        f"</parkingFacilityName>{tags(**fields)}<facilityLocation><locationForDisplay>"
        f"{tags(latitude=lat, longitude=lon)}</locationForDisplay></facilityLocation></parkingFacility>"
    )
    held = f"<parkingFacilityTable>{record}</parkingFacilityTable>"
    return publication(held, kind="parkingFacilityTablePublication", publisher=publisher)


def read(payload: bytes, recorded: bool = False):
    return decode(payload, tenant="x", received_at=ARRIVED, recorded=recorded)


def only(payload: bytes, recorded: bool = False):
    decoded = read(payload, recorded)
    assert not decoded.rejects, decoded.rejects
    return {(type(seen), getattr(seen, "category", None)): seen for seen in decoded.observations}


def kinds(payload: bytes):
    return {kind: seen for (kind, _), seen in only(payload).items()}


def reason(payload: bytes) -> RejectReason:
    decoded = read(payload)
    assert not decoded.usable
    assert len(decoded.rejects) == 1
    assert decoded.rejects[0].detail
    return decoded.rejects[0].reason


def declared(recording: bytes | None, static: bytes | None = None):
    sidecars = {} if static is None else {INFO.sidecars[0]: static}
    return places(recording, sidecars, tenant="x", received_at=ARRIVED)


def category(vacant: int, spaces: int, name: str = "Behinderte") -> str:
    numbers = tags(parkingNumberOfSpacesOverride=spaces, parkingNumberOfVacantSpaces=vacant)
    return (
        f"<parkingSiteStatusExtension><category><name>{name}</name><parkingOccupancy>{numbers}</parkingOccupancy>"
        "</category></parkingSiteStatusExtension>"
    )
