from typing import Any, final

__test__: dict[str, str]

@final
class Zone:
    """The slots of one zone inside the kernel; the contract is parking.fold.kernel.HeldZone."""

    def __init__(self, key: bytes, tenant: bytes, devices: dict[bytes, int], count: int, slots: bytes) -> None: ...
    @property
    def key(self) -> bytes: ...
    @property
    def changed_at(self) -> int: ...
    @property
    def folded(self) -> int: ...
    def load(self, slots: bytes) -> None: ...
    def records(self) -> bytes: ...
    def settle(self) -> None: ...

@final
class SlotKernel:
    """The native kernel; the contract is parking.fold.kernel.Kernel.

    ``record_bytes`` and ``words`` are the layout that the caller's records have, and must be the one compiled in
    (ValueError). The rest is policy: nothing observed at ``earliest_us`` or before is plain, nor anything ``ahead_us``
    before its arrival (microseconds); a sensor flaps when its words change ``flaps`` times within ``flap_s`` seconds,
    is believed after ``settled_s`` quiet ones, and ``flapping`` is the bit that says so.
    """

    def __init__(
        self,
        record_bytes: int,
        words: int,
        earliest_us: int,
        ahead_us: int,
        flaps: int,
        flap_s: int,
        settled_s: int,
        flapping: int,
    ) -> None: ...
    def hold(self, key: bytes, tenant: bytes, devices: dict[bytes, int], count: int, slots: bytes) -> Zone: ...
    def observe(self, records: list[Any], start: int, zones: dict[bytes, Any], touched: list[Any]) -> int: ...
    def look(self, slots: bytes, limits_us: bytes, masks: bytes, clock_us: int) -> tuple[Any, ...]: ...
