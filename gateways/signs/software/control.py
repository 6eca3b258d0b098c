"""What an NTCIP sign shows, and why: activation with its priority, durations, comm loss, power and resets.

Time is the sign's own clock, in exact seconds, and is looked at whenever anybody asks: no timers.
"""

import struct

from gateways.signs.software.clock import SignClock
from gateways.signs.software.messages import BLANK, CURRENT, HIGHEST, VALID, MessageRow, MessageTable
from gateways.signs.software.switches import Switches

LOCAL, CENTRAL, CENTRAL_OVERRIDE = 2, 4, 5
BY_LOCAL, BY_CENTRAL, BY_POWER_RECOVERY, BY_RESET, BY_COMM_LOSS, BY_END = 2, 8, 10, 11, 12, 14
ERR_OTHER, ERR_NONE, ERR_PRIORITY, ERR_STATUS, ERR_MEMORY, ERR_NUMBER, ERR_CRC = range(1, 8)
ERR_LOCAL = 9
FAST, SLOW_OK, SLOW_ERROR, SLOW_GOING = 1, 2, 3, 4
INFINITE = 65535
BLANK_ID = b"\x07\x00\x01\x00\x00"
AS_IT_WAS = b"\x05\x00\x01\x00\x00"
"""The current buffer: as new signs are delivered, they go on with what they showed until somebody sets them blank."""

_ACTIVATION = struct.Struct(">HBBHH4s")
_ID = struct.Struct(">BHH")


class SignControl:
    """The face, and what is to happen by itself. ``on`` are the messages for what may happen, as id codes."""

    def __init__(self, table: MessageTable, clock: SignClock, switches: Switches) -> None:
        self.table, self.clock, self.switches = table, clock, switches
        self.mode = CENTRAL
        self.source, self.requester = BY_RESET, b"\0\0\0\0"
        self.shown = BLANK_ID
        self.multi = b""
        self.priority = 1
        self.ends: float | None = None
        self.on = dict.fromkeys(("short_power", "long_power", "reset", "comm_loss", "power_loss"), AS_IT_WAS)
        self.on["end"] = BLANK_ID
        self.comm_loss_min, self.short_power_s = 0, 0
        self.error, self.error_code, self.state = ERR_NONE, bytes(12), FAST
        self.activations = 0
        self._heard, self._looked = clock(), clock()
        self._pending: tuple[float, bytes] | None = None

    def tick(self) -> None:
        """Let happen what is due."""
        now = self.clock()
        self.look_at_key()
        if self.mode == LOCAL:
            self._heard += now - self._looked
        self._looked = now
        if self._pending is not None and now >= self._pending[0]:
            code, self._pending = self._pending[1], None
            self.state = SLOW_OK
            self._take(code)
        loss = self.comm_loss_min * 60
        if loss and self.mode != LOCAL and now - self._heard >= loss and self.source != BY_COMM_LOSS:
            self._fall_to("comm_loss", BY_COMM_LOSS)
        elif self.ends is not None and now >= self.ends and not self.switches.endless:
            self._fall_to("end", BY_END)

    def look_at_key(self) -> None:
        """Whether somebody has the sign in local control now."""
        if self.switches.local:
            self.mode = LOCAL
        elif self.mode == LOCAL:
            self.mode = CENTRAL

    def hear(self) -> None:
        """Somebody spoke, whoever it was; in local mode the time stands still."""
        self._heard = self.clock()

    @property
    def remaining_min(self) -> int:
        """As the sign says it: whole minutes that are begun, 65535 without end."""
        if self.ends is None:
            return INFINITE
        return max(0, -int(-(self.ends - self.clock()) // 60))

    def set_remaining(self, minutes: int) -> None:
        """Give what is shown another end; 0 ends it at once."""
        self.ends = None if minutes == INFINITE else self.clock() + minutes * 60
        self.tick()

    def activate(self, code: bytes) -> bool:
        """Whether it was taken; ``error`` says why not."""
        self.error = self._find_wrong(code)
        if self.error != ERR_NONE:
            self.error_code = code
            return False
        if self.switches.lying:
            return True
        if self.switches.slow_s > 0:
            self._pending, self.state = (self.clock() + self.switches.slow_s, code), SLOW_GOING
            return True
        self.state = FAST
        self._take(code)
        return True

    def _find_wrong(self, code: bytes) -> int:
        if len(code) != _ACTIVATION.size:
            return ERR_OTHER
        minutes, priority, memory, number, crc, _ = _ACTIVATION.unpack(code)
        if self.mode == LOCAL:
            return ERR_LOCAL
        if self.switches.refuses > 0:
            self.switches.refuses -= 1
            return ERR_OTHER
        if minutes == 0:
            return ERR_OTHER
        if priority < self.priority:
            return ERR_PRIORITY
        return self._find_wrong_message(memory, number, crc)

    def _find_wrong_message(self, memory: int, number: int, crc: int) -> int:
        if memory not in {kept for kept, _ in self.table.rows} - {CURRENT}:
            return ERR_MEMORY
        row = self.table.rows.get((memory, number))
        if row is None:
            return ERR_NUMBER
        if row.status != VALID:
            return ERR_STATUS
        return ERR_NONE if crc == self.crc_of(row) else ERR_CRC

    def crc_of(self, row: MessageRow) -> int:
        """Its CRC as the sign says it."""
        return row.crc ^ 1 if self.switches.wrong_crc and row.memory != BLANK else row.crc

    def _take(self, code: bytes) -> None:
        minutes, _, memory, number, _, self.requester = _ACTIVATION.unpack(code)
        self.activations += 1
        self._show(self.table.rows[memory, number], BY_CENTRAL)
        self.ends = None if minutes == INFINITE else self.clock() + minutes * 60

    def _show(self, row: MessageRow, source: int) -> None:
        self.shown, self.source = _ID.pack(row.memory, row.number, self.crc_of(row)), source
        self.multi, self.priority = row.multi, row.priority
        self.ends = None
        self.table.rows[CURRENT, 1] = MessageRow(
            CURRENT, 1, row.multi, row.owner, self.crc_of(row), row.beacon, row.pixel_service, row.priority, VALID
        )

    def _fall_to(self, what: str, source: int) -> None:
        """What the sign does by itself; a message that is not there any more is blank."""
        self._pending = None
        memory, number, crc = _ID.unpack(self.on[what])
        if memory == CURRENT:
            self.source, self.ends = source, None
            return
        row = self.table.rows.get((memory, number))
        is_good = row is not None and row.status == VALID and crc == row.crc
        self._show(row if is_good and row is not None else self.table.rows[BLANK, 1], source)

    def cycle_power(self, away_s: float = 60.0) -> None:
        """The power was gone for so long, and is back."""
        self.table.lose_volatile()
        is_short = away_s <= self.short_power_s
        self._fall_to("short_power" if is_short else "long_power", BY_POWER_RECOVERY)
        self._heard = self.clock()

    def reset(self) -> None:
        """As its reset object asks."""
        self._fall_to("reset", BY_RESET)

    def outrank(self, multi: bytes, priority: int = HIGHEST) -> None:
        """Another system shows something of a higher priority, without end."""
        self._show(MessageRow(BLANK, 255, multi, b"police", 0, 0, 0, priority, VALID), BY_CENTRAL)
