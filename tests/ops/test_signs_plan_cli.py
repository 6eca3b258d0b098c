"""``signs plan``: the controller's own rules over what Redis holds; no Redis answers here but in the last test."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops import sign_plans
from ops.cli import signs_plan
from ops.sign_plans import PlannedCity, plan_stored
from parking.catalogue.model import Place, Tenant
from parking.clock import Clock
from parking.decisions.acting import DecisionNow
from parking.published.availability import Availability
from parking.published.level import fill_level
from parking.signs.deciding import decide_line
from parking.signs.orders import Override, decide_override, override_subject
from parking.signs.words import DarkBecause, OrderReason, SignMessage
from parking.words import Basis, ClockBasis, Opening
from store.changes import ChangesPosition
from store.snapshots import Stored
from tests.conftest import House
from tests.gateways.signs.desk_world import TENANT, printed_sign
from tests.ops.in_process import Command, command_in
from tests.ops.test_cli import NOWHERE
from tests.ops.test_signs_show_cli import fill

WALL = datetime.now(UTC)
SIGN = printed_sign()


def free(vacant: int, **more: Any) -> Availability:
    said = {
        "vacant": vacant, "capacity": 400, "level": fill_level(vacant, vacant, 400, Opening.OPEN),
        "opening": Opening.OPEN, "observed_at": WALL, "valid_until": WALL + timedelta(minutes=15),
        "basis": Basis.COUNTED, "revision": (1, 5),
    }  # fmt: skip
    return Availability(**said | more)


def stored(basis: ClockBasis = ClockBasis.WALL, **said: Availability) -> Stored:
    about = Tenant(id=TENANT, clock=basis, name="Exempleville", zone="Europe/Paris")
    places = [(Place(tenant=TENANT, id=name, name=name, capacity=400), one) for name, one in said.items()]
    return Stored(TENANT, Clock(WALL, basis), ChangesPosition("", "0-0"), places, about, (SIGN, printed_sign("B7")))


def planned(of: Stored, decided: dict[str, DecisionNow] | None = None, only: str | None = "A12") -> PlannedCity:
    return plan_stored(of, decided or {}, {}, only, WALL)


def shown(city: PlannedCity) -> list[str]:
    return [line.value for line in city.signs[0].plan.face.lines]


BOTH = {"p1": free(123), "p2": free(0)}


def test_every_sign_is_planned_from_what_holds() -> None:
    city = planned(stored(**BOTH), only=None)
    assert [one.sign.id for one in city.signs] == ["A12", "B7"]
    assert shown(city) == ["123", "0"]
    assert str(city.zone) == "Europe/Paris"


def test_what_was_decided_last_holds_for_its_dwell_and_an_order_before_it() -> None:
    first = planned(stored(**BOTH)).signs[0].plan.lines[0]
    decided = {SIGN.subject_of(1): DecisionNow(decide_line(SIGN, first, WALL, 1))}
    line = planned(stored(**BOTH | {"p1": free(99)}), decided).signs[0].plan.lines[0]
    assert (line.line.value, line.held) == ("123", True)
    order = Override(reason=OrderReason.WORKS, author="m.durand", expires_at=WALL + timedelta(hours=1),
                     lines={1: SignMessage.CLOSED})  # fmt: skip
    decided[override_subject("A12")] = DecisionNow(decide_override(SIGN, order, WALL))
    city = planned(stored(**BOTH), decided)
    assert city.signs[0].override is not None
    assert shown(city)[0] in ("FERME", "X")


def test_a_real_sign_of_a_replayed_city_stays_dark_and_says_so() -> None:
    one = planned(stored(ClockBasis.EVENT, **BOTH)).signs[0]
    assert one.plan.face.is_dark
    assert one.plan.faults == ("the city's time is not the wall's: a real sign stays dark",)
    assert {line.because for line in one.plan.lines} == {DarkBecause.NOT_REAL}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    async def read(settings: object, tenant: str, only: str | None) -> PlannedCity:
        return planned(stored(p1=free(123), p2=free(12, valid_until=WALL)), only=only)

    assert sign_plans.plan_city is signs_plan.plan_city
    monkeypatch.setattr(signs_plan, "plan_city", read)
    monkeypatch.setenv("COLUMNS", "160")
    return command_in(NOWHERE | {"PLACELIBRE_TENANT": TENANT}, monkeypatch, capsys)


def test_people_are_told_what_and_why(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for code, words in (("fr", ("places libres", "nombre trop vieux", "éteinte")), ("en", ("spaces", "too old"))):
        monkeypatch.setenv("PLACELIBRE_LANG", code)
        table = command("signs", "plan").stdout
        assert [word for word in (*words, "A12", "B7", "COMMERCE", "123") if word not in table] == []


def test_programs_get_the_inputs_as_well(command: Command) -> None:
    (sign,) = command("signs", "plan", "A12", "--json").document["signs"]
    first, second = sign["lines"]
    assert (first["state"], first["value"], first["because"]) == ("spaces", "123", None)
    assert first["inputs"][0]["place_id"] == "p1"
    assert (second["state"], second["value"], second["because"]) == ("dark", "", "stale")
    assert command("signs", "plan", "nowhere").stderr.count("there is no sign 'nowhere'") == 1


def test_a_city_whose_places_never_spoke_has_dark_signs(house: House) -> None:
    asyncio.run(fill(house.settings.redis))
    document = json.loads(house.run("signs", "plan", "--tenant", TENANT, "--json").stdout)
    assert {sign["is_dark"] for sign in document["signs"]} == {True}
    assert {line["because"] for sign in document["signs"] for line in sign["lines"]} == {"unknown"}
