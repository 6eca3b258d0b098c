"""For whom an entity is, as its vehicle, its permit and its categories say."""

from parking.words import Audience
from sensors.reading.texts import find_texts
from sensors.sources.ngsi_ld.wire import Entity
from sensors.sources.ngsi_ld.words import FOR, ONLY, PERMITS, SPOT, VEHICLES


def find_audience(entity: Entity) -> Audience | None:
    """Whom it is for: everybody where nothing else is said, None for somebody whom the house cannot name.

    A vehicle that is no car goes before a permit, a permit before a category. The word is the narrowest that is clear.
    """
    vehicle = _of_vehicle(entity)
    if vehicle is not Audience.PUBLIC:
        return vehicle
    permit = _of_permits(entity)
    if permit is not Audience.PUBLIC:
        return permit
    words = [word.casefold() for word in entity.words("category")]
    named = ONLY if entity.type not in (SPOT, "ParkingGroup") else {**FOR, **ONLY}
    told = {named[word] for word in words if word in named}
    return Audience.PUBLIC if not told else next(iter(told)) if len(told) == 1 else None


def _of_vehicle(entity: Entity) -> Audience | None:
    """Of the first vehicle that it names, which is the principal one."""
    vehicles = entity.words("allowedVehicleType")
    return VEHICLES.get(vehicles[0]) if vehicles else Audience.PUBLIC


def _of_permits(entity: Entity) -> Audience | None:
    """One of the permits is enough; those with a comma between them are needed together."""
    stated = entity.value("requiredPermit")
    alternatives = [find_texts(one) for one in (stated if isinstance(stated, list) else [stated])]
    told = {_of_all(words) for words in alternatives if words}
    if not told or Audience.PUBLIC in told:
        return Audience.PUBLIC
    return next(iter(told)) if len(told) == 1 else None


def _of_all(permits: list[str]) -> Audience | None:
    """Whom several permits at once let in: the one that they name beside those that everybody can have."""
    told = {PERMITS.get(word) for word in permits} - ({Audience.PUBLIC} if len(permits) > 1 else set())
    return next(iter(told)) if len(told) == 1 else None
