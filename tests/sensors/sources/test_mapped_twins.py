"""Our own feeds re-expressed in TOML say the same as their code: over small bodies of ours, and over the recordings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from sensors.contract import Decoded
from sensors.registry import ADAPTERS
from sensors.samples import read_samples
from sensors.sources.mapped.adapter import MappedSource, read_mapping
from sensors.sources.mapped.example import EXAMPLE
from sensors.sources.mapped.samples import PAYLOAD
from tests.support import ROOT, SHARED, shared

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
FEEDS = ROOT / "samples" / "feeds"
GERMAN, PER_SPACE = "series/germany_parking-data", "sensors_events/per_space_de"
ALL = tuple(sorted(FEEDS.glob("*.toml")))


class Twin(NamedTuple):
    """A mapping, the coded source, and the recordings over which they are compared."""

    mapping: str
    source: str
    recordings: tuple[str, ...]


TWINS = (
    Twin("nantes", "nantes", ("nantes/2022-10-04_parcs*", "nantes/2015-05-25_disp*", "nantes/single_*", "field/10*")),
    Twin("nantes_2011", "nantes", ("nantes/2011-1*.xml",)),
    Twin(
        "strasbourg", "strasbourg", ("other_french/strasbourg/data*_status*", "other_french/strasbourg/status_error*")
    ),
    Twin("bordeaux", "bordeaux", ("other_french/bordeaux/*",)),
    Twin("freiburg", "freiburg", (f"{PER_SPACE}/freiburg_p_r_sensors.json", "field/04*")),
    Twin("freiburg_bays", "freiburg", (f"{PER_SPACE}/freiburg_disabled_sensors.geojson",)),
    Twin("ulm", "ulm", (f"{PER_SPACE}/ulm-sensors_realtime-parking-spots.json",)),
    Twin("melbourne", "melbourne", ("sensors_events/melbourne/bay_sensors_2024*", "field/05*")),
    Twin("los_angeles", "los_angeles", ("sensors_events/los_angeles/*.csv",)),
    Twin("german_series", "german_series", (f"{GERMAN}/2025-12-13.csv",)),
    Twin("swiss_pls", "swiss_pls", ("series/swiss_pls/data/[bls]*/2026-01-06/1*.json",)),  # not Zürich: see the file
)
BAY = b'{"properties":{"name":"P01 - Lange Strasse 3","status":%b},"geometry":{"coordinates":[7.8,48]}}'
SMALL = {
    "nantes_2011": b"<Groupes_Parking><Groupe_Parking><IdObj>1</IdObj><Grp_statut>5</Grp_statut><Grp_disponible>3"
    b"</Grp_disponible><Grp_exploitation>9</Grp_exploitation><Grp_horodatage>04/05/2026 13:59:00</Grp_horodatage>"
    b"</Groupe_Parking><Groupe_Parking><IdObj>2</IdObj><Grp_statut>9</Grp_statut><Grp_horodatage>04/05/2026 13:59:00"
    b"</Grp_horodatage></Groupe_Parking></Groupes_Parking>",
    "freiburg": b'{"features":['
    b'{"properties":{"park_id":"PR1","obs_free":3,"obs_max":9,"obs_ts":"2026-05-04T13:59:00"}},'
    b'{"properties":{"park_id":"P5","obs_free":"56","obs_max":"50","obs_state":"1","obs_ts":"2026-05-04 13:59:00"}},'
    b'{"properties":{"park_id":"P6","obs_free":"0","obs_max":"0","obs_state":"0","obs_ts":"2026-05-04 13:59:00"}}]}',
    "bordeaux": b"[%b]"
    % b",".join(
        b'{"ident":"%d","etat":"%b","libre":"%b","total":"9","mdate":"2026-05-04 13:59:00"}' % (number, etat, libre)
        for number, (etat, libre) in enumerate(product((b"LIBRE", b"OUVERT", b"COMPLET", b"FERME"), (b"3", b"NaN")))
    ),
    "freiburg_bays": b'{"features":[%b,%b]}' % (BAY % b"0", BAY % b"7"),
}


def mapped(name: str) -> MappedSource:
    return read_mapping(f"{name}.toml", (FEEDS / f"{name}.toml").read_text(encoding="utf-8"))


def said(decoded: Decoded) -> list[dict[str, Any]]:
    """Observations without what two sources cannot share: the source's name, and the ids that are made of it."""
    return [{**msgspec.to_builtins(seen), "event_id": "", "source": ""} for seen in decoded.observations]


