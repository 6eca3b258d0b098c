"""What a feed's own description of a place adds to a catalogue: never against what the city or another feed said."""

from collections.abc import Iterable

import msgspec

from parking.catalogue.description import BAYS_MARK, FIELDS, UNSAID
from parking.catalogue.model import MAX_ID, MAX_SPACES_PER_ZONE, Catalogue, Device, Place
from parking.catalogue.provenance import feed_says


def declared_into(catalogue: Catalogue, declared: Place, source: str) -> Place | None:
    """The place as it is to stand in the catalogue; None where a declaration changes nothing.

    What the city says of it wins, and what another feed said first; what ``source`` said itself is corrected. A device
    that is assigned, here or to another place, is assigned there alone. A place that the catalogue does not know comes
    whole, but for such devices; one that is left with none of its devices is already there under another name.
    """
    free = tuple(
        device for device in declared.devices if not catalogue.is_assigned(declared.tenant, device.source, device.id)
    )
    known = catalogue.find_place(declared.key)
    if known is None:
        marks = {name: source for name in sorted((*FIELDS, BAYS_MARK)) if getattr(declared, name) not in UNSAID}
        whole = msgspec.structs.replace(_unassigned(declared, free), said_by=marks)
        return whole if free or not declared.devices else None
    told = _with_more_bays(feed_says(known, declared, source), declared, free, source)
    more = tuple(device for device in free if device.slot is None)
    filled = msgspec.structs.replace(told, devices=told.devices + more) if more else told
    return None if filled == known else filled


def _with_more_bays(known: Place, declared: Place, free: Iterable[Device], source: str) -> Place:
    """A zone of this feed's own with as many of the bays that it names first as it has room for; slots never move."""
    own = {space.id for space in known.spaces}
    room = MAX_SPACES_PER_ZONE - len(known.spaces)
    fresh = [space for space in _unassigned(declared, free).spaces if space.id not in own][:room]
    if not fresh or known.said_by.get(BAYS_MARK) != source:
        return known
    slots = {space.id: len(known.spaces) + number for number, space in enumerate(fresh)}
    devices = [
        msgspec.structs.replace(device, slot=slots[id_])
        for device in free
        if device.slot is not None and (id_ := declared.spaces[device.slot].id) in slots
    ]
    return msgspec.structs.replace(known, spaces=(*known.spaces, *fresh), devices=(*known.devices, *devices))


def _unassigned(declared: Place, free: Iterable[Device]) -> Place:
    """The place without bays whose device observes another bay already, and with those devices alone that are free."""
    free = tuple(free)
    taken = {device.slot for device in declared.devices} - {device.slot for device in free} - {None}
    kept = [slot for slot in range(len(declared.spaces)) if slot not in taken]
    at = {slot: number for number, slot in enumerate(kept)}
    return msgspec.structs.replace(
        declared,
        spaces=tuple(declared.spaces[slot] for slot in kept),
        devices=tuple(
            device if device.slot is None else msgspec.structs.replace(device, slot=at[device.slot]) for device in free
        ),
    )


def rest_of(catalogue: Catalogue, declared: Place) -> Place | None:
    """The bays for which a full zone had no room, as its next part ("x_2", "x_2_2"); None where all have a home."""
    free = [
        device for device in declared.devices if not catalogue.is_assigned(declared.tenant, device.source, device.id)
    ]
    known = catalogue.find_place(declared.key)
    left = _unassigned(declared, free)
    if known is None or len(known.spaces) < MAX_SPACES_PER_ZONE or not left.spaces:
        return None
    name = f"{declared.id}_2"
    return msgspec.structs.replace(left, id=name) if len(name) <= MAX_ID else None
