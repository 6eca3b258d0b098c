"""For whom a space is, or a group. Nobody is sent to one that is not theirs: what cannot be told is nobody's."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from parking.words import Audience
from sensors.sources.datex2.elements import child, children, local, texts, type_of

USERS = {
    "allUsers": Audience.PUBLIC,
    **dict.fromkeys(
        ("disabled", "handicapped", "registeredDisabledUsers", "wheelchairUsers", "personsWithDisabilities"),
        Audience.DISABLED,
    ),
    **dict.fromkeys(("subscribers", "seasonTicketHolders", "longTermParker", "longTermParkers"), Audience.SUBSCRIBER),
}

RESTRICTIONS = {
    "disabledPersonPermitOnly": Audience.DISABLED,
    "electricVehicleOnly": Audience.EV,
    "carpoolOnly": Audience.CARPOOL,
    "loadingZone": Audience.DELIVERY,
    "loadingZoneCommercial": Audience.DELIVERY,
    "freeParking": Audience.PUBLIC,
    "parkingTimeLimit": Audience.PUBLIC,
}
"""Of version 3 from 3.3 on: under which restriction a space is whose; under any other nobody's."""

_CARS = {"car", "anyVehicle", "carOrLightVehicle"}
_ELECTRIC = {"battery", "electric", "dieselBatteryHybrid", "petrolBatteryHybrid"}


def read_audiences(element: Element) -> frozenset[Audience] | None:
    """Whom a space is for; None where nobody says, and it is for whoever comes."""
    users = [
        user
        for assignment in children(element, "onlyAssignedParking", "assignedParkingAmongOthers")
        for user in texts(assignment, "applicableForUser")
    ]
    if users:
        return frozenset(USERS[user] for user in users if user in USERS)
    for assignment in children(element, "onlyAssignedParking"):
        return _by_vehicle(assignment)
    return _by_restriction(element)


def read_group(group: Element) -> Audience | None:
    """For whom alone a group of spaces is; None where it is for whoever comes, for several, or nobody says."""
    inner = child(group, "parkingSpaceBasics")
    only = children(group if inner is None else inner, "onlyAssignedParking")
    users = {USERS.get(user) for assignment in only for user in texts(assignment, "applicableForUser")}
    return users.pop() if len(users) == 1 and users != {Audience.PUBLIC} else None


def _by_vehicle(assignment: Element) -> frozenset[Audience] | None:
    """Of an assignment that names no users: for ordinary cars, for electric ones, or nobody's."""
    vehicles = children(assignment, "vehicleCharacteristics")
    fuels = {fuel for vehicle in vehicles for fuel in texts(vehicle, "fuelType")}
    kinds = {kind for vehicle in vehicles for kind in texts(vehicle, "vehicleType")}
    if children(assignment, "parkingPermit") or (kinds and not kinds & _CARS):
        return frozenset()
    if fuels:
        return frozenset({Audience.EV}) if fuels <= _ELECTRIC else frozenset()
    return None if kinds else frozenset()


def _by_restriction(element: Element) -> frozenset[Audience] | None:
    """Of version 3 from 3.3 on: who is named in an exclusive assignment, else what the restrictions say."""
    exclusive = [found for found in _held(element) if local(found) == "exclusivelyAssignedFor"]
    if exclusive:
        named = {(word.text or "").strip() for found in exclusive for word in found.iter()}
        return frozenset(USERS[word] for word in named if word in USERS)
    patterns = (found for found in _held(element) if type_of(found) == "OperatingRestriction")
    said = [RESTRICTIONS.get(word) for found in patterns for word in texts(found, "type")]
    if not said or set(said) == {Audience.PUBLIC}:
        return None
    special = frozenset(audience for audience in said if audience is not None and audience is not Audience.PUBLIC)
    return special if len(special) == 1 and None not in said else frozenset()


def _held(element: Element) -> Iterator[Element]:
    """What an element of the table says of its own use."""
    for found in children(element, "additionalCharacteristics", "commonComponents", "operatingPattern"):
        yield from found.iter()
