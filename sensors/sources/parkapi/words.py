"""ParkAPI's words in the house's: for whom a place is, what is open, and what the oldest lots say."""

from collections.abc import Mapping

from parking.words import Audience, FillLevel, Opening

PURPOSES: Mapping[str, Audience | None] = {
    "CAR": Audience.PUBLIC,
    "BIKE": Audience.BIKE,
    "MOTORCYCLE": Audience.MOTORCYCLE,
    "ITEM": None,  # lockers for luggage
}

OPENINGS = {"OPEN": Opening.OPEN, "CLOSED": Opening.CLOSED, "UNKNOWN": Opening.UNKNOWN}

GROUPS: Mapping[str, Audience | None] = {
    "disabled": Audience.DISABLED,
    "charging": Audience.EV,
    "carsharing": Audience.CAR_SHARE,
    # The house has no word for these, so nobody is sent there, and their numbers are not read.
    "woman": None,
    "family": None,
    "truck": None,
    "bus": None,
}
"""The endings of capacity_… and realtime_free_capacity_… ."""

RESTRICTED: Mapping[str, Audience | None] = {
    "DISABLED": Audience.DISABLED,
    "CHARGING": Audience.EV,
    "CARSHARING": Audience.CAR_SHARE,
    "DELIVERY": Audience.DELIVERY,
    "MOTORBIKE": Audience.MOTORCYCLE,
    "RESIDENT": Audience.SUBSCRIBER,
    "CARGOBIKE": Audience.BIKE,
    **dict.fromkeys(("WOMEN", "FAMILY", "TAXI", "TRUCK", "BUS", "CUSTOMER", "CARAVAN")),
}
"""The types of a restriction; whoever the house has no word for is nobody that it sends there."""

ENDINGS = {
    "DISABLED": "disabled", "CHARGING": "charging", "CARSHARING": "carsharing", "WOMEN": "woman", "FAMILY": "family",
    "TRUCK": "truck", "BUS": "bus",
}  # fmt: skip
"""A restriction that has numbers of its own says what capacity_… says, by these endings."""

LOT_STATES: Mapping[str, Opening] = {
    "open": Opening.OPEN,
    "closed": Opening.CLOSED,
    **dict.fromkeys(("nodata", "unknown"), Opening.UNKNOWN),
    **dict.fromkeys(("many", "few", "full"), Opening.UNKNOWN),
}

LOT_LEVELS = {"many": FillLevel.SPACES_AVAILABLE, "few": FillLevel.ALMOST_FULL, "full": FillLevel.FULL}
"""The first lots of all said so instead of open."""

NO_DATA = ("nodata", "unknown")
