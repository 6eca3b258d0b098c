"""The decisions of one sign: what stands recorded for each of its lines, and what has come of it.

Recorded, acknowledged, then sent, then confirmed. A line about which the record was not reached is new to it next time.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parking.decisions.acting import ActResult, Confirmation, DecisionNow, NotRecordedError, RecordPort, confirm
from parking.decisions.model import Decision
from parking.decisions.words import Occasion
from parking.signs.deciding import decide_line, remember, says_same, shown_line
from parking.signs.face import Face
from parking.signs.model import Sign
from parking.signs.multi.fit import folded
from parking.signs.plan import LineMemory, LinePlan

UNSAID_KEPT = 100
"""Confirmations that wait for a Kafka that is away; without one, a decision stays open, which is true as well."""


class LineDecisions:
    """What was decided of each line, by its number."""

    def __init__(self, sign: Sign, record: RecordPort) -> None:
        self._sign, self._record = sign, record
        self.standing: dict[int, Decision] = {}
        self.memory: dict[int, LineMemory] = {}
        self.open: list[Decision] = []
        self._acted: set[Occasion] = set()
        self._unsaid: list[Confirmation] = []

    def recall(self, latest: Mapping[int, DecisionNow]) -> None:
        """What an earlier controller decided; what it left unconfirmed is ``open``."""
        for number, known in latest.items():
            if not self._is_of_line(number, known.decision):  # the inventory has changed: that is another line
                continue
            self.memory[number] = remember(known.decision)
            self.standing[number] = known.decision
            if known.is_open:
                self.open.append(known.decision)
            elif known.state == ActResult.ACTED.value:
                self._acted.add(known.decision.occasion)

    def _is_of_line(self, number: int, decision: Decision) -> bool:
        line = next((line for line in self._sign.lines if line.number == number), None)
        places = {given.place_id for given in decision.inputs if given.place_id is not None}
        if line is None or (places and places != set(line.places)):
            return False
        legend = shown_line(decision).legend
        legends = ("", *(folded(self._sign, self._sign.limits, each) for each in (line.legend, *line.short_legends)))
        return legend in (legends if not line.is_printed else ("",))

    def list_new(self, lines: tuple[LinePlan, ...], until: datetime) -> list[LinePlan]:
        """Lines that say something else than what stands, or are lit and whose decision ends before ``until``."""
        return [line for line in lines if not self._holds(line, until)]

    def _holds(self, line: LinePlan, until: datetime) -> bool:
        standing = self.standing.get(line.number)
        if standing is None or not says_same(standing, line):
            return False
        return line.line.is_dark or standing.valid_until >= until

    def reopen(self, lines: tuple[LinePlan, ...]) -> None:
        """What stands and was never acted on is about to be: what comes of it is to be confirmed again."""
        open_ = {decision.occasion for decision in self.open}
        stand = (self.standing[line.number] for line in lines if line.number in self.standing)
        self.open += [one for one in stand if one.occasion not in open_ | self._acted]

    async def decide(self, lines: list[LinePlan], now: datetime, fence: int | None) -> list[Decision]:
        """Record each, all or none that may be acted on. Raises NotRecordedError where Kafka did not take them all."""
        decisions = [decide_line(self._sign, line, now, fence) for line in lines]
        done = await asyncio.gather(*map(self._record, decisions), return_exceptions=True)
        failed = [error for error in done if isinstance(error, BaseException)]
        if failed:
            self.open += [
                one for one, error in zip(decisions, done, strict=True) if not isinstance(error, BaseException)
            ]
            raise failed[0]
        for line, decision in zip(lines, decisions, strict=True):
            self.standing[line.number], self.memory[line.number] = decision, line.memory
        self.open += decisions
        return decisions

    async def settle(self, result: ActResult, said: Mapping[str, Any], at: datetime) -> None:
        """Confirm all that is open; what the record does not take is said again with the next."""
        open_, self.open = self.open, []
        if result is ActResult.ACTED:
            self._acted = {decision.occasion for decision in self.standing.values()}
        events = [confirm(decision, result, dict(said), max(at, decision.decided_at)) for decision in open_]
        events, self._unsaid = [*self._unsaid, *events], []
        done = await asyncio.gather(*map(self._record, events), return_exceptions=True)
        for event, failed in zip(events, done, strict=True):
            if isinstance(failed, NotRecordedError):
                self._unsaid = [*self._unsaid, event][-UNSAID_KEPT:]
            elif isinstance(failed, BaseException):
                raise failed

    def face(self) -> Face:
        """What stands decided, as a face."""
        return Face(tuple(shown_line(decision) for _, decision in sorted(self.standing.items())))
