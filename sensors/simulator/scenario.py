"""What is to be simulated: how large a city, when, which faults how often. The same scenario gives the same bytes."""

import math
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from parking.errors import ParkingError
from parking.instants import require_utc, to_us
from sensors.samples import read_makes

PARIS = ZoneInfo("Europe/Paris")
FIRST, LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
MAX_BAYS = 10_000_000
MAX_CAR_PARKS = 10_000
MAX_HOURS = 24 * 35
VENDORS = read_makes()
"""The makes of ground sensors, by source."""
_SHARES = (
    "start_share", "residents", "lost", "duplicated", "delayed", "disorder", "skew", "stuck", "dead", "flapping",
    "coupled", "miss", "bad_lanes", "bad_lane_miss",
)  # fmt: skip


class ScenarioError(ParkingError):
    """A scenario cannot be played; the message says which setting, and what it may be."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a simulation. Shares are 0..1.

    ``start`` is aware UTC, on a whole minute, and ``hours`` how long. ``vendors`` are weights by source.
    ``start_share``: devices that were switched on just now. ``residents``: evening arrivals that stay till morning.
    ``lost``, ``duplicated``, ``delayed`` (up to 20 minutes), ``disorder`` (held back up to 30 s): shares of uplinks.
    ``skew``: gateways whose clock is wrong by 1 to 120 s. ``stuck``, ``dead``, ``flapping``, ``coupled``: shares of
    sensors. ``miss``: cars a lane does not see; ``bad_lanes`` of the lanes miss ``bad_lane_miss`` instead, and one does
    at least, where that share is not 0. ``recount_at`` is a local hour, None for no
    recount but the first; an hour that clocks skip has none, and one that they repeat has two.
    """

    bays: int = 3_000
    car_parks: int = 28
    start: datetime = datetime(2026, 11, 19, 23, tzinfo=UTC)
    hours: float = 24
    seed: int = 44109
    vendors: dict[str, float] = msgspec.field(default_factory=lambda: dict.fromkeys(VENDORS, 1.0))
    start_share: float = 0.1
    residents: float = 0.3
    stay_median_s: float = 45 * 60
    stay_sigma: float = 1.0
    lost: float = 0.0
    duplicated: float = 0.0
    delayed: float = 0.0
    disorder: float = 0.0
    skew: float = 0.0
    stuck: float = 0.0
    dead: float = 0.0
    flapping: float = 0.0
    coupled: float = 0.0
    miss: float = 0.005
    bad_lanes: float = 0.001
    bad_lane_miss: float = 0.05
    recount_at: int | None = 4

    def __post_init__(self) -> None:
        require_utc(self.start, "start")
        _require(FIRST <= self.start <= LAST, "start", f"from {FIRST:%Y} to {LAST:%Y}")
        _require(self.start.second == self.start.microsecond == 0, "start", "a whole minute")
        _require(0 <= self.bays <= MAX_BAYS, "bays", f"0..{MAX_BAYS}")
        _require(0 <= self.car_parks <= MAX_CAR_PARKS, "car_parks", f"0..{MAX_CAR_PARKS}")
        _require(
            0 < self.hours <= MAX_HOURS and abs(self.hours * 60 - round(self.hours * 60)) < 1e-6,
            "hours",
            f"whole minutes, to {MAX_HOURS} h",
        )
        for name in _SHARES:
            _require(0 <= getattr(self, name) <= 1, name, "a share, 0..1")
        faulty = self.stuck + self.dead + self.flapping + self.coupled
        _require(faulty <= 1 + 1e-9, "stuck + dead + flapping + coupled", "at most 1")
        known = self.vendors.keys() <= set(VENDORS) and min(self.vendors.values(), default=0) >= 0
        _require(known and 0 < sum(self.vendors.values()) < math.inf, "vendors", f"weights of {', '.join(VENDORS)}")
        _require(self.stay_median_s > 0 and self.stay_sigma >= 0, "stay_median_s, stay_sigma", "above 0")
        _require(self.recount_at is None or 0 <= self.recount_at < 24, "recount_at", "an hour, 0..23")

    @property
    def start_us(self) -> int:
        """Microseconds since 1970."""
        return to_us(self.start)

    @property
    def end_us(self) -> int:
        """Microseconds since 1970, not part of the simulation any more."""
        return self.start_us + round(self.hours * 60) * MINUTE_US


def with_faulty(scenario: Scenario, share: float) -> Scenario:
    """The scenario with that share of sensors faulty: a quarter each stuck, dead, flapping, coupled."""
    each = share / 4
    return msgspec.structs.replace(scenario, stuck=each, dead=each, flapping=each, coupled=each)


def local_day(day: date) -> tuple[datetime, int]:
    """When that day begins in Nantes (aware UTC), and how many hours it has: 24, or 23 or 25 when clocks change.

    Raises ScenarioError for a day that no scenario may begin on.
    """
    _require(FIRST.date() < day < LAST.date(), "the day", f"from {FIRST:%Y} to {LAST:%Y}")
    begin, end = (datetime.combine(date_, time(), PARIS).astimezone(UTC) for date_ in (day, day + timedelta(days=1)))
    return begin, round((end - begin) / timedelta(hours=1))


def _require(holds: bool, name: str, wanted: str) -> None:
    if not holds:
        raise ScenarioError(f"{name} must be {wanted}")
