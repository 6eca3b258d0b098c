"""What a record of Bordeaux says about its car park: where it is, how large, how high, and for whom."""

from collections.abc import Mapping

from parking.catalogue.model import Device, Place, Point
from parking.words import Audience, RejectReason
from sensors.contract import RecordRefusedError
from sensors.portals import POINT
from sensors.reading.numbers import whole_number
from sensors.reading.points import read_point

SUBSCRIBERS_TARIFF = "PAYANT_RESERVE_ABONNES"
SUBSCRIBERS_WORDS = ("réservé abonnés", "abonnés seulement", "résidents seulement")


def audience_of(fields: Mapping[str, object]) -> Audience:
    """For whom the car park is: by its tariff, or where its free text begins by saying so."""
    said = fields.get("infor")
    reserved = isinstance(said, str) and said.strip().lower().startswith(SUBSCRIBERS_WORDS)
    return Audience.SUBSCRIBER if reserved or fields.get("ta_type") == SUBSCRIBERS_TARIFF else Audience.PUBLIC


def read_capacity(fields: Mapping[str, object], device_id: str) -> int | None:
    """Spaces; missing or 0 is unknown."""
    total = fields.get("total")
    return None if total is None else whole_number(total, "total", device_id) or None


def read_place(device_id: str, fields: Mapping[str, object], tenant: str, device: Device) -> Place:
    """The place of one record. Raises RecordRefusedError, or InvalidPlaceError, where its description is unusable."""
    address = _text(fields, "adresse")
    return Place(
        tenant=tenant,
        id=device_id,
        name=_text(fields, "nom") or device_id,
        point=_point(device_id, fields),
        capacity=read_capacity(fields, device_id) if audience_of(fields) is Audience.PUBLIC else None,
        address=address,
        height_cm=_height_cm(fields),
        devices=(device,),
    )


def _text(fields: Mapping[str, object], name: str) -> str | None:
    value = fields.get(name)
    return " ".join(value.split()) if isinstance(value, str) else None


def _point(device_id: str, fields: Mapping[str, object]) -> Point | None:
    """The live portal's point; else ``pos``, which is lat before lon."""
    live, geometry = fields.get(POINT), fields.get("geometry")
    if isinstance(live, dict):
        return read_point(live.get("lon"), live.get("lat"), device_id)
    pos = geometry.get("pos") if isinstance(geometry, dict) else None
    if pos is None:
        return None
    try:
        lat, lon = map(float, str(pos).split())
        return Point(lon, lat)
    except ValueError as error:  # not two numbers, or nowhere
        raise RecordRefusedError(RejectReason.BAD_COORDINATES, f"pos {pos!r:.60}: {error}", device_id) from error


def _height_cm(fields: Mapping[str, object]) -> int | None:
    """The lower of the two heights, in metres with a comma: whoever fits under it fits everywhere."""
    heights = []
    for name in ("gabari_max", "gabari_std"):
        try:
            metres = float(str(fields[name]).replace(",", "."))
        except (KeyError, ValueError):
            continue
        if 1 < metres < 10:
            heights.append(round(metres * 100))
    return min(heights, default=None)
