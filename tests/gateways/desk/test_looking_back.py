"""The desk looks back over a history that really lies on disk; no Kafka and no Redis answers here."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from gateways.desk.reporting import LooksBack
from ops.desk_audit import DeskAudit
from ops.desk_past import DeskPast
from ops.settings import load_settings
from parking.desk.operators import Operator, Role
from serving.problems import ProblemDocument, problem_handlers
from tests.ops.test_cli import NOWHERE
from tests.store.history_logs import append, said
from tests.support import NOON

DAYS = 15


class OpenDoor:
    """Everybody may look; nobody may do more."""

    async def require(self, request: object, role: Role, tenant: str) -> Operator:
        if role is not Role.VIEW or not tenant:
            raise ProblemDocument(403, "Forbidden", "no")
        return Operator(name="Ada", subject="1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen days that end on Monday 4 May 2026: from 06:00 to 18:00 UTC a number each quarter, day n has 10 + n."""
    where = tmp_path_factory.mktemp("past")
    log, number = [], 0
    for day in range(DAYS):
        for quarter in range(49):
            at = NOON - timedelta(days=DAYS - 1 - day, hours=6) + timedelta(minutes=15 * quarter)
            log.append(said(number, (1, number), "677", at, "nantes", 10 + day, logged=at))
            number += 1
    append(where, log)
    return where


@pytest.fixture
def past(folder: Path, monkeypatch: pytest.MonkeyPatch) -> DeskPast:
    for name, value in (NOWHERE | {"PLACELIBRE_HISTORY_DIR": str(folder)}).items():
        monkeypatch.setenv(name, value)
    return DeskPast(load_settings(), "nantes")


async def ask(past: DeskPast, path: str) -> httpx.Response:
    rooms = LooksBack(past, DeskAudit(past._settings, past.tenant), OpenDoor())
    app = Starlette(routes=rooms.list_routes(), exception_handlers=problem_handlers(str, "bug"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        return await client.get(path)


async def test_a_day_beside_its_usual_one(past: DeskPast) -> None:
    answer = (await ask(past, "/v1/desk/places/677/day?date=2026-05-04")).json()
    assert (answer["zone"], answer["from"]) == ("Europe/Paris", "2026-05-03T22:00:00Z")
    usual = answer["usual"]
    assert (usual["kind"], usual["days"], usual["known_days"]) == ("workday", 9, 9)
    quarters = {one["at"]: one for one in usual["quarters"]}
    assert quarters["2026-05-04T12:00:00Z"] == {
        "at": "2026-05-04T12:00:00Z", "low": 11, "median": 17, "high": 21, "share_known": 1.0, "days": 9
    }  # fmt: skip
    assert quarters["2026-05-03T22:00:00Z"]["median"] is None, "nothing was said by night"
    kinds = [(one["kind"], one["vacant"], one["cause"]) for one in answer["curve"]]
    assert kinds == [("unknown", None, "expired"), ("number", 24, None)]
    assert answer["now"] == {"at": "2026-05-04T18:00:00Z", "vacant": 24, "against_usual": "above"}


def test_the_curve_is_what_plot_draws(past: DeskPast) -> None:
    from ops.past import open_past
    from ops.times import local_day
    from parking.published.timeline import list_spans

    known = past.find_day("677", date(2026, 4, 30))
    opened = open_past(past._settings, "nantes")
    start, end = local_day("2026-04-30", known.zone)
    drawn = list_spans(opened.reader.list_published("nantes", "677", start, end), start, end)
    assert [(span.start, span.end, span.vacant) for span in known.spans] == [
        (span.start, span.end, span.vacant) for span in drawn
    ]
    assert past.find_day("677", date(2026, 4, 30)).usual is known.usual, "found once"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/v1/desk/places/677/day?date=yesterday", 400, "is not a day"),
        ("/v1/desk/places/677/day?day=2026-05-04", 400, "is no parameter"),
        ("/v1/desk/places/677/day?date=2031-01-01", 409, "goes from"),
        ("/v1/desk/places/nobody/day?date=2026-05-04", 404, "no place"),
    ],
)
async def test_what_cannot_be_answered_is_said(past: DeskPast, path: str, status: int, says: str) -> None:
    answer = await ask(past, path)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start=1", "start"), ("start=200,1", "start"), ("stops=0", "stops"), ("minutes=-1", "minutes"),
        ("problem=ghost", "problem"), ("stops=1&stops=2", "stops"), ("form=pdf", "form"),
    ],
)  # fmt: skip
async def test_a_round_that_cannot_be_meant_is_refused_by_name(past: DeskPast, query: str, field: str) -> None:
    answer = await ask(past, f"/v1/desk/round?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_where_nothing_can_be_read_it_says_so(past: DeskPast) -> None:
    for path in ("/v1/desk/round", "/v1/desk/audit", "/v1/desk/audit/verification"):
        answer = await ask(past, path)
        assert answer.status_code == 503, path
        assert answer.headers["retry-after"]
