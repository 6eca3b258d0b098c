"""Query strings into checked questions: every refusal names the field and its range."""

import math
from collections.abc import Mapping
from urllib.parse import parse_qsl

from gateways.api.city import Question, ServedCity
from gateways.api.problems import bad_field
from geo.nearest import MAX_K, MAX_RADIUS_M
from parking.words import Audience
from serving.problems import ProblemDocument

_NEAREST = ("lon", "lat", "k", "radius_m", "need", "include_unknown", "spaces")
_ALLOWED_NEEDS = "one or more, with commas, of " + ", ".join(Audience)
_NEEDS = {audience.value: audience for audience in Audience}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_NEAR_DEGREES = 1.0


def read_query(query: bytes, known: tuple[str, ...]) -> dict[str, str]:
    """The parameters of a query string; refuses unknown and repeated ones, since a typing error must not go unseen."""
    fields: dict[str, str] = {}
    for name, value in _pairs(query.decode("latin-1")):
        if name not in known:
            raise _no_parameter(name, known)
        if name in fields:
            raise bad_field(name, value, "given once")
        fields[name] = value
    return fields


def _no_parameter(name: str, known: tuple[str, ...]) -> ProblemDocument:
    allowed = f"one of {', '.join(known)}" if known else "no parameter at all"
    detail = f"there is no parameter {name!r:.80} here; there may be {allowed}"
    return ProblemDocument(400, "Bad request", detail, name, allowed)


def _pairs(query: str) -> list[list[str]] | list[tuple[str, str]]:
    """Names and values; the long way only where something is escaped."""
    if "%" in query or "+" in query or not query:
        return parse_qsl(query, keep_blank_values=True)
    pairs = [part.split("=", 1) for part in query.split("&")]
    return pairs if all(len(pair) == 2 for pair in pairs) else parse_qsl(query, keep_blank_values=True)


def read_nearest(query: bytes, city: ServedCity) -> Question:
    """The question in the query string of /v1/nearest."""
    fields = read_query(query, _NEAREST)
    lon, lat = read_point(fields)
    _refuse_swapped(lon, lat, city)
    k = _number(fields, "k", "5", f"a whole number, 1..{MAX_K}")
    if not (k.is_integer() and 1 <= k <= MAX_K):
        raise bad_field("k", fields["k"], f"a whole number, 1..{MAX_K}")
    radius_m = _number(fields, "radius_m", "2000", f"metres, 0..{MAX_RADIUS_M:.0f}")
    if not 0 <= radius_m <= MAX_RADIUS_M:
        raise bad_field("radius_m", fields["radius_m"], f"metres, 0..{MAX_RADIUS_M:.0f}")
    return Question(
        lon,
        lat,
        int(k),
        radius_m,
        _read_needs(fields.get("need", "public")),
        _flag(fields, "include_unknown"),
        _flag(fields, "spaces"),
    )


def read_point(fields: Mapping[str, str]) -> tuple[float, float]:
    """Longitude and latitude, both required."""
    lon = _number(fields, "lon", None, "degrees, -180..180")
    lat = _number(fields, "lat", None, "degrees, -90..90")
    if not abs(lon) <= 180:
        raise bad_field("lon", fields["lon"], "degrees, -180..180")
    if not abs(lat) <= 90:
        raise bad_field("lat", fields["lat"], "degrees, -90..90")
    return lon, lat


def _number(fields: Mapping[str, str], name: str, default: str | None, allowed: str) -> float:
    text = fields.get(name, default)
    if text is None:
        raise ProblemDocument(400, "Bad request", f"{name} is missing; it must be {allowed}", name, allowed)
    try:
        number = float(text)
    except ValueError:
        raise bad_field(name, text, allowed) from None
    if not math.isfinite(number) or "_" in text or not text.isascii():
        raise bad_field(name, text, allowed)
    return number


def _flag(fields: Mapping[str, str], name: str) -> bool:
    text = fields.get(name, "false")
    if text not in _FLAGS:
        raise bad_field(name, text, "true or false")
    return _FLAGS[text]


def _read_needs(text: str) -> tuple[Audience, ...]:
    try:
        return tuple(_NEEDS[name] for name in text.split(","))
    except KeyError:
        raise bad_field("need", text, _ALLOWED_NEEDS) from None


def _refuse_swapped(lon: float, lat: float, city: ServedCity) -> None:
    """Refuse a point that is nowhere near the city while its mirror image is: lon and lat were exchanged."""
    box = city.bounds
    if box is None or box.is_near(lon, lat, _NEAR_DEGREES) or not box.is_near(lat, lon, _NEAR_DEGREES):
        return
    allowed = f"lon {box.west:.3f}..{box.east:.3f} and lat {box.south:.3f}..{box.north:.3f} for {city.tenant}"
    raise ProblemDocument(
        400, "Bad request", f"lon={lon} lat={lat} look exchanged: lon comes first; expected {allowed}", "lon", allowed
    )
