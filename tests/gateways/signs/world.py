"""A sign, a city and a clock for the tests of the controller: all in memory, time passes when a test says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from gateways.signs.control.bench import Bench
from gateways.signs.control.post import SignPost
from gateways.signs.driver import (
    Check,
    FailSafe,
    SignHealth,
    SignLiesError,
    SignReading,
    SignRefusedError,
    SignSilentError,
    SignTakenError,
)
from parking.catalogue.model import Place, Tenant
from parking.clock import Clock
from parking.decisions.acting import Confirmation, NotRecordedError, Recorded, pair
from parking.decisions.model import Decision
from parking.published.availability import Availability, CategoryCount
from parking.published.level import fill_level
from parking.signs.face import DARK, Face
from parking.signs.model import LineRule, Sign, SignLimits, SignLine
from parking.signs.words import SignProtocol
from parking.words import Audience, Basis, ClockBasis, Opening
from store.changes import ChangesPosition
from store.leases import LeaseLostError
from store.mirror import Mirror
from store.snapshots import Stored

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TENANT = "testville"
LIMITS = SignLimits(width_px=145, height_px=27, colour_scheme=1, default_font=1)


def make_sign(**more: object) -> Sign:
    lines = (SignLine(number=1, legend="COMMERCE", places=("p1",), rule=LineRule(dwell_s=60)),)
    fields = {
        "tenant": TENANT, "id": "A12", "name": "Quai", "protocol": SignProtocol.NTCIP, "address": "127.0.0.1:16100",
        "lines": lines, "limits": LIMITS,
    }  # fmt: skip
    return Sign(**fields | more)


class World:
    """Time moves by ``pass_`` alone; ``kafka`` False refuses to record, ``ours`` False has no lease."""

    def __init__(self, sign: Sign | None = None, clock: ClockBasis = ClockBasis.WALL) -> None:
        self.seconds, self.kafka, self.ours = 0.0, True, True
        self.events: list[Decision | Confirmation] = []
        self.mirror = Mirror(TENANT)
        self.sign = sign or make_sign()
        self.driver = FakeSign(self)
        self._offset = 0
        self.tenant = Tenant(id=TENANT, clock=clock, zone="Europe/Paris")
        places = {name: Place(tenant=TENANT, id=name, name=name, capacity=400) for name in self.sign.members}
        rows = [(place, Availability()) for place in places.values()]
        stored_clock = Clock(NOON, clock)
        self.mirror.take_snapshot(
            Stored(TENANT, stored_clock, ChangesPosition("i", "0-0"), rows, self.tenant), self.wall()
        )
        self.bench = _Bench(self)
        self.post = SignPost(self.sign, self.driver, self.bench)

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def restart(self) -> None:
        """Another controller, which knows what Redis would tell it."""
        self.post = SignPost(self.sign, self.driver, self.bench)
        latest = {}
        for known in pair(self.events):
            number = known.decision.subject.rpartition("/")[2]
            if number.isdigit():
                latest[int(number)] = known
        self.post.recall(latest)

    def count(self, vacant: int | None, place: str = "p1", valid_min: float = 15, **more: object) -> None:
        """A new number of a place."""
        self._offset += 1
        known = vacant is not None
        said = {
            "vacant": vacant, "vacant_low": vacant, "vacant_high": vacant, "capacity": 400, "opening": Opening.OPEN,
            "level": fill_level(vacant, vacant, 400, Opening.OPEN),
            "by_category": {Audience.PUBLIC: CategoryCount(vacant, 400)} if known else {},
            "observed_at": self.wall(), "valid_until": self.wall() + timedelta(minutes=valid_min),
            "basis": Basis.COUNTED if known else None, "revision": (1, self._offset),
        }  # fmt: skip
        self.mirror._put(place, Availability(**said | more), self.wall())

    async def step(self) -> float:
        """One step of the post."""
        return await self.post._try()

    async def pass_(self, seconds: float, every: float = 5.0) -> None:
        """Time goes on, with a step every few seconds."""
        end = self.seconds + seconds
        while self.seconds < end:
            self.seconds = min(end, self.seconds + every)
            await self.step()

    def leave(self, seconds: float) -> None:
        """Time goes on, and no controller is there."""
        self.seconds += seconds

    def decided(self) -> list[tuple[str, str]]:
        """Each decision about a line: what it says, and what came of it."""
        return [(text_of(one.decision), one.state) for one in pair(self.events) if one.decision.rule == "signs.plan"]

    async def record(self, event: Decision | Confirmation, /) -> Recorded:
        if not self.kafka:
            raise NotRecordedError("no Kafka")
        self.events.append(event)
        return Recorded(0, len(self.events), self.wall())


def text_of(decision: Decision) -> str:
    return str(decision.output.get("text", decision.output))


class _Bench(Bench):
    def __init__(self, world: World) -> None:
        super().__init__(world.mirror, world.record, _Lease(world))
        self._world = world

    def wall(self) -> datetime:
        return self._world.wall()

    def monotonic(self) -> float:
        return 1_000_000 + self._world.seconds


class _Lease:
    fence = 7

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def left_s(self) -> float:
        return 9.0 if self._world.ours else 0.0

    async def check(self) -> int:
        if not self._world.ours:
            raise LeaseLostError("another has it")
        return self.fence


class FakeSign:
    """A sign that counts its seconds; ``does`` is how it behaves: well, silent, local, refusing, lying, invisible."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.does = "well"
        self.face: Face = DARK
        self.ends: float | None = None
        self.told: list[str] = []
        self.fail_safe = FailSafe(240, "by duration")
        self.secured = False

    @property
    def lit(self) -> Face:
        """What drivers see."""
        if self.ends is not None and self._world.seconds >= self.ends:
            return DARK
        return self.face

    def power_cycle(self) -> None:
        self.face, self.ends, self.secured = DARK, None, False

    async def read_limits(self) -> SignLimits:
        self._answer()
        return LIMITS

    async def secure(self, check: Check) -> SignReading:
        await check()
        self._answer()
        self.secured = True
        return self._reading(None)

    async def read(self, face: Face | None = None) -> SignReading:
        self._answer()
        return self._reading(face)

    async def show(self, face: Face, minutes: int, check: Check) -> SignReading:
        await check()
        self._answer()
        if self.does in ("local", "taken"):
            raise SignTakenError("local")
        if self.does == "refusing" and not face.is_dark:
            raise SignRefusedError("syntax", {"multi_syntax": 4})
        self.told.append("dark" if face.is_dark else f"show {words(face)} {minutes}")
        if self.does == "lying" and not face.is_dark:
            raise SignLiesError("it says another", {"shown": words(self.face)})
        self.face, self.ends = face, None if face.is_dark else self._world.seconds + minutes * 60
        return self._reading(face)

    async def extend(self, face: Face, minutes: int, check: Check) -> SignReading:
        await check()
        self._answer()
        if self.lit != face:
            raise SignLiesError("another stands there")
        self.told.append(f"extend {minutes}")
        self.ends = self._world.seconds + minutes * 60
        return self._reading(face)

    async def read_health(self) -> SignHealth:
        self._answer()
        return SignHealth(self._world.wall())

    async def test_pixels(self, check: Check) -> SignHealth:
        await check()
        return await self.read_health()

    async def close(self) -> None:
        pass

    def _answer(self) -> None:
        if self.does == "silent":
            raise SignSilentError("no answer")

    def _reading(self, face: Face | None) -> SignReading:
        lit = self.lit
        left = None if self.ends is None else max(0, int((self.ends - self._world.seconds) // 60))
        visible = self.does != "invisible"
        return SignReading(
            self._world.wall(), words(lit), lit.is_dark, None if face is None else _same(lit, face), visible, left
        )


def _same(lit: Face, face: Face) -> bool:
    return lit == face or (lit.is_dark and face.is_dark)


def words(face: Face) -> str:
    """A face in short."""
    return " / ".join(f"{line.legend} {line.value}".strip() for line in face.lines if not line.is_dark)


def list_words(faces: Iterable[Face]) -> list[str]:
    return [words(face) for face in faces]
