"""The desk's commands: each becomes one observation, or is refused with a sentence and ends no number."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parking.observations import OPERATOR, OperatorOverride, SiteRecounted
from parking.words import Audience, Opening, OverrideAspect, OverrideReason, RejectReason
from sensors.contract import Decoded
from sensors.sources.operator.adapter import decode
from sensors.sources.operator.samples import MORE, PAYLOAD
from tests.support import NOON

SAID = datetime(2026, 5, 4, 11, 59, tzinfo=UTC)
HEAD = {
    "decision": "3f9a1c20d4e5b687",
    "tenant": "t",
    "place": "halles",
    "author": "Ada",
    "said_at": "2026-05-04T11:59:00Z",
}
CLOSED = {"command": "override", "aspect": "opening", "opening": "closed", "reason": "works"}
LATER = {"expires_at": "2026-05-04T20:00:00+02:00"}


def read(*parts: dict[str, Any], tenant: str = "t", recorded: bool = False) -> Decoded:
    body = {key: value for part in (HEAD, *parts) for key, value in part.items() if value is not ...}
    left_out = {key for part in parts for key, value in part.items() if value is ...}
    payload = json.dumps({key: value for key, value in body.items() if key not in left_out}).encode()
    return decode(payload, tenant=tenant, received_at=NOON, recorded=recorded)


def test_a_number_set_by_hand_is_one_observation_with_author_reason_and_end() -> None:
    (seen,) = decode(PAYLOAD, tenant="t", received_at=NOON, recorded=False).observations
    assert seen == OperatorOverride(
        event_id=seen.event_id, tenant="t", source=OPERATOR, device_id="halles", observed_at=SAID, received_at=NOON,
        time_basis=seen.time_basis, aspect=OverrideAspect.NUMBER, author="Ada", reason=OverrideReason.COUNTING_FAULT,
        expires_at=datetime(2026, 5, 4, 18, tzinfo=UTC), decision="3f9a1c20d4e5b687", vacant=12,
        category=Audience.PUBLIC, note="la boucle 3 compte double",
    )  # fmt: skip


def test_a_release_a_recount_a_device_and_all_spaces_of_a_zone() -> None:
    release, recount, device, spaces = (
        decode(body, tenant="t", received_at=NOON, recorded=False).observations[0] for body in MORE
    )
    assert isinstance(release, OperatorOverride)
    assert (release.released, release.aspect, release.opening) == (True, OverrideAspect.OPENING, None)
    assert isinstance(recount, SiteRecounted)
    assert (recount.vacant, recount.category, recount.author) == (40, Audience.EV, "Ada")
    assert recount.observed_at == SAID - timedelta(minutes=9)
    assert isinstance(device, OperatorOverride)
    assert (device.of_source, device.of_device, device.key) == ("counter", "a", "device.counter/a")
    assert isinstance(spaces, OperatorOverride)
    assert (spaces.space, spaces.key) == ("*", "space.*")


def test_an_order_and_its_release_speak_of_one_thing() -> None:
    (order,) = read(CLOSED, LATER).observations
    (release,) = read({"command": "release", "aspect": "opening", "decision": "00ff"}).observations
    assert isinstance(order, OperatorOverride)
    assert isinstance(release, OperatorOverride)
    assert order.opening is Opening.CLOSED
    assert order.expires_at == datetime(2026, 5, 4, 18, tzinfo=UTC)
    assert order.key == release.key


def test_sent_twice_it_is_the_same_event_and_another_decision_is_another() -> None:
    first, again, other = (
        read(CLOSED, LATER, {"decision": decision}).observations[0].event_id for decision in ("a1", "a1", "a2")
    )
    assert first == again != other


def test_unusable_is_no_number_at_all() -> None:
    number = {"command": "override", "aspect": "number", "category": "public", "reason": "testing"}
    (seen,) = read(number, LATER, {"unusable": True}).observations
    assert isinstance(seen, OperatorOverride)
    assert seen.vacant is None


def test_what_is_recorded_arrived_when_it_was_said() -> None:
    (seen,) = read(CLOSED, LATER, recorded=True).observations
    assert seen.received_at == SAID


NUMBER = {"command": "override", "aspect": "number", "category": "public", "reason": "event", "vacant": 3, **LATER}


@pytest.mark.parametrize(
    ("parts", "reason", "sentence"),
    [
        (({**CLOSED, **LATER, "reason": ...},), RejectReason.MALFORMED_RECORD, "missing required field `reason`"),
        (({**CLOSED, **LATER, "reason": "because"},), RejectReason.MALFORMED_RECORD, "because"),
        ((CLOSED,), RejectReason.MALFORMED_RECORD, "missing required field `expires_at`"),
        (({**CLOSED, "expires_at": "2026-05-04T18:00:00"},), RejectReason.MALFORMED_RECORD, "expires_at"),
        (({**CLOSED, **LATER, "opening": ...},), RejectReason.MALFORMED_RECORD, "needs opening"),
        (({**CLOSED, **LATER, "vacant": 3},), RejectReason.MALFORMED_RECORD, "has no number"),
        (({**CLOSED, **LATER, "category": "public"},), RejectReason.MALFORMED_RECORD, "has no category"),
        (({**NUMBER, "category": ...},), RejectReason.MALFORMED_RECORD, "needs category"),
        (({**NUMBER, "vacant": ...},), RejectReason.MALFORMED_RECORD, "needs one of vacant"),
        (({**NUMBER, "unusable": True},), RejectReason.MALFORMED_RECORD, "needs one of vacant"),
        (({**NUMBER, "vacant": -1},), RejectReason.MALFORMED_RECORD, "vacant"),
        (({**NUMBER, "vacant": 2.5},), RejectReason.MALFORMED_RECORD, "vacant"),
        (({**NUMBER, "opening": "open"},), RejectReason.MALFORMED_RECORD, "has no opening"),
        (({**NUMBER, "only_from": "14:00"},), RejectReason.MALFORMED_RECORD, "only_from"),
        (({**NUMBER, "author": ...},), RejectReason.MALFORMED_RECORD, "author"),
        (({**NUMBER, "author": "  "},), RejectReason.WRONG_TYPE, "author"),
        (({**NUMBER, "note": "\x1b[31mred"},), RejectReason.WRONG_TYPE, "note"),
        (({**NUMBER, "note": "left\u202eright"},), RejectReason.WRONG_TYPE, "note"),
        (({**NUMBER, "tenant": "nantes"},), RejectReason.NOT_ALLOWED, "city 'nantes'"),
        (({**NUMBER, "said_at": "2026-05-04T12:30:00Z"},), RejectReason.FUTURE_TIME, "later than its arrival"),
        (({**NUMBER, "said_at": "0001-01-01T00:00:00+14:00"},), RejectReason.BAD_TIME, "said_at"),
        (({"command": "open"},), RejectReason.MALFORMED_RECORD, "open"),
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_refused_with_a_sentence_and_ends_no_number(
    parts: tuple[dict[str, Any], ...], reason: RejectReason, sentence: str
) -> None:
    decoded = read(*parts)
    assert not decoded.observations
    (reject,) = decoded.rejects
    assert reject.reason is reason
    assert sentence in reject.detail


def test_a_body_of_another_kind_or_too_long_is_a_reject_with_its_bytes() -> None:
    for body in (b"", b"[]", b"\xff\xfe\x00", b'{"command":"override"' + b" " * 20_000 + b"}"):
        decoded = decode(body, tenant="t", received_at=NOON, recorded=False)
        assert not decoded.observations
        assert [reject.raw for reject in decoded.rejects] == [body]
