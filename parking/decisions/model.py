"""A decision: rule, inputs with their revisions, output; and an id that is their digest."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from parking.catalogue.model import MAX_ID
from parking.decisions.words import (
    EXACT,
    MAX_SUBJECT,
    InvalidDecisionError,
    JsonMap,
    Occasion,
    require_count,
    require_instant,
    require_json,
    require_subject,
    require_words,
)
from parking.published.availability import Availability, Revision

_RULE = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_canonical = msgspec.json.Encoder(order="sorted")


class DecisionInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a decision was made of: a place at a revision, or anything else that has a name.

    ``limits`` are the values that the rule used of it, such as ``vacant_low`` and ``valid_until``. ``revision`` is None
    where nothing was known of it, or where it has none.
    """

    place_id: str | None = None
    thing: str | None = None
    revision: Revision | None = None
    limits: JsonMap = {}

    def __post_init__(self) -> None:
        named = self.place_id if self.thing is None else self.thing
        if (self.place_id is None) is (self.thing is None) or not named or len(named) > MAX_SUBJECT:
            raise InvalidDecisionError(f"an input names either a place_id or a thing, of 1..{MAX_SUBJECT} characters")
        if self.place_id is not None and (len(self.place_id) > MAX_ID or "/" in self.place_id):
            raise InvalidDecisionError(f"input place_id {self.place_id[:40]!r} is the id of no place")
        for number in self.revision or ():
            require_count(number, "an input's revision", least=-1)  # 0, -1: before anything was heard
        require_json(self.limits, "input limits")

    @property
    def name(self) -> str:
        """What it is called, a place or a thing."""
        return self.place_id or self.thing or ""


def input_of(place_id: str, availability: Availability, *used: str) -> DecisionInput:
    """The input that a place is, with the values of its availability that the rule used, by name."""
    values = {name: msgspec.to_builtins(getattr(availability, name)) for name in used}
    return DecisionInput(place_id=place_id, revision=availability.revision, limits=values)


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="decision"):
    """What a rule concluded for a subject, from what, and until when it may be acted on; made by ``decide``.

    ``subject`` is a kind, a colon and a name, such as "sign:A12/1" or "trip:6f0c…". ``output`` is for the channel that
    acts. ``author`` is the person behind it, if one is; ``reason`` is needed where there are no inputs. ``fence`` is
    the number of the lease under which the process decided, if it holds one.
    """

    id: str
    tenant: str
    subject: str
    rule: str
    rule_version: int
    inputs: tuple[DecisionInput, ...]
    output: JsonMap
    decided_at: datetime
    valid_until: datetime
    author: str | None = None
    reason: str | None = None
    fence: int | None = None

    def __post_init__(self) -> None:
        require_subject(self.tenant, self.subject)
        if not _RULE.fullmatch(self.rule) or not 0 < self.rule_version < EXACT:
            raise InvalidDecisionError(
                f"rule {self.rule[:80]!r} must be a word like 'signs.plan', its version 1 or more"
            )
        for name in ("decided_at", "valid_until"):
            require_instant(getattr(self, name), name)
        require_count(self.fence, "fence")
        if self.valid_until < self.decided_at:
            raise InvalidDecisionError(f"valid_until {self.valid_until} lies before decided_at {self.decided_at}")
        if not self.inputs and not self.reason:
            raise InvalidDecisionError("a decision without inputs needs a reason")
        if len({(given.place_id, given.thing) for given in self.inputs}) < len(self.inputs):
            raise InvalidDecisionError("an input is named twice")
        require_words(self.author, self.reason)
        require_json(self.output, "output")
        if self.id != digest_decision(self.tenant, self.rule, self.rule_version, self.inputs, self.output):
            raise InvalidDecisionError(
                f"id {self.id[:40]!r} is not the digest of rule, inputs and output: use decide()"
            )

    @property
    def key(self) -> str:
        """``tenant/subject``: the Kafka key under which everything about this subject meets, in order."""
        return f"{self.tenant}/{self.subject}"

    @property
    def occasion(self) -> Occasion:
        """Which taking of it this is."""
        return self.tenant, self.subject, self.id, self.decided_at


def decide(
    tenant: str,
    subject: str,
    rule: tuple[str, int],
    inputs: Iterable[DecisionInput],
    output: JsonMap,
    decided_at: datetime,
    valid_until: datetime,
    *,
    author: str | None = None,
    reason: str | None = None,
    fence: int | None = None,
) -> Decision:
    """The decision with its id; ``rule`` is a name and a version. Raises InvalidDecisionError or NaiveTimeError."""
    inputs = tuple(inputs)
    require_json(output, "output")
    return Decision(
        id=digest_decision(tenant, *rule, inputs, output),
        tenant=tenant,
        subject=subject,
        rule=rule[0],
        rule_version=rule[1],
        inputs=inputs,
        output=output,
        decided_at=decided_at,
        valid_until=valid_until,
        author=author,
        reason=reason,
        fence=fence,
    )


def digest_decision(tenant: str, rule: str, version: int, inputs: Iterable[DecisionInput], output: JsonMap) -> str:
    """32 hexadecimal digits: the same for whoever concludes the same from the same, in whichever order it was asked.

    Subject, author and times are not in it: a sign, a push and a text that say the same cite one id.
    """
    try:
        digest = hashlib.blake2b(digest_size=16, person=b"decision")
        for part in (tenant, rule, version, output, *sorted(map(_canonical.encode, inputs))):
            encoded = part if isinstance(part, bytes) else _canonical.encode(part)
            digest.update(len(encoded).to_bytes(8) + encoded)
    except UnicodeEncodeError as error:
        raise InvalidDecisionError(f"a decision holds text that is no Unicode: {error}") from error
    return digest.hexdigest()
