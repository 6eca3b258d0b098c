"""What is put wrong on the last day, hour by hour, and which alarms tell of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from benchmarks.shift_suite.days import LANES, DayRow, city_of
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.measures import InjectedFault

K = TroubleKind
FROZEN = "dresden-parken-Altmarkt"
IMPOSSIBLE = "dresden-parken-Centrum-Galerie"
DEAD_FEED, BROKEN_FEED = "sw-bielefeld", "vtmanager-duesseldorf"
SIGN = "A1"


class Injection(msgspec.Struct, frozen=True):
    """A fault, and what it does to a row while it lasts."""

    fault: InjectedFault
    change: Callable[[DayRow], DayRow] = lambda row: row


def list_injections(first: datetime, last: datetime) -> dict[str, Injection]:
    """By name; ``first`` is midnight of the first day, ``last`` that of the one that is judged."""

    def on(hours: float, lasts: float, kinds: set[TroubleKind], cause: str, name: str) -> InjectedFault:
        start = last + timedelta(hours=hours)
        end = start + timedelta(hours=lasts)
        return InjectedFault(
            name=name, kinds=frozenset(kinds), causes=frozenset({cause}), start=start, end=end,
            echo=timedelta(minutes=30),
        )  # fmt: skip

    days = (last - first) / timedelta(hours=1)
    number = {K.NUMBER_UNKNOWN, K.NUMBER_WITHDRAWN, K.NUMBER_IMPOSSIBLE}
    return {
        "stuck": Injection(
            on(-days, days + 24, {K.COUNTER_STUCK}, f"place:{FROZEN}", "a counter is stuck (three days before)"),
            lambda row: _with(row, FROZEN, "120"),
        ),
        "drift": Injection(
            on(6, 18, {K.COUNTER_DRIFT, *number}, f"place:{LANES[0]}", "a lane misses half of the exits")
        ),
        "feed": Injection(
            on(8, 2, {K.FEED_SILENT}, f"feed:{DEAD_FEED}", "a feed dies for two hours"),
            lambda row: DayRow(row.at, {lot: cell for lot, cell in row.cells.items() if city_of(lot) != DEAD_FEED}),
        ),
        "lane": Injection(
            on(11, 3, {K.COUNTER_SILENT, *number}, f"place:{LANES[1]}", "a lane is silent for three hours")
        ),
        "rejects": Injection(
            on(13, 1, {K.REJECTS_JUMP}, f"feed:{BROKEN_FEED}", "a feed changes its format for an hour"), _as_text
        ),
        "impossible": Injection(
            on(16, 1, number, f"place:{IMPOSSIBLE}", "8,259 vacant of 1,059"),
            lambda row: _with(row, IMPOSSIBLE, "8259"),
        ),
        "worker": Injection(on(18, 0.05, {K.WORKER_AWAY}, "worker", "the worker is away for three minutes")),
        "sign": Injection(on(19, 1 / 3, {K.SIGN_WRONG}, f"sign:{SIGN}", "a sign shows what nobody commanded")),
    }


def _with(row: DayRow, lot: str, cell: str) -> DayRow:
    return DayRow(row.at, row.cells | {lot: cell})


def _as_text(row: DayRow) -> DayRow:
    broken = {lot: f"{cell} frei" for lot, cell in row.cells.items() if city_of(lot) == BROKEN_FEED}
    return DayRow(row.at, row.cells | broken)
