"""What a sign was told, what it said, and what is the matter: kept by its post, written out as its status."""

import logging
from datetime import datetime, timedelta

from gateways.signs.control.bench import Bench
from gateways.signs.driver import FailSafe, SignError, SignHealth, SignLiesError, SignReading
from parking.decisions.model import Decision
from parking.signs.face import Face
from parking.signs.model import Sign, SignLimits
from parking.signs.orders import Override
from parking.signs.plan import LinePlan, SignPlan
from parking.signs.status import (
    Alarm,
    AlarmKind,
    HealthStatus,
    LineStatus,
    OverrideStatus,
    Shown,
    SignState,
    SignStatus,
)

log = logging.getLogger(__name__)


class SignStanding:
    """``face`` is what it certainly shows, as far as it says: commanded and read back, or found there. None: not known.

    ``stuck`` are its failed pixels as last read.
    """

    def __init__(self, sign: Sign, fail_safe: FailSafe, bench: Bench) -> None:
        self._sign, self._fail_safe, self._bench = sign, fail_safe, bench
        self.limits: SignLimits = sign.limits
        self.face: Face | None = None
        self.reading: SignReading | None = None
        self.stuck: tuple[tuple[int, int, bool], ...] = ()
        self._health: SignHealth | None = None
        self._ends: float | None = None
        self._state, self._since = SignState.STARTING, bench.now()
        self._alarms: dict[AlarmKind, Alarm] = {}
        self._plan: SignPlan | None = None
        self._override: Override | None = None

    def holds(self, face: Face) -> bool:
        """Whether it shows this face, by its own word, and has time left for it."""
        return is_same(self.face, face) and (face.is_dark or self.left_min() > 0)

    @property
    def is_hidden(self) -> bool:
        """Whether it reads back right and cannot be seen."""
        return self.reading is not None and self.reading.is_visible is False and not self.reading.is_blank

    def left_min(self) -> float:
        """Minutes of the sign's that it will go on by itself; without end where its protocol has none, 0 if unknown."""
        if self._ends is None:
            is_endless = self._fail_safe.within_s is None or self.face is None or self.face.is_dark
            return float("inf") if is_endless else 0.0
        return max(0.0, (self._ends - self._bench.monotonic()) * self._bench.pace / 60)

    def told(self, face: Face, minutes: int) -> None:
        """It is being told: from here on it is not known what it shows, and when it is dark by itself is."""
        self.face = None
        has_end = self._fail_safe.within_s is not None and not face.is_dark
        self._ends = self._bench.monotonic() + minutes * 60 / self._bench.pace if has_end else None

    def read(self, reading: SignReading, face: Face | None) -> None:
        """What it said; ``face`` is what it should be, None where nothing was compared."""
        self.reading = reading
        if face is not None:
            self._compare(reading, face)
        if reading.is_visible is False and not reading.is_blank:
            self.alarm(AlarmKind.NOT_VISIBLE, f"it reads back right and cannot be seen: {_list(reading.faults)}")
            self._enter(SignState.NOT_VISIBLE)
        elif reading.is_visible is not False:
            self.clear(AlarmKind.NOT_VISIBLE)
        self._fault(reading.faults)
        self.clear(AlarmKind.SILENT)

    def _compare(self, reading: SignReading, face: Face) -> None:
        if not reading.matches:
            if is_same(self.face, face):  # it did show it
                why = f", by its own word: {reading.source}" if reading.source else ""
                self.alarm(AlarmKind.DISPLAYED_IS_NOT_COMMANDED, f"it shows {reading.shown[:80]!r}{why}")
                log.warning("sign %s does not show what it was told%s", self._sign.id, why)
            self.face = None
            return
        if reading.remaining_min is not None and not face.is_dark:
            self._ends = self._reckon(reading.remaining_min)
        self.face = face
        self.clear(AlarmKind.DISPLAYED_IS_NOT_COMMANDED)
        self.clear(AlarmKind.REFUSED)
        self._enter(SignState.DARK if face.is_dark else SignState.SHOWING)

    def _reckon(self, minutes: int) -> float:
        """When it ends: as told, but where it has less. It says whole minutes, and it may have almost one more."""
        now, one = self._bench.monotonic(), 60 / self._bench.pace
        return now + minutes * one if self._ends is None else min(self._ends, now + (minutes + 1) * one)

    def planned(self, plan: SignPlan, override: Override | None) -> None:
        """What it is to show."""
        self._plan, self._override = plan, override
        self._set(AlarmKind.PLAN, _list(plan.faults))

    def healthy(self, health: SignHealth) -> None:
        """What it said of its own state."""
        self._health, self.stuck = health, health.stuck
        self._fault(health.faults)

    def silent(self, error: SignError) -> None:
        """It did not answer: what it shows is not known."""
        self.face = None
        self.alarm(AlarmKind.SILENT, str(error))
        self._enter(SignState.SILENT)

    def taken(self, error: SignError) -> None:
        """Somebody else has it."""
        self.face = None
        self._enter(SignState.TAKEN)

    def wrong(self, error: Exception) -> None:
        """It refused, or what it shows is not what it was told."""
        is_lie = isinstance(error, SignLiesError)
        self.face = None
        self.alarm(AlarmKind.DISPLAYED_IS_NOT_COMMANDED if is_lie else AlarmKind.REFUSED, str(error))
        self._enter(SignState.WRONG)

    def alarm(self, kind: AlarmKind, detail: str) -> None:
        """Something is the matter, since now or before."""
        before = self._alarms.get(kind)
        if before is None:
            log.warning("sign %s: %s: %s", self._sign.id, kind.value, detail)
        since = before.since if before else self._bench.now()
        self._alarms[kind] = Alarm(kind=kind, detail=detail[:500], since=since)

    def clear(self, kind: AlarmKind) -> None:
        """That is over."""
        if self._alarms.pop(kind, None) is not None:
            log.info("sign %s: %s is over", self._sign.id, kind.value)

    def _set(self, kind: AlarmKind, detail: str) -> None:
        if detail:
            self.alarm(kind, detail)
        else:
            self.clear(kind)

    def _fault(self, faults: tuple[str, ...]) -> None:
        self._set(AlarmKind.FAULT, _list(faults))

    def _enter(self, state: SignState) -> None:
        if state is not self._state:
            self._state, self._since = state, self._bench.now()

    def status(self, decided: dict[int, Decision]) -> SignStatus:
        """All of it, as others read it."""
        bench, now, override = self._bench, self._bench.now(), self._override
        ends = timedelta(minutes=self.left_min()) if self._ends is not None and self.left_min() else None
        return SignStatus(
            sign=self._sign.id,
            at=now,
            written_at=bench.wall(),
            state=self._state,
            since=self._since,
            lines=tuple(_line(line, decided.get(line.number)) for line in self._plan.lines) if self._plan else (),
            shown=_shown(self.reading) if self.reading else None,
            health=_health(self._health) if self._health else None,
            alarms=tuple(alarm for _, alarm in sorted(self._alarms.items())),
            override=_override(override) if override else None,
            fail_safe=self._fail_safe.how,
            fail_safe_s=self._fail_safe.within_s,
            dark_at=now + ends if ends else self._dark_at(now),
            limits=self.limits,
            fence=bench.lease.fence,
        )

    def _dark_at(self, now: datetime) -> datetime | None:
        return now if self._state is SignState.DARK or self._ends is not None else None


