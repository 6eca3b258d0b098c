"""All that people said of late, in the order of the record: who, about what, and what came of it.

The desk's own commands are among it, and what was said to signs or alarms: every decision that has an author.
"""

from collections.abc import Callable, Iterator

from parking.decisions.acting import Confirmation, DecisionNow
from parking.decisions.model import Decision
from parking.decisions.words import Occasion

MOST_SAID = 50_000
"""So much is kept of what was said; a day of busy operators is some hundreds."""


class DeskRecord:
    """Decisions of people, each once however often it is told, with the last word about each; the latest MOST_SAID."""

    def __init__(self) -> None:
        self._said: dict[Occasion, DecisionNow] = {}
        self._latest: dict[str, Occasion] = {}
        self._by_key: dict[str, Occasion] = {}

    def take(self, event: Decision | Confirmation) -> None:
        """One more entry of the record, in its order; what nobody said is passed over."""
        if isinstance(event, Confirmation):
            if event.occasion in self._said:
                self._said[event.occasion] = self._said[event.occasion]._replace(confirmation=event)
            return
        if event.author is None:
            return
        before = self._said.get(event.occasion)
        while before is None and len(self._said) >= MOST_SAID:
            self._forget(next(iter(self._said)))
        self._said[event.occasion] = before or DecisionNow(event)
        held = self._latest.get(event.subject)
        if held is None or self._said[held].decision.decided_at <= event.decided_at:
            self._latest[event.subject] = event.occasion
        if isinstance(key := event.output.get("key"), str):
            self._by_key.setdefault(key, event.occasion)

    def _forget(self, occasion: Occasion) -> None:
        """The one that was recorded first, whose successor is known or who said it too long ago."""
        said = self._said.pop(occasion).decision
        if self._latest.get(said.subject) == occasion:
            del self._latest[said.subject]
        if self._by_key.get(str(said.output.get("key"))) == occasion:
            del self._by_key[str(said.output["key"])]

    def find_latest(self, subject: str) -> DecisionNow | None:
        """What was said last about a thing."""
        found = self._latest.get(subject)
        return self._said[found] if found else None

    def find_by_key(self, key: str) -> DecisionNow | None:
        """What was said under this digest of an Idempotency-Key."""
        found = self._by_key.get(key)
        return self._said[found] if found else None

    def find(self, decision_id: str) -> DecisionNow | None:
        """A decision by its id; the last time it was taken."""
        return next((said for said in self._newest(lambda said: said.decision.id == decision_id)), None)

    def list_subjects(self, start: str) -> list[DecisionNow]:
        """What was said last about each thing whose subject begins so, by subject."""
        return [self._said[held] for subject, held in sorted(self._latest.items()) if subject.startswith(start)]

    def list_open(self) -> list[DecisionNow]:
        """Of each thing of a place what was said last, where nobody has confirmed anything of it."""
        return [said for said in self.list_subjects("place:") if said.is_open]

    def list_about(self, subject: str, limit: int) -> list[DecisionNow]:
        """What was said about a thing, the newest first, at most so many."""
        found = self._newest(lambda said: said.decision.subject == subject)
        return [said for said, _ in zip(found, range(limit), strict=False)]

    def _newest(self, wanted: Callable[[DecisionNow], bool]) -> Iterator[DecisionNow]:
        ordered = sorted(self._said.values(), key=lambda said: (said.decision.decided_at, said.decision.id))
        return (said for said in reversed(ordered) if wanted(said))


def place_of(subject: str) -> str | None:
    """The place that a subject is about, if one is."""
    kind, _, rest = subject.partition(":")
    return rest.partition("/")[0] if kind == "place" else None
