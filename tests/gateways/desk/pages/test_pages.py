"""The desk's pages: whole without a script, inert to what others wrote, kept live by pieces."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from benchmarks.desk_suite.city import TENANT, BadMorning
from gateways.desk.pages.live import DeskView
from gateways.desk.pages.overview import tell_number
from gateways.desk.pages.ranking import Concern, city_line, stand
from gateways.desk.pages.serve import DeskPages
from gateways.desk.serve import create_desk_app
from gateways.words.language import CODES, get_language
from parking.clock import Clock
from parking.decisions.acting import DecisionNow
from parking.desk.last_words import DeviceWord
from parking.desk.operators import Operator, Role
from parking.published.availability import NEVER_OBSERVED, Availability, Beneath, ByHand, Change
from parking.signs.status import SignStatus
from parking.words import Basis, ClockBasis, Fault, Opening, OverrideAspect, OverrideReason, SpaceState
from store.changes import ChangesPosition
from store.mirror import Mirror
from store.snapshots import Stored
from tests.support import site

EVIL = '<script>alert(1)</script>\x1b[31m\u202e"'


class Port:
    """What pages ask beside what is in memory."""

    async def statuses(self) -> dict[str, SignStatus]:
        return {}

    async def last_words(self, place_id: str) -> tuple[DeviceWord, ...]:
        return (DeviceWord(source="src", device_id=EVIL, space="7", state=SpaceState.FREE, battery_v=3.1),)

    async def said(self, place_id: str) -> list[DecisionNow]:
        return []


async def anybody(request: Request, role: Role, tenant: str) -> Operator:
    return Operator(name=f"Ada {EVIL}", subject="1")


class World:
    """A desk's pages over a city of 60 places."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.city, self.mirror = BadMorning(60, 1_000, 4), Mirror(TENANT)
        self.view = DeskView(self.mirror)
        said = {change.place_id: change.availability for change in self.city.say_all(self.now)}
        rows = [(place, said[place.id]) for place in (*self.city.sites, *self.city.zones)]
        rows.append((site(tenant=TENANT, id="evil", name=EVIL), Availability(vacant=3, vacant_low=3, vacant_high=3)))
        clock = Clock(self.now, ClockBasis.WALL)
        self.load(Stored(TENANT, clock, ChangesPosition("1", "1-0"), rows, None, tuple(self.city.signs)))
        pages = DeskPages(self.view, Port(), anybody, lambda request, pieces: pieces)
        self.app = create_desk_app([pages.room()])
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://desk.test")

    def load(self, stored: Stored) -> None:
        self.view.snapshot(self.mirror.take_snapshot(stored, self.now))

    def tell(self, place_id: str, said: Availability, number: int = 2) -> None:
        change = Change(TENANT, place_id, said)
        position = ChangesPosition("1", f"{number}-0")
        self.mirror.take_changes([(position, change)], position, None, self.now)
        self.view.changed([change])


