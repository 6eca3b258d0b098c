"""What a feed's own description of a place adds to a catalogue: never against what stands there already."""

import msgspec

from parking.catalogue.model import Catalogue, Place

_FILLED = ("point", "capacity", "full_at", "almost_full_at", "address", "height_cm", "opening_hours", "outline")
"""Fields that a declaration may fill where the catalogue says nothing; all others stay as they are."""


def declared_into(catalogue: Catalogue, declared: Place) -> Place | None:
    """The place as it is to stand in the catalogue; None where a declaration changes nothing.

    Whatever the catalogue says of it wins: an import is a city's own word, and a device that it assigns, here or to
    another place, is assigned there alone. A place that it does not know comes whole, but for such devices; one that is
    left with none of its devices is already there under another name.
    """
    free = tuple(
        device for device in declared.devices if not catalogue.is_assigned(declared.tenant, device.source, device.id)
    )
    known = catalogue.find_place(declared.key)
    if known is None:
        return msgspec.structs.replace(declared, devices=free) if free or not declared.devices else None
    fresh = {name: getattr(declared, name) for name in _FILLED if getattr(known, name) in (None, ())}
    own = known.devices + tuple(device for device in free if device.slot is None)
    filled = msgspec.structs.replace(known, **fresh, devices=own)
    return None if filled == known else filled