def refused(decoded: Decoded) -> list[tuple[Any, ...]]:
    """Rejects as reason, device and bytes; of JSON that is written anew the order of its names is nobody's business."""

    def bytes_of(raw: bytes) -> object:
        try:
            return json.loads(raw)
        except ValueError:
            return raw

    return [(reject.reason, reject.device_id, bytes_of(reject.raw)) for reject in decoded.rejects]


def require_same(twin: Twin, body: bytes, recorded: bool) -> None:
    arguments: Any = {"tenant": "t", "received_at": NOW, "recorded": recorded}
    coded, by_mapping = (one.decode(body, **arguments) for one in (ADAPTERS[twin.source], mapped(twin.mapping)))
    assert said(by_mapping) == said(coded)
    assert refused(by_mapping) == refused(coded)
    if recorded:
        assert by_mapping.ends_at == coded.ends_at


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.mapping)
def test_a_small_body_says_the_same(twin: Twin, recorded: bool) -> None:
    body = SMALL.get(twin.mapping, read_samples(twin.source).payload)
    assert ADAPTERS[twin.source].decode(body, tenant="t", received_at=NOW, recorded=recorded).observations
    require_same(twin, body, recorded)


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.mapping)
def test_the_recordings_say_the_same(twin: Twin, recorded: bool) -> None:
    shared("README.md")
    bodies = [path for pattern in twin.recordings for path in sorted(SHARED.glob(pattern))]
    assert bodies
    for path in bodies:
        require_same(twin, path.read_bytes(), recorded)


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.mapping)
def test_a_refused_record_is_read_again_alone(twin: Twin) -> None:
    """What a reject holds is a body of its own, with as many refusals as before: one."""
    source = mapped(twin.mapping)
    body = SMALL.get(twin.mapping, read_samples(twin.source).payload)
    broken = body.replace(b":3,", b":-3,").replace(b",5,", b",-5,").replace(b":5,", b":-5,").replace(b"Present", b"?")
    for reject in source.decode(broken, tenant="t", received_at=NOW, recorded=False).rejects:
        again = source.decode(reject.raw, tenant="t", received_at=NOW, recorded=False)
        assert [(one.reason, one.device_id) for one in again.rejects] == [(reject.reason, reject.device_id)]
        assert again.rejects[0].raw == reject.raw


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_sample_is_sound_and_bears_a_name_of_its_own(path: Path) -> None:
    source = read_mapping(path.name, path.read_text(encoding="utf-8"))
    assert source.INFO.id not in ADAPTERS
    assert [one.stem for one in ALL if mapped(one.stem).INFO.id == source.INFO.id] == [path.stem]


def test_the_example_of_the_page_is_the_sample() -> None:
    assert (FEEDS / "exempleville.toml").read_text(encoding="utf-8") == EXAMPLE
    assert json.loads((FEEDS / "exempleville.json").read_bytes()) == json.loads(PAYLOAD)


@pytest.mark.slow
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
@settings(max_examples=150, deadline=None)
@given(data=st.data(), recorded=st.booleans())
def test_whatever_the_bytes_every_mapping_returns(path: Path, data: st.DataObject, recorded: bool) -> None:
    """Its own body, or that of any other feed, with some bytes changed; what is refused can be read again."""
    source = mapped(path.stem)
    bodies = [PAYLOAD, *SMALL.values(), *(read_samples(twin.source).payload for twin in TWINS)]
    payload = bytearray(data.draw(st.sampled_from(bodies)))
    for _ in range(data.draw(st.integers(0, 4))):
        where = data.draw(st.integers(0, len(payload)))
        payload[where : where + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    decoded = source.decode(bytes(payload), tenant="t", received_at=NOW, recorded=recorded)
    for seen in decoded.observations:
        codec.decode_observation(codec.encode_event(seen))
    for reject in decoded.rejects:
        source.decode(reject.raw, tenant="t", received_at=NOW, recorded=recorded)
    source.places(bytes(payload), {}, tenant="t", received_at=NOW)
