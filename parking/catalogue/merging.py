"""Merging what files say into a catalogue: which places change, and which rows are refused and why.

Nothing is taken away: what a file does not name stays. A space keeps its slot for ever, and new ones come after.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from parking.catalogue.assignments import NO_CONTRACTS, Assignment, assignments_of, settle
from parking.catalogue.description import BAYS_MARK
from parking.catalogue.model import MAX_DEVICES_PER_PLACE, MAX_SPACES_PER_ZONE, Device, Place, PlaceKind, Space
from parking.catalogue.provenance import city_says
from parking.catalogue.rows import DeviceRow, Imported, PlaceRow, RowRefusal, SpaceRow
from parking.errors import InvalidPlaceError


class Merged(NamedTuple):
    """The places that are new or changed, whole, by id; and every row that was refused, by file and row."""

    changed: list[Place]
    refusals: list[RowRefusal]


def merge(
    tenant: str, existing: Iterable[Place], imported: Imported, contracts: Mapping[str, int] = NO_CONTRACTS
) -> Merged:
    """The changes that an import makes to a tenant's places. Importing again changes nothing; no order matters.

    ``contracts``: see ``assignments.settle``.
    """
    before = {place.id: place for place in existing if place.tenant == tenant}
    draft, refusals = dict(before), list(imported.refusals)
    _merge_places(tenant, draft, imported.places, refusals)
    _merge_spaces(draft, imported.spaces, refusals)
    _merge_devices(draft, imported.devices, refusals, contracts)
    changed = [place for id_, place in sorted(draft.items()) if before.get(id_) != place]
    return Merged(changed, sorted(refusals))


def _merge_places(tenant: str, draft: dict[str, Place], rows: Sequence[PlaceRow], refusals: list[RowRefusal]) -> None:
    grouped: dict[str, list[PlaceRow]] = defaultdict(list)
    for row in rows:
        grouped[row.id].append(row)
    for id_, group in grouped.items():
        stated = _agreed(group, refusals)
        if stated is None:
            continue
        old = draft.get(id_)
        try:
            if old is None and not stated.get("name"):
                raise InvalidPlaceError(f"place {id_} is new and has no name: give it one")
            draft[id_] = _said_of(old, tenant, id_, stated)
        except InvalidPlaceError as error:
            column = "kind" if old is not None and old.spaces and stated.get("kind") is PlaceKind.SITE else "id"
            refusals += [RowRefusal(row.where, column, str(error)) for row in group]


def _said_of(old: Place | None, tenant: str, id_: str, stated: dict[str, Any]) -> Place:
    by = stated.pop("said_by", None)
    if old is None:
        marks = {name: by[name] for name in ("name", BAYS_MARK) if by and by.get(name)}
        old = Place(tenant=tenant, id=id_, name=stated["name"], said_by=marks)
    return city_says(old, stated, by)


def _agreed(rows: Sequence[PlaceRow] | Sequence[SpaceRow], refusals: list[RowRefusal]) -> dict[str, Any] | None:
    """Everything that rows of one id say together, or None where they contradict each other: then none counts."""
    stated: dict[str, Any] = {}
    ordered: list[PlaceRow | SpaceRow] = list(rows)
    ordered.sort(key=lambda row: row.where)
    for name in sorted({name for row in ordered for name in row.stated}):
        telling: list[PlaceRow | SpaceRow] = [row for row in ordered if name in row.stated]
        stated[name] = telling[0].stated[name]
        if any(row.stated[name] != stated[name] for row in telling):
            for row in ordered:
                other = next(rival for rival in telling + ordered if rival is not row)
                detail = f"{row.id} is also in {other.where}, with another {name}: keep one of them"
                refusals.append(RowRefusal(row.where, "id", detail))
            return None
    return stated


def _merge_spaces(draft: dict[str, Place], rows: Sequence[SpaceRow], refusals: list[RowRefusal]) -> None:
    grouped: dict[str, dict[str, list[SpaceRow]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        grouped[row.zone][row.id].append(row)
    for zone, by_id in grouped.items():
        of_zone = [row for group in by_id.values() for row in group]
        place = draft.get(zone)
        if place is None or place.kind is not PlaceKind.ZONE:
            found = "is in no file and not in the catalogue" if place is None else "is a site"
            detail = f"zone {zone} {found}: give it a row of its own with kind=zone"
            refusals += [RowRefusal(row.where, "zone", detail) for row in of_zone]
            continue
        stated = {id_: said for id_, group in by_id.items() if (said := _agreed(group, refusals)) is not None}
        own = {space.id for space in place.spaces}
        fresh = sorted(stated.keys() - own, key=lambda id_: (len(id_), id_))  # a rule, since no order of rows counts
        if len(place.spaces) + len(fresh) > MAX_SPACES_PER_ZONE:
            count = len(place.spaces) + len(fresh)
            detail = f"zone {zone} would have {count} spaces: split it into zones of at most {MAX_SPACES_PER_ZONE}"
            refusals += [RowRefusal(row.where, "zone", detail) for row in of_zone if row.id in fresh]
            fresh = []
        spaces = [msgspec.structs.replace(space, **stated.get(space.id, {})) for space in place.spaces]
        spaces += [Space(id=id_, **stated[id_]) for id_ in fresh]
        marks = place.said_by if not place.spaces or spaces == [*place.spaces] else _without_spaces(place.said_by)
        draft[zone] = msgspec.structs.replace(place, spaces=tuple(spaces), said_by=marks)


def _without_spaces(marks: Mapping[str, str]) -> dict[str, str]:
    """Once the city has a word in it, a zone's bays are the city's: no feed adds to them."""
    return {name: source for name, source in marks.items() if name != BAYS_MARK}


def _merge_devices(
    draft: dict[str, Place], rows: Sequence[DeviceRow], refusals: list[RowRefusal], contracts: Mapping[str, int]
) -> None:
    stated = [found for row in rows if (found := _assign(draft, row, refusals)) is not None]
    if not stated:
        return
    held, refused = settle(assignments_of(draft.values()), stated, contracts)
    refusals += refused
    by_place: dict[str, list[Device]] = defaultdict(list)
    for assignment in held:
        by_place[assignment.place].append(assignment.device)
    for id_, place in draft.items():
        devices = by_place.get(id_, [])
        if len(devices) > MAX_DEVICES_PER_PLACE:
            most = f"{len(devices)} devices, and {MAX_DEVICES_PER_PLACE} at most"
            detail = f"place {id_} would have {most}: leave out those gone"
            refusals += [RowRefusal(one.where, "place", detail) for one in stated if one.place == id_ and one.where]
            continue
        if len(devices) != len(place.devices) or set(devices) != set(place.devices):
            draft[id_] = msgspec.structs.replace(place, devices=tuple(sorted(devices, key=_device_order)))


def _assign(draft: Mapping[str, Place], row: DeviceRow, refusals: list[RowRefusal]) -> Assignment | None:
    place = draft.get(row.place)
    if place is None:
        detail = f"place {row.place} is in no file and not in the catalogue: add it, or correct the id"
        refusals.append(RowRefusal(row.where, "place", detail))
        return None
    slots = {space.id: slot for slot, space in enumerate(place.spaces)}
    if row.space is not None and row.space not in slots:
        detail = f"place {row.place} has no space {row.space}: add the space, or correct its id"
        refusals.append(RowRefusal(row.where, "space", detail))
        return None
    slot = None if row.space is None else slots[row.space]
    device = Device(source=row.source, id=row.id, slot=slot, valid_from=row.valid_from, valid_to=row.valid_to)
    return Assignment(row.place, device, row.where, row.valid_for_s, row.occupied_below_mm, row.is_reversed)


def _device_order(device: Device) -> tuple[str, str, int, str]:
    since = device.valid_from.isoformat() if device.valid_from else ""
    return device.source, device.id, -1 if device.slot is None else device.slot, since
