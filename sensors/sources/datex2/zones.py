"""Places from what is known of sites and bays: a site is one place, the bays of a street segment are another."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parking.catalogue.model import MAX_SPACES_PER_ZONE, Device, Place, PlaceKind, Point, Space
from parking.words import Audience
from sensors.sources.datex2.static import Site

_ORDINARY = frozenset({Audience.PUBLIC})


class Zone(NamedTuple):
    """The bays of one street segment, in the order of their slots."""

    id: str
    name: str
    bays: Sequence[Site]


def site_place(site: Site, tenant: str, source: str, valid_for_s: int) -> Place:
    """A car park, counted as a whole by one device of its own id."""
    return Place(
        tenant=tenant,
        id=site.id,
        name=site.name,
        point=site.point,
        capacity=site.capacity,
        full_at=site.thresholds.full_at,
        almost_full_at=site.thresholds.almost_full_at,
        height_cm=site.height_cm,
        opening_hours=site.opening_hours,
        devices=(Device(source=source, id=site.id, valid_for_s=valid_for_s),),
    )


def group_bays(bays: Sequence[Site]) -> Iterator[Zone]:
    """Zones by publisher and street segment, of at most 128 bays; a bay alone where no street is known.

    A slot is a bay's rank among all described bays of its segment, by length of id, then id: publishers number upwards,
    so that a new bay comes last.
    """
    segments: dict[tuple[str, str], list[Site]] = {}
    for bay in sorted(bays, key=lambda listed: (len(listed.id), listed.id)):
        if bay.zone is not None:
            segments.setdefault(bay.zone, []).append(bay)
        elif bay.street is not None:
            street_id = ":".join(filter(None, (bay.publisher, f"street.{bay.street.replace(' ', '-')}")))
            segments.setdefault((street_id.replace("/", "%2F"), bay.street), []).append(bay)
        else:
            yield Zone(bay.id, bay.name, [bay])
    for (zone_id, name), held in segments.items():
        for part, first in enumerate(range(0, len(held), MAX_SPACES_PER_ZONE), 1):
            more = "" if part == 1 else f"-{part}"
            yield Zone(zone_id + more, name + more.replace("-", " "), held[first : first + MAX_SPACES_PER_ZONE])


def zone_place(zone: Zone, tenant: str, source: str, valid_for_s: int) -> Place:
    """A street segment, each bay of it a slot that a device of its own observes."""
    points = [bay.point for bay in zone.bays if bay.point is not None]
    return Place(
        tenant=tenant,
        id=zone.id,
        name=zone.name,
        kind=PlaceKind.ZONE,
        point=_middle(points) if points else None,
        spaces=tuple(
            Space(id=bay.id, audiences=_ORDINARY if bay.audiences is None else bay.audiences, point=bay.point)
            for bay in zone.bays
        ),
        devices=tuple(
            Device(source=source, id=bay.id, slot=slot, valid_for_s=valid_for_s) for slot, bay in enumerate(zone.bays)
        ),
    )


def _middle(points: Sequence[Point]) -> Point:
    return Point(sum(point.lon for point in points) / len(points), sum(point.lat for point in points) / len(points))
