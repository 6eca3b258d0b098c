"""The ledger: each record is an observation in its envelope or a reject with its bytes."""

from typing import NamedTuple

import pytest

from parking.observations import DeviceFault, OpeningChanged, SpaceObserved
from parking.words import Audience, Basis, Fault, Opening, RejectReason, SpaceState, TimeBasis
from sensors.contract import RecordRefusedError
from sensors.ledger import Ledger, Sighting
from tests.support import NOON, TENANT


class Record(NamedTuple):
    raw: bytes
    state: SpaceState | None


def sighting(**more) -> Sighting:
    return Ledger(TENANT, "src", NOON).sighting("d", NOON, NOON, TimeBasis.DEVICE, **more)


def test_all_that_one_record_says_stands_in_one_envelope_and_has_ids_of_its_own() -> None:
    seen = sighting(shift_s=60, seq=3)
    said = [
        seen.counted(1, 9, ("count", 1, 9), full_at=0, category=Audience.EV, basis=Basis.DERIVED),
        seen.space(SpaceState.FREE),
        seen.opening(Opening.OPEN),
        seen.fault(Fault.DEVICE_FAULT),
    ]
    envelopes = {(s.tenant, s.source, s.device_id, s.observed_at, s.time_basis, s.time_shift_s, s.seq) for s in said}
    assert envelopes == {(TENANT, "src", "d", NOON, TimeBasis.DEVICE, 60, 3)}
    assert len({one.event_id for one in said}) == 4
    assert seen.opening(Opening.OPEN) == said[2], "the same content is the same event"


def test_a_refused_record_ends_a_number_and_what_was_torn_before_keeps_its_own_bytes() -> None:
    ledger = Ledger(TENANT, "src", NOON)

    def read(record: Record):
        seen = ledger.sighting("d", NOON, NOON, TimeBasis.DEVICE)
        yield seen.opening(Opening.OPEN)
        if record.state is None:
            raise RecordRefusedError(RejectReason.MISSING_FIELD, "no state", "d")
        yield seen.space(record.state)

    torn = RecordRefusedError(RejectReason.MALFORMED_RECORD, "torn", raw=b"torn")
    whole = RecordRefusedError(RejectReason.MALFORMED_RECORD, "torn, too")
    ledger.read_each([Record(b"1", SpaceState.FREE), Record(b"2", None), torn, whole], b"body", read, NOON)
    said = [type(seen) for seen in ledger.observations]
    assert said == [OpeningChanged, SpaceObserved, OpeningChanged, DeviceFault], "what stood before the error holds"
    assert [reject.raw for reject in ledger.rejects] == [b"2", b"torn", b"body"]


def test_an_id_that_is_longer_than_any_device_has_is_refused_and_is_nobodys_number() -> None:
    ledger, long = Ledger(TENANT, "src", NOON), "x" * 513

    def read(record: Record):
        yield ledger.sighting(long, NOON, NOON, TimeBasis.DEVICE).space(SpaceState.FREE)

    named = RecordRefusedError(RejectReason.MISSING_FIELD, "no state", long, raw=b"2")
    ledger.read_each([Record(b"1", None), named], b"body", read, NOON)
    assert (ledger.observations, [reject.raw for reject in ledger.rejects]) == ([], [b"1", b"2"])


def test_a_number_that_no_word_of_ours_holds_costs_its_record_and_ends_the_number() -> None:
    ledger = Ledger(TENANT, "src", NOON)

    def read(record: Record):
        seen = ledger.sighting("d", NOON, NOON, TimeBasis.DEVICE)
        yield seen.counted(2**31, None, ("count", 2**31))

    ledger.read_each([Record(b"1", None)], b"body", read, NOON)
    assert [type(seen) for seen in ledger.observations] == [DeviceFault]
    assert [(reject.reason, reject.raw) for reject in ledger.rejects] == [(RejectReason.MALFORMED_RECORD, b"1")]


def test_a_body_of_no_known_shape_is_one_reject() -> None:
    ledger = Ledger(TENANT, "src", NOON)

    def split(payload: bytes) -> list[Record]:
        raise RecordRefusedError(RejectReason.MALFORMED_BODY, "no shape")

    assert ledger.split(b"body", split) is None
    assert [(reject.raw, reject.reason) for reject in ledger.decoded().rejects] == [
        (b"body", RejectReason.MALFORMED_BODY)
    ]
    assert ledger.open(b"body", len) == 4


@pytest.mark.parametrize("content", [("a",), ("b",)])
def test_content_tells_two_facts_of_one_time_apart(content: tuple) -> None:
    assert sighting().space(SpaceState.FREE, *content) != sighting().space(SpaceState.FREE)
