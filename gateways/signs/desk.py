"""The operators' desk: what a person says to a sign, recorded as a decision before anything else knows of it.

Nobody wipes what somebody else has said since: who changes an order names the one that they have seen.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from parking.decisions.acting import DecisionNow, RecordPort
from parking.decisions.model import Decision
from parking.errors import ParkingError
from parking.signs.model import Sign
from parking.signs.orders import (
    Override,
    TaskKind,
    decide_override,
    decide_release,
    decide_task,
    find_override,
    override_subject,
    task_subject,
)
from parking.signs.proposals import (
    Proposal,
    decide_confirmed,
    decide_proposal,
    decide_withdrawal,
    find_proposal,
    proposal_subject,
)
from parking.signs.status import SignStatus
from parking.signs.words import OrderReason


class NoSuchOrderError(ParkingError):
    """Nothing was said to that sign that still holds."""


class OvertakenError(ParkingError):
    """Somebody has said something else since; ``held`` is what holds now, None where nothing does."""

    def __init__(self, message: str, held: Override | None) -> None:
        super().__init__(message)
        self.held = held


class CityNow(NamedTuple):
    """A city and its time. ``is_made_up``: its numbers are, whoever shows them says so."""

    name: str
    zone: ZoneInfo
    now: datetime
    located: Mapping[str, str]
    is_made_up: bool = False


class SignsPort(Protocol):
    """What is known of a city's signs. Every method raises RedisError or OSError where that cannot be read."""

    tenant: str

    async def signs(self) -> list[Sign]:
        """The inventory."""
        ...

    async def statuses(self) -> dict[str, SignStatus]:
        """What the controller wrote last of each sign, however long ago."""
        ...

    async def city(self) -> CityNow:
        """The city and its time."""
        ...

    async def latest(self, subject: str) -> DecisionNow | None:
        """The latest decision about a subject."""
        ...


class OrderDesk:
    """Takes orders. One desk knows its own at once; those of another process once Redis has them, within a second.

    With ``two_persons`` an override, or another end for one, is a proposal until somebody else confirms it. To release
    a sign takes one.
    """

    def __init__(self, port: SignsPort, record: RecordPort, two_persons: bool = False) -> None:
        self._port, self._record, self._two_persons = port, record, two_persons
        self._own: dict[str, Decision] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def find_override(self, sign: Sign) -> tuple[Override, DecisionNow] | None:
        """The override that holds now, and what came of it."""
        said = await self._latest(override_subject(sign.id))
        found = find_override(said.decision) if said else None
        if said is None or found is None or not found.holds_at((await self._port.city()).now):
            return None
        return found, said

    async def override(self, sign: Sign, override: Override, seen: str | None) -> Decision:
        """Take a sign over; ``seen`` is the decision id of the override that this one is to follow, None for none.

        Raises InvalidSignError where it can be none, OvertakenError where another holds, and NotRecordedError.
        """
        async with self._locks[sign.id]:
            held = await self._find_seen(sign, seen)
            if held is None and seen is not None:
                raise OvertakenError(f"the override that you have seen on sign {sign.id} holds no more", None)
            return await self._order(sign, override)

    async def extend(self, sign: Sign, author: str, expires_at: datetime, seen: str) -> Decision:
        """Let the override ``seen`` end at another time; all else stays as it was. Raises as ``override`` does."""
        async with self._locks[sign.id]:
            held = await self._get_seen(sign, seen)
            again = Override(
                reason=held.reason, author=author, expires_at=expires_at, lines=held.lines, test=held.test,
                note=held.note,
            )  # fmt: skip
            return await self._order(sign, again)

    async def release(self, sign: Sign, author: str, seen: str, reason: OrderReason | None = None) -> Decision:
        """End the override ``seen``, for the reason for which it was taken or another. Raises as ``override`` does."""
        async with self._locks[sign.id]:
            held = await self._get_seen(sign, seen)
            return await self._take(decide_release(sign, author, reason or held.reason, (await self._port.city()).now))

    async def find_proposal(self, sign: Sign) -> tuple[Proposal, DecisionNow] | None:
        """What waits for a second person."""
        said, last = await self._latest(proposal_subject(sign.id)), await self._latest(override_subject(sign.id))
        found = find_proposal(said.decision) if said else None
        is_open = found is not None and found.holds_at((await self._port.city()).now)
        if said is None or found is None or not is_open or found.after != (last.decision.id if last else None):
            return None
        return found, said

    async def confirm(self, sign: Sign, author: str, seen: str) -> Decision:
        """Make the proposal ``seen`` an override. Raises as ``override`` does, and where it is the same person."""
        async with self._locks[sign.id]:
            proposal = await self._get_proposal(sign, seen)
            last = await self._latest(override_subject(sign.id))
            now = (await self._port.city()).now
            return await self._take(decide_confirmed(sign, proposal, author, last.decision.id if last else None, now))

    async def withdraw(self, sign: Sign, author: str, seen: str) -> Decision:
        """Let the proposal ``seen`` be none any more; anybody may, for it shows nothing. Raises as ``override``."""
        async with self._locks[sign.id]:
            proposal = await self._get_proposal(sign, seen)
            now = (await self._port.city()).now
            return await self._take(decide_withdrawal(sign, author, proposal.override.reason, now))

    async def ask(self, sign: Sign, kind: TaskKind, author: str, reason: OrderReason) -> Decision:
        """Have a thing done once. Raises NotRecordedError."""
        return await self._take(decide_task(sign, kind, author, reason, (await self._port.city()).now))

    async def find_task(self, sign: Sign) -> DecisionNow | None:
        """What was asked for last, and what came of it."""
        return await self._latest(task_subject(sign.id))

    async def _latest(self, subject: str) -> DecisionNow | None:
        said, own = await self._port.latest(subject), self._own.get(subject)
        if own is None or (said is not None and said.decision.decided_at >= own.decided_at):
            return said
        return DecisionNow(own)

    async def _find_seen(self, sign: Sign, seen: str | None) -> Override | None:
        """The override that holds, if one does; it must be the one seen."""
        found = await self.find_override(sign)
        if found is None:
            return None
        held, _ = found
        if held.decision != seen:
            raise OvertakenError(
                f"{held.author} has taken sign {sign.id} over since; look at it, then say If-Match with its id", held
            )
        return held

    async def _get_seen(self, sign: Sign, seen: str) -> Override:
        held = await self._find_seen(sign, seen)
        if held is None:
            raise NoSuchOrderError(f"no override holds on sign {sign.id}: there is nothing to extend or to release")
        return held

    async def _get_proposal(self, sign: Sign, seen: str) -> Proposal:
        found = await self.find_proposal(sign)
        if found is None:
            raise NoSuchOrderError(f"nothing is proposed for sign {sign.id}, or something was ordered of it since")
        if found[0].decision != seen:
            raise OvertakenError(f"{found[0].author} has proposed something else for sign {sign.id} since", None)
        return found[0]

    async def _order(self, sign: Sign, override: Override) -> Decision:
        now = (await self._port.city()).now
        if not self._two_persons:
            return await self._take(decide_override(sign, override, now))
        last = await self._latest(override_subject(sign.id))
        return await self._take(decide_proposal(sign, override, last.decision.id if last else None, now))

    async def _take(self, decision: Decision) -> Decision:
        await self._record(decision)
        self._own[decision.subject] = decision
        return decision
