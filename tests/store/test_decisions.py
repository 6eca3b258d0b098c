"""The latest decision of each subject in Redis, against a real Valkey."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
import redis.asyncio as aioredis

from parking.decisions.acting import ActResult, Confirmation, DecisionNow, confirm
from parking.decisions.chain import ChainLink, DecisionEntry, LoggedEntry
from parking.decisions.codec import encode_entry
from parking.decisions.model import Decision
from store.decisions import find_latest, keep_latest, list_latest
from store.keys import decision_keys
from tests.parking.decisions.test_decisions import decided
from tests.support import NOON, TENANT, at

NOW = datetime.now(UTC)


def logged(*events: Decision | Confirmation, first: int = 0, when: datetime = NOW) -> list[LoggedEntry]:
    entries = [DecisionEntry(event=event, link=ChainLink(chain="c", number=1)) for event in events]
    return [LoggedEntry(one, encode_entry(one), 0, first + number, when) for number, one in enumerate(entries)]


async def latest(client: aioredis.Redis, subject: str = "sign:A12/1") -> DecisionNow | None:
    return await find_latest(client, TENANT, subject)


async def keep(client: aioredis.Redis, rows: Iterable[LoggedEntry], epoch: int = 1) -> bool:
    return await keep_latest(client, TENANT, epoch, rows)


async def test_only_a_newer_decision_is_taken_and_a_new_one_is_open_again(client: aioredis.Redis) -> None:
    first, second = decided(), decided(output={"line": "dark"}, decided_at=at(1))
    done = confirm(first, ActResult.ACTED, {}, at(1))
    assert not await keep(client, logged(first, done)), "nothing was held before"
    assert await keep(client, logged(first)), "and now there was"
    assert await latest(client) == DecisionNow(first, done)
    await keep(client, logged(second, first=2))
    assert await latest(client) == DecisionNow(second)
    await keep(client, logged(first, done))
    await keep(client, logged(confirm(first, ActResult.FAILED, {}, at(2)), first=9))
    assert await latest(client) == DecisionNow(second), "a word about an older occasion is none about this one"
    await keep(client, logged(first), epoch=2)
    assert await latest(client) == DecisionNow(first), "the topic began anew"


async def test_an_occasion_that_is_recorded_twice_stays_confirmed(client: aioredis.Redis) -> None:
    done = confirm(decided(), ActResult.ACTED, {}, at(1))
    await keep(client, logged(decided(), done, decided()))
    await keep(client, logged(decided(), first=9))
    assert await latest(client) == DecisionNow(decided(), done)


async def test_a_later_confirmation_replaces_an_earlier_one_and_not_the_other_way_round(client: aioredis.Redis) -> None:
    failed, acted = (confirm(decided(), result, {}, at(1)) for result in (ActResult.FAILED, ActResult.ACTED))
    await keep(client, logged(decided(), failed, acted))
    await keep(client, logged(failed, first=1))
    assert await latest(client) == DecisionNow(decided(), acted)


async def test_thousands_of_subjects_go_in_several_calls_each_with_its_confirmation(client: aioredis.Redis) -> None:
    decisions = [decided(subject=f"trip:{number:05}") for number in range(2_300)]
    await keep(client, logged(*decisions, *(confirm(one, ActResult.ACTED, {}, at(1)) for one in decisions)))
    found = await list_latest(client, TENANT)
    assert [one.decision for one in found] == decisions
    assert {one.state for one in found} == {"acted"}


async def test_subjects_that_are_gone_do_not_stay_for_ever(client: aioredis.Redis) -> None:
    keys = decision_keys(TENANT)
    old = [decided(subject=f"trip:{number}") for number in range(150)]
    done = [confirm(one, ActResult.ACTED, {}, at(1)) for one in old]
    await keep(client, logged(*old, *done, when=NOW - timedelta(days=8)))
    lasting = decided(subject="sign:month", valid_until=NOW + timedelta(days=30))
    for number in range(3):
        await keep(client, logged(lasting, first=10_000 + number, when=NOW))
    assert [one.decision for one in await list_latest(client, TENANT)] == [lasting]
    assert (await client.hlen(keys.confirmed), await client.zcard(keys.decided_until)) == (0, 1)


async def test_a_decision_of_a_replay_of_2011_is_kept_for_a_week_of_today(client: aioredis.Redis) -> None:
    past = decided(decided_at=NOON - timedelta(days=5_000), valid_until=NOON - timedelta(days=5_000))
    await keep(client, logged(past))
    await keep(client, logged(decided(subject="sign:other"), first=1))
    assert await latest(client) == DecisionNow(past)


async def test_a_value_that_cannot_be_read_is_left_out_and_said(
    client: aioredis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    await keep(client, logged(decided(), decided(subject="sign:2")))
    await client.hset(decision_keys(TENANT).decided, "sign:2", b"rubbish")  # type: ignore[misc]
    assert [one.decision.subject for one in await list_latest(client, TENANT)] == ["sign:A12/1"]
    assert "sign:2" in caplog.text
    assert await latest(client, "sign:nobody") is None
