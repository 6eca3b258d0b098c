"""One contract over all sources: whatever the bytes, every adapter returns, and what it returns is sound."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.observations import Envelope
from sensors.registry import ADAPTERS, UnknownSourceError, get_adapter, list_public
from sensors.samples import read_samples
from tests.support import ROOT

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


every_adapter = pytest.mark.parametrize("name", sorted(ADAPTERS))


@every_adapter
def test_it_says_who_it_is(name: str) -> None:
    info = ADAPTERS[name].INFO
    assert info.id == name
    ZoneInfo(info.zone)
    assert info.licence or info.licence_by, "state the licence, or in licence_by who must be asked for it"
    assert 0 <= info.quality <= 4
    assert info.valid_for_s > 0
    page = ROOT / "docs" / "mapping" / f"{name}.md"
    assert page.is_file(), f"write docs/mapping/{name}.md: field by field, what it means and what we make of it"
    said = f"Licence: {info.licence or f'none is stated; ask {info.licence_by}'}."
    assert said in page.read_text(encoding="utf-8").splitlines(), f"docs/mapping/{name}.md has no line {said!r}"


@every_adapter
def test_a_sound_payload_is_observations_that_survive_the_codec(name: str) -> None:
    decoded = ADAPTERS[name].decode(read_samples(name).payload, tenant="t", received_at=NOW, recorded=False)
    assert decoded.observations
    assert not decoded.rejects
    for seen in decoded.observations:
        assert isinstance(seen, Envelope)
        assert (seen.tenant, seen.source, seen.received_at) == ("t", name, NOW)
        assert codec.decode_observation(codec.encode_event(seen)) == seen
    assert len({seen.event_id for seen in decoded.observations}) == len(decoded.observations)


@every_adapter
def test_decoding_twice_gives_the_same(name: str) -> None:
    first, second = (
        ADAPTERS[name].decode(read_samples(name).payload, tenant="t", received_at=NOW, recorded=recorded)
        for recorded in (True, True)
    )
    assert first == second


@every_adapter
@given(payload=st.binary(max_size=300))
def test_any_bytes_return(name: str, payload: bytes) -> None:
    decoded = ADAPTERS[name].decode(payload, tenant="t", received_at=NOW, recorded=False)
    assert all(reject.raw is not None and reject.detail for reject in decoded.rejects)


@every_adapter
@settings(max_examples=300, deadline=None)
@given(data=st.data(), recorded=st.booleans())
def test_a_mutated_payload_returns_and_places_do_too(name: str, data: st.DataObject, recorded: bool) -> None:
    payload = bytearray(read_samples(name).payload)
    for _ in range(data.draw(st.integers(1, 6))):
        where = data.draw(st.integers(0, len(payload) - 1))
        payload[where : where + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not payload:
            break
    adapter = ADAPTERS[name]
    decoded = adapter.decode(bytes(payload), tenant="t", received_at=NOW, recorded=recorded)
    for seen in decoded.observations:
        codec.decode_observation(codec.encode_event(seen))
    adapter.places(bytes(payload), dict.fromkeys(adapter.INFO.sidecars, bytes(payload)), tenant="t", received_at=NOW)


def test_an_unknown_source_names_those_there_are() -> None:
    with pytest.raises(UnknownSourceError, match=", ".join(list_public())):
        get_adapter("paris")
