"""Which word that was refused ended the number of a place: intake names the device, the fold the place's key."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from parking.catalogue.model import Place
from parking.health.alarms.sight import RefusedWord
from parking.rejects import Reject


def last_refused(refused: Iterable[tuple[Reject, datetime]], places: Mapping[str, Place]) -> dict[str, RefusedWord]:
    """The newest refused word about each place, by its id; ``refused`` with the time of each, in any order.

    What names neither a place of the catalogue nor a device of one is about none.
    """
    by_device = {
        (device.source, device.id): place.id for place in places.values() for device in place.devices
    }  # fmt: skip
    latest: dict[str, RefusedWord] = {}
    for reject, at in refused:
        id_ = (reject.place_id or "").rpartition("/")[2] or by_device.get((reject.source, reject.device_id or ""), "")
        before = latest.get(id_)
        if id_ in places and (before is None or (before.at, before.reason) < (at, reject.reason)):
            latest[id_] = RefusedWord(reason=reject.reason, at=at, source=reject.source)
    return latest
