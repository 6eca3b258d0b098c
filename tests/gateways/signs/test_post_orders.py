"""Orders, tasks and the roster: what people ask of a sign is done, or said not to be; one sign ends no other."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateways.signs.control.controller import SignController
from gateways.signs.control.meters import SignMeters
from gateways.signs.control.orders import OrderBook
from gateways.signs.driver import SignRefusedError
from parking.decisions.acting import DecisionNow
from parking.signs.orders import Override, TaskKind, decide_override, decide_task, task_subject
from parking.signs.words import OrderReason, SignMessage, SignMode
from tests.gateways.signs.world import FakeSign, World, make_sign, words


@pytest.fixture
async def world() -> World:
    return World()


async def test_an_order_is_confirmed_by_the_step_that_shows_it(world):
    world.count(123)
    await world.step()
    end = world.wall() + timedelta(hours=1)
    order = Override(reason=OrderReason.WORKS, author="m.d", expires_at=end, lines={1: SignMessage.CLOSED})
    decision = decide_override(world.sign, order, world.wall())
    show = world.driver.show

    async def show_late(face, minutes, check):
        world.post.order(DecisionNow(decision))
        return await show(face, minutes, check)

    world.driver.show = show_late
    world.count(99)
    world.leave(61)
    await world.step()
    assert words(world.driver.lit) == "COMMERCE 99"
    assert not [one for one in world.events if getattr(one, "decision", "") == decision.id]
    await world.step()
    (said,) = [one for one in world.events if getattr(one, "decision", "") == decision.id]
    assert (words(world.driver.lit), said.result, said.said["shown"]) == ("COMMERCE FERME", "acted", "COMMERCE FERME")


async def test_an_order_on_a_sign_out_of_service_is_refused_and_one_that_cannot_be_seen_has_failed():
    out = World(make_sign(mode=SignMode.OUT_OF_SERVICE))
    hidden = World()
    hidden.driver.does = "invisible"
    for world, result in ((out, "refused"), (hidden, "failed")):
        end = world.wall() + timedelta(hours=1)
        order = Override(reason=OrderReason.WORKS, author="m.d", expires_at=end, lines={1: SignMessage.CLOSED})
        decision = decide_override(world.sign, order, world.wall())
        world.post.order(DecisionNow(decision))
        await world.step()
        (said,) = [one for one in world.events if getattr(one, "decision", "") == decision.id]
        assert said.result == result


def task(world, kind=TaskKind.DRILL):
    decision = decide_task(world.sign, kind, "m.d", OrderReason.TESTING, world.wall())
    world.post.ask(decision)
    return decision


def said_of(world, decision):
    (said,) = [one for one in world.events if getattr(one, "decision", "") == decision.id]
    return said


@pytest.fixture
def hurried(monkeypatch):
    """While a task listens, time passes."""

    def of(world, then=lambda: None):
        async def sleep(seconds):
            world.seconds += seconds
            then()

        monkeypatch.setattr("gateways.signs.control.tasks.asyncio.sleep", sleep)

    return of


async def test_a_drill_proves_the_dark(world, hurried):
    hurried(world)
    world.count(123)
    await world.step()
    asked = task(world)
    await world.step()
    said = said_of(world, asked)
    assert (said.result, said.said["promised_s"]) == ("acted", 60)
    assert 60 <= said.said["went_dark_after_s"] < 63


async def test_a_drill_gives_no_minute_that_a_number_does_not_have(world, hurried):
    hurried(world)
    world.count(123, valid_min=3.5)
    await world.step()
    world.leave(140)
    told = list(world.driver.told)
    asked = task(world)
    await world.step()
    assert said_of(world, asked).result == "failed"
    assert world.driver.told == told


async def test_a_drill_ends_where_what_is_true_changes(world, hurried):
    world.count(123)
    await world.step()
    world.leave(61)
    hurried(world, lambda: world.count(0))
    asked = task(world)
    await world.step()
    await world.step()
    assert said_of(world, asked).result == "failed"
    assert words(world.driver.lit) == "COMMERCE COMPLET"


async def test_a_task_that_was_not_begun_goes_to_the_post_that_follows(world, monkeypatch):
    decision = decide_task(world.sign, TaskKind.READ, "m.d", OrderReason.TESTING, world.wall())

    async def find(client, tenant, subjects):
        return {task_subject("A12"): DecisionNow(decision)} if task_subject("A12") in subjects else {}

    monkeypatch.setattr("gateways.signs.control.orders.find_many", find)
    book = OrderBook(None, world.sign.tenant)
    await book.hear([world.post])
    world.restart()
    await book.hear([world.post])
    await book.hear([world.post])
    await world.step()
    assert said_of(world, decision).result == "acted"
    world.leave(11 * 60)
    await book.hear([world.post])
    assert book._asked == {}


async def test_numbers_that_arrive_while_a_sign_is_replaced_end_nothing(world, monkeypatch):
    made, closing = [], asyncio.Event()

    def open_driver(sign):
        driver = FakeSign(world)
        made.append(driver)
        return driver

    async def nothing(*args):
        return {}

    monkeypatch.setattr("gateways.signs.control.orders.find_many", nothing)
    monkeypatch.setattr("gateways.signs.control.controller.forget_status", nothing)
    controller = SignController(None, world.bench, world.bench.lease, open_driver, SignMeters())
    await controller._take_roster([world.sign])

    async def close_late():
        await closing.wait()

    made[0].close = close_late
    replacing = asyncio.create_task(controller._take_roster([make_sign(name="Another")]))
    await asyncio.sleep(0.01)
    assert controller.posts == {}
    controller.expired(["p1"])
    closing.set()
    await replacing
    controller.expired(["p1"])
    assert controller.posts["A12"]._woken.is_set()
    await controller._stop(["A12"], is_removed=False)


async def test_a_sign_that_cannot_be_spoken_to_is_left_out_alone(world, monkeypatch):
    async def nothing(*args):
        return {}

    def open_driver(sign):
        if sign.id == "A12":
            raise SignRefusedError("a password that cannot be said")
        return FakeSign(world)

    monkeypatch.setattr("gateways.signs.control.orders.find_many", nothing)
    monkeypatch.setattr("gateways.signs.control.controller.forget_status", nothing)
    controller = SignController(None, world.bench, world.bench.lease, open_driver, SignMeters())
    await controller._take_roster([world.sign, make_sign(id="B1")])
    assert set(controller.posts) == {"B1"}
    await controller._stop(["B1"], is_removed=False)
