"""What operators say: recorded as decisions, read back from them."""

from datetime import UTC, datetime, timedelta

import pytest

from parking.decisions.chain import ChainLink, DecisionEntry
from parking.decisions.codec import decode_entry, encode_entry
from parking.signs.model import Sign, SignLine
from parking.signs.orders import (
    Override,
    TaskKind,
    decide_override,
    decide_release,
    decide_task,
    find_override,
    find_task,
)
from parking.signs.status import SignState, SignStatus, decode_status, encode_status
from parking.signs.words import InvalidSignError, OrderReason, SignMessage, SignProtocol

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
SIGN = Sign(
    tenant="testville", id="A12", name="Quai", protocol=SignProtocol.NTCIP, address="127.0.0.1:1161",
    lines=tuple(SignLine(number=n, legend=f"LIGNE {n}", places=(f"p{n}",)) for n in (1, 2)),
)  # fmt: skip


def override(**said: object) -> Override:
    return Override(**{
        "reason": OrderReason.INCIDENT, "author": "m.durand", "expires_at": NOW + timedelta(hours=1),
        "lines": {1: SignMessage.CLOSED}, "note": "inondation",
    } | said)  # fmt: skip


def test_an_override_comes_back_from_the_bytes_in_kafka():
    decision = decide_override(SIGN, override(), NOW)
    kept = encode_entry(DecisionEntry(event=decision, link=ChainLink(chain="c", number=1)))
    found = find_override(decode_entry(kept).event)
    assert found == override(decision=decision.id)
    assert (decision.subject, decision.author, decision.reason) == (
        "sign:A12/override", "m.durand", "incident: inondation"
    )  # fmt: skip
    assert decision.valid_until == NOW + timedelta(hours=1)


def test_a_release_says_that_none_holds():
    decision = decide_release(SIGN, "m.durand", OrderReason.INCIDENT, NOW)
    assert find_override(decision) is None
    assert decision.subject == "sign:A12/override"


@pytest.mark.parametrize(
    "said",
    [
        {"expires_at": NOW - timedelta(seconds=1)},
        {"expires_at": NOW + timedelta(seconds=90)},
        {"expires_at": NOW + timedelta(days=31)},
        {"lines": {3: SignMessage.CLOSED}},
        {"test": True},
    ],
)
def test_an_override_that_cannot_be_is_refused(said):
    with pytest.raises(InvalidSignError):
        decide_override(SIGN, override(**said), NOW)


def test_an_override_needs_an_author():
    with pytest.raises(InvalidSignError, match="author"):
        override(author=" ")


@pytest.mark.parametrize("kind", list(TaskKind))
def test_a_task_comes_back(kind):
    decision = decide_task(SIGN, kind, "m.durand", OrderReason.TESTING, NOW)
    assert find_task(decision) is kind
    assert find_override(decision) is None


def test_two_askings_of_one_task_are_two_decisions():
    later = NOW + timedelta(seconds=1)
    first = decide_task(SIGN, TaskKind.READ, "m.durand", OrderReason.TESTING, NOW)
    assert decide_task(SIGN, TaskKind.READ, "m.durand", OrderReason.TESTING, later).id != first.id


def test_a_status_comes_back():
    status = SignStatus(sign="A12", at=NOW, written_at=NOW, state=SignState.DARK, since=NOW)
    assert decode_status(encode_status(status)) == status
