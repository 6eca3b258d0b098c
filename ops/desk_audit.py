"""The record of a city as its desk reads it: the topic, and the history beyond it; without Kafka the rest."""

import asyncio
import time
from datetime import UTC, datetime

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from gateways.desk.audit import AuditWanted, SaidFound, newest_first
from gateways.documents import Document
from ops.auditing import HEADS, Verified, list_decided, verify
from ops.console import live_state, run
from ops.settings import Settings
from parking.decisions.acting import DecisionNow, pair
from parking.errors import ParkingError
from parking.instants import in_text
from serving.problems import ProblemDocument
from store.decisions import list_latest

VERIFIED_FOR_S = 600.0
"""An audit reads all of the record."""


class DeskAudit:
    """An AuditPort."""

    def __init__(self, settings: Settings, tenant: str) -> None:
        self.tenant = tenant
        self._settings = settings
        self._verified: tuple[float, Document] | None = None
        self._verifying = asyncio.Lock()

    async def list_said(self, wanted: AuditWanted) -> SaidFound:
        """See AuditPort. Where Kafka is away, what is rolled and the latest of each subject."""
        try:
            # A day of a city with many signs is hundreds of thousands of records: in a thread, beside the desk's loop.
            reading = list_decided(self._settings, self.tenant, wanted.subject, wanted.since)
            decided = await asyncio.to_thread(run, reading)
            return SaidFound(newest_first(decided, wanted))
        except (KafkaError, ParkingError, OSError) as error:
            rolled, trouble = await asyncio.to_thread(self._list_rolled, wanted), f"Kafka cannot be read now ({error})"
        try:
            async with live_state(self._settings) as client:
                latest = await list_latest(client, self.tenant)
        except (RedisError, OSError) as error:
            if not rolled:
                detail = f"{trouble}, nor Redis ({error}): the record cannot be shown"
                raise ProblemDocument(503, "Not readable", detail, headers={"Retry-After": "5"}) from error
            latest = []
        known = {one.decision.occasion: one for one in (*rolled, *latest)}
        missing = "what is neither in the history nor the latest of its subject is missing here"
        return SaidFound(newest_first(list(known.values()), wanted), f"{trouble}: {missing}")

    def _list_rolled(self, wanted: AuditWanted) -> list[DecisionNow]:
        try:
            from store.history.decided import FOLDER, DecidedReader

            first, last = wanted.since.date(), wanted.until.date()
            reader = DecidedReader(self._settings.history_at / FOLDER)
            return pair(entry.event for entry in reader.list_stretch(self.tenant, wanted.subject, first, first, last))
        except ParkingError:
            return []

    async def verify(self) -> Document:
        """See AuditPort. What is new in it is sealed, as ``placelibre signs audit --verify`` does."""
        async with self._verifying:
            now = time.monotonic()
            if self._verified is None or now - self._verified[0] > VERIFIED_FOR_S:
                try:
                    heads = self._settings.data_dir / HEADS
                    found = await asyncio.to_thread(run, verify(self._settings, heads, None, self.tenant))
                except (KafkaError, ParkingError, OSError) as error:
                    detail = f"the record cannot be verified now: {error}"
                    raise ProblemDocument(503, "Not verified", detail, headers={"Retry-After": "30"}) from error
                self._verified = now, _document(found, datetime.now(UTC))
            return self._verified[1]


def _document(found: Verified, at: datetime) -> Document:
    return {
        "verified_at": in_text(at),
        "is_whole": not any(finding.is_fault for finding in found.findings),
        "records": found.records,
        "chains": found.chains,
        "findings": [finding._asdict() for finding in found.findings],
        "seal": found.head or None,
    }
