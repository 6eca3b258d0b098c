"""What was lost of single places and was begun anew, so that nothing else stands still: counted, said, shown.

A row of the Table that cannot be read, and one that Kafka will never take, cost the place that they are about. It
begins with nothing known, is unknown until it is heard again, and this says which it was: in the log once each, in
/healthz, and by ``placelibre_places_begun_anew_total``, for which there is an alert.
"""

import logging
from collections.abc import Mapping
from enum import StrEnum

from streams.meters import WorkerMeters

log = logging.getLogger(__name__)
SHOWN = 20
"""The last so many are remembered; the counter has them all."""


class LossReason(StrEnum):
    """Why a row of the Table was given up."""

    MALFORMED_ROW = "malformed_row"
    REFUSED_ROW = "refused_row"


class Losses:
    """Remembers what was lost since the process began."""

    def __init__(self, meters: WorkerMeters) -> None:
        self._meters = meters
        self._latest: dict[str, str] = {}
        for reason in LossReason:
            meters.begun_anew.labels(reason)  # 0 from the start: an alert asks how much it grew

    @property
    def latest(self) -> Mapping[str, str]:
        """The last ``SHOWN`` keys of the Table that were given up, each with the sentence that says why."""
        return self._latest

    def tell(self, key: bytes, reason: LossReason, detail: str) -> None:
        """One row was given up. The same key is said again only after ``SHOWN`` others, and counted each time."""
        name = key.decode("utf-8", "replace")
        self._meters.begun_anew.labels(reason).inc()
        if self._latest.get(name) != detail:
            log.error("%s: %s", name, detail, extra={"table_key": name, "reason": reason})
        self._latest.pop(name, None)
        self._latest[name] = detail
        while len(self._latest) > SHOWN:
            del self._latest[next(iter(self._latest))]
