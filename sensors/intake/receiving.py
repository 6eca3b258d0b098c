"""One message that came by MQTT or a webhook: read once, however often it comes. No IO; time arrives as an argument."""

from datetime import datetime
from types import TracebackType
from typing import TypeAlias, cast

import msgspec

from parking.rejects import make_reject
from parking.words import RejectReason
from sensors.contract import Adapter, Decoded, RecordRefusedError
from sensors.intake.deduplication import Deduplicator
from sensors.intake.meters import IntakeOutcome
from sensors.intake.routing import is_frame_adapter
from sensors.ledger import Ledger
from sensors.lifesigns import heartbeat_of
from sensors.plain import PLAIN, ReadPlain
from sensors.uplink import (
    MAX_UPLINK_BYTES,
    Aside,
    FrameAdapter,
    Heard,
    LifeSign,
    MessageKind,
    Uplink,
    read_message,
)

Looked: TypeAlias = Heard | RecordRefusedError | None
SAYS_NOTHING = Decoded((), ())
MAX_MESSAGE_BYTES = 1024 * 1024
"""Of a source that is no LoRaWAN device; larger ones are files, and are replayed."""


class Reading(msgspec.Struct, frozen=True):
    """What a message said, and how many uplinks of its device were lost before it. A duplicate says nothing.

    ``aside`` names a message that tells of no sensor, as an acknowledgement does.
    """

    decoded: Decoded
    is_duplicate: bool = False
    missed: int = 0
    aside: str = ""


class Hearing(msgspec.Struct, frozen=True):  # structs: one of each is made a message
    """One message, heard: to be used as ``with hear(…) as reading``, and only there.

    When the block ends without an error its uplink is known, and the next copy of it is a duplicate. So whatever must
    not be lost with it, the sending to Kafka above all, belongs into the block.
    """

    _known: Deduplicator
    _reading: Reading
    _news: Uplink | None = None
    _tenant: str = ""
    _at: datetime | None = None

    def __enter__(self) -> Reading:
        return self._reading

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._news is not None and self._at is not None:
            self._known.remember(self._tenant, self._news, self._at)


def size_limit(adapter: Adapter) -> int:
    """How many bytes a message of this source may have."""
    return MAX_UPLINK_BYTES if is_frame_adapter(adapter) else MAX_MESSAGE_BYTES


def look_at(adapter: Adapter, body: bytes, kind: MessageKind = MessageKind.UP) -> Looked:
    """A network server's message, read once; None of a source that reads bodies of its own, or of a body too large.

    ``kind`` is what its topic or address say that it is. What cannot be read is the error that says why.
    """
    return look_into(body, kind) if is_frame_adapter(adapter) and len(body) <= MAX_UPLINK_BYTES else None


def look_into(body: bytes, kind: MessageKind, read_plain: ReadPlain = PLAIN) -> Heard | RecordRefusedError:
    """The same of a message that is a network server's; ``read_plain`` is declined by whoever needs its names."""
    try:
        return read_message(body, read_plain, kind)
    except RecordRefusedError as error:
        return error


def sender_of(source: str, looked: Looked) -> str:
    """Who sends: the device that was read, so that no other can be named beside it; else the source as a whole."""
    match looked:
        case Uplink() | LifeSign():
            return looked.dev_eui
        case RecordRefusedError():
            return looked.device_id or "unknown"
        case Aside():
            return "unknown"
        case _:
            return source


def device_in(looked: Looked) -> str | None:
    """The device that a message names, whether or not it could be read; None where it names none."""
    if isinstance(looked, RecordRefusedError):
        return looked.device_id
    return looked.dev_eui if isinstance(looked, Uplink | LifeSign) else None


def hear(
    adapter: Adapter,
    body: bytes,
    known: Deduplicator,
    tenant: str,
    now: datetime,
    kind: MessageKind = MessageKind.UP,
    looked: Looked = None,
) -> Hearing:
    """One message of a source, read; ``looked`` is what ``look_at`` made of it already. Total: what cannot be read is
    a reject.

    A join or a status is a heartbeat: it confirms that the device lives, and nothing about its space. A join also
    begins a new count of uplinks.
    """
    source = adapter.INFO.id
    match looked or look_at(adapter, body, kind):
        case Uplink() as uplink:
            return _hear_uplink(cast(FrameAdapter, adapter), uplink, known, tenant, now)
        case LifeSign() as sign:
            if sign.kind is MessageKind.JOIN:
                known.rejoined(tenant, sign.dev_eui)
            beat = heartbeat_of(sign, source=source, tenant=tenant, received_at=now)
            return Hearing(known, Reading(Decoded([beat], ())))
        case Aside() as aside:
            return Hearing(known, Reading(SAYS_NOTHING, aside=aside.what))
        case RecordRefusedError() as error:
            return Hearing(known, Reading(_refused(source, error, body, tenant, now)))
        case None:  # no network server's, or too large to be one
            return Hearing(known, Reading(_read_own(adapter, body, tenant, now)))


def _refused(source: str, error: RecordRefusedError, body: bytes, tenant: str, now: datetime) -> Decoded:
    ledger = Ledger(tenant, source, now)
    ledger.end_number(error, now)
    ledger.refuse(error, body)
    return ledger.decoded()


def _read_own(adapter: Adapter, body: bytes, tenant: str, now: datetime) -> Decoded:
    if len(body) > size_limit(adapter):
        detail = f"{len(body)} bytes; at most {size_limit(adapter)} are read: look at who sends this"
        return refuse(adapter.INFO.id, RejectReason.MALFORMED_BODY, detail, body, tenant, now)
    return adapter.decode(body, tenant=tenant, received_at=now, recorded=False)


def _hear_uplink(adapter: FrameAdapter, uplink: Uplink, known: Deduplicator, tenant: str, now: datetime) -> Hearing:
    if not uplink.has_counter:  # no frame of the device's, so it tells nothing of its counter
        return Hearing(known, Reading(adapter.decode_frame(uplink, tenant=tenant, received_at=now)))
    verdict = known.judge(tenant, uplink, now)
    if not verdict.is_new:
        return Hearing(known, Reading(SAYS_NOTHING, is_duplicate=True))
    heard = uplink._replace(missed=verdict.missed) if verdict.missed else uplink
    decoded = adapter.decode_frame(heard, tenant=tenant, received_at=now)
    return Hearing(known, Reading(decoded, False, verdict.missed), heard, tenant, now)


def outcome_of(reading: Reading) -> IntakeOutcome:
    """How a message that was read is counted."""
    if reading.is_duplicate:
        return IntakeOutcome.DUPLICATE
    if reading.aside:
        return IntakeOutcome.IGNORED
    return IntakeOutcome.REFUSED if reading.decoded.rejects and not reading.decoded.usable else IntakeOutcome.TAKEN


def refuse(
    source: str,
    reason: RejectReason,
    detail: str,
    body: bytes,
    tenant: str,
    now: datetime,
    device_id: str | None = None,
) -> Decoded:
    """A message that is kept out as a whole."""
    return Decoded((), [make_reject(tenant, source, reason, detail, body, now, device_id)])
