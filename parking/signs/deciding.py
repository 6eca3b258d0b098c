"""A line's plan as a decision, and back: so the record is all the memory that a controller has."""

from datetime import datetime, timedelta
from typing import Any

from parking.decisions.model import Decision, decide
from parking.instants import in_text
from parking.signs.face import FaceLine
from parking.signs.model import Sign
from parking.signs.plan import LineMemory, LinePlan
from parking.signs.words import Arrow, LineState

PLAN_RULE = ("signs.plan", 1)
DARK_FOR = timedelta(days=7)
"""A dark line has no limit; its decision is looked up for so long."""


def decide_line(sign: Sign, line: LinePlan, now: datetime, fence: int | None) -> Decision:
    """The decision about what a line shows, to be recorded before it is shown."""
    until = now + DARK_FOR if line.valid_until is None else line.valid_until
    ordered = next((given for given in line.inputs if (given.thing or "").startswith("override:")), None)
    return decide(
        sign.tenant, sign.subject_of(line.number), PLAN_RULE, line.inputs, _output(line), now, max(now, until),
        author=ordered.limits.get("author") if ordered else None,
        reason=ordered.limits.get("reason") if ordered else None, fence=fence,
    )  # fmt: skip


def _output(line: LinePlan) -> dict[str, Any]:
    lit = line.line
    said = {
        "state": line.state.value,
        "text": f"{lit.legend} {lit.value}".strip(),
        "legend": lit.legend,
        "value": lit.value,
        "arrow": lit.arrow.value if lit.arrow else None,
        "red": lit.is_red or None,
        "because": line.because.value if line.because else None,
        "since": in_text(line.memory.since) if line.memory.since else None,
        "pattern": any(given.limits.get("pattern") for given in line.inputs) or None,
        "ordered": next((given.thing for given in line.inputs if given.thing), None),
    }
    return {name: value for name, value in said.items() if value is not None}


def says_same(decision: Decision, line: LinePlan) -> bool:
    """Whether nothing new is to be recorded: it says the same, for the same kind of reason."""
    ours = {name: value for name, value in _output(line).items() if name != "since"}
    return ours == {name: value for name, value in decision.output.items() if name != "since"}


def remember(decision: Decision) -> LineMemory:
    """What a line showed by its decision; nothing where it is none that can be read."""
    said = decision.output
    try:
        state = LineState(str(said.get("state")))
        since = datetime.fromisoformat(str(said["since"])) if "since" in said else decision.decided_at
    except ValueError:
        return LineMemory()
    return LineMemory(state, str(said.get("text", "")), since, shown_line(decision), "ordered" in said)


def shown_line(decision: Decision) -> FaceLine:
    """The line as its decision has it lit; dark where it says nothing that can be read."""
    said = decision.output
    number = decision.subject.rpartition("/")[2]
    try:
        arrow = Arrow(said["arrow"]) if "arrow" in said else None
    except ValueError:
        arrow = None
    legend, value = str(said.get("legend", "")), str(said.get("value", ""))
    is_lit = bool(legend or value)
    return FaceLine(
        int(number) if number.isdecimal() else 0, legend, value, arrow if is_lit else None, bool(said.get("red"))
    )
