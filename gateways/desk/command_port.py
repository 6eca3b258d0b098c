"""What the desk of commands needs of the world, and what can be wrong with a command that is asked of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from parking.catalogue.model import Place
from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision
from parking.decisions.words import JsonMap
from parking.desk.operators import Operator
from parking.desk.said import DeskRecord
from parking.errors import ParkingError
from parking.published.availability import Availability


class NotReadableError(ParkingError):
    """What the desk must know cannot be read now: Kafka or Redis is away. Nothing was done."""


class NotDoneYetError(ParkingError):
    """It could not be done now, and can be tried again."""


class EffectRefusedError(ParkingError):
    """It cannot be done at all; the message says why."""


class NoSuchThingError(ParkingError):
    """There is no such place, edit or override."""


class SeenAnotherError(ParkingError):
    """Somebody has said something else since; ``held`` is what holds now, None where nothing does."""

    def __init__(self, message: str, held: DecisionNow | None) -> None:
        super().__init__(message)
        self.held = held


class KeyUsedError(ParkingError):
    """The same Idempotency-Key came with another command."""


class PlaceSight(NamedTuple):
    """A place as the catalogue has it, and what was published of it last (None: nothing yet)."""

    place: Place
    known: Availability | None


class CommandPort(Protocol):
    """What a desk needs of the world; ``ops`` hands one in. Each method raises NotReadableError where it is away."""

    tenant: str
    contracts: Mapping[str, int]

    async def now(self) -> datetime:
        """The city's time."""
        ...

    async def find_place(self, place: str) -> PlaceSight | None:
        """A place; None where the catalogue has none of that name."""
        ...

    async def places(self) -> Sequence[Place]:
        """All places of the city, as the catalogue in Kafka has them now."""
        ...

    async def record_now(self, is_fresh: bool = False) -> DeskRecord:
        """What was said, as far as Kafka has it now, or unless ``is_fresh`` had a second ago; one object."""
        ...

    async def act(self, decision: Decision) -> JsonMap:
        """Have it done, and return once Kafka has it. Raises NotDoneYetError or EffectRefusedError."""
        ...


class Wish(NamedTuple):
    """Who wants it, what they have seen (None: nothing), and their Idempotency-Key (None: none)."""

    operator: Operator
    seen: str | None = None
    key: str | None = None
