"""NTCIP's codes: a message's CRC, its identity in 5 bytes, and the 12 bytes that activate it. Pure.

The CRC is X-25 over MULTI, beacon and pixel service, its bytes swapped; that of the blank message is 0 by definition,
which an empty message's is not.
"""

import struct
from typing import NamedTuple

from crccheck.crc import CrcX25

from gateways.signs.ntcip.objects import Memory

INFINITE_MIN = 65535
"""A duration that never ends: never commanded here, since a sign would then outlive its controller."""

_IDENTITY = struct.Struct(">BHH")
_ACTIVATION = struct.Struct(">HBBHH4s")


class MessageIdCode(NamedTuple):
    """Which message: its memory, number and CRC."""

    memory: int
    number: int
    crc: int

    def encode(self) -> bytes:
        """The 5 bytes of a MessageIDCode."""
        return _IDENTITY.pack(*self)

    @property
    def is_blank(self) -> bool:
        """Whether it is one of the blank messages."""
        return self.memory == Memory.BLANK


BLANK_MESSAGE = MessageIdCode(Memory.BLANK, 1, 0)
"""Number 1 has run-time priority 1, so that anybody may replace the dark sign."""


class ActivationCode(NamedTuple):
    """What activates a message: for so many minutes, at a priority, asked by an address (4 bytes)."""

    minutes: int
    priority: int
    message: MessageIdCode
    requester: bytes = bytes(4)

    def encode(self) -> bytes:
        """The 12 bytes of a MessageActivationCode."""
        return _ACTIVATION.pack(self.minutes, self.priority, *self.message, self.requester)


def reckon_crc(multi: bytes, beacon: int = 0, pixel_service: int = 0) -> int:
    """The CRC of a message as a sign reckons it; beacon and pixel service are 0 where it has none."""
    crc = CrcX25.calc(multi + bytes((beacon, pixel_service)))
    return int.from_bytes(crc.to_bytes(2, "little"), "big")


def decode_message_id(data: bytes) -> MessageIdCode | None:
    """A MessageIDCode, or None where these are not 5 bytes."""
    return MessageIdCode(*_IDENTITY.unpack(data)) if len(data) == _IDENTITY.size else None


def decode_activation(data: bytes) -> ActivationCode | None:
    """A MessageActivationCode, or None where these are not 12 bytes."""
    if len(data) != _ACTIVATION.size:
        return None
    minutes, priority, memory, number, crc, requester = _ACTIVATION.unpack(data)
    return ActivationCode(minutes, priority, MessageIdCode(memory, number, crc), requester)
