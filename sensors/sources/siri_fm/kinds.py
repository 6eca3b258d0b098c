"""What a facility is: parking, something else by name, or nobody says.

SIRI tells of lifts, escalators, toilets and bicycles for hire in the same way as of car parks. A hire station counts
vehicles that are available; a car park counts bays. The rest goes by class, feature, and the words in the id.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from parking.words import Audience
from sensors.sources.siri_fm.tree import child, children, text
from sensors.sources.siri_fm.wire import Condition


class Kind(NamedTuple):
    """``other`` names what it is instead of parking. ``is_sure``: somebody says; else only its id could tell."""

    other: str | None = None
    is_sure: bool = True
    audience: Audience | None = Audience.PUBLIC


_PARKS: Mapping[str, Audience | None] = {
    **dict.fromkeys(("carPark", "parkAndRidePark", "unknown"), Audience.PUBLIC),
    "motorcyclePark": Audience.MOTORCYCLE,
    "cyclePark": Audience.BIKE,
    **dict.fromkeys(("rentalCarPark", "coachPark")),
}
_EQUIPMENT = ("fixedEquipment", "mobileEquipment", "serviceProvidedByIndividual", "serviceForPersonalDevice", "vehicle")
_OTHER = re.compile(
    r"lift|elevator|escalator|ascenseur|escalier|aufzug|fahrtreppe|heis\b|toilet|equipment|charg", re.IGNORECASE
)
_PARKING = re.compile(r"park|parc[-_ :]|stationnement|p\+r", re.IGNORECASE)


def find_kind(condition: Condition) -> Kind:
    """What the facility of a condition is."""
    counted = [
        (text(one, "CountingType"), text(one, "CountedFeatureUnit"))
        for one in children(condition.tree, "MonitoredCounting")
    ]
    if ("availabilityCount", "vehicles") in counted:
        return Kind("vehicles for hire")
    facility = child(condition.tree, "Facility")
    classes = [one for one in children(facility, "FacilityClass") if isinstance(one, str)]
    features = [text(one, "ParkingFacility") for one in children(child(facility, "Features"), "Feature")]
    if parks := [one for one in features if one is not None]:
        return Kind(audience=_PARKS.get(parks[0]))
    if "parkingBay" in classes or any(unit == "bays" for _, unit in counted):
        return Kind()
    for known in _EQUIPMENT:
        if known in classes:
            return Kind(known)
    name = condition.name or ""
    if found := _OTHER.search(name):
        return Kind(f"called {found[0]}")
    return Kind() if _PARKING.search(name) else Kind("of no stated kind", is_sure=False)
