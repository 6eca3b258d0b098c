"""What an operator asks of a sign once: done under the lease, confirmed with what came of it.

The drill proves that a sign goes dark: it is given one minute and then not spoken for, only listened to, until it says
that it is blank. What is listened to restarts a comm loss timer and not a duration, and it is the duration that counts.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import msgspec

from gateways.signs.control.bench import minutes_left
from gateways.signs.control.standing import is_same
from gateways.signs.driver import SignError, SignReading, SignRefusedError
from parking.decisions.acting import ActResult, NotRecordedError, confirm
from parking.decisions.model import Decision
from parking.signs.orders import TaskKind
from parking.signs.plan import SignPlan

if TYPE_CHECKING:
    from gateways.signs.control.post import SignPost

log = logging.getLogger(__name__)
DRILL_MINUTES = 1
LISTEN_EVERY_S = 1.0
DRILL_SLACK_S = 30.0


async def do_task(post: "SignPost", task: Decision, plan: SignPlan) -> None:
    """Do it, and confirm it; what a sign refuses is confirmed as refused. Silence is for the post to deal with."""
    kind = next((kind for kind in TaskKind if kind.value == task.output.get("task")), None)
    try:
        said = await _do(post, kind, plan)
        result = ActResult.ACTED if said.pop("ok", True) else ActResult.FAILED
    except SignRefusedError as error:
        result, said = ActResult.REFUSED, {"error": str(error), **error.said}
    except SignError as error:
        await _say(post, task, ActResult.FAILED, {"error": str(error), **error.said})
        raise
    await _say(post, task, result, said)


async def _say(post: "SignPost", task: Decision, result: ActResult, said: dict[str, Any]) -> None:
    try:
        await post.bench.record(confirm(task, result, said, max(post.bench.now(), task.decided_at)))
    except NotRecordedError as error:
        log.warning("sign %s: what came of the task %s is not recorded (%s)", post.sign.id, task.id, error)


async def _do(post: "SignPost", kind: TaskKind | None, plan: SignPlan) -> dict[str, Any]:
    driver, check = post.driver, post.bench.lease.check
    if kind is TaskKind.READ:
        health = await driver.read_health()
        post.standing.healthy(health)
        return {"health": _plain(health._asdict())}
    if kind is TaskKind.PIXEL_TEST:
        health = await driver.test_pixels(check)
        post.standing.healthy(health)
        return {"stuck": _plain(health.stuck), "faults": list(health.faults)}
    if kind is TaskKind.SECURE:
        reading = await driver.secure(check)
        return {"shown": reading.shown}
    if kind is TaskKind.DRILL:
        return await _drill(post, plan)
    return {"ok": False, "error": "this controller does not know that task"}


async def _drill(post: "SignPost", plan: SignPlan) -> dict[str, Any]:
    bench, driver, standing = post.bench, post.driver, post.standing
    if driver.fail_safe.within_s is None:
        raise SignRefusedError(f"nothing can be proven: {driver.fail_safe.how}")
    face = standing.face
    if face is None or face.is_dark:
        return {"ok": False, "error": "it is dark already: have it show something first, by an override for instance"}
    if not standing.holds(plan.face) or minutes_left(plan.valid_until, bench.now(), DRILL_MINUTES) < DRILL_MINUTES:
        return {"ok": False, "error": "what it shows is about to change: try again in a moment"}
    asked = bench.monotonic()
    standing.told(face, DRILL_MINUTES)
    await driver.extend(face, DRILL_MINUTES, bench.lease.check)
    promised_s = DRILL_MINUTES * 60 / bench.pace
    while (passed_s := bench.monotonic() - asked) < promised_s + DRILL_SLACK_S:
        reading = await driver.read()
        if reading.is_blank:
            standing.read(reading, None)
            return _proof(reading, (bench.monotonic() - asked) * bench.pace)
        if not is_same(post.plan_now().face, face):  # what is true goes before what is to be proven
            return {"ok": False, "error": "what it is to show has changed meanwhile: try again"}
        await asyncio.sleep(min(LISTEN_EVERY_S / bench.pace, promised_s / 20))
    return {"ok": False, "error": f"it was still lit {passed_s * bench.pace:.0f} s after it was told one minute"}


def _proof(reading: SignReading, seconds: float) -> dict[str, Any]:
    return {"went_dark_after_s": round(seconds, 1), "promised_s": DRILL_MINUTES * 60, "source": reading.source or ""}


def _plain(value: object) -> Any:
    """As JSON has it, without times and numbers that JSON cannot say."""
    return msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(value, str_keys=True)))
