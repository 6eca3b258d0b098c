"""The shape of what a person at the desk says: one JSON object a body, made by ``parking.desk.commands.effect_of``.

    {"command": "override", "decision": "9c1f…", "tenant": "exempleville", "place": "halles", "author": "Ada",
     "said_at": "2026-05-04T11:59:00Z", "aspect": "number", "category": "public", "vacant": 12,
     "reason": "counting_fault", "expires_at": "2026-05-04T18:00:00Z", "note": "loop 3 counts twice"}

``command`` is one of

    override  aspect, reason, expires_at, and by aspect
              opening: opening · number: category, and vacant or "unusable": true · space: space ("*": all of a zone)
              · device: source and device
    release   aspect, and category, space, or source and device: devices have the word again
    recount   vacant, category (left out: public), counted_at (left out: said_at)

all with ``decision``, ``tenant``, ``place``, ``author``, ``said_at`` and, if anything is noted, ``note``. Times have an
offset. A field that is none of these refuses the whole: what is half understood is not ordered.
"""

from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec

from parking.catalogue.model import MAX_ID
from parking.observations import MAX_NAMED
from parking.words import Audience, Opening, OverrideAspect, OverrideReason, RejectReason
from sensors.bodies import JSON_ERRORS, MAX_DETAIL, malformed, require_size
from sensors.contract import RecordRefusedError

MAX_COMMAND_BYTES = 16 * 1024

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAMED)]
_Vacant = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
_At = Annotated[datetime, msgspec.Meta(tz=True)]


class _Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command"):
    """What stands in all of them."""

    decision: _Id
    tenant: _Id
    place: _Id
    author: _Text
    said_at: _At
    note: _Text | None = None


class Released(_Told, frozen=True, kw_only=True, tag="release"):
    """One thing of a place is what devices say again."""

    aspect: OverrideAspect
    category: Audience | None = None
    space: _Id | None = None
    source: _Id | None = None
    device: _Id | None = None


class SetByHand(Released, frozen=True, kw_only=True, tag="override"):
    """One thing of a place is so until ``expires_at``, whatever devices say."""

    reason: OverrideReason
    expires_at: _At
    opening: Opening | None = None
    vacant: _Vacant | None = None
    unusable: bool = False


class CountedByEye(_Told, frozen=True, kw_only=True, tag="recount"):
    """So many are vacant, as somebody has seen."""

    vacant: _Vacant
    category: Audience = Audience.PUBLIC
    counted_at: _At | None = None


Told: TypeAlias = SetByHand | Released | CountedByEye

_told: msgspec.json.Decoder[Told] = msgspec.json.Decoder(Told)


def read_told(payload: bytes) -> Told:
    """What a body says. Raises RecordRefusedError where it is no command."""
    require_size(payload)
    if len(payload) > MAX_COMMAND_BYTES:
        raise malformed(f"{len(payload)} bytes, where a command has {MAX_COMMAND_BYTES} at most")
    try:
        return _told.decode(payload)
    except JSON_ERRORS as error:
        detail = f"no command of the desk: {error}; nothing was ordered"
        raise RecordRefusedError(RejectReason.MALFORMED_RECORD, detail[:MAX_DETAIL]) from error
