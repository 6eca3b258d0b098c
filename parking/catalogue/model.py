"""The catalogue: tenants, places, their spaces, and which device observes what between which dates.

A missing capacity or coordinate is None, never 0: "how many" and "where" are then unknown.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from parking.catalogue.description import MAX_CORNERS as MAX_CORNERS
from parking.catalogue.description import MAX_TEXT as MAX_TEXT
from parking.catalogue.description import THE_CITY, UNSAID, Claimed, Described, require_outline
from parking.catalogue.description import Outline as Outline
from parking.catalogue.description import Point as Point
from parking.errors import InvalidPlaceError
from parking.instants import require_utc
from parking.words import Audience, ClockBasis

MAX_SPACES_PER_ZONE = 128
MAX_DEVICES_PER_PLACE = 1_024
"""Of one place, those that are gone among them: as many as a full zone has in eight generations."""

DEFAULT_VALID_FOR_S = 15 * 60
"""Where nobody says how long a number holds: what is older than 15 minutes must not be treated as valid."""

MAX_VALID_FOR_S = 366 * 24 * 3600
MAX_DISTANCE_MM = 20_000
MAX_ID = 128

TENANT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the city that people know by name, such as a commune."""

    id: str
    name: str
    outline: Outline

    def __post_init__(self) -> None:
        require_outline(self.id, self.outline)


class MapView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a map of the city begins: its middle in degrees, and a zoom as web maps count it (0 is the whole world)."""

    lon: float
    lat: float
    zoom: float = 13.0

    def __post_init__(self) -> None:
        Point(self.lon, self.lat)
        if not 0 <= self.zoom <= 22:
            raise InvalidPlaceError(f"the map's zoom is {self.zoom}; it must be 0..22, like 13")


class Tenant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A city (or a recording of one): the clock it is judged by, and what it says of itself.

    ``zone`` is the IANA name of the zone in which people there read the time; "UTC" where nobody has said. ``pace`` is
    how many times faster than life a made-up day passes. ``languages`` are the codes of those it speaks, the first by
    default. ``located`` is how one says in a language that something is there ("fr": "au Mans"): no rule finds that
    from a name. ``attribution`` is what its data's licence asks to be shown wherever they show. A source declares what
    it knows of its city; what the city says of itself (``own``) stands beside that and goes before it, field by field.
    """

    id: str
    clock: ClockBasis
    name: str | None = None
    zone: str = "UTC"
    pace: float = 1.0
    attribution: str | None = None
    areas: tuple[Area, ...] = ()
    languages: tuple[str, ...] = ()
    located: dict[str, str] = {}
    licence: str | None = None
    view: MapView | None = None
    own: bool = False

    def __post_init__(self) -> None:
        if not TENANT_ID.fullmatch(self.id):
            raise InvalidPlaceError(
                f"city {self.id!r} must be 1-63 of a-z 0-9 . _ - and start with a letter or digit, like 'lemans'"
            )
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidPlaceError(f"city {self.id}: {self.zone!r:.40} is not a zone; write Europe/Paris") from error
        texts = (self.name, self.attribution, self.licence, *self.located.values())
        if any(text is not None and not (text.strip() and len(text) <= MAX_TEXT) for text in texts):
            raise InvalidPlaceError(f"city {self.id}: a text is empty or longer than {MAX_TEXT}; leave it out")
        for code in (*self.languages, *self.located):
            if not _LANGUAGE.fullmatch(code):
                raise InvalidPlaceError(f"city {self.id}: {code!r} is no language; write it like 'fr' or 'br'")

    @property
    def key(self) -> str:
        """Its key in the catalogue: what the city says of itself has a place of its own there."""
        return f"{self.id}/" if self.own else self.id


_UNSAID = Tenant(id="unsaid", clock=ClockBasis.WALL)
_OWN_WORDS = ("name", "attribution", "areas", "zone", "languages", "located", "licence", "view")


def merge_tenant(declared: Tenant | None, own: Tenant | None) -> Tenant | None:
    """What is known of a city: as its data declare it, but for what it says of itself. The clock stays the data's."""
    if own is None or declared is None:
        return declared or (own and msgspec.structs.replace(own, own=False))
    said = {name: getattr(own, name) for name in _OWN_WORDS if getattr(own, name) != getattr(_UNSAID, name)}
    return msgspec.structs.replace(declared, **said)


class PlaceKind(StrEnum):
    """What a driver goes to: a car park, or the bays of a street segment."""

    SITE = "site"
    ZONE = "zone"


