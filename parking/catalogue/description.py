"""What can be said of a place in words and numbers, each field by the city or by a feed; None is unsaid.

``Described`` is what a place inherits, and also what is kept of a feed's word that does not stand (``Place.claims``).
"""

import math
import re
from typing import TypeAlias

import msgspec

from parking.errors import InvalidPlaceError
from parking.words import DisabledTariff, Structure, Users

MAX_TEXT = 300
MAX_REMARK = 1_000
MAX_CORNERS = 10_000
_PAGE = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
UNSAID = (None, ())
THE_CITY = ""
"""Who said a field that no feed said: the city itself, by an import."""


class Point(msgspec.Struct, frozen=True, array_like=True):
    """Degrees, WGS 84, always lon before lat."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon) and math.isfinite(self.lat) and abs(self.lon) <= 180 and abs(self.lat) <= 90):
            raise InvalidPlaceError(f"lon must be -180..180 and lat -90..90, got lon={self.lon} lat={self.lat}")


Outline: TypeAlias = tuple[Point, ...]
"""The corners of one ring, the first not repeated; whether it is a sound polygon is checked by ``geo.areas``."""


class Described(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``capacity`` counts ordinary (public) spaces; a count's own capacity goes before it.

    ``full_at`` and ``almost_full_at`` are vacancies at or below which the level changes; None means the default of
    ``level``. ``height_cm`` is the tallest vehicle let in; ``opening_hours`` is in OpenStreetMap's notation, such as
    "Mo-Fr 06:30-23:30"; both are as stated. ``outline`` is a zone's footprint on the ground.

    From ``users`` on it is what a driver wants to know besides, as stated once, and never part of a count: prices in
    euro cents of so many hours (a free time included), ``season_…`` by the month; ``spaces_…`` reserved for a use;
    ``url`` a page with more; the French codes of the town and of who runs it.
    """

    point: Point | None = None
    capacity: int | None = None
    full_at: int | None = None
    almost_full_at: int | None = None
    address: str | None = None
    height_cm: int | None = None
    opening_hours: str | None = None
    outline: Outline = ()
    users: Users | None = None
    is_free: bool | None = None
    price_1h_cents: int | None = None
    price_2h_cents: int | None = None
    price_3h_cents: int | None = None
    price_4h_cents: int | None = None
    price_24h_cents: int | None = None
    season_resident_cents: int | None = None
    season_cents: int | None = None
    disabled_tariff: DisabledTariff | None = None
    spaces_disabled: int | None = None
    spaces_ev: int | None = None
    spaces_park_and_ride: int | None = None
    spaces_car_share: int | None = None
    spaces_carpool: int | None = None
    spaces_motorcycle: int | None = None
    spaces_bike: int | None = None
    spaces_electric_two_wheeler: int | None = None
    structure: Structure | None = None
    url: str | None = None
    info: str | None = None
    insee: str | None = None
    operator_siret: str | None = None

    def require_sound(self, owner: str) -> None:
        """Raise InvalidPlaceError where a field cannot be so of any place."""
        for name in _TEXTS:
            if len(getattr(self, name) or "") > MAX_TEXT:
                raise InvalidPlaceError(f"place {owner}: {name} must be at most {MAX_TEXT} characters")
        if max(len(self.info or ""), len(self.url or "")) > MAX_REMARK or (self.url and not is_page(self.url)):
            raise InvalidPlaceError(f"place {owner}: info or url is too long, or url is no address of a page")
        if self.height_cm is not None and self.height_cm <= 0:
            raise InvalidPlaceError(f"place {owner}: height_cm is {self.height_cm}; leave it out if unknown")
        for name in _NUMBERS:
            if (getattr(self, name) or 0) < 0:
                raise InvalidPlaceError(
                    f"place {owner}: {name} {getattr(self, name)} is negative; leave it out if unknown"
                )
        if self.outline:
            require_outline(owner, self.outline)


class Claimed(Described, frozen=True, kw_only=True, omit_defaults=True):
    """What one feed says of a place where another word stands."""

    name: str | None = None


_TEXTS = ("address", "opening_hours", "insee", "operator_siret")
DETAILS = Described.__struct_fields__[Described.__struct_fields__.index("users") :]
"""What is said of a place for drivers beside what is counted."""

_NUMBERS = ("capacity", *(name for name in DETAILS if name.startswith(("price_", "season_", "spaces_"))))
BAYS_MARK = "spaces"
"""In ``Place.said_by``: the feed whose bays a zone has, and to which it may add."""

FIELDS = Claimed.__struct_fields__
"""All that somebody says of a place, each field on its own."""


def is_page(url: str) -> bool:
    """Whether a reader may follow it: an address of the web, and nothing that a browser would run."""
    return _PAGE.fullmatch(url) is not None


def require_outline(owner: str, outline: Outline) -> None:
    """Raise InvalidPlaceError where these cannot be the corners of a ring."""
    if not 3 <= len(outline) <= MAX_CORNERS:
        raise InvalidPlaceError(f"{owner}: an outline has 3..{MAX_CORNERS} corners, got {len(outline)}")
