"""Recorded, then acted on, then confirmed: a gateway killed at any point leaves a record that says how far it came."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import redis

from parking.decisions.acting import Confirmation, DecisionNow, pair
from parking.decisions.chain import LoggedEntry, check_chains
from store.keys import decision_keys
from streams.decided import read_decided
from tests.conftest import House
from tests.support import ROOT, wait_for
from tests.tiny_gateway import SUBJECT, TENANT, FileSign

KEY = f"{TENANT}/{SUBJECT}"


class Street:
    """A sign, and gateways that come and go."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.path = house, folder / "sign.json"
        self.sign = FileSign(self.path)

    def gateway(self, vacant: int, fault: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.tiny_gateway", str(self.path), str(vacant), fault]
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | self.house.env | env, capture_output=True, text=True, timeout=90
        )  # fmt: skip

    def logged(self) -> list[LoggedEntry]:
        async def read() -> list[LoggedEntry]:
            at = self.house.settings
            return [one async for one in read_decided(at.kafka, at.namespace, key=KEY)]

        return asyncio.run(read())

    def decided(self) -> list[DecisionNow]:
        return pair(one.event for one in self.logged())

    def states(self) -> list[tuple[str, str]]:
        return [(one.decision.output["text"], one.state) for one in self.decided()]


def test_it_is_recorded_acted_on_and_confirmed_with_what_the_sign_said(house: House, tmp_path: Path) -> None:
    street = Street(house, tmp_path)
    for _ in range(2):  # the second finds the sign as it should be: unchanged, no message
        done = street.gateway(12)
        assert done.returncode == 0, done.stderr
    (only,) = street.decided()
    (of,) = only.decision.inputs
    assert (only.state, of.revision, of.limits) == ("acted", (1, 12), {"vacant_low": 12})
    assert only.confirmation is not None
    assert only.confirmation.said == street.sign.read_back() == {"decision": only.decision.id, "text": "12", "told": 1}
    assert check_chains((one.entry.link, one.value) for one in street.logged()) == []


def test_killed_between_record_and_act_it_is_open_and_the_sign_untouched(house: House, tmp_path: Path) -> None:
    street = Street(house, tmp_path)
    assert street.gateway(12, "record->act").returncode == -signal.SIGKILL
    assert street.states() == [("12", "open")]
    assert street.sign.read_back()["told"] == 0
    done = street.gateway(12)
    assert done.returncode == 0, done.stderr
    first, second = street.decided()
    assert (first.state, second.state) == ("failed", "acted")
    assert {first.decision.id, second.decision.id} == {street.sign.read_back()["decision"]}, "same reason, same id"
    assert street.sign.read_back()["told"] == 1


def test_killed_between_act_and_confirm_it_is_open_until_the_sign_is_asked(house: House, tmp_path: Path) -> None:
    street = Street(house, tmp_path)
    assert street.gateway(12, "act->confirm").returncode == -signal.SIGKILL
    assert street.states() == [("12", "open")]
    assert street.sign.read_back()["text"] == "12"
    done = street.gateway(12)
    assert done.returncode == 0, done.stderr
    assert street.states() == [("12", "acted")]
    assert street.sign.read_back()["told"] == 1, "it was not told twice"


def test_without_kafka_nothing_is_acted_on(house: House, tmp_path: Path) -> None:
    street = Street(house, tmp_path)
    assert street.gateway(12).returncode == 0
    nowhere = {"PLACELIBRE_KAFKA": "127.0.0.1:9"}
    done = street.gateway(11, **nowhere)
    assert done.returncode != 0
    assert "Unable to bootstrap" in done.stderr
    assert street.sign.read_back()["text"] == "12"


def test_redis_that_was_emptied_is_filled_again_from_the_topic(house: House, tmp_path: Path) -> None:
    street = Street(house, tmp_path)
    for vacant in (12, 11):
        d = street.gateway(vacant)
        assert d.returncode == 0, d.stderr
    keys = decision_keys(TENANT)
    with redis.Redis.from_url(house.settings.redis) as client:
        kept = wait_for("the latest decision", lambda: _both(client))
        client.flushall()
        assert street.gateway(11).returncode == 0, "unchanged: it decides nothing, and yet"
        assert _both(client) == kept
        assert client.zcard(keys.decided_until) == 1


def test_redis_that_missed_what_was_recorded_last_is_told_it_by_the_next_gateway(house: House, tmp_path: Path) -> None:
    street = Street(house, tmp_path)
    assert street.gateway(11).returncode == 0
    with redis.Redis.from_url(house.settings.redis) as client:
        kept = wait_for("the latest decision", lambda: _both(client))
        client.hdel(decision_keys(TENANT).confirmed, SUBJECT)  # as after a kill, before Redis was told
        assert street.gateway(11).returncode == 0
        assert _both(client) == kept


def _both(client: redis.Redis) -> tuple[bytes, bytes] | None:
    """The latest decision and its confirmation, once both are there."""
    keys = decision_keys(TENANT)
    decided, confirmed = client.hget(keys.decided, SUBJECT), client.hget(keys.confirmed, SUBJECT)
    if decided is None or confirmed is None:
        return None
    assert json.loads(decided[56:])["event"]["output"] == {"text": "11"}
    return decided, confirmed


def test_a_confirmation_names_the_occasion_it_is_of(house: House, tmp_path: Path) -> None:
    street = Street(house, tmp_path)
    for vacant in (12, 11, 12):
        d = street.gateway(vacant)
        assert d.returncode == 0, d.stderr
    first, _, third = street.decided()
    assert first.decision.id == third.decision.id
    assert first.decision.occasion != third.decision.occasion
    confirmations = [one.event for one in street.logged() if isinstance(one.event, Confirmation)]
    assert [one.decided_at for one in confirmations] == [one.decision.decided_at for one in street.decided()]
