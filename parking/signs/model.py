"""The inventory: signs at the road, their lines, and what the sign's own controller says that it can do.

A password or community never stands here: those come by setting alone (``signs_secrets``), under the sign's id.
"""

import re
from datetime import date, datetime, time

import msgspec

from parking.catalogue.model import MAX_ID, MAX_TEXT, TENANT_ID, Point
from parking.signs.words import Arrow, InvalidSignError, Rounding, SignMessage, SignMode, SignProtocol

MAX_UNITS = 3
"""Units of information that a driver can read in passing (IISR 147)."""

MAX_CAPACITY = 100_000
MAX_DWELL_S = 3_600
MAX_LINES = 12
MAX_MEMBERS = 64
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):(\d{1,5})")


class Cell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lamps of one printed legend: pixels from the sign's top left corner, 1 being the first, and their font.

    ``characters`` bounds the text where a sign counts characters and not pixels.
    """

    x: int = 1
    y: int = 1
    width: int
    height: int
    characters: int | None = None


class LineRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """When a line changes its state: vacancies at or below which it does, and the vacancies at which it comes back.

    None is the site's own threshold, and for the way back the house's (threshold + max(5, 2 % of capacity)).
    ``dwell_s``: for so long it stays as it is once it has changed, but to go dark. ``min_share`` of the spaces must
    report. ``almost_full_as_number``: it then goes on to show the number.
    """

    full_at: int | None = None
    full_clears_at: int | None = None
    almost_full_at: int | None = None
    almost_full_clears_at: int | None = None
    almost_full_as_number: bool = True
    rounding: Rounding = Rounding.UNITS
    dwell_s: int = 60
    min_share: float = 0.75

    def __post_init__(self) -> None:
        for name in ("full_at", "full_clears_at", "almost_full_at", "almost_full_clears_at"):
            if not 0 <= (getattr(self, name) or 0) <= MAX_CAPACITY:
                raise InvalidSignError(f"rule {name} is {getattr(self, name)}; it must be 0..{MAX_CAPACITY} vacancies")
        for name in ("full", "almost_full"):
            at, clears_at = getattr(self, f"{name}_at"), getattr(self, f"{name}_clears_at")
            if clears_at is not None and clears_at < (at or 0):
                raise InvalidSignError(f"rule {name}_clears_at is {clears_at}; it must not be below {name}_at ({at})")
        if (self.almost_full_at or 0) < (self.full_at or 0) and self.almost_full_at is not None:
            raise InvalidSignError(f"rule almost_full_at is {self.almost_full_at}; it must not be below full_at")
        if not 0 <= self.dwell_s <= MAX_DWELL_S:
            raise InvalidSignError(f"rule dwell_s is {self.dwell_s}; it must be 0..{MAX_DWELL_S} seconds")
        if not 0 <= self.min_share <= 1:
            raise InvalidSignError(f"rule min_share is {self.min_share}; it must be 0..1")


class SignLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line: its legend and the places it counts; several are a group, the sum of those that can be trusted.

    ``is_printed``: the legend is painted on the panel and only ``cell`` lights up. Otherwise both are written.
    ``short_legends`` are what may stand for the legend where it does not fit, longest first.
    """

    number: int
    legend: str
    places: tuple[str, ...]
    is_printed: bool = False
    short_legends: tuple[str, ...] = ()
    arrow: Arrow | None = None
    cell: Cell | None = None
    rule: LineRule = LineRule()


class ScheduleEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Between two times of day (the city's own; ``until`` before ``since`` crosses midnight) a message, or dark.

    Either on ``weekdays`` (1 is Monday), or on the dates ``first`` to ``last``, which go before weekdays. ``lines``
    empty is the whole sign.
    """

    message: SignMessage
    since: time = time(0)
    until: time = time(0)
    weekdays: tuple[int, ...] = ()
    first: date | None = None
    last: date | None = None
    lines: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.since.tzinfo is not None or self.until.tzinfo is not None:
            raise InvalidSignError("a schedule's since and until are read off the city's clock: write 14:30, no offset")
        if any(not 1 <= day <= 7 for day in self.weekdays):
            raise InvalidSignError(f"a schedule's weekdays are 1 (Monday) to 7, not {list(self.weekdays)!r:.60}")
        if self.weekdays and (self.first or self.last):
            raise InvalidSignError("a schedule is either on weekdays or on the dates first to last")
        if self.first and self.last and self.last < self.first:
            raise InvalidSignError(f"a schedule's last date {self.last} lies before its first, {self.first}")


class NtcipOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a make of NTCIP sign needs to be told. ``comm_loss_min`` 0 leaves the sign's comm loss timer alone.

    ``memory`` and ``slot`` None: volatile where the sign has any, else changeable; the first slot that is ours or
    nobody's. What is shown at a run-time priority above ``activate_priority`` is left alone, so by default operators
    and incidents of other systems stay. Neither may be 255, at which the police's message would be wiped.
    """

    transport: str = "udp"
    timeout_s: float = 2.0
    tries: int = 2
    memory: int | None = None
    slot: int | None = None
    run_time_priority: int = 10
    activate_priority: int = 10
    comm_loss_min: int = 0
    patience_s: float = 10.0

    def __post_init__(self) -> None:
        if self.transport not in {"udp", "tcp"}:
            raise InvalidSignError(f"transport {self.transport!r:.20} must be udp or tcp")
        if not (0 < self.timeout_s <= 60 and 1 <= self.tries <= 10 and 0 <= self.patience_s <= 600):
            raise InvalidSignError("timeout_s is above 0 and at most 60, tries 1..10, patience_s 0..600")
        if self.memory not in {None, 3, 4} or not (self.slot is None or 1 <= self.slot <= 65535):
            raise InvalidSignError("memory is 3 (changeable) or 4 (volatile), slot 1..65535")
        if not (1 <= self.run_time_priority <= self.activate_priority <= 254):
            raise InvalidSignError("run_time_priority is 1 or more, activate_priority that or more, and at most 254")
        if not 0 <= self.comm_loss_min <= 1440:
            raise InvalidSignError("comm_loss_min is 0 (left alone) to 1440")


class TediOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a make of TEDI/LCR sign needs to be told; ``station`` is its address of three characters (rgs).

    ``honours_dv``: this make ends a message by itself after DV seconds. ``modules`` names each line's AM.
    ``local_keys`` are those of its state that say that somebody is connected at the sign.
    """

    station: str = "001"
    bcc: str = "sum"
    timeout_s: float = 3.0
    tries: int = 3
    honours_dv: bool = False
    has_pa: bool = False
    modules: tuple[str, ...] = ()
    characters: int = 16
    local_keys: tuple[str, ...] = ("CLE", "CLL", "CLI", "LOC")

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9A-Za-z]{3}", self.station):
            raise InvalidSignError(f"station {self.station!r:.20} must be three letters or digits, like '001'")
        if self.bcc not in {"sum", "xor"}:
            raise InvalidSignError(f"bcc {self.bcc!r:.20} must be sum or xor")
        if not (0 < self.timeout_s <= 60 and 1 <= self.tries <= 10 and 1 <= self.characters <= 64):
            raise InvalidSignError("timeout_s is above 0 and at most 60, tries 1..10, characters 1..64")


class SignLimits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the sign itself says it can do (NTCIP 1203), or what its make is known for; None is not known.

    ``fonts`` names the font by its number; ``tags`` are the MULTI tags it takes. Lengths are pixels and millimetres.
    """

    width_px: int | None = None
    height_px: int | None = None
    char_width_px: int | None = None
    char_height_px: int | None = None
    pitch_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    sign_type: int | None = None
    colour_scheme: int | None = None
    tags: tuple[str, ...] | None = None
    max_pages: int | None = None
    max_multi_bytes: int | None = None
    default_font: int | None = None
    fonts: dict[int, str] = {}
    volatile_slots: int | None = None
    changeable_slots: int | None = None
    model: str | None = None
    read_at: datetime | None = None


def is_sign_key(key: str) -> bool:
    """Whether this key of the catalogue topic is a sign's: no id of a place has a slash in it."""
    return key.partition("/")[2].startswith("signs/")


class Sign(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A sign. ``bearing_deg`` is the way that traffic in front of it drives, 0 being north.

    ``address`` is host:port; nobody else's sign may have the same. ``is_software``: it is a programme, and may show
    numbers that are made up. ``limits`` are as last read, or as stated.
    """

    tenant: str
    id: str
    name: str
    protocol: SignProtocol
    address: str | None = None
    point: Point | None = None
    bearing_deg: int | None = None
    road: str | None = None
    lines: tuple[SignLine, ...] = ()
    schedule: tuple[ScheduleEntry, ...] = ()
    groups: tuple[str, ...] = ()
    mode: SignMode = SignMode.IN_SERVICE
    is_software: bool = False
    language: str = "fr"
    font: int | None = None
    limits: SignLimits = SignLimits()
    ntcip: NtcipOptions = NtcipOptions()
    tedi: TediOptions = TediOptions()

    def __post_init__(self) -> None:
        if not TENANT_ID.fullmatch(self.tenant):
            raise InvalidSignError(f"sign {self.id!r:.60}: its tenant {self.tenant!r:.60} is no city's id")
        if not _ID.fullmatch(self.id):
            raise InvalidSignError(f"sign id {self.id!r:.80} must be 1..64 letters, digits, . _ or -, like 'A12'")
        self._require_texts()
        self._require_address()
        self._require_lines()
        if self.bearing_deg is not None and not 0 <= self.bearing_deg < 360:
            raise InvalidSignError(f"sign {self.id}: bearing_deg is {self.bearing_deg}; it must be 0..359")

    @property
    def key(self) -> str:
        """Its key in the catalogue topic; no place's key has two slashes."""
        return f"{self.tenant}/signs/{self.id}"

    @property
    def subject(self) -> str:
        """What decisions about the whole sign are about."""
        return f"sign:{self.id}"

    def subject_of(self, line: int) -> str:
        """What decisions about one line are about."""
        return f"sign:{self.id}/{line}"

    @property
    def members(self) -> tuple[str, ...]:
        """All places that it counts, each once."""
        return tuple(dict.fromkeys(place for line in self.lines for place in line.places))

    def _require_texts(self) -> None:
        texts = (self.name, self.road or "-", *(line.legend for line in self.lines))
        if any(not text.strip() or len(text) > MAX_TEXT or not text.isprintable() for text in texts):
            raise InvalidSignError(f"sign {self.id}: name, road and legends are 1..{MAX_TEXT} printable characters")

    def _require_address(self) -> None:
        if self.protocol is SignProtocol.DATEX:
            return
        found = _ADDRESS.fullmatch(self.address or "")
        host = (self.address or "").rpartition(":")[0]
        if not host.startswith("[") and not all(0 < len(each) < 64 for each in host.rstrip(".").split(".")):
            found = None
        if found is None or not 0 < int(found[1]) < 65536:
            raise InvalidSignError(f"sign {self.id}: address {self.address!r:.80} must be host:port, like 10.1.2.3:161")

    def _require_lines(self) -> None:
        numbers = [line.number for line in self.lines]
        if numbers != list(range(1, len(numbers) + 1)) or len(numbers) > MAX_LINES:
            raise InvalidSignError(f"sign {self.id}: its lines must be numbered 1, 2, 3… (at most {MAX_LINES})")
        if sum(not line.is_printed for line in self.lines) > MAX_UNITS:
            raise InvalidSignError(
                f"sign {self.id} writes {len(self.lines)} lines; nobody reads more than {MAX_UNITS} in passing"
            )
        for asked in (number for entry in self.schedule for number in entry.lines):
            if asked not in numbers:
                raise InvalidSignError(f"sign {self.id} has no line {asked}, which its schedule names")
        for line in self.lines:
            if not 0 < len(line.places) <= MAX_MEMBERS or len(set(line.places)) < len(line.places):
                raise InvalidSignError(
                    f"sign {self.id}, line {line.number}: it counts 1..{MAX_MEMBERS} places, each once"
                )
            if any(not 0 < len(place) <= MAX_ID or "/" in place for place in line.places):
                raise InvalidSignError(f"sign {self.id}, line {line.number}: a place's id is 1..{MAX_ID} characters")
