"""How a software sign may fail: each a switch, thrown while it runs."""

import math
from dataclasses import dataclass, field, fields
from typing import Any

from parking.errors import ParkingError


class UnknownSwitchError(ParkingError):
    """There is no such switch, or it cannot be set so; the message lists those there are."""


@dataclass
class Switches:
    """All off by default.

    ``silent``: no answer; ``late_s``: each answer comes that much later; ``half``: half of each answer;
    ``elsewhere``: answers come from another port, or as another TEDI station; ``lying``: activation is said to be
    done and nothing changes; ``wrong_crc``: its CRCs are off by one; ``local``: somebody stands at the cabinet;
    ``critical_temperature``: all reads back right and the face is off; ``slow_s``: an activation takes so long;
    ``locks_on_comm_loss``: a comm loss time other than 0 makes it silent; ``refuses``: so many next activations
    fail; ``naks``: a TEDI sign says NAK to so many next commands; ``endless``: no message ends by itself;
    ``invalid``: it finds no message valid; ``answers_strangers``: a wrong community is told that there is no such name,
    instead of nothing; ``zombie``: after a power loss a TEDI sign shows its last text, without end;
    ``stuck``: failed pixels (x, y, on).
    """

    silent: bool = False
    late_s: float = 0.0
    half: bool = False
    elsewhere: bool = False
    lying: bool = False
    wrong_crc: bool = False
    local: bool = False
    critical_temperature: bool = False
    slow_s: float = 0.0
    locks_on_comm_loss: bool = False
    refuses: int = 0
    naks: int = 0
    wrong_bcc: bool = False
    endless: bool = False
    invalid: bool = False
    answers_strangers: bool = False
    zombie: bool = False
    stuck: set[tuple[int, int, bool]] = field(default_factory=set)

    def throw(self, name: str, value: Any) -> None:
        """Set one by name. Raises UnknownSwitchError."""
        kinds = {each.name: type(getattr(self, each.name)) for each in fields(self)}
        if name not in kinds:
            raise UnknownSwitchError(f"there is no switch {name!r:.40}; there are {', '.join(kinds)}")
        try:
            pixels = kinds[name] is set
            set_to: Any = {(int(x), int(y), bool(on)) for x, y, on in value} if pixels else kinds[name](value)
            if not pixels and not 0 <= set_to < math.inf:
                raise ValueError(f"{set_to} is not 0 or more")
            setattr(self, name, set_to)
        except (TypeError, ValueError, OverflowError) as error:
            raise UnknownSwitchError(f"switch {name} cannot be {value!r:.60}") from error
