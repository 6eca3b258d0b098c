"""What stands in the topic: each event with a link to the one that its writer recorded before it.

A chain is what one process wrote into one partition until it ended or Kafka failed it. A link says which chain, the
number in it from 1, and the SHA-256 of the entry before, as its bytes stand in Kafka. So a change, a removal or an
insertion anywhere before the last entry of a chain shows, without writers having to agree with each other.

Not promised: that the last entries of a chain were not cut off, or that nobody with write access added a chain.
"""

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import msgspec

from parking.decisions.acting import Confirmation
from parking.decisions.model import Decision
from parking.decisions.words import MAX_SUBJECT, InvalidDecisionError, require_count

DECISIONS_VERSION = 1
HELD_OF_A_CHAIN = 1_000


class ChainLink(msgspec.Struct, frozen=True, kw_only=True):
    """Where an entry stands: ``before`` is the digest of the entry before, empty where there is none."""

    chain: str
    number: int
    before: str = ""

    def __post_init__(self) -> None:
        require_count(self.number, "a link's number", least=1)
        is_named = 0 < len(self.chain) <= MAX_SUBJECT and len(self.before) <= MAX_SUBJECT
        if not is_named or (self.number > 1 and not self.before):
            raise InvalidDecisionError(f"{self.number} of {self.chain[:80]!r} is no link of a chain")


class DecisionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the topic."""

    schema_version: int = DECISIONS_VERSION
    event: Decision | Confirmation
    link: ChainLink


class LoggedEntry(NamedTuple):
    """An entry as Kafka holds it: its bytes, where it stands, and when it was taken by Kafka's clock."""

    entry: DecisionEntry
    value: bytes
    partition: int
    offset: int
    logged_at: datetime

    @property
    def event(self) -> Decision | Confirmation:
        """What it says."""
        return self.entry.event

    @property
    def tenant(self) -> str:
        """The city that it is about."""
        return self.entry.event.tenant

    @property
    def at(self) -> datetime:
        """When it was decided, or what came of it was said."""
        event = self.entry.event
        return event.decided_at if isinstance(event, Decision) else event.at


def digest_entry(value: bytes) -> str:
    """SHA-256 of an entry as it stands in Kafka, in 64 hexadecimal digits."""
    return hashlib.sha256(value).hexdigest()


def follow_link(link: ChainLink, value: bytes) -> ChainLink:
    """The link of the entry that comes after the one with these bytes."""
    return ChainLink(chain=link.chain, number=link.number + 1, before=digest_entry(value))


class ChainBreak(StrEnum):
    """What is the matter with a chain: an entry is gone, is not what it was, or two claim one number."""

    MISSING = "missing"
    CHANGED = "changed"
    FORKED = "forked"


class ChainFinding(NamedTuple):
    """Something the matter at this number of a chain; of entries in a row that are gone, the first."""

    chain: str
    number: int
    problem: ChainBreak


def check_chains(entries: Iterable[tuple[ChainLink, bytes]]) -> list[ChainFinding]:
    """What is the matter with these entries, in any order, each with its bytes as they stand in Kafka.

    A chain may begin late, since retention takes the oldest entries. The same entry twice is no fault.
    """
    chains: dict[str, dict[int, dict[bytes, ChainLink]]] = defaultdict(lambda: defaultdict(dict))
    for link, value in entries:
        chains[link.chain][link.number][value] = link
    found = []
    for chain, numbers in sorted(chains.items()):
        found += [ChainFinding(chain, n, ChainBreak.FORKED) for n, same in sorted(numbers.items()) if len(same) > 1]
        for before, number in pairwise(sorted(numbers)):
            if before + 1 != number:
                found.append(ChainFinding(chain, before + 1, ChainBreak.MISSING))
                continue
            digests = set(map(digest_entry, numbers[before]))
            if any(link.before not in digests for link in numbers[number].values()):
                found.append(ChainFinding(chain, before, ChainBreak.CHANGED))
    return found


class ChainWatch:
    """Finds what ``check_chains`` does while a log is read, each chain in the order in which it was written.

    Of each chain the last entries alone are kept, as many as one batch has: a batch may stand in the log twice.
    """

    def __init__(self) -> None:
        self._held: dict[str, deque[tuple[int, str]]] = {}
        self.findings: list[ChainFinding] = []

    def __len__(self) -> int:
        return len(self._held)

    def see(self, link: ChainLink, digest: str) -> None:
        """The next entry, by the digest of its bytes; the same once more is no fault."""
        held = self._held.setdefault(link.chain, deque(maxlen=HELD_OF_A_CHAIN))
        number, last = held[-1] if held else (link.number - 1, link.before)
        if link.number <= number:
            if (link.number, digest) not in held:
                self.findings.append(ChainFinding(link.chain, link.number, ChainBreak.FORKED))
            return
        if link.number > number + 1:
            self.findings.append(ChainFinding(link.chain, number + 1, ChainBreak.MISSING))
        elif link.before != last:
            self.findings.append(ChainFinding(link.chain, number, ChainBreak.CHANGED))
        held.append((link.number, digest))
