"""Who a record is about, and whom its place is for."""

from parking.words import Audience, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.texts import required_id
from sensors.sources.parkapi.wire import ParkRecord
from sensors.sources.parkapi.words import PURPOSES


def identify(record: ParkRecord) -> str:
    """``source_id:original_uid``, for each source behind a server numbers its own; a lot's id, or a pushed uid, alone.

    A spot may bear the number of a site, so its id begins with ``spot:``.
    """
    fields = record.fields
    if record.is_lot:
        return required_id(fields.get("id"), "id")
    name = "original_uid" if "original_uid" in fields else "uid"
    own, source = required_id(fields.get(name), name), fields.get("source_id")
    return required_id(":".join([*(["spot"] * record.is_spot), *([] if source is None else [str(source)]), own]), name)


def purpose_of(record: ParkRecord, device_id: str) -> Audience:
    """For what it is: cars where it does not say. Raises RecordRefusedError for what is no parking."""
    if record.is_lot:
        kind = record.fields.get("lot_type")
        if isinstance(kind, str) and kind.strip().casefold().startswith(("bus", "caravan", "wohnmobil")):
            raise RecordRefusedError(RejectReason.NOT_FOLDED, f"lot_type {kind!r:.40}: not for cars", device_id)
        return Audience.PUBLIC
    purpose = record.fields.get("purpose") or "CAR"
    if not isinstance(purpose, str) or purpose not in PURPOSES:
        detail = f"purpose is {purpose!r:.40}; known are {', '.join(PURPOSES)}"
        raise RecordRefusedError(RejectReason.UNKNOWN_STATUS, detail, device_id)
    audience = PURPOSES[purpose]
    if audience is None:
        raise RecordRefusedError(RejectReason.NOT_FOLDED, f"purpose {purpose}: no place for a vehicle", device_id)
    return audience
