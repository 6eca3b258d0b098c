"""Recording, acting and confirming: the port that gateways are given, and what came of a decision."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from parking.decisions.model import Decision
from parking.decisions.words import (
    InvalidDecisionError,
    JsonMap,
    Occasion,
    require_instant,
    require_json,
    require_subject,
)
from parking.errors import ParkingError

_ID = re.compile(r"[0-9a-f]{32}")


class NotRecordedError(ParkingError):
    """Kafka has not acknowledged it: nothing may be acted on. Recording the same decision again is harmless."""


class ActResult(StrEnum):
    """What came of acting: the other side did it, said no, or gave no answer that can be believed."""

    ACTED = "acted"
    REFUSED = "refused"
    FAILED = "failed"


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="confirmation"):
    """What the other side said to one occasion of a decision, ``at`` which time; made by ``confirm``."""

    decision: str
    tenant: str
    subject: str
    decided_at: datetime
    result: ActResult
    said: JsonMap
    at: datetime

    def __post_init__(self) -> None:
        require_subject(self.tenant, self.subject)
        for name in ("decided_at", "at"):
            require_instant(getattr(self, name), name)
        if not _ID.fullmatch(self.decision):
            raise InvalidDecisionError(f"a decision's id is 32 hexadecimal digits, not {self.decision[:40]!r}")
        require_json(self.said, "said")

    @property
    def key(self) -> str:
        """The key of the decision that it confirms."""
        return f"{self.tenant}/{self.subject}"

    @property
    def occasion(self) -> Occasion:
        """Which taking of the decision was acted on."""
        return self.tenant, self.subject, self.decision, self.decided_at


def confirm(decision: Decision, result: ActResult, said: JsonMap, at: datetime) -> Confirmation:
    """What came of acting on this occasion of a decision."""
    return Confirmation(
        decision=decision.id,
        tenant=decision.tenant,
        subject=decision.subject,
        decided_at=decision.decided_at,
        result=result,
        said=said,
        at=at,
    )


class Recorded(NamedTuple):
    """Where Kafka has put it, and when by Kafka's clock."""

    partition: int
    offset: int
    logged_at: datetime


class RecordPort(Protocol):
    """How a gateway records, without knowing Kafka; ``ops`` hands one in (``streams.record.Recorder``)."""

    async def __call__(self, event: Decision | Confirmation, /) -> Recorded:
        """Return once Kafka has acknowledged it. Raises NotRecordedError where it has not: then do not act."""
        ...


class DecisionNow(NamedTuple):
    """A decision, and the last word about it.

    Nothing is confirmed of an open one: whether it was acted on is not known, and only the other side can tell.
    """

    decision: Decision
    confirmation: Confirmation | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has confirmed anything."""
        return self.confirmation is None

    @property
    def state(self) -> str:
        """open, acted, refused or failed."""
        return self.confirmation.result.value if self.confirmation else "open"


def pair(events: Iterable[Decision | Confirmation]) -> list[DecisionNow]:
    """Each occasion once, in the order in which it was first recorded, with its last confirmation."""
    paired: dict[Occasion, DecisionNow] = {}
    for event in events:
        if isinstance(event, Decision):
            paired.setdefault(event.occasion, DecisionNow(event))
        elif event.occasion in paired:  # else its decision is older than what is read
            paired[event.occasion] = paired[event.occasion]._replace(confirmation=event)
    return list(paired.values())
