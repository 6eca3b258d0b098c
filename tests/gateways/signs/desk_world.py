"""Signs, statuses and a record without Redis and Kafka: what the signs' server is asked about in the quick tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateways.signs.desk import CityNow
from parking.decisions.acting import Confirmation, DecisionNow, NotRecordedError, Recorded
from parking.decisions.model import Decision
from parking.signs.model import Cell, Sign, SignLimits, SignLine
from parking.signs.status import Alarm, AlarmKind, LineStatus, OverrideStatus, Shown, SignState, SignStatus
from parking.signs.words import Arrow, DarkBecause, LineState, SignProtocol

TENANT = "exempleville"
MATRIX = SignLimits(width_px=96, height_px=32, pitch_mm=20, colour_scheme=1, fonts={1: "F07"}, default_font=1)
TOKENS = {"m.durand": "a-token-of-durand", "s.leroy": "another-token-of-leroy"}


def printed_sign(id_: str = "A12", **more: Any) -> Sign:
    """Two printed legends with a cell each."""
    given: dict[str, Any] = {
        "tenant": TENANT, "id": id_, "name": f"Panneau {id_}", "protocol": SignProtocol.NTCIP,
        "address": "127.0.0.1:16161", "road": "quai de la Fosse", "limits": MATRIX,
        "lines": (
            SignLine(number=1, legend="COMMERCE", places=("p1",), is_printed=True, arrow=Arrow.LEFT,
                     cell=Cell(x=73, y=1, width=24, height=7)),
            SignLine(number=2, legend="GRASLIN", places=("p2",), is_printed=True, arrow=Arrow.AHEAD,
                     cell=Cell(x=73, y=11, width=24, height=7)),
        ),
    }  # fmt: skip
    return Sign(**given | more)


MULTI = "[tr73,1,24,7][fo1][jl4]123[tr73,11,24,7][fo1][jl4]45"
LIT = (
    LineStatus(number=1, state=LineState.SPACES, value="123", since=datetime(2026, 5, 4, 12, tzinfo=UTC)),
    LineStatus(number=2, state=LineState.SPACES, value="45", since=datetime(2026, 5, 4, 12, tzinfo=UTC)),
)


def status_of(sign: str, age_s: float = 0, **more: Any) -> SignStatus:
    """What a controller wrote so long ago: it shows 123 and 45."""
    now = datetime.now(UTC)
    given: dict[str, Any] = {
        "sign": sign, "at": now, "written_at": now - timedelta(seconds=age_s), "state": SignState.SHOWING,
        "since": now - timedelta(minutes=3), "lines": LIT, "shown": Shown(at=now, text=MULTI, matches=True),
        "fail_safe": "its message ends by itself", "fail_safe_s": 240.0, "dark_at": now + timedelta(minutes=4),
        "limits": MATRIX, "fence": 7,
    }  # fmt: skip
    return SignStatus(**given | more)


def every_state() -> tuple[list[Sign], dict[str, SignStatus]]:
    """One sign in each state that people should be able to tell apart."""
    now = datetime.now(UTC)
    dark = (
        LineStatus(number=1, because=DarkBecause.STALE, since=now),
        LineStatus(number=2, because=DarkBecause.FEW_REPORT, since=now),
    )
    alarm = Alarm(kind=AlarmKind.DISPLAYED_IS_NOT_COMMANDED, detail="it shows '999'", since=now)
    silent = Alarm(kind=AlarmKind.SILENT, detail="no answer from 127.0.0.1:16161 within 2 s", since=now)
    order = OverrideStatus(decision="0" * 32, author="m.durand", reason="works", expires_at=now + timedelta(hours=2))
    statuses = [
        status_of("shows"),
        status_of("dark", state=SignState.DARK, lines=dark, shown=Shown(at=now, is_blank=True, matches=True)),
        status_of("old", age_s=90),
        status_of("silent", state=SignState.SILENT, alarms=(silent,)),
        status_of("wrong", state=SignState.WRONG, alarms=(alarm,),
                  shown=Shown(at=now, text=MULTI.replace("123", "999"), matches=False)),
        status_of("ordered", override=order),
        status_of("endless", fail_safe_s=None, dark_at=None, fail_safe="not guaranteed by this protocol"),
        status_of("invisible", state=SignState.NOT_VISIBLE, shown=Shown(at=now, text=MULTI, is_visible=False)),
    ]  # fmt: skip
    known = {status.sign: status for status in statuses}
    return [printed_sign(name) for name in (*known, "never")], known


class FakePort:
    """Redis as the server sees it; ``is_away`` makes every question fail."""

    tenant = TENANT

    def __init__(self, signs: Iterable[Sign], statuses: dict[str, SignStatus]) -> None:
        self.inventory, self.written, self.is_away = list(signs), statuses, False
        self.decided: dict[str, DecisionNow] = {}

    def _reach(self) -> None:
        if self.is_away:
            raise ConnectionError("away")

    async def signs(self) -> list[Sign]:
        self._reach()
        return self.inventory

    async def statuses(self) -> dict[str, SignStatus]:
        self._reach()
        return self.written

    async def city(self) -> CityNow:
        self._reach()
        return CityNow("Exempleville", ZoneInfo("Europe/Paris"), datetime.now(UTC), {"fr": "à Exempleville"})

    async def latest(self, subject: str) -> DecisionNow | None:
        self._reach()
        return self.decided.get(subject)


class FakeRecord:
    """Kafka as the desk sees it; ``port`` shows what was recorded, as Redis would."""

    def __init__(self, port: FakePort) -> None:
        self.events: list[Decision | Confirmation] = []
        self._port, self.is_away = port, False

    async def __call__(self, event: Decision | Confirmation, /) -> Recorded:
        if self.is_away:
            raise NotRecordedError("Kafka did not take it")
        self.events.append(event)
        if isinstance(event, Decision):
            self._port.decided[event.subject] = DecisionNow(event)
        return Recorded(0, len(self.events), datetime.now(UTC))
