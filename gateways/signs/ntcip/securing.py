"""A sign that goes dark by itself: after an end, a reset, a power cut or silence it shows blank, which is read back."""

from typing import Any

from gateways.signs.driver import SignLiesError, SignRefusedError
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.codes import BLANK_MESSAGE
from gateways.signs.ntcip.messages import Value
from gateways.signs.ntcip.objects import Oid
from gateways.signs.ntcip.slots import require_central
from gateways.signs.ntcip.snmp import SnmpRefusedError, SnmpSession
from parking.signs.model import NtcipOptions

_NAMES: dict[Oid, str] = {
    objects.ON_END_DURATION: "end of duration",
    objects.ON_POWER_LOSS: "power loss",
    objects.SHORT_POWER_RECOVERY: "short power recovery",
    objects.LONG_POWER_RECOVERY: "long power recovery",
    objects.ON_RESET: "reset",
    objects.ON_COMM_LOSS: "comm loss",
    objects.SHORT_POWER_LOSS_S: "short power loss time",
    objects.COMM_LOSS_MIN: "comm loss time",
}
_SHORTEST_COMM_LOSS_MIN = 2
"""One minute breaks some firmware."""


def _goals(options: NtcipOptions) -> dict[Oid, Value]:
    goals: dict[Oid, Value] = {oid: BLANK_MESSAGE.encode() for oid in list(_NAMES)[:6]}
    goals[objects.SHORT_POWER_LOSS_S] = 0
    if options.comm_loss_min > 0:
        goals[objects.COMM_LOSS_MIN] = max(_SHORTEST_COMM_LOSS_MIN, options.comm_loss_min)
    return goals


async def secure(session: SnmpSession, options: NtcipOptions) -> None:
    """Write what differs, since it lies in the sign's lasting memory, and read all of it back.

    SignRefusedError where the sign has no message for the end of a duration, or does not take ours; SignLiesError where
    it says that it has, and reads back otherwise.
    """
    goals = _goals(options)
    found = await session.find(objects.CONTROL_MODE, *goals)
    require_central(found.get(objects.CONTROL_MODE))
    if objects.ON_END_DURATION not in found:
        raise SignRefusedError("the sign says nothing of what it shows when a message ends", {"absent": "endDuration"})
    differing = [oid for oid, value in goals.items() if oid in found and found[oid] != value]
    if not differing:
        return
    for oid in differing:
        try:
            await session.set((oid, goals[oid]))
        except SnmpRefusedError as error:
            raise SignRefusedError(f"the sign does not let its {_NAMES[oid]} be set", error.said) from error
    read = await session.find(*differing)
    if wrong := [oid for oid in differing if read.get(oid) != goals[oid]]:
        said: dict[str, Any] = {_NAMES[oid]: _said(read.get(oid)) for oid in wrong}
        raise SignLiesError(f"what the sign took for its {', '.join(said)} reads back otherwise", said)


def _said(value: Value) -> object:
    return value.hex() if isinstance(value, bytes) else value
