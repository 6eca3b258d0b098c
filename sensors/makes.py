"""Whose frame is it? What one make reads out of a frame, and which makes could have sent it."""

import random
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from parking.observations import DistanceObserved, LaneCounted, LaneTotalled, SpaceObserved
from parking.rejects import Reject
from parking.words import RejectReason
from sensors.contract import Decoded, RecordRefusedError
from sensors.registry import FRAME_ADAPTERS
from sensors.samples import read_frames
from sensors.uplink import FrameAdapter, Uplink, read_uplink

_NUMBERS = (SpaceObserved, DistanceObserved, LaneCounted, LaneTotalled)
_NOT_ITS_OWN = (RejectReason.MALFORMED_RECORD, RejectReason.UNKNOWN_STATUS)

Frame = tuple[int, bytes]
"""The port and the payload."""


def says_a_number(decoded: Decoded) -> bool:
    """Whether a state, a distance or a count is in it: what a number for drivers is made of."""
    return any(isinstance(seen, _NUMBERS) for seen in decoded.observations)


def makes_of(uplink: Uplink, received_at: datetime) -> list[str]:
    """The makes that read this frame whole, without a reject; several for a frame that is too short to tell."""
    return [
        name
        for name, adapter in FRAME_ADAPTERS.items()
        if is_whole(adapter.decode_frame(uplink, tenant="t", received_at=received_at))
    ]


def makes_of_reject(reject: Reject) -> list[str]:
    """The other makes that read the frame of a refused message whole; none where its own does, or where it is none."""
    if reject.source not in FRAME_ADAPTERS or reject.reason not in _NOT_ITS_OWN:
        return []
    try:
        uplink = read_uplink(reject.raw)
    except RecordRefusedError:
        return []
    found = [] if uplink.is_of_network else makes_of(uplink, reject.rejected_at)
    return [] if reject.source in found else found


def is_whole(decoded: Decoded) -> bool:
    """Whether everything of a frame was read."""
    return bool(decoded.observations) and not decoded.rejects


def sound_frames(chance: random.Random, each: int, at: datetime) -> Mapping[str, tuple[Frame, ...]]:
    """So many frames of every make that it reads whole: its samples, with other values in some of their bytes."""
    return MappingProxyType({make: tuple(_variants(make, chance, each, at)) for make in sorted(read_frames())})


def _reads(adapter: FrameAdapter, port: int, payload: bytes, at: datetime) -> bool:
    try:
        return is_whole(adapter.decode_frame(Uplink("0" * 16, port, 0, payload, at), tenant="t", received_at=at))
    except Exception:  # a reader that raises is found where it is fed such frames
        return False


def _variants(make: str, chance: random.Random, each: int, at: datetime) -> list[Frame]:
    adapter, samples = FRAME_ADAPTERS[make], read_frames()[make]
    found: list[Frame] = []
    for number in range(each):
        port, sample = samples[number % len(samples)]
        sound = bytes.fromhex(sample)
        changed = bytearray(sound)
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        found.append((port, bytes(changed) if _reads(adapter, port, bytes(changed), at) else sound))
    return found
