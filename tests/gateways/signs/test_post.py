"""One sign and its keeper: what is shown is true and recorded, and whatever goes wrong ends in the dark."""

from __future__ import annotations

import asyncio

import pytest

from gateways.signs.control.post import SignPost
from gateways.signs.driver import FailSafe
from parking.decisions.acting import Recorded
from parking.signs.model import SignLine
from parking.signs.status import AlarmKind, SignState
from parking.signs.words import DarkBecause
from parking.words import ClockBasis
from store.leases import LeaseLostError
from tests.gateways.signs.world import World, make_sign, words


@pytest.fixture
async def world() -> World:
    return World()


def alarms(world: World) -> set[AlarmKind]:
    return {alarm.kind for alarm in world.post.status().alarms}


async def test_a_number_is_recorded_shown_and_confirmed(world):
    world.count(123)
    await world.step()
    assert words(world.driver.lit) == "COMMERCE 123"
    assert [state for _, state in world.decided()] == ["acted"]
    assert world.driver.secured
    status = world.post.status()
    assert (status.state, status.lines[0].value) == (SignState.SHOWING, "123")
    assert status.dark_at is not None


async def test_unchanged_nothing_is_sent_but_time(world):
    world.count(123)
    await world.step()
    for _ in range(30):
        world.count(123)
        await world.pass_(30)
    assert world.driver.told[0] == "show COMMERCE 123 4"
    assert set(world.driver.told[1:]) == {"extend 4"}
    assert 5 <= len(world.driver.told) <= 12, "15 minutes in pieces of about two"


async def test_a_number_that_grows_old_goes_dark_when_it_expires(world):
    world.count(123, valid_min=5)
    await world.step()
    await world.pass_(4 * 60 + 50)
    await world.pass_(11, every=1)
    assert words(world.driver.lit) == ""
    assert world.decided()[-1][1] == "acted"
    assert world.post.status().state is SignState.DARK


async def test_no_minute_is_promised_that_a_number_does_not_have(world):
    world.count(123, valid_min=2.5)
    await world.step()
    assert world.driver.told == ["show COMMERCE 123 2"]
    world.leave(121)  # the controller is dead from here on
    assert words(world.driver.lit) == ""


async def test_a_number_without_a_whole_minute_left_is_not_shown(world):
    world.count(123, valid_min=0.9)
    await world.step()
    assert words(world.driver.lit) == ""


async def test_a_limit_that_comes_nearer_cuts_what_the_sign_was_given(world):
    world.count(123, valid_min=15)
    await world.step()
    world.count(123, valid_min=2.5)
    await world.step()
    assert world.driver.told[-1] == "extend 2"


async def test_a_dead_controller_s_sign_is_dark_within_its_duration(world):
    world.count(123)
    await world.step()
    world.leave(4 * 60)
    assert world.driver.lit.is_dark


async def test_without_a_record_nothing_new_is_shown_and_what_is_wrong_by_now_goes_dark(world):
    world.count(123)
    await world.step()
    world.kafka = False
    world.count(7)
    await world.pass_(61)
    assert words(world.driver.lit) == ""
    assert AlarmKind.NOT_RECORDED in alarms(world)
    world.kafka = True
    await world.pass_(120)
    assert words(world.driver.lit) == "COMMERCE 7"
    assert alarms(world) == set()


async def test_without_a_record_what_is_still_true_stands_as_long_as_its_decision(world):
    world.count(123, valid_min=10)
    await world.step()
    world.kafka = False
    await world.pass_(8 * 60)
    assert words(world.driver.lit) == "COMMERCE 123"
    await world.pass_(3 * 60)
    assert words(world.driver.lit) == ""


async def test_a_silent_sign_is_an_alarm_and_is_asked_again(world):
    world.count(123)
    world.driver.does = "silent"
    await world.pass_(60)
    assert AlarmKind.SILENT in alarms(world)
    world.driver.does = "well"
    await world.pass_(60)
    assert words(world.driver.lit) == "COMMERCE 123"
    assert alarms(world) == set()


async def test_a_sign_that_falls_silent_before_the_act_leaves_a_failed_decision(world):
    world.count(123)
    await world.step()
    world.count(7)
    world.leave(61)
    world.post.bench.passing = lambda point: setattr(world.driver, "does", "silent")
    await world.step()
    assert world.decided()[-1][1] == "failed"
    assert world.post.status().state is SignState.SILENT


async def test_after_its_power_was_cut_a_sign_is_secured_again(world):
    world.count(123)
    await world.step()
    world.driver.does = "silent"
    await world.pass_(60)
    world.driver.power_cycle()
    world.driver.does = "well"
    await world.pass_(90)
    assert world.driver.secured
    assert words(world.driver.lit) == "COMMERCE 123"


async def test_what_it_does_not_show_any_more_is_an_alarm_and_shown_again(world):
    world.count(123)
    await world.step()
    world.driver.ends = world.seconds  # somebody else ended it
    await world.pass_(45)
    assert words(world.driver.lit) == "COMMERCE 123"


async def test_local_control_is_respected(world):
    world.count(123)
    world.driver.does = "local"
    await world.pass_(120)
    assert world.driver.told == []
    assert world.post.status().state is SignState.TAKEN
    world.driver.does = "well"
    await world.pass_(60)
    assert words(world.driver.lit) == "COMMERCE 123"
    assert world.decided()[-1][1] == "acted", "what was refused first was done in the end, and that is said"


