"""What a sign is to show, why, from what and until when: the plan that ``planner.plan_sign`` makes."""

from datetime import datetime
from typing import NamedTuple

from parking.decisions.model import DecisionInput
from parking.signs.face import Face, FaceLine
from parking.signs.words import DarkBecause, LineState


class LineMemory(NamedTuple):
    """What a line needs to remember between two plans: its state, what it shows, and since when.

    ``ordered``: people said it, and no number. It can be had again from the line's last decision
    (``deciding.remember``), so a controller that starts anew neither flaps nor forgets a dwell.
    """

    state: LineState = LineState.DARK
    text: str = ""
    since: datetime | None = None
    line: FaceLine | None = None
    ordered: bool = False


class LinePlan(NamedTuple):
    """One line. ``inputs`` are the places at the revisions used; ``valid_until`` the first of their limits.

    ``held`` says that the line would change, and stays for its dwell. ``because`` is set where it is dark.
    """

    number: int
    state: LineState
    line: FaceLine
    because: DarkBecause | None
    inputs: tuple[DecisionInput, ...]
    valid_until: datetime | None
    memory: LineMemory
    held: bool = False


class SignPlan(NamedTuple):
    """The whole sign: its face, every line, and until when the face may be lit (None: it is dark, or has no limit).

    ``look_again_at`` is when the plan may change without any news: the end of a dwell, a schedule, a limit.
    """

    face: Face
    lines: tuple[LinePlan, ...]
    valid_until: datetime | None
    look_again_at: datetime | None
    faults: tuple[str, ...] = ()
