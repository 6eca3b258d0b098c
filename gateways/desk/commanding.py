"""The way of a command: recorded, done, confirmed; one lock a thing, so that of two people the second sees the first.

What Kafka has not acknowledged as a decision is not done. What was recorded and could not be done yet is tried again
until it is done, or has a successor, or its time is over; a desk that starts finds what another left open.
"""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from gateways.desk.command_port import (
    KeyUsedError,
    NoSuchThingError,
    NotReadableError,
    PlaceSight,
    SeenAnotherError,
    Wish,
)
from gateways.desk.finishing import CommandFinisher
from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision
from parking.desk.checking import require_possible
from parking.desk.commands import PlaceCommand, PlaceOverride, PlaceRelease, SaidCommand, find_override_now, to_decision
from parking.desk.edits import CatalogueEdit, SaidEdit, catalogue_subject, decide_edit, find_edit, plan_edit, plan_undo

MAX_UNSURE = 1_000


class CommandDesk:
    """Takes commands, and has ``finisher`` do them."""

    def __init__(self, finisher: CommandFinisher) -> None:
        self._finisher, self._port = finisher, finisher.port
        self._unsure: OrderedDict[str, Decision] = OrderedDict()

    async def command(self, place_id: str, command: PlaceCommand, wish: Wish) -> DecisionNow:
        """Record the command and have it done; its decision is open where that must be tried again.

        Raises InvalidCommandError, NoSuchThingError, SeenAnotherError, KeyUsedError, NotRecordedError, and
        NotReadableError: then nothing was done.
        """
        subject = command.subject(place_id)
        async with self._finisher.lock_of(subject):
            asked = _digest_of(command)
            if (known := await self._find_same(wish, subject, asked)) is not None:
                return known
            await self._settle(subject)
            sight, now = await self.get_sight(place_id), await self._moment(subject)
            require_possible(command, sight.place, sight.known, now)
            if not isinstance(command, PlaceOverride | PlaceRelease):
                follows = None
            else:
                follows = _require_seen(await self.find_held(subject, now), wish, isinstance(command, PlaceRelease))
            said = SaidCommand(
                place=place_id, command=command, said_at=now, key=_digest(wish), asked=asked, follows=follows
            )
            return await self._take(to_decision(said, self._port.tenant, wish.operator), wish)

    async def edit(self, place_id: str, edit: CatalogueEdit, wish: Wish) -> DecisionNow:
        """Record an edit of the catalogue and declare the place anew. Raises as ``command``."""
        subject = catalogue_subject(place_id)
        async with self._finisher.lock_of(subject):
            asked = _digest_of(edit)
            if (known := await self._find_same(wish, subject, asked)) is not None:
                return known
            await self._settle(subject)
            follows = await self._require_latest_edit(subject, wish)
            sight, now = await self.get_sight(place_id), await self._moment(subject)
            changes = plan_edit(sight.place, await self._port.places(), edit, self._port.contracts)
            said = SaidEdit(
                place=place_id,
                changes=changes,
                said_at=now,
                note=edit.note,
                key=_digest(wish),
                asked=asked,
                follows=follows,
            )
            return await self._take(decide_edit(said, self._port.tenant, wish.operator), wish)

    async def undo(self, place_id: str, decision_id: str, note: str | None, wish: Wish) -> DecisionNow:
        """Take an edit back by an edit of its own. Raises as ``command``."""
        subject = catalogue_subject(place_id)
        async with self._finisher.lock_of(subject):
            asked = decision_id
            if (known := await self._find_same(wish, subject, asked)) is not None:
                return known
            await self._settle(subject)
            follows = await self._require_latest_edit(subject, wish)
            found = (await self._port.record_now()).find(decision_id)
            done = find_edit(found.decision) if found and found.decision.subject == subject else None
            if done is None:
                raise NoSuchThingError(f"{decision_id:.40} is no edit of place {place_id}: its history lists them")
            changes = plan_undo(done, {place.id: place for place in await self._port.places()})
            said = SaidEdit(
                place=place_id, changes=changes, said_at=await self._moment(subject), note=note, undoes=decision_id,
                key=_digest(wish), asked=asked, follows=follows,
            )  # fmt: skip
            return await self._take(decide_edit(said, self._port.tenant, wish.operator), wish)

    async def _moment(self, subject: str) -> datetime:
        """Now, and after all that was said of it before: a recorded city's clock stands between two ticks."""
        now, latest = await self._port.now(), (await self._port.record_now()).find_latest(subject)
        if latest is None or latest.decision.decided_at < now:
            return now
        return latest.decision.decided_at + timedelta(microseconds=1)

    async def get_sight(self, place_id: str) -> PlaceSight:
        """Raises NoSuchThingError."""
        if (found := await self._port.find_place(place_id)) is None:
            raise NoSuchThingError(f"there is no place {place_id:.128} in {self._port.tenant}")
        return found

    async def find_held(self, subject: str, now: datetime) -> DecisionNow | None:
        """The override that holds of a thing, and what came of it."""
        said = (await self._port.record_now()).find_latest(subject)
        return said if said is not None and find_override_now(said.decision, now) is not None else None

    async def _require_latest_edit(self, subject: str, wish: Wish) -> str | None:
        latest = (await self._port.record_now()).find_latest(subject)
        return _require_seen(latest, wish, False) if latest is not None or wish.seen not in (None, NO_EDIT) else None

    async def _find_same(self, wish: Wish, subject: str, asked: str) -> DecisionNow | None:
        """What was said under this key before, done if it was not. Raises KeyUsedError where it was something else."""
        record = await self._port.record_now(is_fresh=True)
        if (key := _digest(wish)) is None:
            return None
        found, unsure = record.find_by_key(key), self._unsure.get(key)
        decision = found.decision if found else unsure
        if decision is None:
            return None
        if decision.subject != subject or decision.output.get("asked") != asked:
            raise KeyUsedError("this Idempotency-Key came with another command before: give each command its own")
        if found:
            return await self._finisher.finished(found)
        latest = record.find_latest(subject)
        if latest is not None and latest.decision.decided_at > decision.decided_at:
            self._unsure.pop(key, None)
            raise SeenAnotherError(f"{latest.decision.author} has said something else since: look at it first", latest)
        return await self._take(decision, wish)

    async def _settle(self, subject: str) -> None:
        """What was said before is done before anything else is said. Raises NotReadableError where it cannot be now."""
        latest = (await self._port.record_now()).find_latest(subject)
        if latest is not None and latest.is_open and (await self._finisher.finished(latest)).is_open:
            by = latest.decision
            raise NotReadableError(f"what {by.author} said before ({by.id}) is recorded and could not be done yet")

    async def _take(self, decision: Decision, wish: Wish) -> DecisionNow:
        """Record, do, confirm. What Kafka has not acknowledged may still reach it: with the same key it is the same."""
        if (key := _digest(wish)) is not None:
            self._unsure[key] = decision
            if len(self._unsure) > MAX_UNSURE:
                self._unsure.popitem(last=False)
        await self._finisher.record(decision)
        if key is not None:
            self._unsure.pop(key, None)
        (await self._port.record_now()).take(decision)
        self._finisher.passing("record->act")
        return await self._finisher.finished(DecisionNow(decision))


NO_EDIT = "none"
"""In If-Match: nobody has edited it by hand yet."""


def _require_seen(held: DecisionNow | None, wish: Wish, must_hold: bool) -> str | None:
    """The decision that this one follows. Raises SeenAnotherError, or NoSuchThingError."""
    if held is None:
        if must_hold:
            raise NoSuchThingError("nothing is set by hand there: there is nothing to release")
        if wish.seen is not None:
            raise SeenAnotherError("what you have seen holds no more", None)
        return None
    if held.decision.id != wish.seen:
        raise SeenAnotherError(
            f"{held.decision.author} has said something else since: look at it, then say If-Match with its id", held
        )
    return held.decision.id


def _digest_of(asked: msgspec.Struct) -> str:
    """By which a command is known again."""
    return hashlib.blake2b(msgspec.json.encode(asked), digest_size=16).hexdigest()


def _digest(wish: Wish) -> str | None:
    """A key is of who gives it: nobody can ask for another's decision by guessing one."""
    if wish.key is None:
        return None
    return hashlib.blake2b(f"{wish.operator.subject}\x1f{wish.key}".encode(), digest_size=16).hexdigest()