def is_same(one: Face | None, other: Face) -> bool:
    """Whether a driver sees the same; one dark face is like another, and one that is not known like none."""
    return one is not None and (one == other or (one.is_dark and other.is_dark))


def _line(line: LinePlan, decided: Decision | None) -> LineStatus:
    lit = line.line
    return LineStatus(
        number=line.number, state=line.state, legend=lit.legend, value=lit.value, arrow=lit.arrow, because=line.because,
        since=line.memory.since, valid_until=line.valid_until, decision=decided.id if decided else None,
        held=line.held,
    )  # fmt: skip


def _shown(reading: SignReading) -> Shown:
    return Shown(
        at=reading.at, text=reading.shown, is_blank=reading.is_blank, matches=reading.matches,
        is_visible=reading.is_visible, source=reading.source, is_local=reading.is_local, faults=reading.faults,
    )  # fmt: skip


def _health(health: SignHealth) -> HealthStatus:
    return HealthStatus(
        at=health.at, faults=health.faults, stuck=health.stuck, temperature_c=health.temperature_c,
        door_open=health.door_open, photocell=health.photocell, light_output=health.light_output,
        running_hours=health.running_hours, power=health.power,
    )  # fmt: skip


def _override(override: Override) -> OverrideStatus:
    return OverrideStatus(
        decision=override.decision, author=override.author, reason=override.reason.value, expires_at=override.expires_at
    )


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(words)
