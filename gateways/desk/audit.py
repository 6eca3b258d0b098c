"""Who did what: decisions with an author, what came of each, and whether the record is as it was."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple, Protocol

import msgspec

from gateways.desk.tables import ReportTable, write_csv
from gateways.documents import Document
from parking.decisions.acting import DecisionNow
from parking.instants import in_text
from serving.problems import ProblemDocument

AUDIT_FIELDS = ("author", "subject", "rule", "since", "until", "after", "limit", "who")
AUDIT_PAGE = 100
_MOST = 1_000
_A_DAY = timedelta(days=1)
_WHO = ("people", "all")
_WHEN = "a time with its zone, like 2026-05-04T14:30:00+02:00"
_COLUMNS = (
    ("Quand", "When"), ("Qui", "Who"), ("Sujet", "Subject"), ("Règle", "Rule"), ("Motif", "Reason"),
    ("État", "State"), ("Décision", "Decision"), ("Valable jusqu’à", "Holds until"), ("Contenu", "Output"),
)  # fmt: skip


class AuditWanted(NamedTuple):
    """Which decisions: of whom, about what (the beginning of a subject), by which rule, from when to when.

    ``after`` is where the page before ended: a time and a decision's id. Without an end it is up to now.
    """

    since: datetime
    until: datetime
    author: str | None = None
    subject: str = ""
    rule: str = ""
    only_people: bool = True
    after: tuple[datetime, str] | None = None
    limit: int = AUDIT_PAGE

    def takes(self, known: DecisionNow) -> bool:
        """Whether it is one of them."""
        said = known.decision
        return (
            self.since <= said.decided_at < self.until
            and said.subject.startswith(self.subject)
            and said.rule.startswith(self.rule)
            and (self.author is None or said.author == self.author)
            and (said.author is not None or not self.only_people)
        )


class SaidFound(NamedTuple):
    """What was found, newest first; ``trouble`` says what could not be read, and so may be missing."""

    decided: list[DecisionNow]
    trouble: str | None = None


class AuditPort(Protocol):
    """Reads the record of one city."""

    tenant: str

    async def list_said(self, wanted: AuditWanted) -> SaidFound:
        """Those decisions, the newest first. Raises ProblemDocument where nothing of the record can be read."""
        ...

    async def verify(self) -> Document:
        """Whether the record is as it was; read from its beginning to its end, and so kept for minutes."""
        ...


def read_wanted(fields: Mapping[str, str], now: datetime | None = None) -> AuditWanted:
    """What a query asks for; of a day where it does not say since when. Raises ProblemDocument."""
    now = now or datetime.now(UTC)
    until = _read_time(fields, "until") or now
    who, limit = fields.get("who", "people"), fields.get("limit", str(AUDIT_PAGE))
    if who not in _WHO:
        raise ProblemDocument(400, "Bad request", f"{who!r:.40} is none of these", "who", ", ".join(_WHO))
    if not (limit.isascii() and limit.isdecimal() and len(limit) < 6 and 1 <= int(limit) <= _MOST):
        raise ProblemDocument(400, "Bad request", f"limit is {limit!r:.40}", "limit", f"1..{_MOST}")
    return AuditWanted(
        _read_time(fields, "since") or until - _A_DAY, until, fields.get("author"), fields.get("subject", ""),
        fields.get("rule", ""), who == "people", _read_after(fields.get("after")), int(limit),
    )  # fmt: skip


def newest_first(decided: Sequence[DecisionNow], wanted: AuditWanted) -> list[DecisionNow]:
    """Those that are wanted, whatever their order was."""
    return sorted(filter(wanted.takes, decided), key=_place_of, reverse=True)


def audit_document(found: SaidFound, wanted: AuditWanted, tenant: str) -> Document:
    """A page. ``next`` goes into ``after`` for the one that follows; null at the end."""
    rest = [one for one in found.decided if wanted.after is None or _place_of(one) < wanted.after]
    page = rest[: wanted.limit]
    ends = f"{in_text(page[-1].decision.decided_at)}|{page[-1].decision.id}" if len(rest) > len(page) else None
    return {
        "tenant": tenant,
        "since": in_text(wanted.since),
        "until": in_text(wanted.until),
        "total": len(found.decided),
        "entries": [_entry(one) for one in page],
        "next": ends,
        "trouble": found.trouble,
    }


def audit_csv(found: SaidFound, wanted: AuditWanted, zone: tzinfo) -> Iterator[bytes]:
    """All of it as CSV, not a page alone."""
    rows = (
        (
            said.decided_at, said.author, said.subject, said.rule, said.reason, known.state, said.id, said.valid_until,
            msgspec.json.encode(said.output).decode(),
        )
        for known in found.decided
        for said in (known.decision,)
    )  # fmt: skip
    return write_csv(ReportTable("audit", "Qui a fait quoi", "Who did what", _COLUMNS, rows), zone)


def _entry(known: DecisionNow) -> Document:
    decision: dict[str, Any] = msgspec.to_builtins(known.decision, str_keys=True)
    return {"decision": decision, "state": known.state, "confirmation": msgspec.to_builtins(known.confirmation)}


def _place_of(known: DecisionNow) -> tuple[datetime, str]:
    return known.decision.decided_at, known.decision.id


def _read_time(fields: Mapping[str, str], name: str) -> datetime | None:
    text = fields.get(name)
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text.replace(" ", "+"))  # a + that nobody encoded
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ProblemDocument(400, "Bad request", f"{text!r:.60} is no time with its zone", name, _WHEN)


def _read_after(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    when, _, decision = text.partition("|")
    at = _read_time({"after": when}, "after")
    if at is None or not decision:
        raise ProblemDocument(400, "Bad request", f"{text!r:.80} is no end of a page", "after", "what `next` said")
    return at, decision
