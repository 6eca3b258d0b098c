"""A message onto the face: activated, waited for, looked at; and why not, where the sign says no."""

from typing import Any

from gateways.signs.driver import SignRefusedError, SignTakenError
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.codes import ActivationCode, MessageIdCode
from gateways.signs.ntcip.objects import Oid, name_of
from gateways.signs.ntcip.shown import ShownState, look_at
from gateways.signs.ntcip.slots import Patience, Slots
from gateways.signs.ntcip.snmp import SnmpRefusedError, SnmpSession
from parking.signs.model import NtcipOptions

_TAKEN = (3, 9, 10, 11)
"""Activation errors that say that somebody else has the sign: priority, local, central, central override."""

_NO_ERROR = 2
_SLOWLY_FAILED, _SLOWLY = 3, 4


class Stage:
    """What one sign shows. It remembers which objects the sign has not."""

    def __init__(self, session: SnmpSession, slots: Slots, options: NtcipOptions) -> None:
        self._session, self._slots, self._options = session, slots, options
        self._absent: set[Oid] = set()

    async def activate(self, message: MessageIdCode, minutes: int) -> None:
        """SignTakenError where somebody else has the sign, SignRefusedError for whatever else it says."""
        code = ActivationCode(minutes, self._options.activate_priority, message).encode()
        try:
            await self._session.set((objects.ACTIVATE_MESSAGE, code))
        except SnmpRefusedError as error:
            await self._explain(error)

    async def _explain(self, refused: SnmpRefusedError | None) -> None:
        """Why an activation failed, asked at once: the next try, anybody's, overwrites it."""
        found = await self._session.find(objects.ACTIVATE_ERROR, objects.ACTIVATE_ERROR_CODE)
        number = found.get(objects.ACTIVATE_ERROR)
        number = number if isinstance(number, int) else None
        about = found.get(objects.ACTIVATE_ERROR_CODE)
        said: dict[str, Any] = {
            "activate": name_of(objects.ACTIVATE_ERRORS, number),
            "code": about.hex() if isinstance(about, bytes) else None,
            **(refused.said if refused else {}),
        }
        if number in _TAKEN:
            raise SignTakenError(f"the sign is somebody else's now: {said['activate']}", said)
        if number == objects.SYNTAX_ACTIVATE_ERROR:
            said |= await self._slots.find_fault()
        raise SignRefusedError(f"the sign did not activate the message: {said['activate']}", said) from refused

    async def prolong(self, standing: ShownState, minutes: int) -> ShownState:
        """More time or less for what stands; activated once more where the sign has no such object to be set."""
        try:
            await self._session.set((objects.TIME_REMAINING_MIN, minutes), is_checked=True)
        except SnmpRefusedError:
            if standing.source is None:
                raise
            await self.activate(standing.source, minutes)
        return await self.look()

    async def settle(self, multi: bytes) -> ShownState:
        """What it shows once it has done; drums and flaps take their time."""
        patience = Patience(self._options.patience_s)
        while True:
            shown = await self.look()
            if shown.activate_state != _SLOWLY:
                break
            if not await patience.wait():
                raise SignRefusedError("the sign did not come to an end of changing its face", shown.said())
        has_failed = shown.activate_error not in (None, _NO_ERROR) and not shown.shows(multi)
        if has_failed or shown.activate_state == _SLOWLY_FAILED:
            await self._explain(None)
        return shown

    async def look(self) -> ShownState:
        """One look at what it shows."""
        return await look_at(self._session, self._absent)
