"""A sign that others display: what it is to show is taken into the publication, and nothing is known of the road."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateways.signs.driver import Check, FailSafe, SignHealth, SignLiesError, SignReading, SignRefusedError
from parking.signs.face import DARK, Face
from parking.signs.model import Sign, SignLimits

_NO_GUARANTEE = FailSafe(
    None, "not guaranteed by this protocol: whoever displays the publication must see that it is old and blank the sign"
)


class DatexDriver:
    """What it was told last, until that ends; started anew it is dark until it is told again.

    A reading is what is published: whether a sign displays it, ``is_visible``, is never known.
    """

    def __init__(self, sign: Sign, clock: Callable[[], datetime] | None = None) -> None:
        self._sign, self._clock = sign, clock or (lambda: datetime.now(UTC))
        self._face, self._until = DARK, datetime.min.replace(tzinfo=UTC)

    @property
    def fail_safe(self) -> FailSafe:
        """None: this is a document."""
        return _NO_GUARANTEE

    async def read_limits(self) -> SignLimits:
        """As stated in the inventory."""
        return self._sign.limits

    async def read(self, face: Face | None = None) -> SignReading:
        """What is published now."""
        now = self._clock()
        standing = self._face if now < self._until else DARK
        is_same = face is not None and _lit(face) == _lit(standing)
        return SignReading(
            at=now,
            shown="\n".join(" ".join(part for part in (line.legend, line.value) if part) for line in standing.lines),
            is_blank=standing.is_dark,
            matches=None if face is None else is_same,
            remaining_min=None if standing.is_dark else int((self._until - now) / timedelta(minutes=1)),
            source="publication",
        )

    async def secure(self, check: Check) -> SignReading:
        """There is nothing to prepare."""
        return await self.read()

    async def show(self, face: Face, minutes: int, check: Check) -> SignReading:
        """Take it into the publication; SignRefusedError for a pattern, which is no text."""
        if face.is_pattern:
            raise SignRefusedError("a pattern is no text: it cannot be published")
        await check()
        self._face, self._until = face, self._clock() + timedelta(minutes=minutes)
        return await self.read(face)

    async def extend(self, face: Face, minutes: int, check: Check) -> SignReading:
        """Let it stand longer; SignLiesError where something else is published."""
        reading = await self.read(face)
        if not reading.matches:
            raise SignLiesError("something else is published")
        return reading if face.is_dark else await self.show(face, minutes, check)

    async def read_health(self) -> SignHealth:
        """Nothing is known of it."""
        return SignHealth(self._clock())

    async def test_pixels(self, check: Check) -> SignHealth:
        """Nobody asks the sign."""
        raise SignRefusedError("a published message has no pixels")

    async def close(self) -> None:
        """There is no connection."""


def _lit(face: Face) -> tuple[object, ...]:
    return tuple((line.number, line.legend, line.value) for line in face.lines if not line.is_dark)
