"""The driver of NTCIP 1203 signs: write, validate, activate for a few minutes, and believe only what is read back.

Never infinite, never at priority 255: a sign outlives nobody, and nothing of the police's or the road's is wiped.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from gateways.signs.driver import (
    Check,
    FailSafe,
    SignHealth,
    SignLiesError,
    SignReading,
    SignRefusedError,
    SignTakenError,
)
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.codes import BLANK_MESSAGE
from gateways.signs.ntcip.health import read_health
from gateways.signs.ntcip.limits import read_limits, text_of
from gateways.signs.ntcip.objects import Column, Memory, message_object
from gateways.signs.ntcip.securing import secure
from gateways.signs.ntcip.shown import ShownState
from gateways.signs.ntcip.slots import OWNER, Patience, SlotMessage, Slots, require_central
from gateways.signs.ntcip.snmp import SnmpRefusedError, SnmpSession, SnmpWire
from gateways.signs.ntcip.staging import Stage
from gateways.signs.ntcip.stream import SnmpConnection
from parking.signs.face import Face
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.compose import compose

LONGEST_MIN = 5
"""What one command may be good for, and so how long a face can outlive its controller."""

_BLANK_MIN = 1440
_LOOKS, _LONG_LOOK_S = 2, 0.5
_MOST_SLOTS = 16
_TEST, _NO_TEST = 3, 2
_TEST_PATIENCE_S = 60.0


class NtcipDriver:
    """One sign. ``wire`` is the socket of all signs, which stays open; a sign by TCP has a connection of its own."""

    def __init__(
        self,
        sign: Sign,
        community: str,
        wire: SnmpWire,
        *,
        read_community: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sign, self._options, self._clock = sign, sign.ntcip, clock
        self._connection = SnmpConnection() if sign.ntcip.transport == "tcp" else None
        host, _, port = (sign.address or "").rpartition(":")
        self._session = SnmpSession(
            self._connection or wire,
            (host.strip("[]"), int(port)),
            community,
            read_community,
            timeout_s=sign.ntcip.timeout_s,
            tries=sign.ntcip.tries,
        )
        self._slots = Slots(self._session, sign.ntcip.patience_s)
        self._limits: SignLimits | None = None
        self._number: int | None = sign.ntcip.slot
        self._stage = Stage(self._session, self._slots, sign.ntcip)
        self._turn = asyncio.Lock()

    @property
    def fail_safe(self) -> FailSafe:
        """The end that every message has, counted by the sign; comm loss besides, where it is set."""
        minutes = self._options.comm_loss_min
        besides = f"; and {minutes} min after the last word from anybody" if minutes > 0 else ""
        how = f"every message ends by itself, counted by the sign: dark within {LONGEST_MIN} min{besides}"
        return FailSafe(LONGEST_MIN * 60.0, how)

    async def read_limits(self) -> SignLimits:
        """Asked of the sign, and as stated where it does not say."""
        async with self._turn:
            self._limits = await read_limits(self._session, self._sign.limits, self._clock())
            return self._limits

    async def read(self, face: Face | None = None) -> SignReading:
        """What it shows now, and whether that is ``face``."""
        async with self._turn:
            multi = None if face is None else await self._compose(face)
            return (await self._stage.look()).reading(self._clock(), multi)

    async def secure(self, check: Check) -> SignReading:
        """Have it end in the dark whatever happens; SignRefusedError or SignLiesError where it does not."""
        async with self._turn:
            self._session.guard = check
            await secure(self._session, self._options)
            return (await self._stage.look()).reading(self._clock(), None)

    async def show(self, face: Face, minutes: int, check: Check) -> SignReading:
        """Show it for so many minutes, at most LONGEST_MIN; a dark face is blanked."""
        async with self._turn:
            self._session.guard = check
            multi = await self._compose(face)
            if not multi:
                return await self._blank()
            message = await self._get_message(multi)
            if not await self._slots.look(message):
                await self._slots.write(message)
            minutes = _within(minutes)
            await self._stage.activate(message.identity, minutes)
            return self._require(await self._stage.settle(multi), multi, minutes)

    async def extend(self, face: Face, minutes: int, check: Check) -> SignReading:
        """Let what stands stand until so many minutes from now, or end it then: one object, no flicker."""
        async with self._turn:
            self._session.guard = check
            multi, minutes = await self._compose(face), _within(minutes)
            before = await self._look_under(check)  # last: the time has no priority, and would cut what is another's
            if not multi and before.is_blank:
                return before.reading(self._clock(), multi)
            self._require(before, multi, None)
            after = await self._stage.prolong(before, minutes)
            reading = self._require(after, multi, minutes)
            old, new = before.remaining_min, after.remaining_min
            if old is not None and new is not None and new < minutes - 1 and new <= old:
                raise SignLiesError(f"it was given {minutes} min, and says that it has {new}", after.said())
            return reading

    async def read_health(self) -> SignHealth:
        """As far as it says."""
        async with self._turn:
            return await read_health(self._session, self._clock())

    async def test_pixels(self, check: Check) -> SignHealth:
        """Have it try all its pixels; SignRefusedError where it cannot, or does not come to an end."""
        async with self._turn:
            self._session.guard = check
            require_central((await self._session.get(objects.CONTROL_MODE))[0])
            try:
                await self._session.set((objects.PIXEL_TEST, _TEST))
            except SnmpRefusedError as error:
                raise SignRefusedError("the sign does not test its pixels when asked", error.said) from error
            patience = Patience(max(_TEST_PATIENCE_S, self._options.patience_s))
            while (await self._session.get(objects.PIXEL_TEST))[0] != _NO_TEST:
                if not await patience.wait():
                    raise SignRefusedError("the sign's pixel test did not come to an end")
            return await read_health(self._session, self._clock())

    async def close(self) -> None:
        """Hang up where there is a connection of its own."""
        if self._connection is not None:
            await self._connection.close()

    async def _look_under(self, check: Check) -> ShownState:
        """What it shows, under a lease that was ours a moment before: once more where the look took long."""
        for _ in range(_LOOKS):
            await check()
            began = time.monotonic()
            shown = await self._stage.look()
            if time.monotonic() - began < _LONG_LOOK_S:
                break
        return shown

    async def _compose(self, face: Face) -> bytes:
        if face.is_dark:
            return b""
        return compose(self._sign, await self._know_limits(), face).encode("latin-1")

    async def _know_limits(self) -> SignLimits:
        if self._limits is None:
            self._limits = await read_limits(self._session, self._sign.limits, self._clock())
        return self._limits

    async def _get_message(self, multi: bytes) -> SlotMessage:
        limits, memory = await self._know_limits(), self._options.memory
        if memory is None:
            memory = Memory.VOLATILE if limits.volatile_slots else Memory.CHANGEABLE
        if self._number is None:
            slots = limits.volatile_slots if memory == Memory.VOLATILE else limits.changeable_slots
            self._number = await self._find_slot(memory, min(slots or 1, _MOST_SLOTS))
        return SlotMessage(multi, self._options.run_time_priority, memory, self._number)

    async def _find_slot(self, memory: int, count: int) -> int:
        """The first that is ours or nobody's: no other system's message is written over."""
        for number in range(1, count + 1):
            owner = (await self._session.find(oid := message_object(Column.OWNER, memory, number))).get(oid)
            if not owner or owner == OWNER:
                return number
        told = (
            f"every slot of 1 to {count} in memory {memory} has an owner; ntcip.slot names one that may be written over"
        )
        raise SignRefusedError(told, {"owner": text_of(owner)})

    async def _blank(self) -> SignReading:
        before = await self._stage.look()
        if not before.is_blank:
            self._require_ours_to_say(before)
            await self._stage.activate(BLANK_MESSAGE, _BLANK_MIN)
            before = await self._stage.settle(b"")
        return self._require(before, b"", None)

    def _require_ours_to_say(self, shown: ShownState) -> None:
        if shown.is_local:
            raise SignTakenError("the sign is in local control: somebody is working at it", shown.said())

    def _require(self, shown: ShownState, multi: bytes, minutes: int | None) -> SignReading:
        """The reading of what must be this message, for no longer than it was given."""
        reading, said = shown.reading(self._clock(), multi), shown.said()
        if not reading.matches:
            self._require_ours_to_say(shown)
            raise SignLiesError(f"the sign was told {multi.decode('latin-1')!r} and shows {reading.shown!r}", said)
        if minutes is not None and shown.remaining_min is not None and shown.remaining_min > minutes:
            raise SignLiesError(f"it was given {minutes} min, and says that it has {shown.remaining_min}", said)
        return reading


def _within(minutes: int) -> int:
    return max(1, min(minutes, LONGEST_MIN))
