"""What is said in LCR: commands as text, and the words of replies. Pure; nothing that is read raises.

``P`` displays: ``P ID=… AM=1 AF="COMMERCE 123" CL=0 DV=0``; ``PA`` is its name on some models. AM is a module or line,
``*`` all; AF is a text in quotes, two that alternate, ``0`` off, or a name of the sign's own (``HR1``, its clock); DV
is a duration in seconds, 0 without end. ``ST`` asks for the state, ``PS`` for what is shown, ``DT`` sets the clock.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from gateways.signs.driver import SignRefusedError

ASK_STATE = "ST"
ASK_SHOWN = "PS"
ALL_MODULES = "*"

_SAYABLE = re.compile(r"[ !#-~]*")
_CREDENTIAL = re.compile(r"[!#-<>-~]{1,64}")
_MODULE = re.compile(r"\d{1,3}(?:\.\d{1,3})?|\*")
_PAIR = re.compile(r'([A-Za-z][A-Za-z0-9]{0,7})=("[^"]*"(?:/"[^"]*")?|[^\s"]*)')
_QUOTED = re.compile(r'"[^"]*"')
_KEY = re.compile(r"(?:^|(?<=\s))([A-Z][A-Z0-9]{0,5})=")
_ERI = re.compile(r"..(\d\d)/([\d.]+)/(-?\d+)")
_MODULE_FAULTS = {
    1: "messages_lost",
    2: "clock",
    3: "module_minor",
    4: "module_major",
    5: "lamp_minor",
    6: "lamp_major",
    7: "temperature",
    8: "photocell",
    9: "transmission",
    10: "lamp_power",
}
_NO_FAULTS = {"ADR", "ERI", "DT", "EC", "END"}


class ModuleText(NamedTuple):
    """What one module is to show, or shows; None is off. ``other`` has what is no plain text: alternating, a clock."""

    module: str
    text: str | None
    other: str | None = None
    is_blinking: bool = False

    @property
    def is_dark(self) -> bool:
        """Whether nothing of it is lit."""
        return self.other is None and not (self.text or "").strip()


class TediState(NamedTuple):
    """The state as said; ``address`` None where a sign says only that all is well (``@``)."""

    address: str | None
    faults: tuple[str, ...]
    local: tuple[str, ...]
    said: dict[str, str]


def say_display(
    modules: Iterable[ModuleText], characters: int, duration_s: int, credential: str | None, has_pa: bool
) -> str:
    """The command that shows these; raises SignRefusedError where a text cannot be said or is too long: none is cut."""
    said = [_say_module(each, characters, duration_s) for each in modules]
    return " ".join((_say_who("PA" if has_pa else "P", credential), *said))


def say_blank(credential: str | None, has_pa: bool) -> str:
    """The command that puts all modules out."""
    return f"{_say_who('PA' if has_pa else 'P', credential)} AM={ALL_MODULES} AF=0"


def say_clock(now: datetime) -> str:
    """The command that sets the clock; ``now`` is in the sign's own zone."""
    return f"DT {now:%d/%m/%y %H:%M:%S}"


def is_state(text: str) -> bool:
    """Whether a reply can be one to ``ST``."""
    return "@" in text[:2] or (_KEY.search(text) is not None and not is_shown(text))


def is_shown(text: str) -> bool:
    """Whether a reply can be one to ``PS``."""
    return "AM=" in text and "AF=" in text


def read_state(text: str, local_keys: Iterable[str]) -> TediState:
    """``KEY=value`` with values of several words; a number other than 0 is a fault, but in ``local_keys``.

    A key that is said twice keeps its worse value.
    """
    said: dict[str, str] = {}
    found = list(_KEY.finditer(text))
    ends = [following.start() for following in found[1:]] + [len(text)]
    for match, end in zip(found, ends, strict=False):
        value = text[match.end() : end].strip()
        if match[1] not in said or _is_raised(value):
            said[match[1]] = value
    local = tuple(key for key in dict.fromkeys(local_keys) if said.get(key, "").strip("0 "))
    faults = [f"{key}={said[key]}" for key in said if key not in _NO_FAULTS | {*local_keys} and _is_raised(said[key])]
    return TediState(said.get("ADR"), (*faults, *_read_eri(said.get("ERI", ""))), local, said)


def read_shown(text: str) -> dict[str, ModuleText]:
    """What each module shows, by its number (``1.0`` is ``1``). One that is said twice, differently, is unreadable."""
    shown: dict[str, ModuleText] = {}
    for pairs in _list_modules(text):
        each = _read_module(pairs)
        before = shown.get(each.module)
        shown[each.module] = each if before in (None, each) else each._replace(text=None, other="said twice")
    return shown


def plain_module(module: str) -> str:
    """The same name for ``1`` and ``1.0``."""
    return module.removesuffix(".0")


def require_credential(credential: str | None) -> None:
    """Raises SignRefusedError, without saying it, where it cannot stand in a command."""
    if credential is not None and not _CREDENTIAL.fullmatch(credential):
        raise SignRefusedError("the sign's id and password are 1..64 characters without spaces, quotes or =")


def _say_who(command: str, credential: str | None) -> str:
    require_credential(credential)
    return f"{command} ID={credential}" if credential else command


def _say_module(each: ModuleText, characters: int, duration_s: int) -> str:
    if not _MODULE.fullmatch(each.module):
        raise SignRefusedError(f"module {each.module!r:.20} must be a number like 1 or 1.0")
    if each.is_dark:
        return f"AM={each.module} AF=0"
    text = each.text or ""
    if not _SAYABLE.fullmatch(text):
        raise SignRefusedError(f"module {each.module}: LCR cannot say {text!r:.60}: plain ASCII without quotes")
    if len(text) > characters:
        raise SignRefusedError(f"module {each.module} has {characters} characters; {text!r:.60} is {len(text)}")
    return f'AM={each.module} AF="{text}" CL=0 DV={duration_s}'


def _list_modules(text: str) -> list[dict[str, str]]:
    modules: list[dict[str, str]] = []
    for line in re.split(r"[\r\n]+", text):
        found: dict[str, str] | None = None
        for key, value in _PAIR.findall(line):
            if key.upper() == "AM":
                found = {}
                modules.append(found)
            if found is not None:
                found.setdefault(key.upper(), value)
    return [each for each in modules if "AF" in each]


def _read_module(pairs: dict[str, str]) -> ModuleText:
    module, said = plain_module(pairs["AM"]), pairs["AF"]
    blinks = bool(pairs.get("CL", "").strip("0"))
    if _QUOTED.fullmatch(said):
        return ModuleText(module, said[1:-1], None, blinks)
    if not said.strip("0") and said:
        return ModuleText(module, None, None, blinks)
    return ModuleText(module, None, said or "unreadable", blinks)


def _is_raised(value: str) -> bool:
    number = re.match(r"\s*[-+]?\d+", value)
    return number is not None and int(number[0][:18]) != 0


def _read_eri(said: str) -> list[str]:
    return [
        f"{_MODULE_FAULTS.get(int(found[1]), 'fault_' + found[1])}:{found[2]}"
        for found in _ERI.finditer(said)
        if int(found[3][:18]) != 0
    ]
