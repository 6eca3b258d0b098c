"""What people at the desk order: commands, the decisions that they become, and what each decision has others do.

A command names a place and one thing of it (``Aim``). It becomes a decision under the subject of that thing, so its
successor there is what undoes it. The decision's output holds the command whole; its id is in every effect of it.
"""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec

from parking.decisions.model import Decision, decide
from parking.decoding import decode
from parking.desk.operators import Operator
from parking.errors import ParkingError
from parking.instants import in_text
from parking.printable import is_one_line
from parking.words import Audience, Opening, OverrideAspect, OverrideReason

OVERRIDE_BY_HAND = ("desk.override", 1)
RELEASE_BY_HAND = ("desk.release", 1)
RECOUNT_BY_HAND = ("desk.recount", 1)
CATALOGUE_BY_HAND = ("desk.catalogue", 1)
MAX_DESK_NOTE = 300
_ID = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_NOTE = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_DESK_NOTE)]
_VACANT = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
_AT = Annotated[datetime, msgspec.Meta(tz=True)]


class InvalidCommandError(ParkingError, ValueError):
    """A command that cannot be; the message says why, ``field`` which part of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Aim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing of a place that a person may set: what else it names depends on ``aspect``.

    A number names its ``category``, a space its id or ``ALL_SPACES``, a device its ``source`` and ``device`` id.
    """

    aspect: OverrideAspect
    category: Audience | None = None
    space: _ID | None = None
    source: _ID | None = None
    device: _ID | None = None

    def subject(self, place: str) -> str:
        """What decisions about it are about. Raises InvalidCommandError where it names too little or too much."""
        named = {name for name in ("category", "space", "source", "device") if getattr(self, name) is not None}
        wanted = _NAMES[self.aspect]
        if missing := sorted(wanted - named):
            raise InvalidCommandError(missing[0], f"{self.aspect.value} needs {missing[0]}: which one is meant?")
        if extra := sorted(named - wanted):
            raise InvalidCommandError(extra[0], f"{self.aspect.value} has no {extra[0]}: leave it out")
        match self.aspect:
            case OverrideAspect.NUMBER:
                return f"place:{place}/number.{self.category}"
            case OverrideAspect.SPACE:
                return f"place:{place}/space.{self.space}"
            case OverrideAspect.DEVICE:
                return f"place:{place}/device.{self.source}.{self.device}"
            case _:
                return f"place:{place}/{self.aspect.value}"


_NAMES: dict[OverrideAspect, frozenset[str]] = {
    OverrideAspect.OPENING: frozenset(),
    OverrideAspect.NUMBER: frozenset({"category"}),
    OverrideAspect.SPACE: frozenset({"space"}),
    OverrideAspect.DEVICE: frozenset({"source", "device"}),
}


class PlaceOverride(
    Aim, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="command", tag="override"
):
    """A thing of a place is so, whatever devices say, until ``expires_at``; or until somebody says otherwise.

    ``opening`` of an opening; ``vacant`` of a number, or ``unusable`` where nobody is to use it. A space is out of
    service, a device is ignored: they say nothing more.
    """

    reason: OverrideReason
    expires_at: _AT
    opening: Opening | None = None
    vacant: _VACANT | None = None
    unusable: bool = False
    note: _NOTE | None = None


class PlaceRelease(
    Aim, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="command", tag="release"
):
    """Devices have the word again."""

    note: _NOTE | None = None


class PlaceRecount(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="command",
    tag="recount",
):
    """Somebody has counted by eye what is vacant; ``counted_at`` is when, if not now."""

    vacant: _VACANT
    category: Audience = Audience.PUBLIC
    counted_at: _AT | None = None
    note: _NOTE | None = None

    def subject(self, place: str) -> str:
        """What decisions about it are about."""
        return f"place:{place}/recount.{self.category}"


PlaceCommand: TypeAlias = PlaceOverride | PlaceRelease | PlaceRecount


class SaidCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command as its decision holds it. ``key`` is the digest of the client's Idempotency-Key, if it gave one,
    ``asked`` that of the command itself. ``follows`` is the decision that its author had seen before.
    """

    place: str
    command: PlaceCommand
    said_at: _AT
    key: str | None = None
    asked: str | None = None
    follows: str | None = None


_said = msgspec.json.Decoder(SaidCommand)
_RULES = {PlaceOverride: OVERRIDE_BY_HAND, PlaceRelease: RELEASE_BY_HAND, PlaceRecount: RECOUNT_BY_HAND}


def to_decision(said: SaidCommand, tenant: str, operator: Operator) -> Decision:
    """The command as a decision, to be recorded; an override holds until its end, all else is done at once.

    Raises InvalidCommandError, or InvalidDecisionError where a name in it is none that a record can hold.
    """
    command = said.command
    require_note(command.note)
    holds_until = max(command.expires_at, said.said_at) if isinstance(command, PlaceOverride) else said.said_at
    return decide(
        tenant, command.subject(said.place), _RULES[type(command)], (), as_output(said), said.said_at, holds_until,
        author=operator.name, reason=_reason_of(command),
    )  # fmt: skip


def from_decision(decision: Decision) -> SaidCommand | None:
    """The command that a decision holds, or None where it holds none that can be read."""
    if (decision.rule, decision.rule_version) not in _RULES.values():
        return None
    try:
        return decode(_said, msgspec.json.encode(decision.output), "a command")
    except ParkingError:
        return None


def effect_of(decision: Decision) -> bytes:
    """What the source ``operator`` is told (see its ``wire``); the same bytes however often. Only of a command."""
    said = from_decision(decision)
    if said is None:
        raise InvalidCommandError("command", f"decision {decision.id} holds no command that can be read")
    told = {
        "decision": decision.id,
        "tenant": decision.tenant,
        "author": decision.author,
        "place": said.place,
        "said_at": in_text(said.said_at),
        **msgspec.to_builtins(said.command),
    }
    return msgspec.json.encode(told)


def find_override_now(decision: Decision, now: datetime) -> PlaceOverride | None:
    """The override that a decision says and that holds at ``now``, or None: released, over, or something else."""
    said = from_decision(decision)
    if said is None or not isinstance(said.command, PlaceOverride) or now >= said.command.expires_at:
        return None
    return said.command


def as_output(said: msgspec.Struct) -> dict[str, Any]:
    """What a decision holds of it: text, numbers and truth alone."""
    made: dict[str, Any] = msgspec.to_builtins(said)
    return made


def require_note(note: str | None) -> None:
    """Raise InvalidCommandError where a note is no line that people can read."""
    if note is not None and not (note.strip() and is_one_line(note)):
        raise InvalidCommandError("note", "the note says nothing, or has characters that cannot be seen")


def _reason_of(command: PlaceCommand) -> str:
    word = command.reason.value if isinstance(command, PlaceOverride) else _WORDS[type(command)]
    return f"{word}: {command.note}" if command.note else word


_WORDS: dict[type, str] = {PlaceRelease: "released", PlaceRecount: "recounted"}
