"""Small publications of version 3, written by us; sound by the schemas (tests/sensors/sources/test_datex2_v3.py)."""

from __future__ import annotations

NAMES = " ".join(
    f'xmlns:{prefix}="http://datex2.eu/schema/3/{name}"'
    for prefix, name in {
        "com": "common",
        "con": "messageContainer",
        "d2": "d2Payload",
        "ex": "exchangeInformation",
        "fac": "facilities",
        "loc": "locationReferencing",
        "prk": "parking",
    }.items()
)
HEAD = (
    "<com:publicationTime>2026-05-04T12:00:00Z</com:publicationTime><com:publicationCreator><com:country>nl</com:country>"
    "<com:nationalIdentifier>NL-X</com:nationalIdentifier></com:publicationCreator>"
)


def payload(inner: str, kind: str = "ParkingStatusPublication", tag: str = "d2:payload") -> str:
    return (
        f'<{tag} {NAMES} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="prk:{kind}" lang="en" '
        f'modelBaseVersion="3">{HEAD}{inner}</{tag}>'
    )


def container(inner: str) -> str:
    """The same in a message container."""
    return f"<con:messageContainer {NAMES}>{payload(inner, tag='con:payload')}</con:messageContainer>"


def place(inner: str, place_id: str = "P1", kind: str = "PlaceStatus", opening: str | None = "open") -> str:
    opened = "" if opening is None else f"<fac:openingStatus>{opening}</fac:openingStatus>"
    return (
        f'<prk:parkingStatusInformation xsi:type="prk:{kind}"><fac:reference targetClass="fac:FacilityObject" '
        f'id="{place_id}" version="1"/><fac:lastUpdated>2026-05-04T11:58:00Z</fac:lastUpdated>{opened}{inner}'
        "</prk:parkingStatusInformation>"
    )


def occupancy(**numbers: object) -> str:
    held = "".join(f"<prk:{name}>{value}</prk:{name}>" for name, value in numbers.items())
    return f"<prk:occupancy>{held}</prk:occupancy>"


def words(*said: str) -> str:
    return "".join(f"<prk:status>{word}</prk:status>" for word in said)


def element(kind: str, element_id: str, inner: str = "", lon: float = 5.1, lat: float = 52.1) -> str:
    """An element of a table: its type, its name, where it is, how many spaces it has."""
    type_word = {"Campus": "campus", "Space": "space"}.get(kind, "place")
    point = (
        '<fac:locationReference xsi:type="loc:PointLocation"><loc:pointByCoordinates><loc:pointCoordinates>'
        f"<loc:latitude>{lat}</loc:latitude><loc:longitude>{lon}</loc:longitude></loc:pointCoordinates>"
        "</loc:pointByCoordinates></fac:locationReference>"
    )
    return (
        f'<prk:hierarchyElementGeneral xsi:type="prk:{kind}" id="{element_id}" version="1"><fac:name><com:values>'
        f'<com:value lang="nl">Garage {element_id}</com:value></com:values></fac:name>{point}<prk:layer>1</prk:layer>'
        f"<prk:type>{type_word}</prk:type>{inner}</prk:hierarchyElementGeneral>"
    )


def supply(quantity: int, view: str = "spaceView") -> str:
    return f"<prk:supply><prk:quantity>{quantity}</prk:quantity><prk:viewType>{view}</prk:viewType></prk:supply>"


def restriction(kind: str) -> str:
    """Under which restriction a space is."""
    return (
        '<prk:operatingPattern xsi:type="prk:OperatingRestriction" operatingPatternIndex="1">'
        f"<prk:type>{kind}</prk:type></prk:operatingPattern>"
    )


def assignment(user: str) -> str:
    """For whom alone a space is."""
    qualified = f"<fac:userQualification><fac:userGroup>{user}</fac:userGroup></fac:userQualification>"
    return (
        "<prk:additionalCharacteristics><prk:assignment><prk:exclusivelyAssignedFor>"
        f"<fac:qualification>{qualified}</fac:qualification></prk:exclusivelyAssignedFor></prk:assignment>"
        "</prk:additionalCharacteristics>"
    )


def table(*elements: str) -> str:
    held = f"<prk:versionTime>2026-05-04T10:00:00Z</prk:versionTime>{''.join(elements)}"
    return payload(f'<prk:parkingTable id="T" version="1">{held}</prk:parkingTable>', "ParkingTablePublication")


OF_3_0 = payload(
    '<prk:parkingRecordStatus xsi:type="prk:ParkingSiteStatus"><prk:parkingRecordReference '
    'targetClass="prk:ParkingRecord" id="P1" version="1"/>'
    "<prk:parkingStatusOriginTime>2026-05-04T11:58:00Z</prk:parkingStatusOriginTime>"
    "<prk:parkingOccupancy><prk:parkingNumberOfSpacesOverride>100</prk:parkingNumberOfSpacesOverride>"
    "<prk:parkingNumberOfVacantSpaces>40</prk:parkingNumberOfVacantSpaces></prk:parkingOccupancy>"
    "<prk:parkingSiteOpeningStatus>open</prk:parkingSiteOpeningStatus></prk:parkingRecordStatus>"
)
"""As 2.3, in the namespaces of 3; no schema of a later version has it, and feeds of 2026 still send it."""
