"""The webhook: network servers and counters POST to /v1/uplinks/SOURCE; 202 says that Kafka has what it said.

A request without good credentials touches nothing: it is counted, its body is at most read to judge its signature, and
no record of it is made. May take a message twice (after 500, or a connection that broke): senders are to repeat it.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from parking.printable import visible_json
from parking.words import RejectReason
from sensors.contract import Adapter, RecordRefusedError
from sensors.intake.deduplication import Deduplicator
from sensors.intake.flood import Admission, FloodGuard
from sensors.intake.meters import IntakeMeters, IntakeOutcome
from sensors.intake.permissions import Permissions, is_allowed
from sensors.intake.receiving import (
    Looked,
    Reading,
    device_in,
    hear,
    look_at,
    outcome_of,
    refuse,
    sender_of,
    size_limit,
)
from sensors.intake.routing import is_frame_adapter
from sensors.uplink import Aside, MessageKind
from serving.credentials import Credentials, Standing, read_claim
from serving.policy import NO_POLICY, ServingPolicy
from serving.problems import ProblemDocument, forbidden, problem_handlers, unauthorized
from serving.request_bodies import read_body, require_type
from serving.server import make_server
from streams.producer import ObservationProducer, Sent

LOCKS = 256
SENDERS_AT_ONCE = 1_000
_XML_TYPES = ("application/xml", "text/xml")
_OTHER_TYPES = ("application/ld+json", "application/x-ndjson", *_XML_TYPES, "text/csv", "application/octet-stream")
_NOT_YOURS = "this token or signature is not one of that source's"
NO_CITY = "webhook"
_KINDS = {str(kind): kind for kind in MessageKind}
"""What ``?event=`` may say: ChirpStack's HTTP integration adds it. The body says more."""
_NOTHING_SENT = Sent(0, ())


@dataclass
class Webhook:
    """Takes messages of the given sources. ``tenant`` None is each source's own city; ``city`` has those without."""

    adapters: Mapping[str, Adapter]
    credentials: Credentials
    producer: ObservationProducer
    tenant: str | None = None
    meters: IntakeMeters = field(default_factory=lambda: IntakeMeters("webhook"))
    guard: FloodGuard = field(default_factory=FloodGuard)
    city: str = NO_CITY
    known: Deduplicator = field(default_factory=Deduplicator)
    permissions: Permissions = field(default_factory=Permissions)

    def __post_init__(self) -> None:
        self._locks = [asyncio.Lock() for _ in range(LOCKS)]

    async def take(self, request: Request) -> Response:
        """POST /v1/uplinks/SOURCE."""
        try:
            adapter, body, credential = await self._admit(request)
        except ProblemDocument as refused:
            self.meters.count(IntakeOutcome.UNAUTHORIZED if refused.status in (401, 403) else IntakeOutcome.REFUSED)
            raise
        event = request.query_params.get("event", MessageKind.UP)
        looked = look_at(adapter, body, _KINDS.get(event, MessageKind.UP))
        if isinstance(looked, RecordRefusedError) and event not in _KINDS:  # an event of a kind that is not read
            looked = Aside(event[:20])
        sender = sender_of(adapter.INFO.id, looked)
        # One device's messages one after the other: a copy over another gateway waits until Kafka has the first.
        async with self._locks[hash(sender) % LOCKS]:
            return await self._bring_in(adapter, body, sender, looked, credential)

    async def _admit(self, request: Request) -> tuple[Adapter, bytes, str]:
        """Adapter, body and credential of a request that may send; credentials go before everything else."""
        source, claim = request.path_params["source"], read_claim(request.headers)
        standings = {name: self.credentials.judge(name, claim) for name in self.credentials.list_names(source)}
        adapter, found = self.adapters.get(source), set(standings.values())
        if found == {Standing.MISSING}:
            raise unauthorized()
        if found == {Standing.WRONG} or adapter is None:
            raise forbidden(_NOT_YOURS)
        good = next((name for name, standing in standings.items() if standing is Standing.GOOD), None)
        if good is None:
            body = await read_body(request, size_limit(adapter))
            able = [name for name, standing in standings.items() if standing is Standing.AFTER_BODY]
            signers = [name for name in able if self.credentials.is_signed(name, claim, body)]
            if not signers:
                raise forbidden(_NOT_YOURS)
            require_type(request, _types_of(adapter))
            return adapter, body, signers[0]
        require_type(request, _types_of(adapter))
        return adapter, await read_body(request, size_limit(adapter)), good

    async def _bring_in(self, adapter: Adapter, body: bytes, sender: str, looked: Looked, who: str) -> Response:
        now, source, tenant = datetime.now(UTC), adapter.INFO.id, self.tenant or adapter.INFO.tenant or self.city
        # Only devices are held to a pace: a counter's sender has proved who it is, and an aside costs nothing.
        is_paced = is_frame_adapter(adapter) and not isinstance(looked, Aside)
        admission = self.guard.admit(f"{source}/{sender}", now) if is_paced else Admission.ADMITTED
        if admission is not Admission.ADMITTED:
            self.meters.count(IntakeOutcome.FLOODED)
            if admission is Admission.FIRST_REFUSED:
                detail = f"{sender} sends more than it may: only this message is kept; look at that device"
                await self.producer.send((), refuse(source, RejectReason.FLOODED, detail, body, tenant, now).rejects)
            detail = "this device sends more than it may"
            raise ProblemDocument(429, "Too many requests", detail, headers={"Retry-After": "60"})
        allowed = self.permissions.of_credential(who)
        if (device := device_in(looked)) is not None and not is_allowed(device, allowed):
            detail = self.permissions.detail(f"the credential {who}", device)
            looked = RecordRefusedError(RejectReason.NOT_ALLOWED, detail, device)
        # What was heard is known once Kafka has it, and not before.
        with hear(adapter, body, self.known, tenant, now, looked=looked) as reading:
            decoded = self.permissions.filter(reading.decoded, allowed, f"the credential {who}", tenant, now)
            sent = await self.producer.send(decoded.observations, decoded.rejects) if any(decoded[:2]) else None
        reading = msgspec.structs.replace(reading, decoded=decoded)
        self.meters.count(outcome_of(reading))
        return _answer(reading, sent or _NOTHING_SENT)


