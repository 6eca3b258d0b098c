"""Which sources of ours read a body: who has a feed of a known shape needs no mapping of their own."""

from datetime import datetime

from parking.observations import DeviceHeartbeat, OpeningChanged
from sensors.registry import ADAPTERS, FRAME_ADAPTERS

_BY_WORDS = frozenset({"mapped"})
"""Reads what its mapping describes, and would recognise its own example alone."""


def find_readers(body: bytes, now: datetime) -> list[str]:
    """The sources that find more numbers and states in a body than they refuse, whoever finds most first."""
    found = {}
    for name in ADAPTERS.keys() - FRAME_ADAPTERS.keys() - _BY_WORDS:
        decoded = ADAPTERS[name].decode(body, tenant="t", received_at=now, recorded=True)
        said = sum(not isinstance(seen, DeviceHeartbeat | OpeningChanged) for seen in decoded.usable)
        if said > len(decoded.rejects):
            found[name] = said - len(decoded.rejects)
    return sorted(found, key=lambda name: (-found[name], name))
