"""Which messages of network servers are read in one pass: the plain ones where the native reader was built, else none.

A reader of plain messages decides nothing: whatever it declines is read the long way by ``sensors.uplink``, which is
the same rule, and the only one that refuses.
"""

from collections.abc import Callable
from typing import TypeAlias

Picked: TypeAlias = tuple[str, int, int, bytes, str | None, str, int | None, bool, bool]
"""As ``Uplink``'s fields, without ``missed`` and ``names``, and the network's time as it is written."""

ReadPlain: TypeAlias = Callable[[bytes], Picked | None]


def decline(body: bytes) -> None:
    """The reference: no message is plain."""


try:
    from _accel.uplinks import read as _native
except ImportError:  # not built: slower, with the same answers
    NATIVE: ReadPlain | None = None
else:
    NATIVE = _native

PLAIN: ReadPlain = NATIVE or decline
