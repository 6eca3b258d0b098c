"""Signs as JSON for anyone who may read: no addresses and no names of persons."""

from datetime import datetime
from typing import Any

import msgspec

from gateways.signs.board import find_shown
from gateways.signs.pictures import tell
from gateways.words.language import get_language
from parking.decisions.acting import DecisionNow
from parking.instants import in_text
from parking.signs.model import Sign
from parking.signs.orders import Override
from parking.signs.status import SignStatus

NOT_KNOWN = "not_known"


def sign_document(sign: Sign, status: SignStatus | None) -> dict[str, Any]:
    """A sign, and what is known of it; ``status`` is null where nothing was written within a minute."""
    face = find_shown(sign, status)
    lines = [
        {
            "number": line.number,
            "legend": line.legend,
            "places": line.places,
            "is_printed": line.is_printed,
            "arrow": line.arrow,
        }
        for line in sign.lines
    ]
    return {
        "id": sign.id,
        "name": sign.name,
        "road": sign.road,
        "lon": sign.point.lon if sign.point else None,
        "lat": sign.point.lat if sign.point else None,
        "bearing_deg": sign.bearing_deg,
        "protocol": sign.protocol,
        "mode": sign.mode,
        "is_software": sign.is_software,
        "groups": sign.groups,
        "lines": lines,
        "state": status.state if status else NOT_KNOWN,
        "seen": {code: tell(get_language(code), sign, face) for code in ("fr", "en")} if face is not None else None,
        "status": _status(status) if status else None,
    }


def _status(status: SignStatus) -> dict[str, Any]:
    held = status.override
    order = {"reason": held.reason, "expires_at": in_text(held.expires_at)} if held else None
    document: dict[str, Any] = _whole(status)
    return document | {"override": order}  # its author is nobody's business here


def _whole(value: Any) -> Any:
    """As JSON has it, with every field: what is left out in Redis because it is nothing is said to be nothing here."""
    if isinstance(value, msgspec.Struct):
        return {name: _whole(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_whole(part) for part in value]
    if isinstance(value, datetime):
        return in_text(value)
    return msgspec.to_builtins(value, str_keys=True)


def order_document(override: Override, said: DecisionNow) -> dict[str, Any]:
    """An order, for those who may give one: with its author, and what came of it."""
    return {"override": _whole(override), **outcome_document(said)}


def outcome_document(said: DecisionNow) -> dict[str, Any]:
    """A decision and what came of it: open, acted, refused or failed."""
    decision = said.decision
    return {
        "decision": decision.id,
        "subject": decision.subject,
        "author": decision.author,
        "reason": decision.reason,
        "asks": decision.output.get("task"),
        "decided_at": in_text(decision.decided_at),
        "valid_until": in_text(decision.valid_until),
        "state": said.state,
        "said": dict(said.confirmation.said) if said.confirmation else None,
    }