class Tags(HTMLParser):
    """Which elements a page has, and that each is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.seen if "id" in attributes]


@pytest.mark.parametrize("path", ["/", "/places", "/places/evil", "/places/z0001"])
@pytest.mark.parametrize("code", CODES)
async def test_a_page_says_all_in_every_language_and_what_others_wrote_does_nothing(path: str, code: str) -> None:
    world = World()
    page = await world.client.get(path, params={"lang": code})
    assert page.status_code == 200
    tags = Tags(page.text)
    scripts = [attributes for tag, attributes in tags.seen if tag == "script"]
    assert scripts == [{"type": "module", "src": "/static/desk.js"}]
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text
    assert len(tags.ids()) == len(set(tags.ids())), "no id stands twice"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert "private" in page.headers["cache-control"]
    assert [tag for tag, _ in tags.seen].count("h1") == 1


async def test_the_worst_is_first_and_unknown_is_no_number() -> None:
    page = (await World().client.get("/")).text
    rows = [one for one in Tags(page).ids() if one.startswith("place-")]
    assert rows[0] == "place-p0003"
    assert '<td class="number" data-number>?</td>' in page
    assert len(rows) == 40


async def test_who_holds_a_page_gets_304_until_something_is_another() -> None:
    world = World()
    first = await world.client.get("/places/p0001")
    again = await world.client.get("/places/p0001", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    world.tell("p0001", Availability(vacant=77, vacant_low=77, vacant_high=77, revision=(1, 999)))
    assert "77" in (await world.client.get("/places/p0001")).text


async def test_an_unknown_place_is_a_sentence_and_a_language_is_remembered() -> None:
    world = World()
    assert (await world.client.get("/places/nowhere")).status_code == 404
    assert 'lang="fr"' in (await world.client.get("/")).text, "French first"
    assert '<html lang="en">' in (await world.client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"})).text
    await world.client.get("/?lang=en")
    assert '<html lang="en">' in (await world.client.get("/")).text


async def test_a_change_is_on_its_way_to_every_open_page_at_once_in_its_language() -> None:
    world = World()
    heard: dict[str, list[dict[str, Any]]] = {"fr": [], "en": []}

    async def listen(code: str) -> None:
        async for piece in world.view.stream.listen(code):
            for block in piece.decode().split("\n\n"):
                if "event: places" in block:
                    heard[code].append(json.loads(block.partition("data: ")[2]))

    listening = [asyncio.create_task(listen(code)) for code in heard]
    while len(world.view.stream) < 2:
        await asyncio.sleep(0)
    hand = ByHand(
        aspect=OverrideAspect.NUMBER, reason=OverrideReason.EVENT, since=world.now, decision="0" * 32, vacant=5,
        until=world.now + timedelta(hours=1),
    )  # fmt: skip
    said = Availability(
        vacant=5, vacant_low=5, vacant_high=5, basis=Basis.SET_BY_HAND, by_hand=(hand,), beneath=Beneath(vacant=80),
        revision=(1, 999), valid_until=world.now + timedelta(hours=1),
    )  # fmt: skip
    world.tell("p0001", said)
    for _ in range(20):
        await asyncio.sleep(0)
    world.view.stream.close()
    await asyncio.gather(*listening)
    assert "à la main" in heard["fr"][0]["p0001"]["row"]
    assert "by hand" in heard["en"][0]["p0001"]["row"]
    assert "80" in heard["en"][0]["p0001"]["now"], "what sensors say stands beside"


def test_how_a_place_stands_and_the_line_of_a_city() -> None:
    place = site()
    until = datetime(2030, 1, 1, tzinfo=UTC)
    hand = ByHand(
        aspect=OverrideAspect.OPENING, reason=OverrideReason.EVENT, since=until, until=until, decision="0" * 32
    )
    stands = [
        (NEVER_OBSERVED, Concern.NEVER),
        (Availability(faults=(Fault.COMMUNICATIONS_FAILURE,)), Concern.UNKNOWN),
        (Availability(opening=Opening.CLOSED), Concern.SHUT),
        (Availability(vacant=0, vacant_low=0, vacant_high=0, observed_at=until), Concern.WELL),
        (Availability(vacant=0, faults=(Fault.COUNTER_DRIFT,)), Concern.DOUBTFUL),
        (Availability(by_hand=(hand,)), Concern.BY_HAND),
    ]
    assert [stand(place, said).concern for said, _ in stands] == [concern for _, concern in stands]
    line = city_line([stand(place, said) for said, _ in stands], {}, {}, until)
    assert (line.known, line.unknown, line.shut, line.by_hand, line.oldest) == (2, 3, 1, 1, until)


def test_a_number_is_told_with_its_bounds_and_unknown_is_a_question() -> None:
    french = get_language("fr")
    assert tell_number(Availability(vacant=3, vacant_low=3, vacant_high=3), french) == "3"
    assert tell_number(Availability(vacant=3, vacant_low=3, vacant_high=9), french) == "3–9"
    assert tell_number(Availability(), french) == "?"


def test_what_a_controller_that_is_gone_said_of_its_signs_is_not_told_as_if_it_held() -> None:
    now = datetime.now(UTC)
    city = BadMorning(10, 100, 4)
    signs = {sign.id: sign for sign in city.signs}
    statuses = {status.sign: status for status in city.list_statuses(now)}
    shown = city_line([], signs, statuses, now)
    gone = city_line([], signs, statuses, now + timedelta(minutes=2))
    assert (shown.signs, gone.signs, gone.signs_dark) == (4, 4, 0)
    assert shown.signs_amiss < gone.signs_amiss == 4
