"""One message that came by MQTT or a webhook: read once, however often it comes. No IO; time arrives as an argument."""

import re
from datetime import datetime
from types import TracebackType

import msgspec

from parking.rejects import make_reject
from parking.words import RejectReason
from sensors.contract import Adapter, Decoded, RecordRefusedError
from sensors.intake.deduplication import Deduplicator
from sensors.intake.lifesigns import read_life_sign
from sensors.intake.meters import IntakeOutcome
from sensors.intake.routing import MessageKind, is_frame_adapter
from sensors.uplink import MAX_UPLINK_BYTES, Uplink, read_uplink

_EUI = re.compile(rb'"(?:devEui|dev_eui)"\s*:\s*"([0-9A-Fa-f]{16})"')
SAYS_NOTHING = Decoded((), ())
MAX_MESSAGE_BYTES = 1024 * 1024
"""Of a source that is no LoRaWAN device; larger ones are files, and are replayed."""


class Reading(msgspec.Struct, frozen=True):
    """What a message said, and how many uplinks of its device were lost before it. A duplicate says nothing."""

    decoded: Decoded
    is_duplicate: bool = False
    missed: int = 0


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


def hear(
    adapter: Adapter, body: bytes, known: Deduplicator, tenant: str, now: datetime, kind: MessageKind = MessageKind.UP
) -> Hearing:
    """One message of a source, read. Total: what cannot be read is a reject with its bytes.

    A join or a status is a heartbeat: it confirms that the device lives, and nothing about its space. A join also
    begins a new count of uplinks.
    """
    if len(body) > size_limit(adapter):
        detail = f"{len(body)} bytes; at most {size_limit(adapter)} are read: look at who sends this"
        return Hearing(known, Reading(refuse(adapter.INFO.id, RejectReason.MALFORMED_BODY, detail, body, tenant, now)))
    if not is_frame_adapter(adapter):
        return Hearing(known, Reading(adapter.decode(body, tenant=tenant, received_at=now, recorded=False)))
    source = adapter.INFO.id
    try:
        if kind is not MessageKind.UP:
            sign = read_life_sign(body, source=source, tenant=tenant, received_at=now, kind=kind)
            if kind is MessageKind.JOIN:
                known.rejoined(tenant, sign.device_id)
            return Hearing(known, Reading(Decoded([sign], ())))
        uplink = read_uplink(body)
    except RecordRefusedError as error:
        return Hearing(known, Reading(refuse(source, error.reason, error.detail, body, tenant, now, error.device_id)))
    if not uplink.has_counter:  # no frame of the device's, so it tells nothing of its counter
        return Hearing(known, Reading(adapter.decode_frame(uplink, tenant=tenant, received_at=now)))
    verdict = known.judge(tenant, uplink, now)
    if not verdict.is_new:
        return Hearing(known, Reading(SAYS_NOTHING, is_duplicate=True))
    heard = uplink._replace(missed=verdict.missed) if verdict.missed else uplink
    decoded = adapter.decode_frame(heard, tenant=tenant, received_at=now)
    return Hearing(known, Reading(decoded, False, verdict.missed), heard, tenant, now)


def sender_of(adapter: Adapter, body: bytes) -> str:
    """Which device sends, as far as a body says that was not read yet; a source that is no LoRaWAN device is one."""
    if not is_frame_adapter(adapter):
        return adapter.INFO.id
    found = _EUI.search(body)
    return found[1].decode().lower() if found else "unknown"


def outcome_of(reading: Reading) -> IntakeOutcome:
    """How a message that was read is counted."""
    if reading.is_duplicate:
        return IntakeOutcome.DUPLICATE
    return (
        IntakeOutcome.REFUSED if reading.decoded.rejects and not reading.decoded.observations else IntakeOutcome.TAKEN
    )


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
