"""Operators' words to signs: recorded as decisions, and what the controller said came of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from gateways.signs.at_redis import SignsInRedis
from gateways.signs.desk import OrderDesk
from ops.console import live_state
from ops.deciding import open_record
from ops.settings import Settings
from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision
from parking.errors import ParkingError
from parking.signs.model import Sign
from parking.signs.orders import Override, TaskKind, find_override, override_subject
from parking.signs.proposals import Proposal
from parking.signs.words import OrderReason
from store.decisions import find_latest

ASKED_EVERY_S = 0.25


class NoSuchSignError(ParkingError):
    """There is no sign of that name; the message lists those there are."""


class Desk:
    """The signs of a city as an operator speaks to them, at the city's time."""

    def __init__(self, settings: Settings, tenant: str) -> None:
        self._settings, self.tenant = settings.model_copy(update={"tenant": tenant}), tenant

    async def now(self) -> datetime:
        """The city's time."""
        async with live_state(self._settings) as client:
            return (await SignsInRedis(client, self.tenant).city()).now

    async def get_sign(self, sign_id: str) -> Sign:
        """Raises NoSuchSignError."""
        async with live_state(self._settings) as client:
            signs = {sign.id: sign for sign in await SignsInRedis(client, self.tenant).signs()}
        if sign_id not in signs:
            known = ", ".join(sorted(signs)[:20]) or "none yet: placelibre signs import"
            raise NoSuchSignError(f"there is no sign {sign_id!r:.80} in {self.tenant} (known: {known})")
        return signs[sign_id]

    async def find_held(self, sign: Sign) -> Override | None:
        """The override that holds now."""
        async with live_state(self._settings) as client:
            latest = await find_latest(client, self.tenant, override_subject(sign.id))
        found = find_override(latest.decision) if latest else None
        return found if found and found.holds_at(await self.now()) else None

    async def override(self, sign: Sign, override: Override) -> Decision:
        """Record it, after whatever holds now.

        Raises InvalidSignError where it can be none, NotRecordedError where Kafka did not take it.
        """
        async with self._open() as desk:
            return await desk.override(sign, override, await _find_held(desk, sign))

    async def extend(self, sign: Sign, author: str, expires_at: datetime) -> Decision:
        """Let the override that holds now end at another time; all else stays as it was."""
        async with self._open() as desk:
            return await desk.extend(sign, author, expires_at, await _find_held(desk, sign) or "")

    async def release(self, sign: Sign, author: str, reason: OrderReason | None) -> Decision:
        """End the override that holds now."""
        async with self._open() as desk:
            return await desk.release(sign, author, await _find_held(desk, sign) or "", reason)

    async def find_proposal(self, sign: Sign) -> Proposal | None:
        """The override that waits for a second person."""
        async with self._open() as desk:
            found = await desk.find_proposal(sign)
        return found[0] if found else None

    async def confirm(self, sign: Sign, author: str, seen: str) -> Decision:
        """Be the second person of that proposal."""
        async with self._open() as desk:
            return await desk.confirm(sign, author, seen)

    async def withdraw(self, sign: Sign, author: str, seen: str) -> Decision:
        """Let that proposal wait no longer."""
        async with self._open() as desk:
            return await desk.withdraw(sign, author, seen)

    async def ask(self, sign: Sign, kind: TaskKind, author: str, reason: OrderReason) -> Decision:
        """Have a thing done once."""
        async with self._open() as desk:
            return await desk.ask(sign, kind, author, reason)

    async def outcome(self, decision: Decision, patience_s: float) -> DecisionNow:
        """What came of it; an open one where nobody has said so in time: is a controller running?"""
        until = time.monotonic() + patience_s
        async with live_state(self._settings) as client:
            while True:
                latest = await find_latest(client, self.tenant, decision.subject)
                is_it = latest is not None and latest.decision.occasion == decision.occasion
                if latest is not None and is_it and not latest.is_open:
                    return latest
                if time.monotonic() > until:
                    return DecisionNow(decision)
                await asyncio.sleep(ASKED_EVERY_S)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[OrderDesk]:
        async with open_record(self._settings) as record, live_state(self._settings) as client:
            yield OrderDesk(SignsInRedis(client, self.tenant), record, self._settings.signs_two_persons)


async def _find_held(desk: OrderDesk, sign: Sign) -> str | None:
    """What holds now, which whoever sits at a terminal has just been told, or can ask for."""
    found = await desk.find_override(sign)
    return found[0].decision if found else None


def in_a_while(now: datetime, text: str) -> datetime:
    """The time after a while like 45m, 2h or 3d. Raises ParkingError where the text is none."""
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.isdecimal() or not 0 < int(number) < 10_000:
        raise NoSuchSignError(f"{text!r:.40} is no while: write 45m, 2h or 3d")
    return now + int(number) * units[unit]
