"""Random and broken input for every adapter: no exception may leave it, and no byte may vanish. Deterministic by seed.

A byte of a frame is accounted for where changing it changes what comes out (an observation, its diagnostics), or where
the frame is a reject with its bytes. The ids of events are left out of that: the payload is in them.

Every fourth frame is a sound one of another make: a state or a count that is read out of it is counted as believed.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from parking.observations import DeviceHeartbeat, Observation
from parking.rejects import MAX_RAW_BYTES
from sensors.contract import Adapter, Decoded
from sensors.makes import Frame, says_a_number, sound_frames
from sensors.registry import ADAPTERS, FRAME_ADAPTERS
from sensors.samples import read_bodies, read_samples
from sensors.uplink import MAX_PAYLOAD_BYTES, FrameAdapter, Uplink

ARRIVED = datetime(2026, 5, 4, 12, tzinfo=UTC)
EVERY = 256
"""Frames between two words of progress."""

_EUI = "00db1a2b3c4d5e6f"
_BODY_EVERY = 8
_FOREIGN_EVERY = 4
_VARIANTS = 500
_STRANGE = 0.2


class Fuzzed(NamedTuple):
    """What came of it. ``examples`` names the adapter, the input as hex, and what is wrong, for the first few.

    ``foreign`` frames were of another make: ``believed`` of them were read as a state or a count, by the make that
    read it; ``one_byte`` too, of those that are one byte, which no reader can tell (the catalogue can).
    """

    frames: int = 0
    bodies: int = 0
    observations: int = 0
    rejects: int = 0
    exceptions: int = 0
    bytes_lost: int = 0
    examples: tuple[str, ...] = ()
    foreign: int = 0
    believed: Mapping[str, int] = {}
    one_byte: Mapping[str, int] = {}


def fuzz(frames: int, seed: int = 0, show: Callable[[int], None] = lambda done: None) -> Fuzzed:
    """Feed so many frames to the LoRaWAN adapters in turn, and after every eighth a body to the next of all adapters.

    ``show`` is told now and then how many frames are done.
    """
    chance = random.Random(seed)
    sensors, sources = sorted(FRAME_ADAPTERS), sorted(ADAPTERS)
    total, read, read_of_one = Fuzzed(), Counter[str](), Counter[str]()
    others = sound_frames(chance, min(_VARIANTS, frames), ARRIVED)
    for number in range(frames):
        name = sensors[number % len(sensors)]
        if number // len(sensors) % _FOREIGN_EVERY == 0:  # each make in turn
            outcome = _one_foreign_frame(name, others, chance)
            total = total._replace(foreign=total.foreign + 1)
            if outcome.decoded and says_a_number(outcome.decoded):
                (read_of_one if len(outcome.given) == 1 else read)[name] += 1
        else:
            outcome = _one_frame(name, chance)
        total = _count(total, name, outcome, True)
        if number % _BODY_EVERY == 0:
            name = sources[total.bodies % len(sources)]
            total = _count(total, name, _one_body(name, chance), False)
        if number % EVERY == 0:
            show(number)
    show(frames)
    return total._replace(believed=dict(sorted(read.items())), one_byte=dict(sorted(read_of_one.items())))


def is_accounted_for(
    adapter: FrameAdapter, uplink: Uplink, decoded: Decoded, bit: int, received_at: datetime = ARRIVED
) -> bool:
    """Whether that bit of the payload left a trace: in a reject with the bytes, or in what is said.

    What is of the network itself says only that the device lives.
    """
    if uplink.is_of_network:
        return not decoded.rejects and all(isinstance(seen, DeviceHeartbeat) for seen in decoded.observations)
    if decoded.rejects:
        return all(reject.raw == uplink.payload for reject in decoded.rejects)
    changed = bytearray(uplink.payload)
    changed[bit // 8] ^= 1 << bit % 8
    other = adapter.decode_frame(uplink._replace(payload=bytes(changed)), tenant="t", received_at=received_at)
    return bool(other.rejects) or _content(other.observations) != _content(decoded.observations)


def _content(observations: object) -> list[Observation]:
    assert isinstance(observations, list)
    return [msgspec.structs.replace(seen, event_id="0" * 16) for seen in observations]


class _Outcome(NamedTuple):
    given: bytes
    decoded: Decoded | None
    lost: int = 0
    error: str = ""


def _count(total: Fuzzed, name: str, outcome: _Outcome, as_frame: bool) -> Fuzzed:
    examples = total.examples
    if outcome.error and len(examples) < 5:
        examples += (f"{name}: {outcome.given.hex()}: {outcome.error}",)
    observations, rejects = outcome.decoded[:2] if outcome.decoded else ((), ())
    return total._replace(
        frames=total.frames + as_frame,
        bodies=total.bodies + (not as_frame),
        observations=total.observations + len(observations),
        rejects=total.rejects + len(rejects),
        exceptions=total.exceptions + (outcome.decoded is None),
        bytes_lost=total.bytes_lost + outcome.lost,
        examples=examples,
    )


def _one_foreign_frame(name: str, others: Mapping[str, tuple[Frame, ...]], chance: random.Random) -> _Outcome:
    """What a make reads out of a sound frame of another."""
    whose = chance.choice([other for other in others if other != name])
    port, payload = chance.choice(others[whose])
    try:
        uplink = Uplink(_EUI, port, chance.randrange(2**16), payload, ARRIVED)
        decoded = FRAME_ADAPTERS[name].decode_frame(uplink, tenant="t", received_at=ARRIVED)
    except Exception as error:
        return _Outcome(payload, None, 0, f"fPort {port}, of {whose}: {error!r}")
    told = says_a_number(decoded) and len(payload) > 1
    return _Outcome(payload, decoded, 0, f"fPort {port}, of {whose}: read as a state" if told else "")


def _one_frame(name: str, chance: random.Random) -> _Outcome:
    adapter = FRAME_ADAPTERS[name]
    port, sound = chance.choice(read_samples(name).frames)
    payload = _broken(chance, bytes.fromhex(sound), MAX_PAYLOAD_BYTES)
    port = port if chance.random() < 0.8 else chance.randrange(256)
    uplink = Uplink(_EUI, port, chance.randrange(2**16), payload, ARRIVED, missed=chance.randrange(2))
    try:
        decoded = adapter.decode_frame(uplink, tenant="t", received_at=ARRIVED)
        if not decoded.observations and not decoded.rejects:
            return _Outcome(payload, decoded, len(payload), "neither an observation nor a reject")
        bit = chance.randrange(8 * len(payload)) if payload else None
        if bit is not None and not is_accounted_for(adapter, uplink, decoded, bit):
            return _Outcome(payload, decoded, 1, f"fPort {port}: byte {bit // 8} leaves no trace")
    except Exception as error:
        return _Outcome(payload, None, 0, f"fPort {port}: {error!r}")
    return _Outcome(payload, decoded)


def _one_body(name: str, chance: random.Random) -> _Outcome:
    """Of a body a reject must have bytes; where they are cut out of it, and not written anew, they are a message's."""
    adapter: Adapter = ADAPTERS[name]
    bodies = read_bodies()
    whose = chance.choice(sorted(bodies)) if chance.random() < _STRANGE else name
    body = _broken(chance, chance.choice(bodies[whose]), 4096)
    try:
        decoded = adapter.decode(body, tenant="t", received_at=ARRIVED, recorded=chance.random() < 0.5)
        adapter.places(body, dict.fromkeys(adapter.INFO.sidecars, body), tenant="t", received_at=ARRIVED)
    except Exception as error:
        return _Outcome(body, None, 0, repr(error))
    lost = sum(_lost(name, body, reject.raw, reject.raw_length) for reject in decoded.rejects)
    return _Outcome(body, decoded, lost, f"{lost} bytes of its rejects are not the body's" if lost else "")


def _lost(name: str, body: bytes, raw: bytes, length: int) -> int:
    if length != len(raw) and length <= MAX_RAW_BYTES:
        return length
    return len(raw) if name in FRAME_ADAPTERS and raw not in body else 0


def _broken(chance: random.Random, sound: bytes, most: int) -> bytes:
    """Nothing but chance, or something sound that was changed in a few places."""
    if chance.random() < 0.3:
        return chance.randbytes(chance.randrange(min(most, 48)))
    broken = bytearray(sound)
    for where, old, new in _changes(chance, len(sound)):
        broken[where : where + old] = new
    return bytes(broken[:most])


def _changes(chance: random.Random, length: int) -> Iterator[tuple[int, int, bytes]]:
    for _ in range(chance.randrange(4)):
        yield chance.randrange(length + 1), chance.randrange(3), chance.randbytes(chance.randrange(3))
