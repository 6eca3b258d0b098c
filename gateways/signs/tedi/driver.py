"""A French sign by TEDI/LCR: display, ask for the state, read back, compare.

``ST`` first (is it ours now?), then ``P``, ``ST``, ``PS``: what PS says is what is shown. Only a model that honours DV
goes dark by itself; with any other this driver guarantees nothing once it is gone, and says so.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

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
from gateways.signs.tedi import lcr
from gateways.signs.tedi.conversation import TediConversation
from gateways.signs.tedi.faces import describe_difference, modules_of
from gateways.signs.tedi.lcr import ModuleText, TediState
from gateways.signs.tedi.line import TediLine
from parking.signs.face import Face
from parking.signs.model import Sign, SignLimits

_CLOCK_EVERY_S = 3600.0
_LONGEST_MIN = 5
_NO_GUARANTEE = FailSafe(
    None, "not guaranteed by this protocol: the sign keeps its text until somebody tells it another or its power goes"
)


async def _let_pass() -> None:
    """The check of what changes nothing that is shown."""


class TediDriver:
    """One sign over TCP. ``password`` is what stands in ``ID=``, id and password; it is in no log and no error.

    ``zone`` is that of the sign's clock, ``elapsed`` seconds that have passed.
    """

    def __init__(
        self,
        sign: Sign,
        password: str | None = None,
        zone: tzinfo | None = None,
        clock: Callable[[], datetime] | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        lcr.require_credential(password)
        self._sign, self._options, self._password = sign, sign.tedi, password
        self._zone = zone or ZoneInfo("Europe/Paris")
        self._clock = clock or (lambda: datetime.now(UTC))
        self._elapsed = elapsed
        self._line = TediLine(sign.address or "", self._options.timeout_s)
        self._one_at_a_time = asyncio.Lock()
        self._clock_set_at: float | None = None
        self._ends_at: float | None = None

    def __repr__(self) -> str:
        return f"TediDriver({self._sign.id!r})"

    @property
    def fail_safe(self) -> FailSafe:
        """DV, where the model honours it."""
        if not self._options.honours_dv:
            return _NO_GUARANTEE
        return FailSafe(
            _LONGEST_MIN * 60.0,
            f"every message carries its duration (DV): the sign is dark within {_LONGEST_MIN} min",
        )

    @property
    def counts(self) -> dict[str, int]:
        """What came over the line besides answers: strangers, unsound frames, bytes thrown away, fillers."""
        return dict(self._line.counts)

    async def read_limits(self) -> SignLimits:
        """As stated in the inventory: LCR has no word for them."""
        return self._sign.limits

    async def read(self, face: Face | None = None) -> SignReading:
        """State and read-back."""
        async with self._one_at_a_time:
            return await self._read(face, await self._ask_state())

    async def secure(self, check: Check) -> SignReading:
        """Nothing can be prepared in such a sign but its clock, which is set; what it shows is read."""
        async with self._one_at_a_time:
            await self._set_clock(check)
            return await self._read(None, await self._ask_state())

    async def show(self, face: Face, minutes: int, check: Check) -> SignReading:
        """Display it, for five minutes at most, and read it back; nothing is sent where somebody is connected there."""
        minutes = max(1, min(minutes, _LONGEST_MIN))
        async with self._one_at_a_time:
            command = self._command(face, minutes)
            _require_ours(await self._ask_state())
            await self._set_clock(check)
            await self._display(command, face, minutes, check)
            return await self._confirm(face)

    async def extend(self, face: Face, minutes: int, check: Check) -> SignReading:
        """Read back that it stands, and, where the model honours DV, send it again with its new duration.

        DV goes with the text, at which a model may flicker: so whoever calls this does it when little is left.
        """
        minutes = max(1, min(minutes, _LONGEST_MIN))
        async with self._one_at_a_time:
            reading = await self._confirm(face)
            if face.is_dark or not self._options.honours_dv:
                return reading
            await self._display(self._command(face, minutes), face, minutes, check)
            return await self._confirm(face)

    async def read_health(self) -> SignHealth:
        """Faults by the names of the state's own keys and of ERI; the rest is not known by LCR."""
        async with self._one_at_a_time:
            state = await self._ask_state()
            return SignHealth(self._clock(), state.faults, said=state.said)

    async def test_pixels(self, check: Check) -> SignHealth:
        """LCR has no such test."""
        raise SignRefusedError("LCR has no pixel test; look at the sign")

    async def close(self) -> None:
        """Let go of the connection."""
        self._line.close()

    def _command(self, face: Face, minutes: int) -> str:
        if face.is_dark:
            return lcr.say_blank(self._password, self._options.has_pa)
        duration = minutes * 60 if self._options.honours_dv else 0
        widest = max([self._options.characters, *(line.cell.characters or 0 for line in self._sign.lines if line.cell)])
        return lcr.say_display(modules_of(self._sign, face), widest, duration, self._password, self._options.has_pa)

    async def _display(self, command: str, face: Face, minutes: int, check: Check) -> None:
        await self._tell(command, check)
        self._ends_at = None
        if self._options.honours_dv and not face.is_dark:
            self._ends_at = self._elapsed() + minutes * 60

    async def _confirm(self, face: Face) -> SignReading:
        state = await self._ask_state()
        _require_ours(state)
        reading = await self._read(face, state)
        if not reading.matches:
            raise SignLiesError(f"the sign shows something else: {reading.said['difference']}", reading.said)
        return reading

    async def _read(self, face: Face | None, state: TediState) -> SignReading:
        text = await self._ask(lcr.ASK_SHOWN, lcr.is_shown)
        shown = lcr.read_shown(text)
        difference = None if face is None else describe_difference(self._sign, face, shown)
        return SignReading(
            at=self._clock(),
            shown=text,
            is_blank=_is_blank(self._sign, shown),
            matches=None if face is None else difference is None,
            remaining_min=self._remaining_min(),
            source="local" if state.local else None,
            is_local=bool(state.local),
            faults=state.faults,
            said={"state": state.said, "shown": text, "difference": difference, **self._line.counts},
        )

    async def _ask_state(self) -> TediState:
        state = lcr.read_state(await self._ask(lcr.ASK_STATE, lcr.is_state), self._options.local_keys)
        if state.address is not None and state.address[:3] != self._options.station:
            raise SignSilentError(
                f"station {state.address!r:.20} answers, ours is {self._options.station}", {"state": state.said}
            )
        return state

    async def _set_clock(self, check: Check) -> None:
        now = self._elapsed()
        if self._clock_set_at is None or now - self._clock_set_at > _CLOCK_EVERY_S:
            self._clock_set_at = now
            with suppress(SignRefusedError, SignSilentError):  # a sign that sets its own clock is as good
                await self._tell(lcr.say_clock(self._clock().astimezone(self._zone)), check)

    async def _tell(self, command: str, check: Check) -> None:
        await self._hold(command, check, lambda text: True, is_question=False)

    async def _ask(self, question: str, is_wanted: Callable[[str], bool]) -> str:
        talk = await self._hold(question, _let_pass, is_wanted, is_question=True)
        return talk.reply or ""

    async def _hold(
        self, said: str, check: Check, is_wanted: Callable[[str], bool], is_question: bool
    ) -> TediConversation:
        options = self._options
        for tried in range(1, options.tries + 1):
            await check()
            talk = TediConversation(options.station, said, options.bcc, options.tries, is_wanted)
            try:
                await self._line.hold(talk, is_question)
            except SignSilentError:
                if tried == options.tries:
                    raise
                continue
            if talk.is_refused:
                raise SignRefusedError(f"the sign said NAK to {said.split(' ')[0]}", {"nak": said.split(" ")[0]})
            break
        return talk

    def _remaining_min(self) -> int | None:
        if self._ends_at is None:
            return None
        return max(0, int((self._ends_at - self._elapsed()) // 60))


def _require_ours(state: TediState) -> None:
    if state.local:
        raise SignTakenError(f"somebody is connected at the sign: {', '.join(state.local)}", {"state": state.said})


def _is_blank(sign: Sign, shown: dict[str, ModuleText]) -> bool:
    ours = [lcr.plain_module(each.module) for each in modules_of(sign, Face())]
    known = lcr.ALL_MODULES in shown or all(module in shown for module in ours)
    return bool(shown) and known and all(each.is_dark for each in shown.values())
