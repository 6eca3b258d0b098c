"""An NTCIP 1203 sign without lamps: its messages, what it shows and until when, what it falls back to. Pure.

Time is its own (``clock``, seconds), so that minutes can pass in a moment. ``see`` is what a driver in front of it
sees, whatever it says; ``switches`` say in what it is bad.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from gateways.signs.ntcip.codes import (
    BLANK_MESSAGE,
    INFINITE_MIN,
    ActivationCode,
    MessageIdCode,
    decode_message_id,
    reckon_crc,
)
from gateways.signs.ntcip.objects import ControlMode, Memory, SlotStatus
from parking.signs.model import SignLimits
from parking.signs.multi.raster import Raster, rasterise, validate
from parking.signs.multi.tags import MultiError

_NONE, _PRIORITY, _STATUS, _MEMORY, _NUMBER, _CRC, _MULTI, _LOCAL = 2, 3, 4, 5, 6, 7, 8, 9
_CENTRAL, _POWER_RECOVERY, _RESET, _COMM_LOSS, _END = 8, 10, 11, 12, 14
_LAST_BLANK = 255
_CRITICAL_TEMPERATURE = 1 << 11


@dataclass
class NtcipSwitches:
    """In what it is bad. ``is_lying``: says that all went well and goes on as it was; ``keeps_for_ever``: ends nothing.

    ``is_hot``: every activation succeeds, the read-back is right, and the face is off. ``stuck``: failed pixels, on or
    off. The others are about its answers.
    """

    is_lying: bool = False
    keeps_for_ever: bool = False
    has_wrong_crc: bool = False
    finds_nothing_valid: bool = False
    is_hot: bool = False
    slow_s: float = 0.0
    stuck: tuple[tuple[int, int, bool], ...] = ()
    faults: int = 0
    is_silent: bool = False
    sends_half: bool = False
    answers_from_elsewhere: bool = False
    late_s: float = 0.0


@dataclass
class StoredMessage:
    """A row of the message table."""

    multi: bytes = b""
    owner: bytes = b""
    crc: int = 0
    beacon: int = 0
    pixel_service: int = 0
    priority: int = 3
    status: int = SlotStatus.NOT_USED


class OnFace(NamedTuple):
    """What stands on the face, why (source mode), and when it ends; None: never."""

    code: MessageIdCode = BLANK_MESSAGE
    multi: bytes = b""
    priority: int = 1
    mode: int = _CENTRAL
    ends: float | None = None


@dataclass
class FallBacks:
    """The messages of the fail-safe, as a new sign has them: none is blank before somebody sets it so."""

    short_power: bytes = bytes((5, 0, 1, 0, 0))
    long_power: bytes = bytes((5, 0, 1, 0, 0))
    reset: bytes = bytes((5, 0, 1, 0, 0))
    comm_loss: bytes = bytes((5, 0, 1, 0, 0))
    power_loss: bytes = bytes((5, 0, 1, 0, 0))
    end: bytes = BLANK_MESSAGE.encode()
    short_power_s: int = 30
    comm_loss_min: int = 0


class SoftwareNtcip:
    """One sign of these limits."""

    def __init__(self, limits: SignLimits, clock: Callable[[], float]) -> None:
        self.limits, self.switches, self.fall_backs = limits, NtcipSwitches(), FallBacks()
        self.control, self.activations = int(ControlMode.CENTRAL), 0
        self.activate_error, self.error_code = _NONE, bytes(12)
        self.validate_error = self.syntax_error = 2
        self.syntax_position = 0
        self.messages = {
            (memory, number): StoredMessage()
            for memory, count in ((3, limits.changeable_slots or 1), (4, limits.volatile_slots or 0))
            for number in range(1, count + 1)
        }
        self._clock, self._heard_at, self._changed_at = clock, clock(), float("-inf")
        self._showing = OnFace()
        self._pixel_test_until = 0.0

    def touch(self) -> None:
        """Somebody, anybody, has said something: the time of comm loss starts anew."""
        self.tick()
        self._heard_at = self._clock()

    def tick(self) -> OnFace:
        """What it shows now."""
        now, comm_loss_s = self._clock(), self.fall_backs.comm_loss_min * 60
        showing = self._showing
        if showing.ends is not None and showing.ends <= now and not self.switches.keeps_for_ever:
            self._fall_back(self.fall_backs.end, _END)
        is_lost = comm_loss_s and now - self._heard_at >= comm_loss_s and self.control != ControlMode.LOCAL
        if is_lost and self._showing.mode != _COMM_LOSS:
            self._fall_back(self.fall_backs.comm_loss, _COMM_LOSS)
        return self._showing

    def find(self, memory: int, number: int) -> StoredMessage | None:
        """A row: the current buffer and the blank messages have one too, which nobody can write."""
        if memory == Memory.CURRENT and number == 1:
            now = self.tick()
            return StoredMessage(now.multi, b"", now.code.crc, 0, 0, now.priority, SlotStatus.VALID)
        if memory == Memory.BLANK and 1 <= number <= _LAST_BLANK:
            return StoredMessage(priority=number, status=SlotStatus.VALID)
        return self.messages.get((memory, number))

    def validate(self, message: StoredMessage) -> None:
        """Find it valid, or say what is wrong with it."""
        fault = self._judge(message.multi)
        self.validate_error, self.syntax_error, self.syntax_position = 2, 2, 0
        if fault is not None or self.switches.finds_nothing_valid:
            self.validate_error = 5
            self.syntax_error, self.syntax_position = (int(fault.code), fault.offset) if fault else (1, 0)
            message.status = SlotStatus.ERROR
            return
        message.crc = reckon_crc(message.multi, message.beacon, message.pixel_service) ^ self.switches.has_wrong_crc
        message.status = SlotStatus.VALID

    def activate(self, code: ActivationCode) -> bool:
        """Show a message; False, and why not in ``activate_error``."""
        self.activate_error = self._find_objection(code)
        if self.activate_error != _NONE:
            self.error_code = code.encode()
            return False
        self.activations += 1
        if self.switches.is_lying:
            return True
        message = self.find(*code.message[:2]) or StoredMessage()
        ends = None if code.minutes == INFINITE_MIN else self._clock() + code.minutes * 60
        self._showing = OnFace(code.message, message.multi, message.priority, _CENTRAL, ends)
        self._changed_at = self._clock()
        return True

    @property
    def remaining_min(self) -> int:
        """Whole minutes, begun ones too."""
        ends = self.tick().ends
        return INFINITE_MIN if ends is None else max(0, min(INFINITE_MIN, -int(-(ends - self._clock()) // 60)))

    def set_remaining(self, minutes: int) -> None:
        """From now on so many minutes, without a flicker; 0 ends it."""
        if self.tick().code.memory != Memory.BLANK:
            ends = None if minutes == INFINITE_MIN else self._clock() + minutes * 60
            self._showing = self._showing._replace(ends=ends)

    @property
    def activate_state(self) -> int:
        """1 for fast signs; 4 while drums turn, 2 once they have."""
        if not self.switches.slow_s:
            return 1
        return 4 if self._clock() < self._changed_at + self.switches.slow_s else 2

    def lose_power(self, seconds: float) -> None:
        """The power was away for so long, and is back: volatile messages are gone."""
        for memory, number in list(self.messages):
            if memory == Memory.VOLATILE:
                self.messages[memory, number] = StoredMessage()
        is_short = seconds <= self.fall_backs.short_power_s
        self._fall_back(self.fall_backs.short_power if is_short else self.fall_backs.long_power, _POWER_RECOVERY)

    def reset(self) -> None:
        """Its software starts anew."""
        self._fall_back(self.fall_backs.reset, _RESET)

    def press(self, multi: bytes, priority: int) -> None:
        """Somebody else, with more right, shows something without an end."""
        code = MessageIdCode(Memory.PERMANENT, 1, reckon_crc(multi))
        self._showing = OnFace(code, multi, priority, _CENTRAL, None)

    def test_pixels(self, seconds: float = 1.0) -> None:
        """Try all pixels, which takes a while."""
        self._pixel_test_until = self._clock() + seconds

    @property
    def is_testing(self) -> bool:
        """Whether it still does."""
        return self._clock() < self._pixel_test_until

    @property
    def faults(self) -> int:
        """Bits of shortErrorStatus."""
        hot = _CRITICAL_TEMPERATURE if self.switches.is_hot else 0
        return self.switches.faults | hot | (1 << 5 if self.switches.stuck else 0)

    def see(self) -> Raster:
        """What a driver sees, failed pixels and all."""
        multi = b"" if self.switches.is_hot else self.tick().multi
        face = rasterise(multi.decode("latin-1"), self.limits)
        pixels = dict(face.pixels)
        lamp = next(iter(pixels.values()), (255, 208, 0))
        for x, y, is_on in self.switches.stuck:
            if is_on:
                pixels[x, y] = lamp
            else:
                pixels.pop((x, y), None)
        return face._replace(pixels=pixels)

    def _judge(self, multi: bytes) -> MultiError | None:
        return validate(multi.decode("latin-1"), self.limits)

    def _find_objection(self, code: ActivationCode) -> int:
        memory, number, crc = code.message
        message = self.find(memory, number)
        if self.control == ControlMode.LOCAL:
            return _LOCAL
        if message is None:
            return _NUMBER if memory in (3, 4, 7) else _MEMORY
        if memory == Memory.CURRENT:
            return _MEMORY
        if message.status != SlotStatus.VALID:
            return _STATUS
        if message.crc != crc:
            return _CRC
        return _PRIORITY if code.priority < self.tick().priority else _NONE

    def _fall_back(self, code: bytes, mode: int) -> None:
        """What the sign does by itself, at the highest priority; blank where the message is not there any more."""
        message = decode_message_id(code)
        if message is not None and message.memory == Memory.CURRENT:
            self._showing = self._showing._replace(mode=mode, ends=None)
            return
        found = None if message is None else self.find(*message[:2])
        if message is None or found is None or found.status != SlotStatus.VALID or found.crc != message.crc:
            self._showing = OnFace(mode=mode)
        else:
            self._showing = OnFace(message, found.multi, found.priority, mode)
