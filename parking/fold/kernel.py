"""The fold's inner loops behind one Protocol: in Python here, natively in ``_accel.spaces``, with the same answers.

A kernel counts slots (``look``) and may put plain observations in without making objects of them (``observe``); it
decides nothing. The Python one puts none in: every record is then read the long way, which is the same rule.
"""

from array import array
from typing import NamedTuple, Protocol, TypeAlias

from parking.fold.records import LogRecord
from parking.fold.spaces import WHY, slots
from parking.fold.vitals import instant_us, settles_at
from parking.published.eligibility import AUDIENCES
from parking.published.space_states import pack_states
from parking.words import Fault, SpaceState

WHY_FLAPPING = WHY.index(Fault.FLAPPING)


LookFields: TypeAlias = tuple[int, int, int, int, int, bool, int, int, bytes, dict[int, tuple[int, int, int, int]]]
"""The fields of Look, in their order."""


class Look(NamedTuple):
    """One look over all slots; times in microseconds, 0 where there is none.

    ``why`` has a bit for each reason for which a slot is unknown (index into ``spaces.WHY``), ``turns_us`` is when
    the clock alone will first change one of those reasons, and ``tallies`` maps an audience's index to how
    many slots it has, and how many are free, closed and unknown.
    """

    known: int
    heard: int
    newest_us: int
    next_expiry_us: int
    last_expiry_us: int
    simulated: bool
    why: int
    turns_us: int
    states: bytes
    tallies: dict[int, tuple[int, int, int, int]]


class HeldZone(Protocol):
    """A zone's slots inside a kernel; see ``_accel.spaces.Zone``."""

    @property
    def key(self) -> bytes:
        """The key of its records."""

    @property
    def changed_at(self) -> int:
        """The last offset that changed a slot since ``settle``, or -1."""

    @property
    def folded(self) -> int:
        """How many records were read since ``settle``."""

    def load(self, slots: bytes) -> None:
        """Hold these records instead."""

    def records(self) -> bytes:
        """The records, up to the last slot that was ever heard."""

    def settle(self) -> None:
        """Begin counting anew."""


class Kernel(Protocol):
    """The inner loops."""

    def hold(self, key: bytes, tenant: bytes, devices: dict[bytes, int], count: int, slots: bytes) -> HeldZone | None:
        """Hold a zone for ``observe``, or None where this kernel observes nothing."""

    def observe(
        self, records: list[LogRecord], start: int, zones: dict[bytes, HeldZone], touched: list[HeldZone]
    ) -> int:
        """Put plain records from ``start`` on into their zones; the index of the first to read the long way."""

    def look(self, slots: bytes, limits_us: bytes, masks: bytes, clock_us: int) -> LookFields:
        """What stands in the slots at ``clock_us`` (-1: before the first tick), as the fields of Look."""


class PythonKernel:
    """The reference."""

    def hold(self, key: bytes, tenant: bytes, devices: dict[bytes, int], count: int, slots: bytes) -> None:
        """See Kernel: nothing is held."""

    def observe(
        self, records: list[LogRecord], start: int, zones: dict[bytes, HeldZone], touched: list[HeldZone]
    ) -> int:
        """See Kernel: every record is read the long way."""
        return start

    def look(self, records: bytes, limits_us: bytes, masks: bytes, clock_us: int) -> Look:
        """See Kernel."""
        whom, limits = array("H", masks), array("q", limits_us)
        known = heard = newest = soonest = last = why = turns = 0
        simulated = False
        states = []
        for record, limit in zip(slots(records, len(whom)), limits, strict=True):
            state = SpaceState.UNKNOWN
            until = record.observed_us + limit
            quiet_from = instant_us(settled) if (settled := settles_at(record.words)) else 0
            if record.observed_us:
                heard, newest, last = heard + 1, max(newest, record.observed_us), max(last, until)
                simulated = simulated or record.simulated
            if not record.observed_us or (clock_us >= 0 and until <= clock_us):
                why |= 1  # silence, the first of WHY
            elif record.state is SpaceState.UNKNOWN:
                why |= 1 << record.why
                turns = min(turns, until) if turns else until
            elif quiet_from and (clock_us < 0 or clock_us < quiet_from):
                why |= 1 << WHY_FLAPPING
                turns = min(turns or until, quiet_from, until)
            else:
                state, known = record.state, known + 1
                soonest = min(soonest, until) if soonest else until
            states.append(state)
        tallies = {bit: tally for bit in range(len(AUDIENCES)) if (tally := _tally(states, whom, bit))[0]}
        return Look(known, heard, newest, soonest, last, simulated, why, turns, pack_states(states), tallies)


def _tally(states: list[SpaceState], whom: "array[int]", bit: int) -> tuple[int, int, int, int]:
    mine = [state for state, mask in zip(states, whom, strict=True) if mask >> bit & 1]
    free, closed, unknown = (mine.count(state) for state in (SpaceState.FREE, SpaceState.CLOSED, SpaceState.UNKNOWN))
    return len(mine), free, closed, unknown


PYTHON = PythonKernel()
