"""Operators' words to signs: recorded as decisions, and what the controller said came of them."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from ops.console import live_state
from ops.deciding import open_record
from ops.settings import Settings
from parking.decisions.acting import DecisionNow
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
)
from parking.signs.words import OrderReason
from store.decisions import find_latest
from store.reader import read_snapshot
from store.signs import read_signs

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
            return (await read_snapshot(client, self.tenant, datetime.now(UTC))).now

    async def get_sign(self, sign_id: str) -> Sign:
        """Raises NoSuchSignError."""
        async with live_state(self._settings) as client:
            signs = {sign.id: sign for sign in await read_signs(client, self.tenant)}
        if sign_id not in signs:
            known = ", ".join(sorted(signs)[:20]) or "none yet: placelibre signs import"
            raise NoSuchSignError(f"there is no sign {sign_id!r:.80} in {self.tenant} (known: {known})")
        return signs[sign_id]

    async def find_override(self, sign: Sign) -> Override | None:
        """The override that holds now."""
        async with live_state(self._settings) as client:
            latest = await find_latest(client, self.tenant, override_subject(sign.id))
        found = find_override(latest.decision) if latest else None
        return found if found and found.holds_at(await self.now()) else None

    async def override(self, sign: Sign, override: Override) -> Decision:
        """Record it. Raises InvalidSignError where it can be none, NotRecordedError where Kafka did not take it."""
        return await self._record(decide_override(sign, override, await self.now()))

    async def extend(self, sign: Sign, author: str, expires_at: datetime) -> Decision:
        """Let the override that holds now end at another time; all else stays as it was."""
        held = await self._get_override(sign)
        again = Override(
            reason=held.reason, author=author, expires_at=expires_at, lines=held.lines, test=held.test, note=held.note
        )
        return await self.override(sign, again)

    async def release(self, sign: Sign, author: str, reason: OrderReason | None) -> Decision:
        """End the override that holds now."""
        held = await self._get_override(sign)
        return await self._record(decide_release(sign, author, reason or held.reason, await self.now()))

    async def ask(self, sign: Sign, kind: TaskKind, author: str, reason: OrderReason) -> Decision:
        """Have a thing done once."""
        return await self._record(decide_task(sign, kind, author, reason, await self.now()))

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

    async def _get_override(self, sign: Sign) -> Override:
        held = await self.find_override(sign)
        if held is None:
            raise NoSuchSignError(f"no override holds on sign {sign.id}: there is nothing to extend or to release")
        return held

    async def _record(self, decision: Decision) -> Decision:
        async with open_record(self._settings) as record:
            await record(decision)
        return decision


def in_a_while(now: datetime, text: str) -> datetime:
    """The time after a while like 45m, 2h or 3d. Raises ParkingError where the text is none."""
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.isdecimal() or not 0 < int(number) < 10_000:
        raise NoSuchSignError(f"{text!r:.40} is no while: write 45m, 2h or 3d")
    return now + int(number) * units[unit]
