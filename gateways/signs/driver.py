"""What the controller needs of a sign, whatever it speaks: one small interface, and what it may answer.

A driver never decides what to show, never tries longer than its options say, and does one thing at a time. ``check``
is called right before each write that can change what is shown: it raises where the lease may be somebody else's.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from parking.errors import ParkingError
from parking.signs.face import Face
from parking.signs.model import SignLimits

Check = Callable[[], Awaitable[object]]


class SignError(ParkingError):
    """A sign was not done what was asked; ``said`` is what it answered."""

    def __init__(self, message: str, said: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.said = dict(said or {})


class SignSilentError(SignError):
    """No answer, half of one, or one from another address: what the sign shows is not known."""


class SignRefusedError(SignError):
    """The sign said no: a code of its own, which ``said`` has."""


class SignTakenError(SignRefusedError):
    """It is in local control, or shows something of a higher priority: leave it alone and look again later."""


class SignLiesError(SignError):
    """It said yes, and its read-back says something else: what it shows is not what was commanded."""


class SignReading(NamedTuple):
    """What a sign says that it shows.

    ``shown`` is the face's own code in the sign's words (MULTI, or PS); ``matches`` whether it is what ``face`` of the
    call would be, None where nothing was compared. ``is_visible`` False: the read-back is right and the face is off
    (critical temperature, power). ``remaining_min`` None where the protocol has no duration. ``source`` is why it shows
    that, in the protocol's own word ("endDuration", "local"). ``faults`` are standing faults by name.
    """

    at: datetime
    shown: str
    is_blank: bool
    matches: bool | None = None
    is_visible: bool | None = None
    remaining_min: int | None = None
    source: str | None = None
    is_local: bool = False
    faults: tuple[str, ...] = ()
    said: Mapping[str, Any] = {}


class SignHealth(NamedTuple):
    """What it says of itself; None is not known. ``stuck`` are pixels (x, y, True: on, False: off), from 1."""

    at: datetime
    faults: tuple[str, ...] = ()
    stuck: tuple[tuple[int, int, bool], ...] = ()
    temperature_c: float | None = None
    door_open: bool | None = None
    photocell: int | None = None
    light_output: int | None = None
    running_hours: float | None = None
    power: tuple[str, ...] = ()
    said: Mapping[str, Any] = {}


class FailSafe(NamedTuple):
    """How the sign goes dark when nobody speaks to it any more: ``within_s``, or None: this protocol guarantees none.

    ``how`` is a sentence for people.
    """

    within_s: float | None
    how: str


class SignDriver(Protocol):
    """A sign to speak to. Every method raises SignSilentError, and SignRefusedError where the sign says no."""

    @property
    def fail_safe(self) -> FailSafe:
        """How it goes dark by itself."""
        ...

    async def read_limits(self) -> SignLimits:
        """Geometry, colours, tags, fonts, memory: asked of the sign where it can say, else as stated."""
        ...

    async def read(self, face: Face | None = None) -> SignReading:
        """What it shows now, and, where a face is given, whether it is that one. Changes nothing."""
        ...

    async def secure(self, check: Check) -> SignReading:
        """Have end of duration, comm loss, power recovery and reset show blank, and read that back."""
        ...

    async def show(self, face: Face, minutes: int, check: Check) -> SignReading:
        """Show it for so many minutes, and say what the sign says that it shows; a dark face is blanked.

        Raises SignTakenError where it is not ours now, SignLiesError where the read-back is another.
        """
        ...

    async def extend(self, face: Face, minutes: int, check: Check) -> SignReading:
        """Let what stands, which must be this face, stand for so many minutes from now, without a flicker.

        Raises SignLiesError where something else stands there.
        """
        ...

    async def read_health(self) -> SignHealth:
        """Faults, failed pixels, temperature, door, photocell, power, running hours."""
        ...

    async def test_pixels(self, check: Check) -> SignHealth:
        """Have it try all its pixels, and wait for what it found; SignRefusedError where it cannot."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...
