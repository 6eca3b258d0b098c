"""One sign, kept at what its plan says.

    begin: limits, fail-safe to blank, what it shows, what an earlier controller left open
    step:  plan ─► it shows that already: more time now and then, and a look
                └► decided, recorded, acknowledged ─► shown ─► confirmed with what the sign said

What goes wrong ends in the dark, and in an alarm. Going dark is never held up by anything: not by a dwell, not by a
record that cannot be reached.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from gateways.signs.control.bench import Bench, minutes_left
from gateways.signs.control.decided import LineDecisions
from gateways.signs.control.standing import SignStanding
from gateways.signs.control.tasks import do_task
from gateways.signs.driver import SignDriver, SignError, SignReading, SignRefusedError, SignSilentError, SignTakenError
from parking.decisions.acting import ActResult, DecisionNow, NotRecordedError, confirm
from parking.decisions.model import Decision
from parking.delays import delays
from parking.signs.face import DARK, Face
from parking.signs.model import Sign
from parking.signs.orders import Override, find_override
from parking.signs.plan import LinePlan, SignPlan
from parking.signs.planner import darkened, kept_from_real, plan_sign
from parking.signs.status import AlarmKind, SignStatus
from parking.signs.words import DarkBecause
from store.leases import LeaseLostError

log = logging.getLogger(__name__)
READ_EVERY_S = 30.0
HEALTH_EVERY_S = 600.0
AGAIN_S = (2.0, 60.0)
TAKEN_AGAIN_S = 30.0
SHORTEST_WAIT_S = 0.05
RECORD_SOON_S = 0.5
"""For so long what a sign shows waits for the record of what comes next; then it goes dark."""

LAST_ACT_S = 5.0


class SignPost:
    """The keeper of one sign. ``wake`` it when something that it depends on has changed."""

    def __init__(self, sign: Sign, driver: SignDriver, bench: Bench) -> None:
        self.sign, self.driver, self.bench = sign, driver, bench
        self.standing = SignStanding(sign, driver.fail_safe, bench)
        self.ledger = LineDecisions(sign, bench.record)
        self._order: Decision | None = None
        self._to_confirm: Decision | None = None
        self._task: Decision | None = None
        self._woken = asyncio.Event()
        self._again = delays(*AGAIN_S, bench.random.random)
        self.is_last_act = False
        self._is_silent = self._is_held = self._has_begun = False
        self._read_at = self._health_at = 0.0

    def wake(self) -> None:
        """Look at the plan again, soon."""
        self._woken.set()

    def recall(self, latest: Mapping[int, DecisionNow]) -> None:
        """What an earlier controller decided of its lines."""
        self.ledger.recall(latest)

    def order(self, said: DecisionNow) -> None:
        """What an operator said last of what it shows; harmless twice."""
        if self._order is None or self._order.occasion != said.decision.occasion:
            self._order = said.decision
            self._to_confirm = said.decision if said.is_open else None
            self.wake()

    def ask(self, task: Decision) -> None:
        """A thing to be done once."""
        self._task = task
        self.wake()

    def status(self) -> SignStatus:
        """What is known of it now."""
        return self.standing.status(self.ledger.standing)

    async def run(self) -> None:
        """For ever; raises LeaseLostError where the job is somebody else's."""
        while True:
            self._woken.clear()
            wait_s = max(SHORTEST_WAIT_S, await self._try())
            try:
                async with asyncio.timeout(wait_s):
                    if self._is_held:  # news mends nothing here: it is tried again in its own time
                        await asyncio.sleep(wait_s + 1)
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def _try(self) -> float:
        """One step; returns the seconds after which another is due at the latest."""
        self._is_held = True
        try:
            async with self.bench.lane(self._is_silent):
                if not self._has_begun:
                    await self._begin()
                wait_s = await self._step()
        except LeaseLostError:
            raise
        except SignSilentError as error:
            self._is_silent, self._has_begun = True, False
            self.standing.silent(error)
            await self._settle(ActResult.FAILED, error)
            return next(self._again)
        except SignTakenError as error:
            self.standing.taken(error)
            await self._settle(ActResult.REFUSED, error)
            return TAKEN_AGAIN_S / self.bench.pace
        except Exception as error:
            return await self._went_wrong(error)
        self._is_silent = self._is_held = False
        self._again = delays(*AGAIN_S, self.bench.random.random)
        return wait_s

    async def _begin(self) -> None:
        """Learn what it can do, and have it end in the dark by itself, before anything is lit."""
        try:
            self.standing.limits = await self.driver.read_limits()
            self.standing.read(await self.driver.secure(self.bench.lease.check), face=None)
        except SignRefusedError as error:
            self.standing.alarm(AlarmKind.FAIL_SAFE_NOT_SET, str(error))
            raise
        self.standing.clear(AlarmKind.FAIL_SAFE_NOT_SET)
        if self.ledger.open:  # only the sign knows whether they were acted on
            reading = await self.driver.read(self.ledger.face())
            await self._confirm(ActResult.ACTED if reading.matches else ActResult.FAILED, reading)
        await self._read_health()
        self._has_begun, self._read_at = True, 0.0

    async def _step(self) -> float:
        order, now = self._order, self.bench.now()
        override = find_override(order) if order else None
        plan = self._plan(override, now)
        if self.is_last_act:
            if not self.standing.holds(DARK):
                await self._show(DARK, 0)
            return LAST_ACT_S
        if self._task is not None:
            task, self._task = self._task, None
            await do_task(self, task, plan)
            return SHORTEST_WAIT_S
        if self.bench.monotonic() >= self._read_at:
            self._read_at = self._later(READ_EVERY_S)
            self.standing.read(await self.driver.read(plan.face), plan.face)
        minutes = minutes_left(plan.valid_until, now, self.bench.minutes)
        if not plan.face.is_dark and minutes < 1 and not self._may_stand(plan, now):
            plan = darkened(plan, DarkBecause.TOO_SHORT, now)
        self.standing.planned(plan, override if override and override.holds_at(now) else None)
        try:
            if self.standing.holds(plan.face):
                await self._let_stand(plan, minutes, now)
            else:
                await self._change(plan, minutes, now)
            await self._confirm_order(order, plan)
        except NotRecordedError:
            return min(max(1.0, next(self._again)), self._due_in(plan))
        if self.bench.monotonic() >= self._health_at:
            await self._read_health()
        return self._due_in(plan)

    def plan_now(self) -> SignPlan:
        """What it is to show now, orders and all."""
        return self._plan(find_override(self._order) if self._order else None, self.bench.now())

    def _plan(self, override: Override | None, now: datetime) -> SignPlan:
        sign, bench = self.sign, self.bench
        override = override if override and override.holds_at(now) else None
        availabilities, places = bench.look(sign.members)
        plan = plan_sign(
            sign, self.standing.limits, availabilities, places, self.ledger.memory, override, now, bench.zone,
            self.standing.stuck,
        )  # fmt: skip
        return kept_from_real(plan, sign, bench.is_real, now)

    def _may_stand(self, plan: SignPlan, now: datetime) -> bool:
        """Whether what it shows ends by itself before its number does; or never does, so that we must end it anyway."""
        if self.driver.fail_safe.within_s is None:
            return True
        if not self.standing.holds(plan.face) or plan.valid_until is None:
            return False
        return self.standing.left_min() <= (plan.valid_until - now) / timedelta(minutes=1) + 0.05

    async def _let_stand(self, plan: SignPlan, minutes: int, now: datetime) -> None:
        """It shows what it should: new reasons are recorded, and it gets more time where it needs some, or less."""
        standing, left = self.standing, self.standing.left_min()
        is_short = left <= self.bench.minutes / 2 and minutes > left + 0.25
        is_long = plan.valid_until is not None and not self._may_stand(plan, now)
        is_due = not plan.face.is_dark and minutes >= 1 and (is_short or is_long)
        await self._record(self.ledger.list_new(plan.lines, now + timedelta(minutes=minutes if is_due else 0)), now)
        self.bench.passing("record->act")
        if is_due:
            standing.told(plan.face, minutes)
            standing.read(await self.driver.extend(plan.face, minutes, self.bench.lease.check), plan.face)
        self.bench.passing("act->confirm")
        await self._confirm(ActResult.ACTED, standing.reading)

    async def _change(self, plan: SignPlan, minutes: int, now: datetime) -> None:
        """Another face, once its reasons are recorded. What is not true any more does not wait for that lit."""
        new = self.ledger.list_new(plan.lines, now + timedelta(minutes=0 if plan.face.is_dark else minutes))
        recording = asyncio.ensure_future(self._record(new, now))
        try:
            done, _ = await asyncio.wait({recording}, timeout=RECORD_SOON_S)
            has_failed = bool(done) and recording.exception() is not None
            if (not done or has_failed) and not self.standing.holds(DARK):
                await self._show(DARK, 0)
        finally:
            await asyncio.wait({recording})
            recording.cancelled() or recording.exception()  # heard, also where the sign did not answer
        await recording
        self.ledger.reopen(plan.lines)
        self.bench.passing("record->act")
        reading = self.standing.reading
        if not self.standing.holds(plan.face) or reading is None:
            reading = await self._show(plan.face, minutes)
        self.bench.passing("act->confirm")
        await self._confirm(ActResult.ACTED, reading)

    async def _show(self, face: Face, minutes: int) -> SignReading:
        self.standing.told(face, minutes)
        reading = await self.driver.show(face, max(1, minutes), self.bench.lease.check)
        self.standing.read(reading, face)
        return reading

    async def _record(self, new: list[LinePlan], now: datetime) -> None:
        if not new:
            return
        try:
            await self.ledger.decide(new, now, self.bench.lease.fence)
        except NotRecordedError as error:
            self.standing.alarm(AlarmKind.NOT_RECORDED, str(error))
            raise
        self.standing.clear(AlarmKind.NOT_RECORDED)

    async def _confirm(self, result: ActResult, reading: SignReading | None) -> None:
        """What reads back right and cannot be seen was not done."""
        is_hidden = reading is not None and reading.is_visible is False and not reading.is_blank
        await self.ledger.settle(ActResult.FAILED if is_hidden else result, _said(reading), self.bench.now())

    async def _settle(self, result: ActResult, error: SignError) -> None:
        await self.ledger.settle(result, {"error": str(error), **error.said}, self.bench.now())

    async def _confirm_order(self, order: Decision | None, plan: SignPlan) -> None:
        """An operator's word is confirmed once, by the step that planned with it, with what the sign said to it."""
        if order is None or order is not self._to_confirm or self.standing.face is None:
            return
        override, said, result = find_override(order), _said(self.standing.reading), ActResult.ACTED
        if override is not None:
            missed = [
                f"line {line.number}: {line.because.value}"
                for line in plan.lines
                if line.because is not None and line.because is not DarkBecause.ORDERED
            ]
            if missed and override.holds_at(self.bench.now()):
                result, said = ActResult.REFUSED, {**said, "error": ", ".join(missed)}
            elif self.standing.is_hidden:
                result = ActResult.FAILED
        try:
            await self.bench.record(confirm(order, result, said, max(self.bench.now(), order.decided_at)))
        except NotRecordedError as error:
            self.standing.alarm(AlarmKind.NOT_RECORDED, str(error))
            return
        self._to_confirm = None if self._to_confirm is order else self._to_confirm

    async def _read_health(self) -> None:
        self._health_at = self._later(HEALTH_EVERY_S)
        try:
            self.standing.healthy(await self.driver.read_health())
        except SignRefusedError as error:
            log.info("sign %s does not say how it is: %s", self.sign.id, error)

    async def _went_wrong(self, error: Exception) -> float:
        """It refused, it lied, or we made a mistake: what it showed is not true any more, so have it dark."""
        if not isinstance(error, SignError):
            log.error("sign %s: a mistake of ours", self.sign.id, exc_info=error)
        self.standing.wrong(error)
        try:
            self.standing.told(DARK, 0)
            await self.driver.show(DARK, 1, self.bench.lease.check)
        except LeaseLostError:
            raise
        except Exception as worse:
            log.warning("sign %s could not be darkened either: %s", self.sign.id, worse)
        said = error.said if isinstance(error, SignError) else {}
        result = ActResult.REFUSED if isinstance(error, SignRefusedError) else ActResult.FAILED
        await self.ledger.settle(result, {"error": str(error), **said}, self.bench.now())
        return next(self._again)

    def _later(self, seconds: float) -> float:
        """About so much later, each sign at a time of its own."""
        return self.bench.monotonic() + seconds * (0.75 + 0.5 * self.bench.random.random()) / self.bench.pace

    def _due_in(self, plan: SignPlan) -> float:
        bench = self.bench
        waits = [self._read_at - bench.monotonic()]
        waits += [bench.until(at) + 0.05 for at in (plan.look_again_at, plan.valid_until) if at is not None]
        if not plan.face.is_dark and (spare := self.standing.left_min() - self.bench.minutes / 2) > 0:
            waits.append(spare * 60 / bench.pace * (0.7 + 0.3 * bench.random.random()))
        elif not plan.face.is_dark:
            waits.append(15 / bench.pace)
        return min(waits)

    async def end_in_the_dark(self, within_s: float) -> None:
        """The last act under a lease that is running out; until it is ours for longer, nothing is lit."""
        self.is_last_act = True
        await self.darken(within_s)

    def go_on(self) -> None:
        """The lease is ours again for a while."""
        if self.is_last_act:
            self.is_last_act = False
            self.wake()

    async def darken(self, within_s: float) -> None:
        """Blank it; where that fails, it is said, for nothing more can be done."""
        try:
            async with asyncio.timeout(within_s):
                self.standing.told(DARK, 0)
                await self.driver.show(DARK, 1, self.bench.lease.check)
        except Exception as error:
            log.warning("sign %s was left as it is: %s", self.sign.id, error)

    async def close(self, is_removed: bool = False) -> None:
        """Let go. A sign without an end of its own, or not ours any more, is blanked first, while the job is ours."""
        left_s = self.bench.lease.left_s
        is_endless = self.driver.fail_safe.within_s is None
        if self._has_begun and left_s > 0 and (is_endless or is_removed):
            await self.darken(min(LAST_ACT_S, left_s))
        await self.driver.close()


def _said(reading: SignReading | None) -> dict[str, object]:
    if reading is None:
        return {}
    said = {"shown": reading.shown, "source": reading.source, **reading.said}
    return said if reading.is_visible is not False else {**said, "visible": False, "faults": list(reading.faults)}
