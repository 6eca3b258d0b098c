"""Two people for one sign: who may confirm what, and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parking.decisions.chain import ChainLink, DecisionEntry
from parking.decisions.codec import decode_entry, encode_entry
from parking.decisions.model import Decision
from parking.signs.orders import decide_override, decide_release, find_override
from parking.signs.proposals import (
    PROPOSAL_HOLDS,
    Proposal,
    decide_confirmed,
    decide_proposal,
    decide_withdrawal,
    find_proposal,
)
from parking.signs.words import InvalidSignError, OrderReason, SignMessage
from tests.parking.signs.test_orders import NOW, SIGN, override


def through_kafka(decision: Decision) -> Decision:
    kept = encode_entry(DecisionEntry(event=decision, link=ChainLink(chain="c", number=1)))
    event = decode_entry(kept).event
    assert isinstance(event, Decision)
    return event


def proposed(after: str | None = None, **said: object) -> Proposal:
    found = find_proposal(through_kafka(decide_proposal(SIGN, override(**said), after, NOW)))
    assert found is not None
    return found


def test_a_proposal_is_no_override_and_comes_back_from_the_bytes_in_kafka() -> None:
    decision = decide_proposal(SIGN, override(), None, NOW)
    assert find_override(decision) is None
    assert (decision.subject, decision.author, decision.reason) == (
        "sign:A12/proposal", "m.durand", "incident: inondation"
    )  # fmt: skip
    found = proposed()
    assert (found.override, found.author, found.decision) == (override(), "m.durand", decision.id)


def test_a_second_person_makes_it_an_override_with_both_names() -> None:
    proposal = proposed()
    decision = through_kafka(decide_confirmed(SIGN, proposal, "s.leroy", None, NOW + timedelta(minutes=5)))
    found = find_override(decision)
    assert found is not None
    assert (decision.subject, decision.author, found.author, found.confirmed_by) == (
        "sign:A12/override", "s.leroy", "m.durand", "s.leroy"
    )  # fmt: skip
    assert [given.thing for given in decision.inputs] == [f"decision:{proposal.decision}"]
    assert (found.lines, found.expires_at) == ({1: SignMessage.CLOSED}, override().expires_at)


@pytest.mark.parametrize("name", ["m.durand", "M.Durand", " m.durand ", "M.DURAND"])
def test_nobody_is_their_own_second_person(name: str) -> None:
    with pytest.raises(InvalidSignError, match="somebody else"):
        decide_confirmed(SIGN, proposed(), name, None, NOW)


def test_a_second_person_has_a_name() -> None:
    with pytest.raises(InvalidSignError, match="author"):
        decide_confirmed(SIGN, proposed(), " ", None, NOW)
    with pytest.raises(InvalidSignError, match="author"):
        decide_withdrawal(SIGN, " ", OrderReason.WORKS, NOW)


def test_a_proposal_counts_once_and_only_while_nothing_else_was_said() -> None:
    first = decide_confirmed(SIGN, proposed(), "s.leroy", None, NOW)
    with pytest.raises(InvalidSignError, match="since"):
        decide_confirmed(SIGN, proposed(), "s.leroy", first.id, NOW)
    release = decide_release(SIGN, "s.leroy", OrderReason.INCIDENT, NOW)
    with pytest.raises(InvalidSignError, match="since"):
        decide_confirmed(SIGN, proposed(), "s.leroy", release.id, NOW)
    follows = proposed(after=first.id, lines={2: SignMessage.FULL})
    assert decide_confirmed(SIGN, follows, "s.leroy", first.id, NOW).subject == "sign:A12/override"
    with pytest.raises(InvalidSignError, match="since"):
        decide_confirmed(SIGN, follows, "s.leroy", None, NOW)


def test_it_runs_out_after_an_hour_or_when_what_it_asks_for_would() -> None:
    long = proposed(expires_at=NOW + timedelta(days=2))
    assert long.until == NOW + PROPOSAL_HOLDS
    with pytest.raises(InvalidSignError, match="ran out"):
        decide_confirmed(SIGN, long, "s.leroy", None, NOW + PROPOSAL_HOLDS)
    short = proposed(expires_at=NOW + timedelta(minutes=10))
    with pytest.raises(InvalidSignError, match="ran out"):
        decide_confirmed(SIGN, short, "s.leroy", None, NOW + timedelta(minutes=10))
    with pytest.raises(InvalidSignError, match="ends between"):
        decide_confirmed(SIGN, short, "s.leroy", None, NOW + timedelta(minutes=9))


@pytest.mark.parametrize(
    "wrong", [{"expires_at": NOW}, {"lines": {9: SignMessage.FULL}}, {"test": True, "expires_at": NOW - PROPOSAL_HOLDS}]
)
def test_what_could_be_no_override_cannot_be_proposed(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidSignError):
        decide_proposal(SIGN, override(**wrong), None, NOW)


def test_a_withdrawal_and_what_cannot_be_read_say_that_nothing_is_proposed() -> None:
    assert find_proposal(decide_withdrawal(SIGN, "s.leroy", OrderReason.WORKS, NOW)) is None
    assert find_proposal(decide_override(SIGN, override(), NOW)) is None


def test_an_override_of_one_person_is_the_bytes_that_it_was_before() -> None:
    assert "confirmed_by" not in decide_override(SIGN, override(), NOW).output["override"]  # type: ignore[operator]
