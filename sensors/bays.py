"""Single spaces into street zones of at most 128, for sources that tell of bays."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from parking.catalogue.model import MAX_SPACES_PER_ZONE, Device, Place, PlaceKind, Point, Space
from parking.words import Audience
from sensors.contract import SourceInfo

_MAX_NAME = 64


class Bay(NamedTuple):
    """One single space, observed by a device of the same id, and the zone into which its source's rule puts it."""

    id: str
    zone: str
    zone_name: str
    point: Point | None = None
    audiences: frozenset[Audience] = frozenset({Audience.PUBLIC})


def natural_order(bay_id: str) -> str:
    """A key that sorts 9W before 10W."""
    return re.sub("[0-9]+", lambda digits: digits[0].zfill(12), bay_id)


def make_zones(info: SourceInfo, tenant: str, bays: Iterable[Bay], valid_for_s: int) -> list[Place]:
    """Street zones of these bays, each with one device; of bays with one id the first counts.

    Bays take the slots of their zone in the order given, and every 128 make a part of their own ("x", "x_2", …). So a
    bay that is appended moves nobody; one that is put before others moves those after it in its zone, whose slots
    then tell of another bay until that one speaks. The caller's order decides.
    """
    zones: dict[str, dict[str, Bay]] = {}
    homes: dict[str, str] = {}
    for bay in bays:
        home = homes.setdefault(bay.id, _place_id(bay.zone))
        zones.setdefault(home, {}).setdefault(bay.id, bay)
    return [
        _make_zone(info.id, tenant, f"{zone}_{start // MAX_SPACES_PER_ZONE + 1}" if start else zone, part, valid_for_s)
        for zone, members in sorted(zones.items())
        for start in range(0, len(members), MAX_SPACES_PER_ZONE)
        if (part := list(members.values())[start : start + MAX_SPACES_PER_ZONE])
    ]


def _place_id(zone: str) -> str:
    return re.sub("[^A-Za-z0-9.+-]+", "-", zone)[:_MAX_NAME] or "-"


def _make_zone(source: str, tenant: str, zone: str, bays: Sequence[Bay], valid_for_s: int) -> Place:
    points = [bay.point for bay in bays if bay.point is not None]
    middle = [sum(coordinates) / len(points) for coordinates in zip(*((p.lon, p.lat) for p in points), strict=True)]
    return Place(
        tenant=tenant,
        id=zone,
        name=bays[0].zone_name,
        kind=PlaceKind.ZONE,
        point=Point(*middle) if points else None,
        spaces=tuple(Space(id=bay.id, audiences=bay.audiences, point=bay.point) for bay in bays),
        devices=tuple(
            Device(source=source, id=bay.id, slot=slot, valid_for_s=valid_for_s) for slot, bay in enumerate(bays)
        ),
    )