def _types_of(adapter: Adapter) -> tuple[str, ...]:
    """The media types that this source sends."""
    return ("application/json", *(_XML_TYPES if is_frame_adapter(adapter) else _OTHER_TYPES))


def _refusal(request: Request, error: HTTPException) -> str:
    return "POST an uplink to /v1/uplinks/SOURCE; there is nothing else here"


def _answer(reading: Reading, sent: Sent) -> Response:
    """202, or 422 where nothing of a message could be read. Kafka has it either way: to send it again helps nobody."""
    decoded = reading.decoded
    if decoded.rejects and not decoded.usable:
        first = decoded.rejects[0]
        raise ProblemDocument(422, "Unprocessable content", f"kept as a reject: {first.reason}: {first.detail}")
    more = {"duplicate": True} if reading.is_duplicate else {"ignored": reading.aside} if reading.aside else {}
    document = {"observations": sent.observations, "rejects": len(sent.rejects), **more}
    return Response(visible_json(json.dumps(document, ensure_ascii=False)), 202, media_type="application/json")


def create_app(webhook: Webhook, policy: ServingPolicy = NO_POLICY) -> Starlette:
    """The ASGI app."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    app = Starlette(
        routes=[
            Route("/v1/uplinks/{source}", webhook.take, methods=["POST"]),
            Route("/healthz", healthz),
        ],
        middleware=policy.for_senders(),
        exception_handlers=problem_handlers(_refusal, "nothing was taken: send it again; the log says more"),
    )
    app.router.redirect_slashes = False  # it would send people, with their token, to whatever host they named
    return app


async def serve_webhook(webhook: Webhook, host: str, port: int, policy: ServingPolicy = NO_POLICY) -> None:
    """Serve until a signal; what is under way has three seconds to end."""
    await make_server(create_app(webhook, policy), host, port, doors=policy.doors(SENDERS_AT_ONCE)).serve()
