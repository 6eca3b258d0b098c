"""A TEDI/LCR sign without lamps: what it was told, what it says, and what a driver in front of it sees. Pure.

It takes a command whole or not at all. Time is its own (``clock``, seconds), so that minutes can pass in a moment.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from gateways.signs.software.switches import Switches

_PAIR = re.compile(r'\s*([A-Z]{2,3})=("[^"]*"/"[^"]*"|"[^"]*"|[^\s"]+)')
_DATE = re.compile(r"DT (\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)")
_ALL = "*"
_OFF = "0"


class _Lit(NamedTuple):
    shown: str
    blinking: str = "0"
    ends: float | None = None


class SoftwareTedi:
    """One sign with these modules. ``honours_dv``: a text ends by itself after DV seconds, 0 being never.

    ``credential`` is what ``ID=`` must say, where it asks for one. ``faults`` are keys of its state with their numbers.
    """

    def __init__(
        self,
        modules: Iterable[str],
        clock: Callable[[], float],
        *,
        station: str = "001",
        characters: int = 16,
        honours_dv: bool = False,
        credential: str | None = None,
    ) -> None:
        self.switches, self.faults = Switches(), {"DEF": "0", "ALI": "0"}
        self.station, self.displays = station, 0
        self._clock, self._characters = clock, characters
        self._honours_dv, self._credential = honours_dv, credential
        self._lit: dict[str, _Lit] = {module: _Lit(_OFF) for module in modules}

    def answer(self, command: str) -> str | None:
        """The reply's text, empty where a command is just taken; None where it says no."""
        word, _, rest = command.strip().partition(" ")
        if self.switches.naks > 0:
            self.switches.naks -= 1
            return None
        if word in {"P", "PA"}:
            return self._display(rest)
        if word == "DT":
            return "" if _is_time(command.strip()) else None
        return {"ST": self._state, "PS": self._say_shown}.get(word, lambda: None)()

    def see(self) -> dict[str, str]:
        """What a driver sees in each module; a dark one is empty."""
        if self.switches.critical_temperature:
            return dict.fromkeys(self._lit, "")
        return {module: _seen(lit.shown) for module, lit in self._standing().items()}

    def cycle_power(self) -> None:
        """The power was gone and is back."""
        lasting = {module: lit._replace(ends=None) for module, lit in self._standing().items()}
        self._lit = lasting if self.switches.zombie else dict.fromkeys(self._lit, _Lit(_OFF))

    def press(self, module: str, shown: str) -> None:
        """Somebody at the sign shows something: ``"TEXT"`` in quotes, or 0."""
        self._lit[module] = _Lit(shown)

    def _display(self, said: str) -> str | None:
        groups = self._read_groups(said)
        if groups is None or self.switches.local:
            return None
        lit = dict(self._standing())
        for group in groups:
            module, shown = group["AM"], group["AF"]
            if module != _ALL and module not in lit:
                return None
            if not _is_showable(shown, self._characters) or not group.get("DV", "0").isdigit():
                return None
            seconds = int(group.get("DV", "0")[:9])
            ends = self._clock() + seconds if self._honours_dv and seconds and shown != _OFF else None
            for each in lit if module == _ALL else [module]:
                lit[each] = _Lit(shown, group.get("CL", "0"), ends)
        if not self.switches.lying:
            self._lit = lit
            self.displays += 1
        return ""

    def _read_groups(self, said: str) -> list[dict[str, str]] | None:
        groups: list[dict[str, str]] = []
        at, credential = 0, None
        while at < len(said.rstrip()):
            found = _PAIR.match(said, at)
            if found is None:
                return None
            at = found.end()
            if found[1] == "AM":
                groups.append({})
            if groups:
                groups[-1][found[1]] = found[2]
            elif found[1] == "ID":
                credential = found[2]
        is_whole = bool(groups) and all("AF" in group for group in groups)
        return groups if is_whole and credential == (self._credential or credential) else None

    def _standing(self) -> dict[str, _Lit]:
        now = self._clock()
        for module, lit in self._lit.items():
            if lit.ends is not None and lit.ends <= now and not self.switches.endless:
                self._lit[module] = _Lit(_OFF)
        return self._lit

    def _state(self) -> str:
        local = int(self.switches.local)
        said = " ".join(f"{key}={value}" for key, value in self.faults.items())
        return f"ADR={self.station} {said} CLE={local} CLL=0"

    def _say_shown(self) -> str:
        standing = self._standing().items()
        return "\r\n".join(f"K AM={module} AF={lit.shown} CL={lit.blinking} EC=A" for module, lit in standing)


def _is_showable(shown: str, characters: int) -> bool:
    if shown.startswith('"'):
        return all(len(text) <= characters for text in re.findall(r'"([^"]*)"', shown))
    return shown == _OFF or re.fullmatch(r"[A-Z]{2}\d", shown) is not None


def _is_time(command: str) -> bool:
    found = _DATE.fullmatch(command)
    if found is None:
        return False
    day, month, _, hour, minute, second = map(int, found.groups())
    return 1 <= day <= 31 and 1 <= month <= 12 and hour < 24 and minute < 60 and second < 60


def _seen(shown: str) -> str:
    if shown == _OFF:
        return ""
    return shown.split('"')[1].strip() if shown.startswith('"') else shown
