"""Where something is, from whatever a source writes for coordinates."""

from parking.catalogue.model import Point
from parking.words import RejectReason
from sensors.contract import RecordRefusedError


def read_point(lon: object, lat: object, device_id: str | None = None) -> Point:
    """A point from numbers or their texts; refuses what is no number and what is nowhere."""
    try:
        east, north = _number(lon), _number(lat)
        return Point(float(east), float(north))
    except (ValueError, OverflowError) as error:  # InvalidPlaceError, for what is nowhere, is a ValueError
        detail = f"lon {lon!r:.40} lat {lat!r:.40} is no point: {error}; correct the source"
        raise RecordRefusedError(RejectReason.BAD_COORDINATES, detail, device_id) from error


def _number(value: object) -> int | float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not two numbers")
    if isinstance(value, str) and value.count(",") == 1 and "." not in value:
        return value.replace(",", ".")  # a decimal comma
    return value
