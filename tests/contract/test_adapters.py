"""One contract over all sources: whatever the bytes, every adapter returns, and what it returns is sound."""

import base64
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.observations import Envelope
from sensors.registry import ADAPTERS, UnknownSourceError, get_adapter
from tests.support import ROOT

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def uplink(port: int, payload: str) -> bytes:
    """A message of ChirpStack v4 in its shape."""
    data = base64.b64encode(bytes.fromhex(payload)).decode()
    device = {"devEui": "00DB1a2b3c4d5e6f", "deviceName": "bay"}
    message = {"deduplicationId": "d", "time": "2026-05-04T11:59:00Z", "deviceInfo": device, "fCnt": 7, "fPort": port}
    return json.dumps(message | {"data": data, "rxInfo": [{"rssi": -90}]}).encode()


SAMPLES = {
    "counter": b'{"device":"lane-1","at":"2026-05-04T13:59:00+02:00","type":"lane","entries":2,"exits":0,"seq":7}\n'
    b'{"device":"desk","at":"2026-05-04T11:58:00Z","type":"count","vacant":40,"capacity":90,"full_at":2}\n',
    "datex2": b'<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0"><payloadPublication><publicationTime>2026-05-04T11:59:'
    b"30Z</publicationTime><genericPublicationExtension><parkingStatusPublication><parkingRecordStatus>"
    b'<parkingRecordReference id="P1"/><parkingStatusOriginTime>2026-05-04T13:59:00+02:00</parkingStatusOriginTime>'
    b"<parkingOccupancy><parkingNumberOfSpacesOverride>9</parkingNumberOfSpacesOverride><parkingNumberOfVacantSpaces>3"
    b"</parkingNumberOfVacantSpaces></parkingOccupancy><parkingSiteOpeningStatus>open</parkingSiteOpeningStatus>"
    b"</parkingRecordStatus></parkingStatusPublication></genericPublicationExtension></payloadPublication>"
    b"</d2LogicalModel>",
    "nantes": b'{"total_count":1,"results":[{"idobj":"1","grp_statut":5,"grp_disponible":3,"grp_exploitation":9,'
    b'"grp_complet":1,"grp_horodatage":"2026-05-04T11:59:00+00:00"}]}',
    "german_series": b"timestamp,a,b\n2026-05-04T11:59:00+00:00,5,\n",
    "bordeaux": b'[{"ident":"P1","nom":"Place","libre":"5","total":"9","etat":"LIBRE","connecte":"1","infor":"NaN",'
    b'"gabari_max":"1,9","geometry":{"pos":"44.83 -0.56"},"mdate":"2026-05-04 13:59:00"}]',
    "montpellier": b"fecha_lectura,nombre_parking,plazas_libres,capacidad_total,estado\n"
    b"2026-05-04 11:59:00,Antigone,5,239,Open\n2026-05-04 11:59:00,Neuf,6,60,Full\n",
    "strasbourg": b'{"nhits":1,"records":[{"fields":{"ident":10,"nom_parking":"Gare","etat":1,"libre":5,"total":9,'
    b'"infousager":"0"},"record_timestamp":"2026-05-04T11:59:00+00:00"}]}',
    "swiss_pls": b'{"status":"success","city":"luzern","data":{"parkings":{"SP01":{"id":"SP01","name":"am See",'
    b'"free":5,"total":9,"status":"open","timestamp":"2026-05-04T13:58:00+02:00"}}},"timestamp":"2026-05-04T11:59:00"}',
    "freiburg": b'{"features":[{"properties":{"name":"P01 - Lange Strasse 3","status":0},"geometry":'
    b'{"coordinates":[7.8,48]}},{"properties":{"park_id":"PR1","obs_free":3,"obs_max":9,"obs_ts":"2026-05-04T13:59:00"}}]}',
    "ulm": b'[{"id":"pbg-b-handicap-o-1-001","timestamp":"2026-05-04T11:59:00.000Z","occupied":false}]',
    "los_angeles": b"SpaceID,EventTime_UTC,OccupancyState\nCB1,05/04/2026 11:59:00 AM,VACANT\n",
    "melbourne": b"Lastupdated,Status_Timestamp,Zone_Number,Status_Description,KerbsideID,Location\n"
    b'2026-05-04T13:58:00+02:00,2026-05-04T13:40:00+02:00,7001,Present,8001,"-37.81, 144.96"\n',
    "bosch_tps110": uplink(2, "0115"),
    "nwave_nps405": uplink(1, "95"),
    "nwave_nps310sm": uplink(3, "010D000201"),
    "placepod": uplink(2, "026700C3376601"),
    "libelium_parking": uplink(3, "8114000A05330000000000"),
    "dingtek_do200": uplink(3, "800002011500201000016F0079FFB0FFF500030081"),
    "tekzipark": uplink(1, "A11502B01234"),
}
every_adapter = pytest.mark.parametrize("name", sorted(ADAPTERS))


@every_adapter
def test_it_says_who_it_is(name: str) -> None:
    info = ADAPTERS[name].INFO
    assert info.id == name
    ZoneInfo(info.zone)
    assert info.licence is None or info.licence
    assert 0 <= info.quality <= 4
    assert info.valid_for_s > 0
    assert (ROOT / "docs" / "mapping" / f"{name}.md").is_file(), "every source has a mapping page"


@every_adapter
def test_a_sound_payload_is_observations_that_survive_the_codec(name: str) -> None:
    decoded = ADAPTERS[name].decode(SAMPLES[name], tenant="t", received_at=NOW, recorded=False)
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
        ADAPTERS[name].decode(SAMPLES[name], tenant="t", received_at=NOW, recorded=recorded)
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
    payload = bytearray(SAMPLES[name])
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
    with pytest.raises(UnknownSourceError, match=", ".join(sorted(ADAPTERS))):
        get_adapter("paris")
