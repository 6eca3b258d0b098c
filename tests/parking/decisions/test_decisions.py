"""What a decision is: refused where it makes no sense, and the same id for whoever concludes the same."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.decisions.acting import ActResult, Confirmation, confirm, pair
from parking.decisions.chain import ChainLink, DecisionEntry
from parking.decisions.codec import decode_entry, encode_entry
from parking.decisions.model import Decision, DecisionInput, decide, input_of
from parking.decisions.words import InvalidDecisionError
from parking.errors import MalformedEventError, NaiveTimeError, ParkingError, UnknownSchemaVersionError
from parking.published.availability import Availability
from tests.support import NOON, TENANT, at

INPUT = DecisionInput(place_id="p1", revision=(1, 7), limits={"vacant_low": 12})
LINK = ChainLink(chain="0123456789abcdef", number=1)


def decided(**more: Any) -> Decision:
    fields: dict[str, Any] = {
        "tenant": TENANT,
        "subject": "sign:A12/1",
        "rule": ("signs.plan", 3),
        "inputs": [INPUT],
        "output": {"line": "COMMERCE", "number": 12},
        "decided_at": NOON,
        "valid_until": at(15),
    }
    return decide(**fields | more)


def test_two_channels_that_decide_alike_cite_one_id() -> None:
    sign = decided()
    text = decided(subject="text:place-1", decided_at=at(3), author="somebody", fence=4)
    assert sign.id == text.id
    assert sign.occasion != text.occasion


def test_the_order_in_which_inputs_were_asked_does_not_matter() -> None:
    other = DecisionInput(thing="weather:rain")
    assert decided(inputs=[INPUT, other]).id == decided(inputs=[other, INPUT]).id


@pytest.mark.parametrize(
    "other",
    [
        {"tenant": "elsewhere"},
        {"rule": ("signs.plan", 4)},
        {"rule": ("signs.plan2", 3)},
        {"inputs": [msgspec.structs.replace(INPUT, revision=(1, 8))]},
        {"inputs": [msgspec.structs.replace(INPUT, limits={"vacant_low": 11})]},
        {"inputs": [msgspec.structs.replace(INPUT, place_id=None, thing="p1")]},
        {"output": {"line": "COMMERCE", "number": 11}},
    ],
)
def test_whatever_is_concluded_otherwise_has_another_id(other: dict[str, Any]) -> None:
    assert decided(**other).id != decided().id


def test_the_id_is_written_down_here_so_that_it_never_changes() -> None:
    assert decided().id == "024cace1d815390cf50a07381fc03a30"


def test_the_values_that_were_used_of_a_place_are_taken_by_name() -> None:
    said = Availability(vacant=20, vacant_low=12, valid_until=at(15), revision=(1, 7))
    assert input_of("p1", said, "vacant_low", "valid_until").limits == {
        "vacant_low": 12,
        "valid_until": "2026-05-04T12:15:00Z",
    }


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"subject": "A12"}, "a kind, a colon and a name"),
        ({"subject": "sign:"}, "a kind, a colon and a name"),
        ({"subject": "sign:\x1b[31m"}, "a kind, a colon and a name"),
        ({"subject": "sign:" + "x" * 300}, "at most 256"),
        ({"tenant": "../x"}, "is no name of a city"),
        ({"rule": ("Signs plan", 1)}, "must be a word"),
        ({"rule": ("signs.plan", 0)}, "1 or more"),
        ({"valid_until": at(-1)}, "lies before decided_at"),
        ({"inputs": []}, "needs a reason"),
        ({"inputs": [], "reason": ""}, "needs a reason"),
        ({"inputs": [INPUT, INPUT]}, "named twice"),
        ({"author": ""}, "1..600 characters"),
        ({"output": {"number": math.nan}}, "leave out what is unknown"),
        ({"output": {"at": NOON}}, "write it as text"),
        ({"output": {"number": 2**60}}, "not every reader"),
        ({"output": {1: 2}}, "a key that is no text"),
        ({"output": {"text": "\ud800"}}, "no Unicode"),
    ],
)
def test_nonsense_is_refused_with_the_field(more: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidDecisionError, match=said):
        decided(**more)


def test_a_loop_or_an_abyss_in_the_output_is_refused() -> None:
    deep: dict[str, Any] = {}
    deep["itself"] = deep
    with pytest.raises(InvalidDecisionError, match="nested"):
        decided(output=deep)


@pytest.mark.parametrize("name", ["decided_at", "valid_until"])
def test_a_time_without_a_zone_is_refused(name: str) -> None:
    with pytest.raises(NaiveTimeError, match=name):
        decided(**{name: datetime(2026, 5, 4, 13)})  # noqa: DTZ001


def test_without_inputs_a_reason_will_do() -> None:
    assert decided(inputs=[], reason="Redis has been silent for 30 s").inputs == ()


def test_an_input_is_a_place_or_a_thing_and_not_both() -> None:
    for wrong in ({}, {"place_id": "p", "thing": "t"}, {"place_id": ""}, {"place_id": "a/b"}):
        with pytest.raises(InvalidDecisionError):
            DecisionInput(**wrong)


def test_an_id_that_is_not_the_digest_is_refused_so_a_changed_record_is_no_decision() -> None:
    value = encode_entry(DecisionEntry(event=decided(), link=LINK))
    assert decode_entry(value).event == decided()
    with pytest.raises(MalformedEventError, match="not the digest"):
        decode_entry(value.replace(b'"number":12', b'"number":13'))


def test_a_record_of_another_version_is_refused_and_rubbish_too() -> None:
    value = encode_entry(DecisionEntry(event=decided(), link=LINK))
    with pytest.raises(UnknownSchemaVersionError):
        decode_entry(value.replace(b'"schema_version":1', b'"schema_version":9'))
    for rubbish in (b"", b"{", b"[]", b'{"schema_version":1}', value[:-20]):
        with pytest.raises(MalformedEventError):
            decode_entry(rubbish)


def test_a_confirmation_says_which_occasion_it_is_of() -> None:
    done = confirm(decided(), ActResult.ACTED, {"status": 4}, at(1))
    assert done.occasion == decided().occasion
    assert decode_entry(encode_entry(DecisionEntry(event=done, link=LINK))).event == done
    with pytest.raises(NaiveTimeError):
        msgspec.structs.replace(done, at=datetime(2026, 5, 4)).__post_init__()  # noqa: DTZ001
    with pytest.raises(InvalidDecisionError, match="32 hexadecimal digits"):
        Confirmation(
            decision="x", tenant=TENANT, subject="sign:1", decided_at=NOON, result=ActResult.ACTED, said={}, at=NOON
        )


def test_what_was_recorded_and_never_confirmed_is_open() -> None:
    first, again = decided(), decided(decided_at=at(2))
    refused, acted = confirm(first, ActResult.REFUSED, {}, at(1)), confirm(first, ActResult.ACTED, {}, at(2))
    stranger = confirm(decided(decided_at=at(-9)), ActResult.ACTED, {}, at(1))
    found = pair([stranger, first, first, refused, again, acted])
    assert [(one.decision, one.state, one.is_open) for one in found] == [(first, "acted", False), (again, "open", True)]


texts = st.text(st.characters(codec="utf-8"), max_size=8)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
maps = st.dictionaries(texts, json_values, max_size=3)


@given(maps, maps, st.text(max_size=20), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_what_can_be_made_can_be_written_and_read_back_with_the_same_id(
    output: dict[str, Any], limits: dict[str, Any], name: str, valid_for: timedelta
) -> None:
    try:
        one = DecisionInput(place_id="p2", revision=(1, 2), limits=limits)
        made = decided(inputs=[INPUT, one], output=output, subject=f"sign:{name}", valid_until=NOON + valid_for)
    except ParkingError:
        return
    entry = DecisionEntry(event=made, link=LINK)
    assert decode_entry(encode_entry(entry)) == entry


@pytest.mark.parametrize("number", [2**53, 2**63, 2**64, 10**30, -2])
def test_no_number_stands_in_a_decision_that_a_column_cannot_hold(number: int) -> None:
    for make in (
        lambda: ChainLink(chain="c", number=number, before="x"),
        lambda: DecisionInput(place_id="p1", revision=(1, number)),
        lambda: decided(fence=number),
    ):
        with pytest.raises(InvalidDecisionError, match=r"2\*\*53"):
            make()


@pytest.mark.parametrize("year", [1, 1969, 9001, 9999])
def test_no_decision_is_taken_where_the_calendar_ends(year: int) -> None:
    when = NOON.replace(year=year)
    with pytest.raises(InvalidDecisionError, match="1970 to 9000"):
        decided(decided_at=when, valid_until=when + timedelta(minutes=1))
    with pytest.raises(InvalidDecisionError, match="1970 to 9000"):
        confirm(decided(), ActResult.ACTED, {}, when)
