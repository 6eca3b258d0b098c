"""A message into its slot: not used or valid, then modifying, then validated, its CRC compared with ours.

Nothing of this changes what is shown. A slot that has the message already is left as it is.
"""

import asyncio
import time
from typing import Any, NamedTuple

from gateways.signs.driver import SignLiesError, SignRefusedError, SignTakenError
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.codes import MessageIdCode, reckon_crc
from gateways.signs.ntcip.limits import number_of
from gateways.signs.ntcip.messages import SnmpStatus, Value
from gateways.signs.ntcip.objects import Column, ControlMode, Oid, SlotStatus, message_object, name_of
from gateways.signs.ntcip.snmp import SnmpRefusedError, SnmpSession
from parking.signs.multi.tags import MultiFault

OWNER = b"placelibre"
_OPTIONAL = (Column.OWNER, Column.BEACON, Column.PIXEL_SERVICE)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.02, 0.5


class SlotMessage(NamedTuple):
    """What is to lie in a slot."""

    multi: bytes
    run_time_priority: int
    memory: int
    number: int

    @property
    def identity(self) -> MessageIdCode:
        """Its code; beacon and pixel service are off, whether the sign has them or not."""
        return MessageIdCode(self.memory, self.number, reckon_crc(self.multi))

    def at(self, column: Column) -> Oid:
        """One of its fields."""
        return message_object(column, self.memory, self.number)

    def fields(self) -> dict[Column, Value]:
        """What is written."""
        return {
            Column.MULTI: self.multi,
            Column.OWNER: OWNER,
            Column.BEACON: 0,
            Column.PIXEL_SERVICE: 0,
            Column.RUN_TIME_PRIORITY: self.run_time_priority,
        }


class Patience:
    """Between two looks at a sign that has not done yet: short waits first, and an end."""

    def __init__(self, seconds: float) -> None:
        self._ends, self._wait_s = time.monotonic() + seconds, _FIRST_WAIT_S

    async def wait(self) -> bool:
        """Wait a while; False where there is no patience left."""
        if time.monotonic() >= self._ends:
            return False
        await asyncio.sleep(self._wait_s)
        self._wait_s = min(self._wait_s * 2, _LONGEST_WAIT_S)
        return True


class Slots:
    """The message table of one sign. It remembers which optional columns the sign has not."""

    def __init__(self, session: SnmpSession, patience_s: float) -> None:
        self._session, self._patience_s = session, patience_s
        self._absent: set[Column] = set()

    async def look(self, message: SlotMessage) -> bool:
        """Whether its slot has it, valid and by the same CRC. SignTakenError where somebody is at the sign."""
        columns = [column for column in Column if column not in self._absent and column is not Column.OWNER]
        found = await self._session.find(objects.CONTROL_MODE, *map(message.at, columns))
        require_central(found.get(objects.CONTROL_MODE))
        status = found.get(message.at(Column.STATUS))
        if status in (SlotStatus.VALID, SlotStatus.MODIFYING):
            self._absent |= {column for column in _OPTIONAL if column in columns and message.at(column) not in found}
        return (
            status == SlotStatus.VALID
            and found.get(message.at(Column.CRC)) == message.identity.crc
            and found.get(message.at(Column.MULTI)) == message.multi
            and found.get(message.at(Column.RUN_TIME_PRIORITY)) == message.run_time_priority
        )

    async def write(self, message: SlotMessage) -> None:
        """Have it in its slot. SignRefusedError with what the sign finds wrong, SignLiesError for another CRC."""
        await self._have(message, SlotStatus.MODIFY_REQ, (SlotStatus.MODIFYING,))
        await self._fill(message)
        status, crc = await self._have(message, SlotStatus.VALIDATE_REQ, (SlotStatus.VALID, SlotStatus.ERROR))
        if status != SlotStatus.VALID:
            said = await self.find_fault()
            raise SignRefusedError(f"the sign found no valid message: {_list(said)}", said)
        if crc != message.identity.crc:
            said = {"crc": crc, "expected_crc": message.identity.crc}
            raise SignLiesError(f"the sign reckons CRC {crc} for a message of CRC {message.identity.crc}", said)

    async def find_fault(self) -> dict[str, Any]:
        """What the sign has to say about a message that it did not take."""
        found = await self._session.find(
            objects.VALIDATE_ERROR, objects.SYNTAX_ERROR, objects.SYNTAX_ERROR_POSITION, objects.ACTIVATE_ERROR
        )
        return {
            "validate": name_of(objects.VALIDATE_ERRORS, number_of(found.get(objects.VALIDATE_ERROR))),
            "syntax": name_of(MultiFault, number_of(found.get(objects.SYNTAX_ERROR))),
            "position": number_of(found.get(objects.SYNTAX_ERROR_POSITION)),
            "activate": name_of(objects.ACTIVATE_ERRORS, number_of(found.get(objects.ACTIVATE_ERROR))),
        }

    async def _have(
        self, message: SlotMessage, asked: SlotStatus, wanted: tuple[SlotStatus, ...]
    ) -> tuple[int, int | None]:
        """Ask for a status, and wait for what comes of it and its CRC; an answer that was lost is found by looking."""
        refused: SnmpRefusedError | None = None
        try:
            await self._session.set((message.at(Column.STATUS), asked))
        except SnmpRefusedError as error:
            refused = error
        patience = Patience(self._patience_s)
        while True:
            found = await self._session.find(message.at(Column.STATUS), message.at(Column.CRC))
            status, crc = (number_of(found.get(message.at(column))) for column in (Column.STATUS, Column.CRC))
            if status is not None and status in wanted:
                return status, crc
            is_waiting = status == SlotStatus.VALIDATING or refused is None
            if not is_waiting or not await patience.wait():
                said = {
                    "asked": asked.name.lower(),
                    "status": name_of(SlotStatus, status),
                    **(refused.said if refused else {}),
                }
                raise SignRefusedError(f"the message slot stayed {said['status']} when asked to {said['asked']}", said)

    async def _fill(self, message: SlotMessage) -> None:
        fields = {column: value for column, value in message.fields().items() if column not in self._absent}
        try:
            return await self._session.set(*((message.at(column), value) for column, value in fields.items()))
        except SnmpRefusedError:
            pass  # some take one object at a time; and then it shows which is refused
        for column, value in fields.items():
            try:
                await self._session.set((message.at(column), value))
            except SnmpRefusedError as error:
                if column not in _OPTIONAL:
                    said = {"column": column.name.lower(), **error.said, **await self.find_fault()}
                    raise SignRefusedError(f"the sign does not take the message's {said['column']}", said) from error
                if error.status is SnmpStatus.NO_SUCH_NAME:
                    self._absent.add(column)
        return None


def require_central(mode: Value) -> None:
    """SignTakenError where somebody stands at the sign and has it in local control."""
    if mode == ControlMode.LOCAL:
        raise SignTakenError("the sign is in local control: somebody is working at it", {"control": "local"})


def _list(said: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in said.items() if value not in (None, "none"))