class Space(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One single space of a zone; its slot is its index in ``Place.spaces`` and never changes."""

    id: str
    audiences: frozenset[Audience] = frozenset({Audience.PUBLIC})
    point: Point | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device (``source``, ``id``) observes the whole place, or one slot of it, from ``valid_from`` to ``valid_to``.

    ``valid_for_s`` is its contract: what it said this many seconds ago no longer counts. ``occupied_below_mm`` is of a
    sensor of distances: what is nearer is a car. ``is_reversed``: what this lane counts as entries drives out.
    """

    source: str
    id: str
    slot: int | None = None
    valid_for_s: int = DEFAULT_VALID_FOR_S
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    occupied_below_mm: int | None = None
    is_reversed: bool = False

    def __post_init__(self) -> None:
        if self.occupied_below_mm is not None and not 0 < self.occupied_below_mm <= MAX_DISTANCE_MM:
            raise InvalidPlaceError(
                f"device {self.id}: occupied_below_mm is {self.occupied_below_mm}; it must be 1..{MAX_DISTANCE_MM}"
            )
        if not 0 < self.valid_for_s <= MAX_VALID_FOR_S:
            raise InvalidPlaceError(
                f"device {self.id}: valid_for_s is {self.valid_for_s}; it must be 1..{MAX_VALID_FOR_S}"
            )
        if not 0 < len(self.id) <= MAX_ID or not 0 < len(self.source) <= MAX_ID:
            raise InvalidPlaceError(f"device {self.id[:40]!r}: id and source must be 1..{MAX_ID} characters")
        for name in ("valid_from", "valid_to"):
            instant = getattr(self, name)
            if instant is not None:
                require_utc(instant, name)

    def observes_at(self, instant: datetime) -> bool:
        """Whether this assignment holds then (from inclusive, to exclusive)."""
        return (self.valid_from is None or self.valid_from <= instant) and (
            self.valid_to is None or instant < self.valid_to
        )


class Place(Described, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """What a driver goes to: a site or a street zone, with one point and one availability.

    ``said_by`` names the feed that said a field, and ``THE_CITY`` where the city left it empty on purpose. What is
    not in it is the city's word, or nobody's where it is unknown. ``claims`` are what feeds say that does not stand.
    """

    tenant: str
    id: str
    name: str
    kind: PlaceKind = PlaceKind.SITE
    spaces: tuple[Space, ...] = ()
    devices: tuple[Device, ...] = ()
    said_by: dict[str, str] = msgspec.field(default_factory=dict)
    claims: dict[str, Claimed] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < len(self.id) <= MAX_ID or "/" in self.id or not self.id.isprintable():
            raise InvalidPlaceError(f"place id {self.id[:40]!r} must be 1..{MAX_ID} printable characters, without '/'")
        if len(self.name) > MAX_TEXT:
            raise InvalidPlaceError(f"place {self.id}: name must be at most {MAX_TEXT} characters")
        self.require_sound(self.id)
        if len(self.spaces) > MAX_SPACES_PER_ZONE:
            raise InvalidPlaceError(
                f"place {self.id} has {len(self.spaces)} spaces; split it into zones of at most {MAX_SPACES_PER_ZONE}"
            )
        if len(self.devices) > MAX_DEVICES_PER_PLACE:
            raise InvalidPlaceError(
                f"place {self.id} has {len(self.devices)} devices, and {MAX_DEVICES_PER_PLACE} at most: "
                "leave out those gone"
            )
        if self.spaces and self.kind is not PlaceKind.ZONE:
            raise InvalidPlaceError(f"place {self.id}: only a zone has single spaces")
        for device in self.devices:
            if device.slot is not None and not 0 <= device.slot < len(self.spaces):
                raise InvalidPlaceError(f"device {device.id} observes slot {device.slot} of {len(self.spaces)}")

    @property
    def key(self) -> str:
        """``tenant/place``: the Kafka key under which everything about this place meets."""
        return place_key(self.tenant, self.id)

    def who_said(self, field: str) -> str | None:
        """The feed that said it, ``THE_CITY``, or None where nobody has."""
        return self.said_by.get(field, None if getattr(self, field) in UNSAID else THE_CITY)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[Device]]:
        named: dict[tuple[str, str], list[Device]] = {}
        for device in self.devices:
            named.setdefault((device.source, device.id), []).append(device)
        return named

    @cached_property
    def shortest_contract_s(self) -> int:
        """The shortest contract of all its devices, and of one that is not among them."""
        return min((DEFAULT_VALID_FOR_S, *(device.valid_for_s for device in self.devices)))

    def find_device(self, source: str, device_id: str, instant: datetime) -> Device | None:
        """The device of that name that observes this place at ``instant``, or None."""
        for device in self._by_name.get((source, device_id), ()):
            if device.observes_at(instant):
                return device
        return None


def place_key(tenant: str, place_id: str) -> str:
    """The key of a place: ``tenant/place``."""
    return f"{tenant}/{place_id}"


class Catalogue:
    """Places by key and by device. Later declarations of the same place replace earlier ones."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self._places: dict[str, Place] = {}
        self._by_device: dict[tuple[str, str, str], set[str]] = {}
        for place in places:
            self.put(place)

    def put(self, place: Place) -> None:
        """Add a place, or replace the one with the same key."""
        self.drop(place.key)
        self._places[place.key] = place
        for device in place.devices:
            self._by_device.setdefault((place.tenant, device.source, device.id), set()).add(place.key)

    def drop(self, key: str) -> None:
        """Forget a place; nothing happens where it is not known."""
        old = self._places.pop(key, None)
        for device in old.devices if old else ():
            self._by_device[(old.tenant, device.source, device.id)].discard(key)  # type: ignore[union-attr]

    def find_place(self, key: str) -> Place | None:
        """The place with that ``tenant/place`` key, or None."""
        return self._places.get(key)

    def find_observed(self, tenant: str, source: str, device_id: str, instant: datetime) -> Place | None:
        """The place that this device observes at ``instant``, or None."""
        keys = self._by_device.get((tenant, source, device_id), ())
        for key in sorted(keys) if len(keys) > 1 else keys:
            place = self._places[key]
            if place.find_device(source, device_id, instant) is not None:
                return place
        return None

    def is_assigned(self, tenant: str, source: str, device_id: str) -> bool:
        """Whether any place has this device, at whatever time."""
        return bool(self._by_device.get((tenant, source, device_id)))

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places.values())

    def __len__(self) -> int:
        return len(self._places)
