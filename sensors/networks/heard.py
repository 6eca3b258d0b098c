"""What a network server's message is: an uplink, a sign that a device lives, or something that says nothing of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

Message: TypeAlias = Mapping[str, object]
"""A message as JSON, its null fields left out."""

FIRST_PORT, PORTS_END = 1, 224
"""The ports of a sensor's own words: 0 is the network's, and so is whatever begins at 224 (LoRaWAN 1.0.4, 4.3.2)."""


class MessageKind(StrEnum):
    """What a network server tells of: an uplink, a device that joined, or its battery and margin."""

    UP = "up"
    JOIN = "join"
    STATUS = "status"


class Uplink(NamedTuple):
    """One uplink of one device. ``heard_at`` is the network's time, aware UTC, or None where it says none.

    ``dev_eui`` is 16 lower-case hex digits. ``missed`` is how many uplinks of this device were lost just before, as far
    as its frame counter tells whoever follows it; 0 where nobody does. ``is_simulated``: made up, at a console or by a
    simulator. ``has_counter``: ``f_cnt`` is the device's own count; an uplink from a console has none. ``message`` is
    what it came in, empty for a frame alone. ``names`` are those of its application and its device profile, where they
    were asked for.
    """

    dev_eui: str
    f_port: int
    f_cnt: int
    payload: bytes
    heard_at: datetime | None
    deduplication_id: str = ""
    rssi_dbm: int | None = None
    missed: int = 0
    is_simulated: bool = False
    has_counter: bool = True
    message: bytes = b""
    names: tuple[str, ...] = ()

    @property
    def raw(self) -> bytes:
        """What a reject of it keeps: its message, for a frame alone does not say whose it is; else the frame."""
        return self.message or self.payload

    @property
    def is_of_network(self) -> bool:
        """Whether it holds no word of the sensor's: nothing at all, or what the network's own layer says to itself."""
        return not self.payload or not FIRST_PORT <= self.f_port < PORTS_END


class LifeSign(NamedTuple):
    """A device joined, or its network told of its battery: it lives, whatever its space does."""

    kind: MessageKind
    dev_eui: str
    heard_at: datetime | None
    names: tuple[str, ...] = ()


class Aside(NamedTuple):
    """A message that says nothing of the sensor, like an acknowledgement or a waiting downlink. ``what`` names it."""

    what: str
    names: tuple[str, ...] = ()


Heard: TypeAlias = Uplink | LifeSign | Aside


class Network(Protocol):
    """A file of this folder."""

    def is_theirs(self, message: Message) -> bool:
        """Whether this network writes such messages."""

    def names(self, message: Message) -> tuple[str, ...]:
        """The ids and names of the application and the profile that the device belongs to: a route may go by them."""

    def read(self, message: Message, body: bytes, hint: MessageKind) -> Heard:
        """What the message is; ``body`` are its bytes, ``hint`` is what its topic or address say.

        Raises RecordRefusedError where a field of it cannot be used.
        """
