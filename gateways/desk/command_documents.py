"""Commands as JSON: what was said, by whom, what came of it, and whether it shows in what is published."""

from datetime import datetime
from typing import Any

import msgspec

from parking.decisions.acting import DecisionNow
from parking.desk.commands import PlaceRecount, PlaceRelease, SaidCommand, find_override_now, from_decision
from parking.desk.edits import SaidEdit, find_edit
from parking.desk.said import place_of
from parking.instants import in_text
from parking.published.availability import Availability


def command_document(
    said: DecisionNow, now: datetime | None = None, known: Availability | None = None
) -> dict[str, Any]:
    """One entry of the record. ``holds``: whether an override still does at ``now``. ``shows``: whether what is
    ``known`` of the place, as published, stands under this very command. Both are null where that cannot be said.
    """
    decision, confirmation = said.decision, said.confirmation
    command, edit = from_decision(decision), find_edit(decision)
    return {
        "id": decision.id,
        "subject": decision.subject,
        "place": place_of(decision.subject),
        "rule": decision.rule,
        "author": decision.author,
        "reason": decision.reason,
        "said_at": in_text(decision.decided_at),
        "until": in_text(decision.valid_until),
        "state": said.state,
        "told": dict(confirmation.said) if confirmation else {},
        "confirmed_at": in_text(confirmation.at) if confirmation else None,
        "holds": _holds(said, now, command),
        "shows": _shows(said, command, known),
        "command": msgspec.to_builtins(command.command) if command else None,
        "changes": _changes(edit),
        "undoes": edit.undoes if edit else None,
        "follows": (command or edit).follows if command or edit else None,  # type: ignore[union-attr]
    }


def _holds(said: DecisionNow, now: datetime | None, command: SaidCommand | None) -> bool | None:
    if now is None or command is None:
        return None
    return find_override_now(said.decision, now) is not None


def _shows(said: DecisionNow, command: SaidCommand | None, known: Availability | None) -> bool | None:
    if known is None or command is None or isinstance(command.command, PlaceRecount):
        return None
    by_hand = {one.decision for one in known.by_hand}
    if isinstance(command.command, PlaceRelease):
        return command.follows not in by_hand
    return said.decision.id in by_hand


def _changes(edit: SaidEdit | None) -> list[dict[str, Any]] | None:
    return None if edit is None else [msgspec.to_builtins(change) for change in edit.changes]
