"""What a mapping's TOML may say, table by table. docs/mapping/mapped.md has each key with an example.

Every value is as it is written; ``reading_toml`` checks it and ``plan`` makes of it what decodes.
"""

from typing import Literal

import msgspec

from parking.catalogue.model import DEFAULT_VALID_FOR_S
from parking.words import Audience
from sensors.contract import Paging
from sensors.sources.mapped.fields import Written

Word = str | int | float | bool
Selection = dict[str, list[Word]]
"""Paths, and the words of which one must stand at each."""


class SourcePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[source]: who it is."""

    name: str
    zone: str
    about: str | None = None
    city: str | None = None
    licence: str | None = None
    licence_by: str | None = None
    url: str = ""
    feeds: list[str] = []
    paging: Paging = Paging.NEXT_LINK
    poll_every_s: int | None = None
    valid_for_s: int = DEFAULT_VALID_FOR_S


class BodyPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[body]: where the records are, and which of them are meant."""

    format: Literal["json", "geojson", "xml", "csv"]
    records: str | list[str] | None = None
    wide: list[str] = []
    only: Selection = {}
    unless: Selection = {}


class TimePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[time]: when it was true."""

    at: Written
    format: str | list[str] = "iso"
    zone: str | None = None
    basis: Literal["device", "gateway", "arrival"] = "device"
    optional: bool = False
    published: Written | None = None
    recording: Literal["typical", "commonest", "record", "unsaid"] = "typical"
    local_labelled_utc: bool = False


class CountPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[count]]: how many spaces are vacant, for one audience."""

    vacant: Written | None = None
    occupied: Written | None = None
    capacity: Written | int | None = None
    full_at: Written | int | None = None
    category: Audience | None = None
    missing: list[Word] = []
    required: list[Literal["vacant", "occupied", "capacity"]] = []
    zero_beside: list[str] = []
    zero_capacity: Literal["unknown", "none"] = "unknown"


class StatusPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[status]]: words of the whole place, by what they mean."""

    at: Written
    open: list[Word] = []
    spaces_available: list[Word] = []
    almost_full: list[Word] = []
    full: list[Word] = []
    closed: list[Word] = []
    closed_abnormal: list[Word] = []
    subscribers_only: list[Word] = []
    not_counted: list[Word] = []
    cut_off: list[Word] = []
    unknown: list[Word] = []
    nothing: list[Word] = []
    usual: bool = False
    opening: bool = True
    others: Literal["refuse", "unknown", "nothing"] = "refuse"
    missing: Literal["refuse", "unknown", "nothing"] = "refuse"
    no_number: list[Word] = []
    only: Selection = {}
    unless: Selection = {}


class CategoryPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[category]]: for whom a record's spaces are, by a word of the record."""

    at: Written
    public: list[Word] = []
    subscriber: list[Word] = []
    disabled: list[Word] = []
    ev: list[Word] = []
    car_share: list[Word] = []
    carpool: list[Word] = []
    delivery: list[Word] = []
    motorcycle: list[Word] = []
    bike: list[Word] = []
    nothing: list[Word] = []
    others: Literal["refuse", "public", "nothing"] = "refuse"


class SpacePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[space]: the record is one single space."""

    at: Written
    free: list[Word]
    occupied: list[Word]
    closed: list[Word] = []
    unknown: list[Word] = []
    zone: Written | None = None
    zone_name: Written | None = None


class PlacePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[place]: what the record says of its place."""

    declare: bool = True
    name: Written | None = None
    address: Written | None = None
    capacity: Written | int | None = None
    height: Written | None = None
    lon: Written | None = None
    lat: Written | None = None
    point: Written | None = None
    order: Literal["lon,lat", "lat,lon"] | None = None
    system: str | None = None
    system_at: str | None = None
    box: list[float] = []


class RecordPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[record]: which place, or single space, it is about; what stands for "no number" everywhere in it."""

    id: Written
    missing: list[Word] = []
    reserved: bool = False


class MappingFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    source: SourcePart
    body: BodyPart
    record: RecordPart
    time: TimePart | None = None
    count: list[CountPart] = []
    status: list[StatusPart] = []
    category: list[CategoryPart] = []
    space: SpacePart | None = None
    place: PlacePart | None = None
