"""How a zone is laid out for the fold: whom each slot is for, how long its record holds, which device speaks of it.

Computed once from a catalogue entry, as the raw arrays that the kernel reads (``parking.fold.kernel``).
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from parking.words import Audience

AUDIENCES = tuple(Audience)
"""An audience's bit in a mask is its index here."""


class Contract(Protocol):
    """What is needed of a device."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def slot(self) -> int | None: ...  # noqa: D102
    @property
    def valid_for_s(self) -> int: ...  # noqa: D102
    @property
    def valid_from(self) -> object: ...  # noqa: D102
    @property
    def valid_to(self) -> object: ...  # noqa: D102


class Layout(NamedTuple):
    """``masks`` is uint16 a slot, ``limits_us`` int64 a slot, empty where a slot's limit depends on when it was heard.

    ``devices`` maps the raw JSON text between a device's source and its id to its slot, for devices whose assignment
    never ends and whose name is theirs alone.
    """

    masks: bytes
    limits_us: bytes
    devices: dict[bytes, int]


def lay_out(audiences: Sequence[frozenset[Audience]], devices: Sequence[Contract], default_s: int) -> Layout:
    """The layout of a zone with these slots and devices."""
    masks = array("H", (sum(1 << AUDIENCES.index(who) for who in slot) for slot in audiences))
    contracts: list[list[Contract]] = [[] for _ in audiences]
    for device in devices:
        if device.slot is not None:
            contracts[device.slot].append(device)
    limits = array("q", ((held[0].valid_for_s if held else default_s) * 1_000_000 for held in contracts))
    names = Counter((device.source, device.id) for device in devices)
    return Layout(
        masks.tobytes(),
        b"" if any(len(held) > 1 or any(one.valid_to for one in held) for held in contracts) else limits.tobytes(),
        {
            f'{device.source}","device_id":"{device.id}'.encode(): device.slot
            for device in devices
            if device.slot is not None and device.valid_from is None and device.valid_to is None
            and names[device.source, device.id] == 1
        },
    )  # fmt: skip
