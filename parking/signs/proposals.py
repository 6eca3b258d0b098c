"""Two people for one sign: what the first one orders is a proposal, and an override once a second one says so.

Subject: ``sign:ID/proposal``. No controller reads it, so a proposal shows nothing by itself. It says ``after`` which
word about the sign it was made: who confirms it confirms that nobody has said another since, and it counts once.
"""

from datetime import datetime, timedelta

import msgspec

from parking.decisions.model import Decision, DecisionInput, decide
from parking.decoding import decode
from parking.errors import ParkingError
from parking.instants import in_text
from parking.signs.model import Sign
from parking.signs.orders import Override, decide_override
from parking.signs.words import InvalidSignError, OrderReason

PROPOSAL_RULE = ("signs.proposal", 1)
PROPOSAL_HOLDS = timedelta(hours=1)
"""What nobody has confirmed by then is to be proposed again, by somebody who still wants it."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An override that one person wants. ``after`` is the id of the decision about the sign that stood then, if any.

    ``decision`` is the id of the decision that the proposal is.
    """

    override: Override
    proposed_at: datetime
    until: datetime
    after: str | None = None
    decision: str = ""

    @property
    def author(self) -> str:
        """Who wants it."""
        return self.override.author

    def holds_at(self, now: datetime) -> bool:
        """Whether it may still be confirmed."""
        return now < self.until


def proposal_subject(sign_id: str) -> str:
    """What decisions about a proposal are about."""
    return f"sign:{sign_id}/proposal"


def decide_proposal(sign: Sign, override: Override, after: str | None, now: datetime) -> Decision:
    """The wish as a decision, to be recorded. Raises InvalidSignError where it could not be an override."""
    decide_override(sign, override, now)
    until = min(now + PROPOSAL_HOLDS, override.expires_at)
    proposal = Proposal(override=override, proposed_at=now, until=until, after=after)
    output = {"proposal": msgspec.to_builtins(proposal, str_keys=True)}
    return _said(sign, output, now, until, override.author, _reason(override))


def decide_withdrawal(sign: Sign, author: str, reason: OrderReason, now: datetime) -> Decision:
    """That nothing is proposed any more, by its author or by somebody who does not agree."""
    if not author.strip():
        raise InvalidSignError("a withdrawal needs an author: who says so?")
    return _said(sign, {"withdrawn": in_text(now)}, now, now, author, reason.value)


def decide_confirmed(sign: Sign, proposal: Proposal, author: str, latest: str | None, now: datetime) -> Decision:
    """The override that a second person makes of a proposal; ``latest`` is the decision about the sign that stands now.

    Its author is who confirms; whose wish it was stands in the override, and the proposal among its inputs. Raises
    InvalidSignError where it is the same person, too late, or after another word.
    """
    if not author.strip():
        raise InvalidSignError("a confirmation needs an author: who says so?")
    if is_same_person(author, proposal.author):
        raise InvalidSignError(f"{author} has proposed this: somebody else has to confirm it (signs_two_persons)")
    if not proposal.holds_at(now):
        raise InvalidSignError(f"the proposal ran out at {in_text(proposal.until)}: propose it again")
    if latest != proposal.after:
        raise InvalidSignError(f"somebody has ordered something else of sign {sign.id} since: look, and propose again")
    wanted = msgspec.structs.replace(proposal.override, confirmed_by=author)
    made_of = DecisionInput(thing=f"decision:{proposal.decision}")
    return decide_override(sign, wanted, now, author, (made_of,))


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: case, and spaces around, make nobody a second one."""
    return one.strip().casefold() == other.strip().casefold()


_proposal = msgspec.json.Decoder(Proposal)


def find_proposal(decision: Decision) -> Proposal | None:
    """The proposal that a decision says, or None where it says that there is none, or nothing that can be read."""
    said = decision.output.get("proposal") if (decision.rule, decision.rule_version) == PROPOSAL_RULE else None
    if said is None:
        return None
    try:
        found = decode(_proposal, msgspec.json.encode(said), "a proposal")
    except ParkingError:
        return None
    return msgspec.structs.replace(found, decision=decision.id)


def _said(sign: Sign, output: dict[str, object], now: datetime, until: datetime, author: str, reason: str) -> Decision:
    subject = proposal_subject(sign.id)
    return decide(sign.tenant, subject, PROPOSAL_RULE, (), output, now, until, author=author, reason=reason)


def _reason(override: Override) -> str:
    return f"{override.reason.value}: {override.note}" if override.note else override.reason.value
