"""The signs at the desk: by the desk's roles, and in the name of who is signed in."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.desk.access.door import CSRF_HEADER
from gateways.desk.access.grants import Grant, TokenHolders
from gateways.desk.access.keeping import KeptInMemory
from gateways.desk.access.serve import create_access
from gateways.desk.serve import create_desk_app
from ops.desk_signs import signs_room
from parking.desk.operators import Role
from tests.gateways.desk.access.world import client_of
from tests.gateways.signs.desk_world import TENANT, FakePort, FakeRecord, every_state
from tests.gateways.signs.test_desk_api import soon

NAMES = {"looks": Role.VIEW, "orders": Role.SIGNS, "operates": Role.OPERATE}


class Desk:
    """The desk of a city of signs, where each token has one role."""

    def __init__(self, two_persons: bool = False) -> None:
        grants = {name: (f"the-token-of-{name}", Grant(frozenset((role,)), (TENANT,))) for name, role in NAMES.items()}
        grants["elsewhere"] = ("the-token-of-elsewhere", Grant(frozenset((Role.ADMIN,)), ("rennes",)))
        self.access = create_access(KeptInMemory(), TokenHolders(grants))
        port = FakePort(*every_state())
        room = signs_room(port, FakeRecord(port), self.access, two_persons)
        self.app = create_desk_app([self.access.room(), room])

    def client(self, name: str = "") -> Any:
        return client_of(self.app, **({"authorization": f"Bearer the-token-of-{name}"} if name else {}))


ORDER = {"reason": "works", "lines": {"1": "closed"}}


@pytest.mark.parametrize(
    "path", ["/signs/", "/signs/v1/signs", "/signs/v1/signs/shows/face.svg", "/signs/static/wall.js"]
)
async def test_who_has_a_role_in_the_city_looks_and_nobody_else(path: str) -> None:
    desk = Desk()
    for name in NAMES:
        assert (await desk.client(name).get(path)).status_code == 200
    assert (await desk.client().get(path)).status_code == 401
    assert (await desk.client("elsewhere").get(path)).status_code == 403
    sent = await desk.client().get(path, headers={"accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/login?next={path.replace('/', '%2F')}")


async def test_the_wall_at_the_desk_asks_for_its_files_and_faces_under_its_own_path() -> None:
    client = Desk().client("looks")
    assert (await client.get("/signs")).headers["location"] == "/signs/"
    page = (await client.get("/signs/")).text
    assert 'src="/' not in page
    assert 'href="/' not in page


async def test_an_order_takes_the_role_for_signs_and_has_the_operator_as_its_author() -> None:
    desk = Desk()
    path, order = "/signs/v1/signs/shows/override", {**ORDER, "expires_at": soon()}
    assert (await desk.client("looks").post(path, json=order)).status_code == 403
    assert (await desk.client("operates").post(path, json=order)).status_code == 403
    done = await desk.client("orders").post(path, json=order)
    assert (done.status_code, done.json()["author"]) == (201, "orders")


async def test_a_session_orders_signs_with_its_csrf_token_and_not_without() -> None:
    desk = Desk()
    browser = desk.client()
    await browser.get(await desk.access.make_local_link("m.durand"))
    path, order = "/signs/v1/signs/shows/override", {**ORDER, "expires_at": soon()}
    assert (await browser.post(path, json=order)).status_code == 403
    csrf = {CSRF_HEADER: (await browser.get("/v1/desk/me")).json()["csrf"]}
    done = await browser.post(path, json=order, headers=csrf)
    assert (done.status_code, done.json()["author"]) == (201, "m.durand")


async def test_two_people_of_the_desk_share_an_override() -> None:
    desk = Desk(two_persons=True)
    browser = desk.client()
    await browser.get(await desk.access.make_local_link("m.durand"))
    csrf = {CSRF_HEADER: (await browser.get("/v1/desk/me")).json()["csrf"]}
    path = "/signs/v1/signs/shows"
    order = {**ORDER, "expires_at": soon()}
    waits = await desk.client("orders").post(f"{path}/override", json=order)
    assert waits.status_code == 202
    tag = {"if-match": waits.headers["etag"]}
    assert (await desk.client("orders").post(f"{path}/proposal", headers=tag)).status_code == 403
    done = await browser.post(f"{path}/proposal", headers=tag | csrf)
    assert (done.status_code, done.json()["author"]) == (201, "m.durand")
