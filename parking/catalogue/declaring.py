"""What a feed's own description of a place adds to a catalogue: never against what the city or another feed said."""

import msgspec

from parking.catalogue.description import FIELDS, UNSAID
from parking.catalogue.model import Catalogue, Place
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
        marks = {name: source for name in sorted(FIELDS) if getattr(declared, name) not in UNSAID}
        whole = msgspec.structs.replace(declared, devices=free, said_by=marks)
        return whole if free or not declared.devices else None
    told = feed_says(known, declared, source)
    more = tuple(device for device in free if device.slot is None)
    filled = msgspec.structs.replace(told, devices=told.devices + more) if more else told
    return None if filled == known else filled
