"""A mapping's text into what it says, or one clear sentence: which file, which key, and what to write instead."""

import tomllib
from difflib import get_close_matches
from typing import Any, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from parking.catalogue.model import MAX_VALID_FOR_S, TENANT_ID
from parking.errors import ParkingError
from sensors.sources.mapped.mapping import MappingFile

MAX_MAPPING_BYTES = 256 * 1024
_TAKEN = ("kafka", "clock", "mapped")
_LISTS = ("count", "status", "category")
_EXAMPLES = {
    "source": '[source] with name = "exempleville" and zone = "Europe/Paris"',
    "body": '[body] with format = "json" and records = "data.parkings"',
    "record": '[record] with id = "id"',
    "name": 'name = "exempleville"',
    "zone": 'zone = "Europe/Paris"',
    "format": 'format = "json" (or geojson, xml, csv); of a time "iso", "epoch_s", "epoch_ms" or "%d/%m/%Y %H:%M"',
    "id": 'id = "id"',
    "at": 'at = "path.to.the.field"',
    "free": 'free = ["free"]',
    "occupied": 'occupied = "path", and of a [space] occupied = ["taken"]',
    "category": 'category = "public" (or subscriber, disabled, ev, car_share, carpool, delivery, motorcycle, bike)',
    "missing": 'missing = [-1, "n/a"], and of a status missing = "refuse", "unknown" or "nothing"',
    "others": 'others = "refuse", "unknown" or "nothing"',
    "paging": 'paging = "next_link" (or whole_body, page_number, opendatasoft, next_id, counted)',
    "order": 'order = "lat,lon" (or "lon,lat")',
    "basis": 'basis = "device" (or gateway, or arrival: the clock of who collected it)',
    "recording": 'recording = "typical" (or commonest, record, unsaid)',
    "box": "box = [7.0, 47.5, 8.5, 48.5], which is west, south, east, north",
    "required": 'required = ["vacant", "capacity"]',
}


class MappingError(ParkingError):
    """A mapping cannot be used; the message names file, key, and what to write instead."""


def read_toml(file: str, text: str) -> MappingFile:
    """What a mapping says, of known keys and sound values alone. Raises MappingError."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file}: not readable as TOML: {error}; texts stand in quotes, lists in [ ]") from error
    for name in _LISTS:
        if isinstance(said.get(name), dict):
            said[name] = [said[name]]
    _require_known(file, "", said, MappingFile)
    try:
        mapping = msgspec.convert(said, MappingFile)
    except msgspec.ValidationError as error:
        raise MappingError(f"{file}: {_sentence(str(error))}") from error
    _require_sound_source(file, mapping)
    return mapping


def _require_known(file: str, where: str, said: object, kind: Any) -> None:
    """Refuse keys that no table of ``kind`` has, with the nearest that it has."""
    if get_origin(kind) is list and isinstance(said, list):
        for part in said:
            _require_known(file, where, part, get_args(kind)[0])
        return
    kinds = [one for one in (get_args(kind) or (kind,)) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    if not kinds or not isinstance(said, dict):
        return
    known = {field.name: field.type for field in msgspec.structs.fields(kinds[0])}
    for key, value in said.items():
        if key not in known:
            near = get_close_matches(key, known, 1)
            instead = f"write {near[0]!r}" if near else f"known there are {', '.join(sorted(known))}"
            raise MappingError(f"{file}: {where + key} is no key of a mapping: {instead}")
        _require_known(file, f"{where}{key}.", value, known[key])


def _sentence(error: str) -> str:
    """What msgspec says, with the key in front and an example behind."""
    what, _, where = error.partition(" - at `$")
    if "missing required field" in what:
        key = what.split("`")[1]
        path = f"{where.rstrip('`').lstrip('.')}.{key}".lstrip(".")
        return f"{path} is missing: write {_EXAMPLES.get(key, key + ' = …')}"
    path = where.rstrip("`").lstrip(".")
    key = path.split("[")[0].rsplit(".", 1)[-1] if path.split("[")[0] not in _LISTS else path.rsplit(".", 1)[-1]
    instead = _EXAMPLES.get(key.split("[")[0], "it as docs/mapping/mapped.md says")
    return f"{path}: {what[:1].lower()}{what[1:]}: write {instead}"


def _require_sound_source(file: str, mapping: MappingFile) -> None:
    source = mapping.source
    if not TENANT_ID.fullmatch(source.name):
        raise MappingError(
            f"{file}: source.name {source.name!r:.60} must be 1-63 of a-z 0-9 . _ - and begin with a letter or digit: "
            f"write exempleville"
        )
    if source.name in _TAKEN:
        raise MappingError(f"{file}: source.name {source.name!r} is a name of the house: give it another one")
    if source.city is not None and not TENANT_ID.fullmatch(source.city):
        raise MappingError(f"{file}: source.city {source.city!r:.60} must be like exempleville, in small letters")
    if not (source.licence or source.licence_by):
        raise MappingError(
            f'{file}: source.licence is missing: write licence = "Licence Ouverte 2.0", or where none is stated '
            f'licence_by = "data.exempleville.example", who must be asked'
        )
    if not 0 < source.valid_for_s <= MAX_VALID_FOR_S:
        raise MappingError(f"{file}: source.valid_for_s {source.valid_for_s} must be 1..{MAX_VALID_FOR_S} seconds")
    if source.poll_every_s is not None and source.poll_every_s < 1:
        raise MappingError(f"{file}: source.poll_every_s {source.poll_every_s} must be 1 second or more: write 60")
    for url in source.feeds:
        if not url.startswith(("http://", "https://")):
            raise MappingError(f"{file}: source.feeds {url!r:.80} is no address: it begins with https:// or http://")
    for key, zone in (("source.zone", source.zone), ("time.zone", mapping.time and mapping.time.zone)):
        try:
            ZoneInfo(zone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise MappingError(f"{file}: {key} {zone!r:.40} is no zone: write Europe/Paris") from error
