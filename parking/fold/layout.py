"""How a zone is laid out for the fold: whom each slot is for, how long its record holds, which device speaks of it.

Computed once from a catalogue entry, as the raw arrays that the kernel reads (``parking.fold.kernel``).
"""

from array import array
from collections import Counter
from typing import NamedTuple

from parking.catalogue.model import DEFAULT_VALID_FOR_S, Device, Place
from parking.codec import device_text
from parking.published.eligibility import mask_of


class Layout(NamedTuple):
    """``masks`` is uint16 a slot, ``limits_us`` int64 a slot, empty where a slot's limit depends on when it was heard.

    ``devices`` maps ``codec.device_text`` of a device to its slot, for devices whose assignment never ends and whose
    name is theirs alone.
    """

    masks: bytes
    limits_us: bytes
    devices: dict[bytes, int]


def layout_of(place: Place) -> Layout:
    """The layout of a zone; computed when first asked for, then the same object for this catalogue entry."""
    # Beside the entry, as its own cached properties are: hashing an entry of 128 spaces for a cache of ours would cost
    # more than the look that needs the layout, and an entry that is replaced takes its layout with it.
    kept = place.__dict__
    layout: Layout | None = kept.get("layout")
    if layout is None:
        layout = kept["layout"] = _lay_out(place)
    return layout


def _lay_out(place: Place) -> Layout:
    contracts: list[list[Device]] = [[] for _ in place.spaces]
    for device in place.devices:
        if device.slot is not None:
            contracts[device.slot].append(device)
    return Layout(
        array("H", (mask_of(space.audiences) for space in place.spaces)).tobytes(),
        _limits_us(contracts),
        _devices_by_text(place),
    )


def _limits_us(contracts: list[list[Device]]) -> bytes:
    """How long each slot's record holds; empty for the whole zone where that depends on when it was heard."""
    if any(len(held) > 1 or any(device.valid_to for device in held) for held in contracts):
        return b""
    seconds = (held[0].valid_for_s if held else DEFAULT_VALID_FOR_S for held in contracts)
    return array("q", (limit * 1_000_000 for limit in seconds)).tobytes()


def _devices_by_text(place: Place) -> dict[bytes, int]:
    # A device that moves, or shares its name with another, needs the date to know its slot: it goes the long way.
    names = Counter((device.source, device.id) for device in place.devices)
    return {
        device_text(device.source, device.id): device.slot
        for device in place.devices
        if device.slot is not None
        and device.valid_from is None
        and device.valid_to is None
        and names[device.source, device.id] == 1
    }
