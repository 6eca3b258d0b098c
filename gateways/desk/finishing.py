"""What is recorded gets done: at once where that is possible, again and again where it is not, and after a restart."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateways.desk.command_port import CommandPort, EffectRefusedError, NotDoneYetError, NotReadableError
from parking.decisions.acting import ActResult, DecisionNow, NotRecordedError, RecordPort, confirm
from parking.decisions.words import JsonMap
from parking.desk.commands import PlaceOverride, from_decision
from parking.desk.edits import find_edit, is_catalogue_subject

log = logging.getLogger(__name__)
AGAIN_EVERY_S = 2.0
_LOCKS = 64
"""Two things may share one; nobody can have us keep more by naming many."""


def pass_point(_: str) -> None:
    """Where no test wants to kill the desk."""


class CommandFinisher:
    """Has decisions done and confirms them. ``passing`` is told of each point at which a test may end the process."""

    def __init__(self, port: CommandPort, record: RecordPort, passing: Callable[[str], None] = pass_point) -> None:
        self.port, self.record, self.passing = port, record, passing
        self._locks = [asyncio.Lock() for _ in range(_LOCKS)]
        self._editing = asyncio.Lock()

    def lock_of(self, subject: str) -> asyncio.Lock:
        """Held by whoever says or does something about a thing; one for all edits: a device moves between places."""
        return self._editing if is_catalogue_subject(subject) else self._locks[hash(subject) % _LOCKS]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Finish what is open, now and whenever something is left open, for as long as the ``with`` lasts."""
        finishing = asyncio.create_task(self._finish_for_ever())
        try:
            yield
        finally:
            finishing.cancel()
            await asyncio.gather(finishing, return_exceptions=True)

    async def finished(self, said: DecisionNow) -> DecisionNow:
        """Done and confirmed where that is possible now; open where it is not."""
        if not said.is_open:
            return said
        try:
            return await self._finish(said)
        except (NotDoneYetError, NotRecordedError, NotReadableError) as error:
            log.warning("%s is recorded and not done yet (%s): it is tried again", said.decision.subject, error)
            return said

    async def _finish(self, said: DecisionNow) -> DecisionNow:
        decision, now = said.decision, await self.port.now()
        command = from_decision(decision)
        if command is not None and isinstance(command.command, PlaceOverride) and now >= command.command.expires_at:
            result, told = ActResult.FAILED, JsonMap(why="its time was over before it could be done: nothing was done")
        else:
            try:
                result, told = ActResult.ACTED, await self.port.act(decision)
            except EffectRefusedError as error:
                result, told = ActResult.REFUSED, JsonMap(why=str(error)[:500])
        self.passing("act->confirm")
        confirmation = confirm(decision, result, told, max(now, decision.decided_at))
        await self.record(confirmation)
        (await self.port.record_now()).take(confirmation)
        return DecisionNow(decision, confirmation)

    async def _finish_for_ever(self) -> None:
        while True:
            try:
                await self.finish_open()
            except NotReadableError:
                pass
            except Exception:
                log.exception("open commands could not be finished by a mistake of ours; it is tried again")
            await asyncio.sleep(AGAIN_EVERY_S)

    async def finish_open(self) -> None:
        """Finish what is open now, each thing under its lock. Raises NotReadableError."""
        for said in (await self.port.record_now()).list_open():
            if not (from_decision(said.decision) or find_edit(said.decision)):
                continue
            async with self.lock_of(said.decision.subject):
                latest = (await self.port.record_now()).find_latest(said.decision.subject)
                if latest is not None and latest.is_open:
                    await self.finished(latest)
