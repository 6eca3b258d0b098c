"""A chain of entries: any change, removal or insertion before its last entry is found."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.decisions.chain import (
    ChainBreak,
    ChainFinding,
    ChainLink,
    ChainWatch,
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


@given(st.integers(2, 7), st.data())
def test_a_log_that_is_read_once_shows_what_all_of_it_would(count: int, data: st.DataObject) -> None:
    entries = chain("a", count) + chain("b", 2)
    at_ = data.draw(st.integers(0, count - 1))
    how = data.draw(st.sampled_from(["nothing", "change", "drop", "twice", "fork"]))
    link, value = entries[at_]
    if how == "change":
        entries[at_] = link, value.replace(b"COMMERCE", b"GRASLIN ")
    elif how == "drop":
        del entries[at_]
    elif how == "twice":
        entries[at_ + 1 : at_ + 1] = entries[: at_ + 1]
    elif how == "fork":
        entries.insert(at_ + 1, (link, value.replace(b"COMMERCE", b"GRASLIN ")))
    watch = ChainWatch()
    for each, bytes_ in entries:
        watch.see(each, digest_entry(bytes_))
    found = check_chains(entries)
    assert {(one.chain, one.problem) for one in watch.findings} == {(one.chain, one.problem) for one in found}
    assert len(watch) == 2


def test_a_link_that_leads_nowhere_cannot_be_made() -> None:
    for wrong in ({"chain": "", "number": 1}, {"chain": "a", "number": 0}, {"chain": "a", "number": 2}):
        with pytest.raises(InvalidDecisionError):
            ChainLink(**wrong)
