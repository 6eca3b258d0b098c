"""Uplinks of both network servers, a made-up sensor that reads them, and a producer that only remembers."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from parking.catalogue.declaring import declared_into
from parking.catalogue.model import Catalogue, Place, Tenant
from parking.observations import Observation, SpaceObserved, make_event_id
from parking.rejects import Reject, make_reject
from parking.words import ClockBasis, RejectReason, SpaceState, TimeBasis
from sensors.contract import Decoded, SourceInfo
from sensors.uplink import Uplink
from streams.producer import Sent

EUI = "00aabbccddeeff01"


def chirpstack(f_cnt: int = 1, eui: str = EUI, data: bytes = b"\x01", **more: Any) -> bytes:
    """An uplink as ChirpStack v4 renders it: zero and empty fields are left out."""
    body: dict[str, Any] = {
        "deduplicationId": f"id-{eui}-{f_cnt}",
        "time": "2026-05-04T11:59:58.5+00:00",
        "deviceInfo": {"applicationId": "app-1", "deviceProfileName": "bays", "devEui": eui},
        "fPort": 1,
        "fCnt": f_cnt,
        "data": base64.b64encode(data).decode(),
    }
    return json.dumps({name: value for name, value in (body | more).items() if value}).encode()


def things_stack(f_cnt: int = 1, eui: str = EUI, data: bytes = b"\x01") -> bytes:
    """The same as The Things Stack v3 renders it."""
    uplink = {"session_key_id": "s1", "f_port": 1, "f_cnt": f_cnt, "frm_payload": base64.b64encode(data).decode()}
    ids = {"dev_eui": eui.upper(), "application_ids": {"application_id": "city"}}
    body = {"end_device_ids": ids, "uplink_message": {name: value for name, value in uplink.items() if value}}
    return json.dumps(body).encode()


def topic(kind: str = "up", eui: str = EUI, application: str = "app-1") -> str:
    """ChirpStack's topic."""
    return f"application/{application}/device/{eui}/event/{kind}"


class FakeSensor:
    """A FrameAdapter: one byte, 0 is free and 1 occupied; anything else is refused."""

    def __init__(self, name: str = "fake") -> None:
        self.INFO = SourceInfo(
            id=name, name="Fake", tenant="testville", zone="UTC", licence=None, url="", time_basis=TimeBasis.GATEWAY
        )
        self.heard: list[Uplink] = []

    def decode_frame(self, uplink: Uplink, *, tenant: str, received_at: datetime) -> Decoded:
        self.heard.append(uplink)
        name, eui, at = self.INFO.id, uplink.dev_eui, uplink.heard_at or received_at
        if uplink.payload not in (b"\x00", b"\x01"):
            raw, reason = uplink.raw, RejectReason.UNKNOWN_STATUS
            return Decoded((), [make_reject(tenant, name, reason, "neither 0 nor 1", raw, received_at, eui)])
        seen = SpaceObserved(
            event_id=make_event_id(name, eui, at, uplink.f_cnt, uplink.payload.hex()),
            tenant=tenant,
            source=name,
            device_id=eui,
            observed_at=at,
            received_at=received_at,
            time_basis=TimeBasis.GATEWAY,
            seq=uplink.f_cnt,
            state=SpaceState.OCCUPIED if uplink.payload == b"\x01" else SpaceState.FREE,
        )
        return Decoded([seen], ())

    def decode(self, payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
        raise NotImplementedError

    def places(self, recording: bytes | None, sidecars: Mapping[str, bytes], **_: Any) -> Any:
        raise NotImplementedError


class FakeProducer:
    """Remembers what was sent. Without ``is_here`` every send is held up; ``errors`` are raised first."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self.rejects: list[Reject] = []
        self.errors: list[Exception] = []
        self.ticks: list[tuple[str, datetime, int]] = []
        self.is_here = asyncio.Event()
        self.is_here.set()
        self.asked = 0

    async def send(self, observations: Iterable[Observation], rejects: Iterable[Reject] = ()) -> Sent:
        observations, rejects = list(observations), list(rejects)
        self.asked += 1
        await self.is_here.wait()
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop()
        self.observations += observations
        self.rejects += rejects
        return Sent(len(Decoded(observations, ()).usable), rejects)

    async def tick(self, tenant: str, at: datetime, basis: ClockBasis) -> None:
        await asyncio.sleep(0)
        self.ticks.append((tenant, at, len(self.observations)))

    @property
    def counters(self) -> list[int]:
        """The frame counters of what was sent, in the order it came."""
        return [seen.seq for seen in self.observations]


def plain_adapter(**more: Any) -> Any:
    """A source that is no LoRaWAN device: its whole body is one count."""

    def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
        return Decoded((), [make_reject(tenant, "plain", RejectReason.WRONG_TYPE, "read", payload, received_at)])

    return SimpleNamespace(INFO=FakeSensor("plain").INFO, decode=decode, **more)


class DeclaringProducer(FakeProducer):
    """One that keeps a catalogue, as the real one does."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        super().__init__()
        self.catalogue = catalogue or Catalogue()
        self.declared: list[Place] = []

    def list_news(self, places: Iterable[Place], source: str) -> list[Place]:
        found = []
        for place in places:
            if (news := declared_into(self.catalogue, place, source)) is not None:
                self.catalogue.put(news)
                found.append(news)
        return found

    def knows(self, seen: Observation) -> bool:
        return self.catalogue.find_observed(seen.tenant, seen.source, seen.device_id, seen.observed_at) is not None

    async def declare(self, tenant: Tenant, places: Iterable[Place]) -> None:
        for place in places:
            self.declared.append(place)
            self.catalogue.put(place)
