"""The Smart Data Models' words in the house's: what is open, how full, and for whom."""

from collections.abc import Mapping

from parking.words import Audience, FillLevel, Opening, SpaceState

SITES = frozenset({"OffStreetParking", "OnStreetParking", "ParkingGroup"})
SPOT = "ParkingSpot"

OPENINGS = {
    "open": Opening.OPEN,
    "closed": Opening.CLOSED,
    "closedabnormal": Opening.CLOSED_ABNORMAL,
    "openingtimesinforce": Opening.UNKNOWN,  # open by a timetable that we do not read
}
"""In lower case, for brokers check no word."""

LEVELS = {
    "spacesavailable": FillLevel.SPACES_AVAILABLE,
    "almostfull": FillLevel.ALMOST_FULL,
    "full": FillLevel.FULL,
    "fullatentrance": FillLevel.FULL,
}

NO_WORDS = ("unknown", "statusunknown")

STATES = {
    "free": SpaceState.FREE,
    "occupied": SpaceState.OCCUPIED,
    "closed": SpaceState.CLOSED,
    "unknown": SpaceState.UNKNOWN,
}

VEHICLES: Mapping[str, Audience | None] = {
    **dict.fromkeys(("anyVehicle", "car", "carWithTrailer", "van", "motorhome"), Audience.PUBLIC),
    "bicycle": Audience.BIKE,
    **dict.fromkeys(
        ("motorcycle", "motorCycleWithSideCar", "motorcycleWithSideCar", "motorscooter", "moped"), Audience.MOTORCYCLE
    ),
}
"""The principal vehicle; any other, such as a bus or a lorry, is no driver's whom the house guides."""

PERMITS: Mapping[str, Audience | None] = {
    **dict.fromkeys(("noPermitNeeded", "blueZonePermit"), Audience.PUBLIC),  # a blue zone is for whoever has a disc
    "disabledPermit": Audience.DISABLED,
    **dict.fromkeys(("residentPermit", "employeePermit", "studentPermit"), Audience.SUBSCRIBER),
    "carSharingPermit": Audience.CAR_SHARE,
    "carpoolingPermit": Audience.CARPOOL,
    "transportationPermit": Audience.DELIVERY,
}

ONLY: Mapping[str, Audience | None] = {
    "onlydisabled": Audience.DISABLED,
    "onlyresidents": Audience.SUBSCRIBER,
    "onlywithpermit": Audience.SUBSCRIBER,
    "onlyelectricalcharging": Audience.EV,
    "loadunloadzone": Audience.DELIVERY,
    "taxistop": None,
    "private": Audience.SUBSCRIBER,
}
"""Categories of the whole of a place, in lower case: the models spell some of them in two ways."""

FOR: Mapping[str, Audience | None] = {
    "fordisabled": Audience.DISABLED,
    "forresidents": Audience.SUBSCRIBER,
    "forelectricalcharging": Audience.EV,
    "forloadunload": Audience.DELIVERY,
}
"""Categories that say of a site that some of it is for these; of a single spot or a group they say whose it is."""
