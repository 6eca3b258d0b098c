"""What each device of a place said last, for the people who look after it: beside the number, never part of it.

Of single spaces a slot's record is asked, of car parks the registers; both hold the newest word alone. So where two
devices counted for one audience, each has its own; and a device whose word another's has replaced is heard, at least.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from parking.catalogue.model import Device, Place
from parking.decoding import decode
from parking.fold.by_hand import standing
from parking.fold.spaces import WHY, SlotRecord, slots
from parking.fold.state import UNUSABLE_MARK, Faulted, PlaceState, Register
from parking.fold.vitals import instant_us
from parking.health.repairs import counter_heard_at
from parking.instants import from_us, to_us
from parking.words import Audience, Fault, FillLevel, Opening, OverrideAspect, SpaceState


class DeviceWord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last that one device said; None and empty are never said.

    ``heard_at`` is any sign of life, ``said_at`` its last word that tells something. ``state`` is of a single
    ``space``, ``vacant`` and ``level`` are by audience. ``fault`` is why it cannot tell, as it says itself or we read
    it. ``is_ignored``: a person has set that it is not believed.
    """

    source: str
    device_id: str
    space: str | None = None
    heard_at: datetime | None = None
    said_at: datetime | None = None
    state: SpaceState | None = None
    vacant: dict[Audience, int] = {}
    level: dict[Audience, FillLevel] = {}
    opening: Opening | None = None
    fault: Fault | None = None
    battery_v: float | None = None
    is_ignored: bool = False
    simulated: bool = False


_pack = msgspec.msgpack.Encoder()
_words = msgspec.msgpack.Decoder(tuple[DeviceWord, ...])


def encode_words(words: Iterable[DeviceWord]) -> bytes:
    """The words of a place as msgpack, for Redis."""
    return _pack.encode(list(words))


def decode_words(data: bytes) -> tuple[DeviceWord, ...]:
    """The words in these bytes; MalformedEventError where there are none."""
    return decode(_words, data, "the last words of devices")


def last_words_of(state: PlaceState, place: Place, clock: datetime) -> tuple[DeviceWord, ...]:
    """The last word of each device that observes the place at ``clock``, in the catalogue's order."""
    ignored = {order.of for order in standing(state, clock) if order.aspect is OverrideAspect.DEVICE}
    records = tuple(slots(state.spaces, len(place.spaces))) if place.spaces else ()
    there = [device for device in place.devices if device.observes_at(clock)]
    return tuple(_word(state, place, device, records, f"{device.source}/{device.id}" in ignored) for device in there)


def _word(
    state: PlaceState, place: Place, device: Device, records: Sequence[SlotRecord], is_ignored: bool
) -> DeviceWord:
    if device.slot is not None and device.slot < len(records):
        return _of_space(records[device.slot], place.spaces[device.slot].id, device, is_ignored)
    return _of_counter(state, device, is_ignored)


def _of_space(record: SlotRecord, space: str, device: Device, is_ignored: bool) -> DeviceWord:
    begins_us = to_us(device.valid_from) if device.valid_from is not None else 0
    heard_us = max(record.observed_us, instant_us(record.alive_s) if record.alive_s else 0)
    if not heard_us or heard_us < begins_us:  # what the slot holds was said by the device before this one
        return DeviceWord(source=device.source, device_id=device.id, space=space, is_ignored=is_ignored)
    has_said = record.observed_us and record.observed_us >= begins_us
    has_battery = record.battery_s and instant_us(record.battery_s) >= begins_us
    return DeviceWord(
        source=device.source, device_id=device.id, space=space, heard_at=from_us(heard_us),
        said_at=from_us(record.observed_us) if has_said else None, state=record.state if has_said else None,
        fault=WHY[record.why] if has_said and record.state is SpaceState.UNKNOWN and record.why else None,
        battery_v=record.battery_mv / 1000 if has_battery else None, is_ignored=is_ignored,
        simulated=bool(has_said and record.simulated),
    )  # fmt: skip


def _of_counter(state: PlaceState, device: Device, is_ignored: bool) -> DeviceWord:
    name = f"{device.source}/{device.id}"
    counts = {whom: rivals[name] for whom, rivals in state.rivals.items() if name in rivals}
    counts |= {whom: count for whom, count in state.counts.items() if count.device == name}
    levels = {whom: level for whom, level in state.levels.items() if level.device == name}
    opening = state.opening if state.opening is not None and state.opening.device == name else None
    faults = list(_faults_of(state, name))
    words: list[Register] = [*counts.values(), *levels.values(), *([opening] if opening else []), *faults]
    said_at = max((word.observed_at for word in words), default=None)
    heard = [at for at in (counter_heard_at(state, name), said_at) if at is not None]
    newest = max(faults, key=lambda fault: fault.order, default=None)
    # A fault that it has counted since is over; of one instant the fault is the later word, as for the fold.
    is_over = newest is None or any(at > newest.observed_at for at in heard)
    return DeviceWord(
        source=device.source, device_id=device.id, heard_at=max(heard, default=None), said_at=said_at,
        vacant={whom: count.vacant for whom, count in counts.items()},
        level={whom: level.level for whom, level in levels.items()},
        opening=opening.opening if opening else None, fault=None if newest is None or is_over else newest.fault,
        is_ignored=is_ignored, simulated=any(word.simulated for word in words),
    )  # fmt: skip


def _faults_of(state: PlaceState, name: str) -> Iterator[Faulted]:
    for key, fault in state.faults.items():
        if key.partition(UNUSABLE_MARK)[0] == name:
            yield fault
