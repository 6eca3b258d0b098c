"""A chain of entries: any change, removal or insertion before its last entry is found."""

from __future__ import annotations

import random

import pytest

from parking.decisions.chain import (
    ChainBreak,
    ChainFinding,
    ChainLink,
    DecisionEntry,
    check_chains,
    digest_entry,
    follow_link,
)
from parking.decisions.codec import encode_entry
from parking.decisions.words import InvalidDecisionError
from tests.parking.decisions.test_decisions import decided
from tests.support import at

Linked = tuple[ChainLink, bytes]


def chain(name: str, count: int) -> list[Linked]:
    link, linked = ChainLink(chain=name, number=1), []
    for number in range(count):
        event = decided(decided_at=at(number), valid_until=at(number + 1))
        value = encode_entry(DecisionEntry(event=event, link=link))
        linked.append((link, value))
        link = follow_link(link, value)
    return linked


def test_whole_chains_are_sound_in_any_order_and_with_repeats_and_when_the_oldest_are_gone() -> None:
    entries = chain("a", 6)[2:] + chain("b", 4) + chain("b", 4)[1:3]
    random.Random(1).shuffle(entries)
    assert check_chains(entries) == []
    assert check_chains([]) == []


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_changed_entry_is_found(number: int) -> None:
    entries = chain("a", 6)
    link, value = entries[number - 1]
    entries[number - 1] = link, value.replace(b"COMMERCE", b"GRASLIN ")
    assert check_chains(entries) == [ChainFinding("a", number, ChainBreak.CHANGED)]


def test_a_removed_entry_is_found_and_so_is_one_that_claims_another_place() -> None:
    entries = chain("a", 6)
    assert check_chains(entries[:2] + entries[4:]) == [ChainFinding("a", 3, ChainBreak.MISSING)]
    forged = ChainLink(chain="a", number=4, before=digest_entry(entries[2][1]))
    value = encode_entry(DecisionEntry(event=decided(output={"line": "FREE"}), link=forged))
    assert check_chains([*entries, (forged, value)]) == [ChainFinding("a", 4, ChainBreak.FORKED)]


def test_a_link_that_leads_nowhere_cannot_be_made() -> None:
    for wrong in ({"chain": "", "number": 1}, {"chain": "a", "number": 0}, {"chain": "a", "number": 2}):
        with pytest.raises(InvalidDecisionError):
            ChainLink(**wrong)