async def test_a_sign_that_refuses_a_text_goes_dark_rather_than_keep_the_old_one(world):
    world.count(123)
    await world.step()
    world.driver.does = "refusing"
    world.count(7)
    await world.pass_(61)
    assert words(world.driver.lit) == ""
    assert AlarmKind.REFUSED in alarms(world)
    assert world.decided()[-1][1] == "refused"


async def test_a_lying_sign_is_never_said_to_show(world):
    world.driver.does = "lying"
    world.count(123)
    await world.pass_(30)
    assert AlarmKind.DISPLAYED_IS_NOT_COMMANDED in alarms(world)
    assert world.post.status().state is SignState.WRONG
    assert {state for _, state in world.decided()} == {"failed"}


async def test_a_face_that_cannot_be_seen_is_an_alarm(world):
    world.driver.does = "invisible"
    world.count(123)
    await world.step()
    assert AlarmKind.NOT_VISIBLE in alarms(world)
    assert world.post.status().state is SignState.NOT_VISIBLE


async def test_a_restarted_controller_reads_back_and_sends_nothing(world):
    world.count(123)
    await world.step()
    told = list(world.driver.told)
    world.restart()
    await world.step()
    assert world.driver.told == told
    assert len(world.decided()) == 1


async def test_killed_after_the_record_it_is_found_not_done_and_done(world):
    world.count(123)
    world.post.bench.passing = _die_at("record->act")
    with pytest.raises(Killed):
        await world.step()
    assert world.decided()[-1][1] == "open"
    world.post.bench.passing = lambda point: None
    world.restart()
    await world.pass_(10)
    assert words(world.driver.lit) == "COMMERCE 123"
    assert [state for _, state in world.decided()][-1] == "acted"


async def test_killed_after_the_act_it_is_found_done(world):
    world.count(123)
    world.post.bench.passing = _die_at("act->confirm")
    with pytest.raises(Killed):
        await world.step()
    world.post.bench.passing = lambda point: None
    world.restart()
    await world.step()
    assert world.driver.told == ["show COMMERCE 123 4"]
    assert [state for _, state in world.decided()] == ["acted"]


async def test_a_paused_controller_that_lost_the_lease_writes_nothing(world):
    world.count(123)
    await world.step()
    world.ours = False
    world.count(7)
    world.leave(61)
    with pytest.raises(LeaseLostError):
        await world.step()
    assert world.driver.told == ["show COMMERCE 123 4"]


async def test_a_count_that_flaps_changes_a_sign_once_a_dwell_at_most(world):
    for number in range(120):
        world.count(0 if number % 2 else 1)
        await world.pass_(5)
    changes = [said for said in world.driver.told if said.startswith(("show", "dark"))]
    assert len(changes) <= 1 + 600 // 60


async def test_a_real_sign_never_shows_a_made_up_city(world):
    made_up = World(clock=ClockBasis.EVENT)
    made_up.count(123)
    await made_up.step()
    assert made_up.driver.lit.is_dark
    software = World(make_sign(is_software=True), clock=ClockBasis.EVENT)
    software.count(123)
    await software.step()
    assert words(software.driver.lit) == "COMMERCE 123"


async def test_without_a_record_a_sign_without_an_end_goes_dark_when_its_number_ends(world):
    world.driver.fail_safe = FailSafe(None, "not guaranteed")
    world.post = SignPost(world.sign, world.driver, world.bench)
    world.count(123, valid_min=2)
    await world.step()
    world.kafka = False
    await world.pass_(121, every=1)
    assert words(world.driver.lit) == ""


async def test_going_dark_does_not_wait_for_a_record_that_hangs(world):
    world.count(123, valid_min=5)
    await world.step()
    hanging = asyncio.Event()

    async def record(event):
        if not world.driver.lit.is_dark:
            await hanging.wait()
        world.events.append(event)
        return Recorded(0, 1, world.wall())

    world.post.ledger._record = record
    world.leave(5 * 60 + 1)
    stepping = asyncio.create_task(world.step())
    async with asyncio.timeout(3):
        while not world.driver.lit.is_dark:
            await asyncio.sleep(0.01)
    hanging.set()
    await stepping


async def test_after_the_last_act_nothing_is_lit_until_the_lease_is_ours_for_longer(world):
    world.count(123)
    await world.step()
    await world.post.end_in_the_dark(1)
    world.count(7)
    await world.pass_(120)
    assert words(world.driver.lit) == ""
    world.post.go_on()
    await world.pass_(10)
    assert words(world.driver.lit) == "COMMERCE 7"


async def test_a_line_that_counts_another_place_forgets_what_it_showed(world):
    world.count(390)
    await world.step()
    other = make_sign(lines=(SignLine(number=1, legend="COMMERCE", places=("p2",)),))
    moved = World(other)
    moved.events, moved.driver, moved.seconds = world.events, world.driver, 5
    moved.count(3, place="p2")
    moved.restart()
    await moved.step()
    assert words(world.driver.lit) in ("", "COMMERCE 3")


async def test_what_is_too_short_to_be_shown_is_recorded_as_dark(world):
    world.count(123, valid_min=0.9)
    await world.step()
    assert world.decided() == [("", "acted")]
    assert world.post.status().lines[0].because is DarkBecause.TOO_SHORT


async def test_a_mistake_of_ours_ends_no_post(world):
    def broken(face=None):
        raise UnicodeError("label too long")

    world.driver.read_limits = world.driver.show = broken
    world.count(123)
    assert await world.step() > 0
    assert world.post.status().state is SignState.WRONG


class Killed(BaseException):
    pass


def _die_at(point):
    def passing(reached):
        if reached == point:
            raise Killed

    return passing
