"""Orders typed in a real Chromium: shown before they are given, by the city's clock, never over another's unawares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.requests import Request

from gateways.desk.catalogue_routes import CatalogueTaking
from gateways.desk.command_routes import CommandTaking
from gateways.desk.command_telling import CommandTelling
from gateways.desk.commanding import CommandDesk
from gateways.desk.finishing import CommandFinisher
from gateways.desk.pages.live import DeskView
from gateways.desk.pages.serve import DeskPages
from gateways.desk.previewing import CommandPreviews
from gateways.desk.serve import DeskRoom
from parking.catalogue.model import Tenant
from parking.clock import Clock
from parking.desk.commands import PlaceOverride, PlaceRecount, from_decision
from parking.desk.operators import Operator, Role
from parking.published.availability import Availability, CategoryCount
from parking.signs.model import Sign, SignLimits, SignLine
from parking.signs.words import SignProtocol
from parking.words import Audience, Basis, ClockBasis, FillLevel, Opening
from store.changes import ChangesPosition
from store.mirror import Mirror
from store.snapshots import Stored
from tests.gateways.desk.commands_world import CITY, PEOPLE, Doorman, MadeWorld
from tests.gateways.desk.pages.in_thread import DeskInThread
from tests.gateways.desk.pages.test_pages import Port

PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.real


class DurandOr(Doorman):
    """Whoever comes without a token is m.durand, at the page."""

    async def require(self, request: Request, role: Role, tenant: str) -> Operator:
        return await super().require(request, role, tenant) if "authorization" in request.headers else PEOPLE["durand"]


class ServedOrders(DeskInThread):
    """Pages and commands of one place, in a thread of their own."""

    name = "m.durand"

    def __init__(self) -> None:
        super().__init__()
        self.world = MadeWorld()
        self.world.clock = datetime.now(UTC)
        self.world.known["p1"] = Availability(
            vacant=60, vacant_low=60, vacant_high=60, capacity=100, level=FillLevel.SPACES_AVAILABLE,
            opening=Opening.OPEN, by_category={Audience.PUBLIC: CategoryCount(60, 100)}, reporting_share=1.0,
            observed_at=self.world.clock, valid_until=self.world.clock + timedelta(minutes=10), basis=Basis.COUNTED,
            revision=(1, 5),
        )  # fmt: skip
        self.world.signs = [Sign(
            tenant=CITY, id="A12", name="Quai", protocol=SignProtocol.NTCIP, address="10.0.0.1:161",
            lines=(SignLine(number=1, legend="COMMERCE", places=("p1",)),),
            limits=SignLimits(width_px=145, height_px=27, colour_scheme=1, default_font=1),
        )]  # fmt: skip

    def rooms(self) -> list[DeskRoom]:
        world, door, mirror = self.world, DurandOr(), Mirror(CITY)
        rows = [(world.catalogue["p1"], world.known["p1"])]
        city = Tenant(id=CITY, clock=ClockBasis.WALL, zone=PARIS.key)
        clock = Clock(world.clock, ClockBasis.WALL)
        mirror.take_snapshot(Stored(CITY, clock, ChangesPosition("1", "1-0"), rows, city, ()), world.clock)
        desk = CommandDesk(CommandFinisher(world, world.record))
        endpoints = (CommandTaking(desk, world, door), CatalogueTaking(desk, world, door),
                     CommandTelling(world, door), CommandPreviews(world, world.look, door))  # fmt: skip
        routes = [route for one in endpoints for route in one.list_routes()]
        pages = DeskPages(DeskView(mirror), Port(), door.require, lambda request, pieces: pieces)
        return [DeskRoom("commands", routes), pages.room()]


@pytest.fixture
def served() -> Iterator[ServedOrders]:
    with ServedOrders().running() as one:
        yield one


@pytest.fixture
def page(served: ServedOrders, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(timezone_id="America/Los_Angeles")
    shown = context.new_page()
    shown.goto(f"{served.url}/places/p1?lang=fr")
    shown.wait_for_function("document.body.dataset.me === 'm.durand'")
    yield shown
    context.close()


def test_what_is_typed_is_shown_before_and_is_never_put_over_anothers_unawares(
    served: ServedOrders, page: Page
) -> None:
    typed = (datetime.now(PARIS) + timedelta(hours=1)).replace(second=0, microsecond=0)
    form, preview, said = page.locator("form[data-preview=override]"), page.locator("#preview"), page.locator("#said")
    default = datetime.fromisoformat(form.locator("[name=expires_at]").input_value()).replace(tzinfo=PARIS)
    assert abs(default - typed - timedelta(hours=1)) < timedelta(minutes=3), "two hours from now, in the city"
    form.locator("[name=opening]").select_option("closed")
    form.locator("[name=expires_at]").fill(typed.strftime("%Y-%m-%dT%H:%M"))
    expect(preview).to_contain_text("Si vous appliquez cela")
    expect(preview).to_contain_text("Page et API : 60 / 100, fermé")
    expect(preview).to_contain_text("Panneau Quai (A12) : COMMERCE 60 → COMMERCE FERME")
    assert served.world.events == []

    body = {"aspect": "opening", "opening": "subscribers_only", "reason": "works",
            "expires_at": (datetime.now(UTC) + timedelta(hours=3)).isoformat()}  # fmt: skip
    where, token = f"{served.url}/v1/desk/places/p1/overrides", {"Authorization": "Bearer leroy"}
    assert httpx.post(where, json=body, headers=token).status_code == 201
    form.locator("button").click()
    expect(said).to_contain_text("s.leroy a été plus rapide")
    assert form.locator("[name=opening]").input_value() == "closed", "what was typed stays"
    assert len(served.world.decisions) == 1
    form.locator("button").click()
    expect(said).to_contain_text("Fait.")
    given = from_decision(served.world.decisions[-1])
    assert given is not None
    assert isinstance(given.command, PlaceOverride)
    assert given.follows == served.world.decisions[0].id
    assert given.command.expires_at == typed


def test_another_command_after_a_503_has_another_key(served: ServedOrders, page: Page) -> None:
    form, said = page.locator("form[data-preview=recount]"), page.locator("#said")
    served.world.away = {"record"}
    form.locator("[name=vacant]").fill("3")
    form.locator("button").click()
    expect(said).to_contain_text("Non fait")
    served.world.away = set()
    form.locator("[name=vacant]").fill("4")
    expect(page.locator("#preview")).to_contain_text("4 / 100")
    form.locator("button").click()
    expect(said).to_contain_text("Fait.")
    (given,) = map(from_decision, served.world.decisions)
    assert given is not None
    assert isinstance(given.command, PlaceRecount)
    assert given.command.vacant == 4
