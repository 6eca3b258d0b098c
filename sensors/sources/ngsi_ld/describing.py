"""The places that entities describe: sites and groups as they are, spots as zones of the site that they refer to."""

from collections.abc import Iterator

from parking.catalogue.model import MAX_CORNERS, Device, Outline, Place, Point
from parking.errors import InvalidPlaceError
from parking.words import Audience, RejectReason
from sensors.bays import Bay, make_zones
from sensors.bodies import JsonRecord
from sensors.contract import RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.numbers import find_number
from sensors.reading.points import read_point
from sensors.reading.texts import find_texts, found_text
from sensors.sources.ngsi_ld.audiences import find_audience
from sensors.sources.ngsi_ld.saying import TOTAL
from sensors.sources.ngsi_ld.wire import Entity, read_entity, split
from sensors.sources.ngsi_ld.words import SITES, SPOT


def read_places(info: SourceInfo, body: bytes | None, tenant: str, ledger: Ledger) -> list[Place]:
    """Sites and groups, then zones. What decode refuses is passed over; a wrong part of a description is refused."""
    sites: dict[str, Place] = {}
    bays: list[Bay] = []
    for entity in _read_entities(body):
        point, outline = _where(entity, ledger)
        try:
            if entity.type in SITES:
                sites.setdefault(entity.id, _site(info, entity, tenant, point, outline, ledger))
            elif entity.type == SPOT:
                bays.append(_bay(entity, point))
        except InvalidPlaceError as error:
            ledger.refuse(error, entity.raw, entity.id)
    return [*sites.values(), *make_zones(info, tenant, bays, info.valid_for_s)]


def _read_entities(body: bytes | None) -> Iterator[Entity]:
    try:
        for record in () if body is None else split(body):
            if isinstance(record, JsonRecord):
                try:
                    yield read_entity(record)
                except RecordRefusedError:
                    continue
    except RecordRefusedError:
        return


def _site(
    info: SourceInfo, entity: Entity, tenant: str, point: Point | None, outline: Outline, ledger: Ledger
) -> Place:
    address = entity.value("address")
    street = address.get("streetAddress") if isinstance(address, dict) else address
    return Place(
        tenant=tenant,
        id=entity.id,
        name=_name(entity) or entity.id[:200],
        point=point,
        outline=outline,
        capacity=_capacity(entity, ledger),
        address=found_text(street),
        height_cm=_height(entity.value("maximumAllowedHeight")),
        devices=(Device(source=info.id, id=entity.id, valid_for_s=info.valid_for_s),),
    )


def _capacity(entity: Entity, ledger: Ledger) -> int | None:
    """Of ordinary spaces alone: those of another audience stand in its count."""
    if find_audience(entity) is not Audience.PUBLIC:
        return None
    try:
        return find_number({TOTAL: entity.value(TOTAL)}, TOTAL, entity.id) or None
    except RecordRefusedError as error:
        ledger.refuse(error, entity.raw)
        return None


def _bay(entity: Entity, point: Point | None) -> Bay:
    """A spot in the zone of its site, or of its group where it names no site."""
    homes = find_texts(entity.value("refParkingSite")) or find_texts(entity.value("refParkingGroup"))
    audience = find_audience(entity)
    zone = f"spots-{homes[0].rpartition(':')[2]}" if homes else "spots"
    return Bay(entity.id, zone, zone, point, frozenset() if audience is None else frozenset({audience}))


def _name(entity: Entity) -> str | None:
    """Its name; of one in many languages the first."""
    name = entity.value("name")
    return found_text(next(iter(name.values()), None) if isinstance(name, dict) else name)


def _height(metres: object) -> int | None:
    sane = isinstance(metres, int | float) and not isinstance(metres, bool) and 1 <= metres <= 20
    return round(float(metres) * 100) if sane and isinstance(metres, int | float) else None


def _where(entity: Entity, ledger: Ledger) -> tuple[Point | None, Outline]:
    """Its point, or the middle of its outline. What is nowhere still counts."""
    location = entity.value("location")
    if location is None:
        return None, ()
    try:
        corners = [read_point(*_lon_lat(pair), entity.id) for pair in _positions(location)]
        if not corners:
            detail = f"location {location!r:.80} has no coordinates; correct the source"
            raise RecordRefusedError(RejectReason.BAD_COORDINATES, detail, entity.id)
    except RecordRefusedError as error:
        ledger.refuse(error, entity.raw)
        return None, ()
    ring = corners[:-1] if len(corners) > 1 and corners[0] == corners[-1] else corners
    middle = Point(sum(one.lon for one in ring) / len(ring), sum(one.lat for one in ring) / len(ring))
    is_ring = isinstance(location, dict) and location.get("type") == "Polygon" and 3 <= len(ring) <= MAX_CORNERS
    return middle, tuple(ring) if is_ring else ()


def _positions(location: object) -> list[object]:
    """The positions of a GeoJSON geometry, of its outer ring alone; NGSI-v2's own texts "lat, lon" as lon and lat."""
    if isinstance(location, str):
        return [list(reversed(location.split(",")))]
    if isinstance(location, list) and all(isinstance(one, str) for one in location):
        return [list(reversed(one.split(","))) for one in location]
    found = location.get("coordinates") if isinstance(location, dict) else None
    while (
        isinstance(found, list) and found and isinstance(found[0], list) and found[0] and isinstance(found[0][0], list)
    ):
        found = found[0]
    if not isinstance(found, list) or not found:
        return []
    return found if isinstance(found[0], list) else [found]


def _lon_lat(position: object) -> tuple[object, object]:
    return (position[0], position[1]) if isinstance(position, list) and len(position) in (2, 3) else (None, None)
